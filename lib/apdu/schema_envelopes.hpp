// Rows of what carries other APDUs or opens the way for them: ciphering, signing, block transfer
// (IEC 62056-5-3, 9.5) and ACSE, which is BER:
//
//   60 1D  A1 09 06 07 60857405080101  BE 10 04 0E 01000000 06 5F1F0400 00001E5D FFFF
//   aarq   application-context-name    user-information: octet-string with an initiate-request
#pragma once

#include "apdu/schema_services.hpp"

namespace meterpipe::apdu::schema {

// ---- ciphering: the content begins with security control and invocation counter

inline constexpr std::uint8_t kShortestContent = 5;
inline constexpr Row kGeneralCipher[] = {simple(RowKind::title, "system-title"),
                                         octets("ciphered-content", kShortestContent)};
inline constexpr Row kIdentifiedKey[] = {enumeration("key-id", names::kKeyId)};
inline constexpr Row kWrappedKey[] = {enumeration("kek-id", names::kKekId),
                                      octets("key-ciphered-data")};
inline constexpr Row kAgreedKey[] = {octets("key-parameters"), octets("key-ciphered-data")};
inline constexpr Row kKeyInfos[] = {sequence("identified-key", kIdentifiedKey).tagged(0),
                                    sequence("wrapped-key", kWrappedKey).tagged(1),
                                    sequence("agreed-key", kAgreedKey).tagged(2)};
inline constexpr Row kKeyInfo[] = {choice("key-info", kKeyInfos)};
inline constexpr Row kGeneralCiphering[] = {octets("transaction-id"),
                                            octets("originator-system-title"),
                                            octets("recipient-system-title"),
                                            octets("date-time"),
                                            octets("other-information"),
                                            optional(kKeyInfo),
                                            octets("ciphered-content", kShortestContent)};
inline constexpr Row kGeneralSigning[] = {
    octets("transaction-id"), octets("originator-system-title"), octets("recipient-system-title"),
    octets("date-time"),      octets("other-information"),       octets("content"),
    octets("signature")};
inline constexpr Row kBlockTransfer[] = {{RowKind::fixed, "block-control", 1},
                                         number(2, "block-number"),
                                         number(2, "block-number-ack"),
                                         octets("block-data")};

// ---- ACSE

inline constexpr std::uint8_t kInteger = 0x02, kOctetString = 0x04, kObjectIdentifier = 0x06;

constexpr Row element(std::uint8_t tag, RowKind kind, std::string_view name,
                      std::uint8_t inside = 0, Names names = {}) {
  return {kind, name, inside, tag, {}, names};
}
template <std::size_t N>
constexpr Row element_of(std::uint8_t tag, std::string_view name, const Row (&array)[N]) {
  return {RowKind::one_of, name, 0, tag, rows(array)};
}

inline constexpr Row kAuthentication[] = {
    element(0x80, RowKind::string, "charstring"), element(0x81, RowKind::bit_string, "bitstring"),
    element(0xa2, RowKind::string, "external"), element(0xa3, RowKind::string, "other")};
inline constexpr Row kDiagnostics[] = {
    element(0xa1, RowKind::small, "acse-service-user", kInteger, names::kServiceUser),
    element(0xa2, RowKind::small, "acse-service-provider", kInteger, names::kServiceProvider)};
inline constexpr Row kUserInformation =
    element(0xbe, RowKind::inner, "user-information", kOctetString);

inline constexpr Row kAarq[] = {
    element(0x80, RowKind::bit_string, "protocol-version"),
    element(0xa1, RowKind::oid, "application-context-name", kObjectIdentifier, names::kContexts),
    element(0xa2, RowKind::string, "called-ap-title", kOctetString),
    element(0xa3, RowKind::string, "called-ae-qualifier", kOctetString),
    element(0xa4, RowKind::small, "called-ap-invocation-id", kInteger),
    element(0xa5, RowKind::small, "called-ae-invocation-id", kInteger),
    element(0xa6, RowKind::string, "calling-ap-title", kOctetString),
    element(0xa7, RowKind::string, "calling-ae-qualifier", kOctetString),
    element(0xa8, RowKind::small, "calling-ap-invocation-id", kInteger),
    element(0xa9, RowKind::small, "calling-ae-invocation-id", kInteger),
    element(0x8a, RowKind::bit_string, "sender-acse-requirements"),
    element(0x8b, RowKind::oid, "mechanism-name", 0, names::kMechanisms),
    element_of(0xac, "calling-authentication-value", kAuthentication),
    element(0xbd, RowKind::string, "implementation-information"),
    kUserInformation};
inline constexpr Row kAare[] = {
    element(0x80, RowKind::bit_string, "protocol-version"),
    element(0xa1, RowKind::oid, "application-context-name", kObjectIdentifier, names::kContexts),
    element(0xa2, RowKind::small, "result", kInteger, names::kAssociationResult),
    element_of(0xa3, "result-source-diagnostic", kDiagnostics),
    element(0xa4, RowKind::string, "responding-ap-title", kOctetString),
    element(0xa5, RowKind::string, "responding-ae-qualifier", kOctetString),
    element(0xa6, RowKind::small, "responding-ap-invocation-id", kInteger),
    element(0xa7, RowKind::small, "responding-ae-invocation-id", kInteger),
    element(0x88, RowKind::bit_string, "responder-acse-requirements"),
    element(0x89, RowKind::oid, "mechanism-name", 0, names::kMechanisms),
    element_of(0xaa, "responding-authentication-value", kAuthentication),
    element(0xbd, RowKind::string, "implementation-information"),
    kUserInformation};
inline constexpr Row kRlrq[] = {
    element(0x80, RowKind::small, "reason", 0, names::kReleaseRequestReason), kUserInformation};
inline constexpr Row kRlre[] = {
    element(0x80, RowKind::small, "reason", 0, names::kReleaseResponseReason), kUserInformation};

constexpr Row acse(std::string_view name, List<Row> fields) {
  return {RowKind::elements, name, 0, 0, fields};
}

}  // namespace meterpipe::apdu::schema
