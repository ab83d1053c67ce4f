// The values that the standard names (IEC 62056-5-3, 9.5), for the schema's rows.
#pragma once

#include <array>

#include "apdu/schema.hpp"

namespace meterpipe::apdu::names {

inline constexpr std::array kDataAccessResult{
    ValueName{0, "success"},
    ValueName{1, "hardware-fault"},
    ValueName{2, "temporary-failure"},
    ValueName{3, "read-write-denied"},
    ValueName{4, "object-undefined"},
    ValueName{9, "object-class-inconsistent"},
    ValueName{11, "object-unavailable"},
    ValueName{12, "type-unmatched"},
    ValueName{13, "scope-of-access-violated"},
    ValueName{14, "data-block-unavailable"},
    ValueName{15, "long-get-aborted"},
    ValueName{16, "no-long-get-in-progress"},
    ValueName{17, "long-set-aborted"},
    ValueName{18, "no-long-set-in-progress"},
    ValueName{19, "data-block-number-invalid"},
    ValueName{250, "other-reason"},
};
inline constexpr std::array kActionResult{
    ValueName{0, "success"},
    ValueName{1, "hardware-fault"},
    ValueName{2, "temporary-failure"},
    ValueName{3, "read-write-denied"},
    ValueName{4, "object-undefined"},
    ValueName{9, "object-class-inconsistent"},
    ValueName{11, "object-unavailable"},
    ValueName{12, "type-unmatched"},
    ValueName{13, "scope-of-access-violated"},
    ValueName{14, "data-block-unavailable"},
    ValueName{15, "long-action-aborted"},
    ValueName{16, "no-long-action-in-progress"},
    ValueName{250, "other-reason"},
};
inline constexpr std::array kStateError{
    ValueName{1, "service-not-allowed"},
    ValueName{2, "service-unknown"},
};

// ServiceError, by its alternatives.
inline constexpr std::array kApplicationReference{
    ValueName{0, "other"},
    ValueName{1, "time-elapsed"},
    ValueName{2, "application-unreachable"},
    ValueName{3, "application-reference-invalid"},
    ValueName{4, "application-context-unsupported"},
    ValueName{5, "provider-communication-error"},
    ValueName{6, "deciphering-error"},
};
inline constexpr std::array kHardwareResource{
    ValueName{0, "other"},
    ValueName{1, "memory-unavailable"},
    ValueName{2, "processor-resource-unavailable"},
    ValueName{3, "mass-storage-unavailable"},
    ValueName{4, "other-resource-unavailable"},
};
inline constexpr std::array kVdeStateError{
    ValueName{0, "other"},
    ValueName{1, "no-dlms-context"},
    ValueName{2, "loading-data-set"},
    ValueName{3, "status-nochange"},
    ValueName{4, "status-inoperable"},
};
inline constexpr std::array kService{
    ValueName{0, "other"},
    ValueName{1, "pdu-size"},
    ValueName{2, "service-unsupported"},
};
inline constexpr std::array kDefinition{
    ValueName{0, "other"},
    ValueName{1, "object-undefined"},
    ValueName{2, "object-class-inconsistent"},
    ValueName{3, "object-attribute-inconsistent"},
};
inline constexpr std::array kAccess{
    ValueName{0, "other"},
    ValueName{1, "scope-of-access-violated"},
    ValueName{2, "object-access-violated"},
    ValueName{3, "hardware-fault"},
    ValueName{4, "object-unavailable"},
};
inline constexpr std::array kInitiate{
    ValueName{0, "other"},
    ValueName{1, "dlms-version-too-low"},
    ValueName{2, "incompatible-conformance"},
    ValueName{3, "pdu-size-too-short"},
    ValueName{4, "refused-by-the-vde-handler"},
};
inline constexpr std::array kLoadDataSet{
    ValueName{0, "other"},
    ValueName{1, "primitive-out-of-sequence"},
    ValueName{2, "not-loadable"},
    ValueName{3, "dataset-size-too-large"},
    ValueName{4, "not-awaited-segment"},
    ValueName{5, "interpretation-failure"},
    ValueName{6, "storage-failure"},
    ValueName{7, "data-set-not-ready"},
};
inline constexpr std::array kTask{
    ValueName{0, "other"},      ValueName{1, "no-remote-control"}, ValueName{2, "ti-stopped"},
    ValueName{3, "ti-running"}, ValueName{4, "ti-unusable"},
};
inline constexpr std::array kOther{ValueName{0, "other"}};

// Key-Info
inline constexpr std::array kKeyId{
    ValueName{0, "global-unicast-encryption-key"},
    ValueName{1, "global-broadcast-encryption-key"},
};
inline constexpr std::array kKekId{ValueName{0, "master-key"}};

// ACSE
inline constexpr std::array kAssociationResult{
    ValueName{0, "accepted"},
    ValueName{1, "rejected-permanent"},
    ValueName{2, "rejected-transient"},
};
inline constexpr std::array kServiceUser{
    ValueName{0, "null"},
    ValueName{1, "no-reason-given"},
    ValueName{2, "application-context-name-not-supported"},
    ValueName{3, "calling-ap-title-not-recognized"},
    ValueName{4, "calling-ap-invocation-identifier-not-recognized"},
    ValueName{5, "calling-ae-qualifier-not-recognized"},
    ValueName{6, "calling-ae-invocation-identifier-not-recognized"},
    ValueName{7, "called-ap-title-not-recognized"},
    ValueName{8, "called-ap-invocation-identifier-not-recognized"},
    ValueName{9, "called-ae-qualifier-not-recognized"},
    ValueName{10, "called-ae-invocation-identifier-not-recognized"},
    ValueName{11, "authentication-mechanism-name-not-recognised"},
    ValueName{12, "authentication-mechanism-name-required"},
    ValueName{13, "authentication-failure"},
    ValueName{14, "authentication-required"},
};
inline constexpr std::array kServiceProvider{
    ValueName{0, "null"},
    ValueName{1, "no-reason-given"},
    ValueName{2, "no-common-acse-version"},
};
inline constexpr std::array kReleaseRequestReason{
    ValueName{0, "normal"},
    ValueName{1, "urgent"},
    ValueName{30, "user-defined"},
};
inline constexpr std::array kReleaseResponseReason{
    ValueName{0, "normal"},
    ValueName{1, "not-finished"},
    ValueName{30, "user-defined"},
};
// The last two arcs of 2.16.756.5.8.x.y, as x * 256 + y.
inline constexpr std::array kContexts{
    ValueName{0x0101, "logical-name-referencing-no-ciphering"},
    ValueName{0x0102, "short-name-referencing-no-ciphering"},
    ValueName{0x0103, "logical-name-referencing-with-ciphering"},
    ValueName{0x0104, "short-name-referencing-with-ciphering"},
};
inline constexpr std::array kMechanisms{
    ValueName{0x0200, "lowest-level-security"},      ValueName{0x0201, "low-level-security"},
    ValueName{0x0202, "high-level-security"},        ValueName{0x0203, "high-level-security-md5"},
    ValueName{0x0204, "high-level-security-sha1"},   ValueName{0x0205, "high-level-security-gmac"},
    ValueName{0x0206, "high-level-security-sha256"}, ValueName{0x0207, "high-level-security-ecdsa"},
};

inline constexpr std::array<std::string_view, 24> kConformance{
    "",
    "general-protection",
    "general-block-transfer",
    "read",
    "write",
    "unconfirmed-write",
    "delta-value-encoding",
    "",
    "attribute0-supported-with-set",
    "priority-mgmt-supported",
    "attribute0-supported-with-get",
    "block-transfer-with-get-or-read",
    "block-transfer-with-set-or-write",
    "block-transfer-with-action",
    "multiple-references",
    "information-report",
    "data-notification",
    "access",
    "parameterized-access",
    "get",
    "set",
    "selective-access",
    "event-notification",
    "action",
};

}  // namespace meterpipe::apdu::names
