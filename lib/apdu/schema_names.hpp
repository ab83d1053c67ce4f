// The values that the standard names (IEC 62056-5-3, 9.5), for the schema's rows.
#pragma once

#include <algorithm>
#include <array>

#include "apdu/schema.hpp"

namespace meterpipe::apdu::names {

// Names one behind the other: of `first` and the values that follow it.
template <class... Texts>
constexpr std::array<ValueName, sizeof...(Texts)> from(std::uint16_t first, Texts... texts) {
  return {{{first++, texts}...}};
}
template <std::size_t... Sizes>
constexpr auto joined(const std::array<ValueName, Sizes>&... parts) {
  std::array<ValueName, (Sizes + ...)> all{};
  auto* to = all.data();
  ((to = std::ranges::copy(parts, to).out), ...);
  return all;
}

// What an access and an action may come to alike.
inline constexpr auto kResults = joined(from(0, "success", "hardware-fault", "temporary-failure",
                                             "read-write-denied", "object-undefined"),
                                        from(9, "object-class-inconsistent"),
                                        from(11, "object-unavailable", "type-unmatched",
                                             "scope-of-access-violated", "data-block-unavailable"));
inline constexpr auto kOtherReason = from(250, "other-reason");
inline constexpr auto kDataAccessResult =
    joined(kResults,
           from(15, "long-get-aborted", "no-long-get-in-progress", "long-set-aborted",
                "no-long-set-in-progress", "data-block-number-invalid"),
           kOtherReason);
inline constexpr auto kActionResult =
    joined(kResults, from(15, "long-action-aborted", "no-long-action-in-progress"), kOtherReason);
inline constexpr auto kStateError = from(1, "service-not-allowed", "service-unknown");

// ServiceError, by its alternatives.
inline constexpr auto kApplicationReference =
    from(0, "other", "time-elapsed", "application-unreachable", "application-reference-invalid",
         "application-context-unsupported", "provider-communication-error", "deciphering-error");
inline constexpr auto kHardwareResource =
    from(0, "other", "memory-unavailable", "processor-resource-unavailable",
         "mass-storage-unavailable", "other-resource-unavailable");
inline constexpr auto kVdeStateError =
    from(0, "other", "no-dlms-context", "loading-data-set", "status-nochange", "status-inoperable");
inline constexpr auto kService = from(0, "other", "pdu-size", "service-unsupported");
inline constexpr auto kDefinition = from(
    0, "other", "object-undefined", "object-class-inconsistent", "object-attribute-inconsistent");
inline constexpr auto kAccess =
    from(0, "other", "scope-of-access-violated", "object-access-violated", "hardware-fault",
         "object-unavailable");
inline constexpr auto kInitiate =
    from(0, "other", "dlms-version-too-low", "incompatible-conformance", "pdu-size-too-short",
         "refused-by-the-vde-handler");
inline constexpr auto kLoadDataSet =
    from(0, "other", "primitive-out-of-sequence", "not-loadable", "dataset-size-too-large",
         "not-awaited-segment", "interpretation-failure", "storage-failure", "data-set-not-ready");
inline constexpr auto kTask =
    from(0, "other", "no-remote-control", "ti-stopped", "ti-running", "ti-unusable");
inline constexpr auto kOther = from(0, "other");

// Key-Info
inline constexpr auto kKeyId =
    from(0, "global-unicast-encryption-key", "global-broadcast-encryption-key");
inline constexpr auto kKekId = from(0, "master-key");

// ACSE
inline constexpr auto kAssociationResult =
    from(0, "accepted", "rejected-permanent", "rejected-transient");
inline constexpr auto kServiceUser =
    from(0, "null", "no-reason-given", "application-context-name-not-supported",
         "calling-ap-title-not-recognized", "calling-ap-invocation-identifier-not-recognized",
         "calling-ae-qualifier-not-recognized", "calling-ae-invocation-identifier-not-recognized",
         "called-ap-title-not-recognized", "called-ap-invocation-identifier-not-recognized",
         "called-ae-qualifier-not-recognized", "called-ae-invocation-identifier-not-recognized",
         "authentication-mechanism-name-not-recognised", "authentication-mechanism-name-required",
         "authentication-failure", "authentication-required");
inline constexpr auto kServiceProvider =
    from(0, "null", "no-reason-given", "no-common-acse-version");
inline constexpr auto kReleaseRequestReason =
    joined(from(0, "normal", "urgent"), from(30, "user-defined"));
inline constexpr auto kReleaseResponseReason =
    joined(from(0, "normal", "not-finished"), from(30, "user-defined"));

// The last two arcs of 2.16.756.5.8.x.y, as x * 256 + y.
inline constexpr auto kContexts =
    from(0x0101, "logical-name-referencing-no-ciphering", "short-name-referencing-no-ciphering",
         "logical-name-referencing-with-ciphering", "short-name-referencing-with-ciphering");
inline constexpr auto kMechanisms =
    from(0x0200, "lowest-level-security", "low-level-security", "high-level-security",
         "high-level-security-md5", "high-level-security-sha1", "high-level-security-gmac",
         "high-level-security-sha256", "high-level-security-ecdsa");

template <class... Texts>
constexpr std::array<std::string_view, sizeof...(Texts)> texts_of(Texts... texts) {
  return {texts...};
}
inline constexpr auto kConformance = texts_of(
    "", "general-protection", "general-block-transfer", "read", "write", "unconfirmed-write",
    "delta-value-encoding", "", "attribute0-supported-with-set", "priority-mgmt-supported",
    "attribute0-supported-with-get", "block-transfer-with-get-or-read",
    "block-transfer-with-set-or-write", "block-transfer-with-action", "multiple-references",
    "information-report", "data-notification", "access", "parameterized-access", "get", "set",
    "selective-access", "event-notification", "action");
static_assert(kConformance.size() == 24);

}  // namespace meterpipe::apdu::names
