// Rows of the xDLMS services: short and logical name referencing, pushes, errors (IEC 62056-5-3,
// 9.5).
#pragma once

#include <array>
#include <iterator>

#include "apdu/schema.hpp"
#include "apdu/schema_names.hpp"

namespace meterpipe::apdu {

namespace make {
template <std::size_t N>
constexpr List<Row> rows(const Row (&array)[N]) {
  return {array, N};
}
constexpr Row number(std::uint8_t size, std::string_view name) {
  return {RowKind::number, name, size};
}
constexpr Row integer(std::uint8_t size, std::string_view name) {
  return {RowKind::integer, name, size};
}
constexpr Row enumeration(std::string_view name, Names names) {
  return {RowKind::enumeration, name, 1, 0, {}, names};
}
constexpr Row octets(std::string_view name, std::uint8_t least = 0) {
  return {RowKind::octets, name, least};
}
constexpr Row data(std::string_view name) { return {RowKind::data, name}; }
constexpr Row simple(RowKind kind, std::string_view name) { return {kind, name}; }
template <std::size_t N>
constexpr Row sequence(std::string_view name, const Row (&array)[N]) {
  return {RowKind::sequence, name, 0, 0, rows(array)};
}
template <class Alternatives>
constexpr Row choice(std::string_view name, const Alternatives& array) {
  return {RowKind::choice, name, 0, 0, {std::data(array), std::size(array)}};
}
constexpr Row list(std::string_view name, const Row (&element)[1]) {
  return {RowKind::list, name, 0, 0, rows(element)};
}
constexpr Row optional(const Row (&one)[1]) { return {RowKind::optional, "", 0, 0, rows(one)}; }
}  // namespace make

namespace schema {
using namespace make;

// ---- parts

inline constexpr Row kInvoke{RowKind::invoke, "invoke-id-and-priority", 1};
inline constexpr Row kLongInvoke{RowKind::invoke, "long-invoke-id-and-priority", 4};
inline constexpr Row kLastBlock{RowKind::boolean, "last-block", 1};
inline constexpr Row kBlockNumber = number(4, "block-number");
inline constexpr Row kShortBlockNumber = number(2, "block-number");
inline constexpr Row kRawData = octets("raw-data");
inline constexpr Row kDateTime = simple(RowKind::clock, "date-time");
inline constexpr Row kResult = enumeration("result", names::kDataAccessResult);

inline constexpr Row kAttributeFields[] = {
    number(2, "class-id"), {RowKind::fixed, "instance-id", 6}, integer(1, "attribute-id")};
inline constexpr Row kMethodFields[] = {
    number(2, "class-id"), {RowKind::fixed, "instance-id", 6}, integer(1, "method-id")};
inline constexpr Row kAttribute = sequence("cosem-attribute-descriptor", kAttributeFields);
inline constexpr Row kMethod = sequence("cosem-method-descriptor", kMethodFields);

inline constexpr Row kSelectionFields[] = {number(1, "access-selector"),
                                           simple(RowKind::selection, "access-parameters")};
inline constexpr Row kSelection[] = {sequence("access-selection", kSelectionFields)};
inline constexpr Row kAttributeWithSelectionFields[] = {kAttribute, optional(kSelection)};
inline constexpr Row kAttributeWithSelection[] = {
    sequence("cosem-attribute-descriptor-with-selection", kAttributeWithSelectionFields)};
inline constexpr Row kAttributes = list("attribute-descriptor-list", kAttributeWithSelection);
inline constexpr Row kMethodElement[] = {kMethod};
inline constexpr Row kMethods = list("cosem-method-descriptor-list", kMethodElement);
inline constexpr Row kDataElement[] = {data("")};
inline constexpr Row kAccessResultElement[] = {
    enumeration("data-access-result", names::kDataAccessResult)};

inline constexpr Row kDataOrError[] = {
    data("data").tagged(0), enumeration("data-access-result", names::kDataAccessResult).tagged(1)};
inline constexpr Row kDataOrErrorElement[] = {choice("", kDataOrError)};

inline constexpr Row kBlockSaFields[] = {kLastBlock, kBlockNumber, kRawData};  // DataBlock-SA
inline constexpr Row kBlockSa = sequence("datablock", kBlockSaFields);
inline constexpr Row kPblock = sequence("pblock", kBlockSaFields);
inline constexpr Row kBlockGResult[] = {
    kRawData.tagged(0), enumeration("data-access-result", names::kDataAccessResult).tagged(1)};
inline constexpr Row kBlockGFields[] = {kLastBlock, kBlockNumber, choice("result", kBlockGResult)};

// ---- initiate

inline constexpr Row kDedicatedKey[] = {octets("dedicated-key")};
inline constexpr Row kResponseAllowed[] = {{RowKind::boolean, "response-allowed", 1}};
inline constexpr Row kProposedQuality[] = {integer(1, "proposed-quality-of-service")};
inline constexpr Row kNegotiatedQuality[] = {integer(1, "negotiated-quality-of-service")};
inline constexpr Row kInitiateRequest[] = {optional(kDedicatedKey),
                                           optional(kResponseAllowed),
                                           optional(kProposedQuality),
                                           number(1, "proposed-dlms-version-number"),
                                           {RowKind::conformance, "proposed-conformance", 3},
                                           number(2, "client-max-receive-pdu-size")};
inline constexpr Row kInitiateResponse[] = {optional(kNegotiatedQuality),
                                            number(1, "negotiated-dlms-version-number"),
                                            {RowKind::conformance, "negotiated-conformance", 3},
                                            number(2, "server-max-receive-pdu-size"),
                                            {RowKind::fixed, "vaa-name", 2}};

// ---- short names

inline constexpr Row kVariableName{RowKind::fixed, "variable-name", 2};
inline constexpr Row kParameterizedAccess[] = {kVariableName, number(1, "selector"),
                                               simple(RowKind::selection, "parameter")};
inline constexpr Row kBlockNumberAccess[] = {kShortBlockNumber};
inline constexpr Row kReadBlockAccess[] = {kLastBlock, kShortBlockNumber, kRawData};
inline constexpr Row kWriteBlockAccess[] = {kLastBlock, kShortBlockNumber};
inline constexpr Row kVariableAccess[] = {
    kVariableName.tagged(2), sequence("parameterized-access", kParameterizedAccess).tagged(4),
    sequence("block-number-access", kBlockNumberAccess).tagged(5),
    sequence("read-data-block-access", kReadBlockAccess).tagged(6),
    sequence("write-data-block-access", kWriteBlockAccess).tagged(7)};
inline constexpr Row kVariableElement[] = {choice("", kVariableAccess)};
inline constexpr Row kVariables = list("variable-access-specification", kVariableElement);
inline constexpr Row kListOfData = list("list-of-data", kDataElement);
inline constexpr Row kWriteRequest[] = {kVariables, kListOfData};
inline constexpr Row kCurrentTime[] = {simple(RowKind::text, "current-time")};
inline constexpr Row kInformationReport[] = {optional(kCurrentTime), kVariables, kListOfData};
inline constexpr Row kReadResult[] = {
    data("data").tagged(0), enumeration("data-access-error", names::kDataAccessResult).tagged(1),
    sequence("data-block-result", kReadBlockAccess).tagged(2), kShortBlockNumber.tagged(3)};
inline constexpr Row kReadResultElement[] = {choice("", kReadResult)};
inline constexpr Row kWriteResult[] = {
    simple(RowKind::nothing, "success").tagged(0),
    enumeration("data-access-error", names::kDataAccessResult).tagged(1),
    kShortBlockNumber.tagged(2)};
inline constexpr Row kWriteResultElement[] = {choice("", kWriteResult)};

// ---- errors

inline constexpr Row kServiceErrors[] = {
    enumeration("application-reference", names::kApplicationReference).tagged(0),
    enumeration("hardware-resource", names::kHardwareResource).tagged(1),
    enumeration("vde-state-error", names::kVdeStateError).tagged(2),
    enumeration("service", names::kService).tagged(3),
    enumeration("definition", names::kDefinition).tagged(4),
    enumeration("access", names::kAccess).tagged(5),
    enumeration("initiate", names::kInitiate).tagged(6),
    enumeration("load-data-set", names::kLoadDataSet).tagged(7),
    enumeration("change-scope", names::kOther).tagged(8),
    enumeration("task", names::kTask).tagged(9),
    enumeration("other", names::kOther).tagged(10)};
inline constexpr Row kServiceError = choice("", kServiceErrors);
template <class... Names>
constexpr std::array<Row, sizeof...(Names)> service_errors(Names... names) {
  std::uint8_t tag = 0;
  return {kServiceError.called(names).tagged(++tag)...};
}
inline constexpr auto kConfirmedServiceError =
    service_errors("initiate-error", "get-status", "get-name-list", "get-variable-attribute",
                   "read", "write", "get-data-set-attribute", "get-ti-attribute", "change-scope",
                   "start", "stop", "resume", "make-usable", "initiate-load", "load-segment",
                   "terminate-load", "initiate-up-load", "up-load-segment", "terminate-up-load");
inline constexpr Row kExceptionService[] = {
    simple(RowKind::nothing, "operation-not-possible").tagged(1),
    simple(RowKind::nothing, "service-not-supported").tagged(2),
    simple(RowKind::nothing, "other-reason").tagged(3),
    simple(RowKind::nothing, "pdu-too-long").tagged(4),
    simple(RowKind::nothing, "deciphering-error").tagged(5),
    number(4, "invocation-counter-error").tagged(6)};
inline constexpr Row kException[] = {enumeration("state-error", names::kStateError),
                                     choice("service-error", kExceptionService)};

// ---- get

inline constexpr Row kGetNormal[] = {kInvoke, kAttribute, optional(kSelection)};
inline constexpr Row kNextBlock[] = {kInvoke, kBlockNumber};
inline constexpr Row kGetList[] = {kInvoke, kAttributes};
inline constexpr Row kGetRequest[] = {sequence("get-request-normal", kGetNormal).tagged(1),
                                      sequence("get-request-next", kNextBlock).tagged(2),
                                      sequence("get-request-with-list", kGetList).tagged(3)};
inline constexpr Row kGetResponseNormal[] = {kInvoke, choice("result", kDataOrError)};
inline constexpr Row kGetResponseBlock[] = {kInvoke, sequence("result", kBlockGFields)};
inline constexpr Row kGetResponseList[] = {kInvoke, list("result", kDataOrErrorElement)};
inline constexpr Row kGetResponse[] = {
    sequence("get-response-normal", kGetResponseNormal).tagged(1),
    sequence("get-response-with-datablock", kGetResponseBlock).tagged(2),
    sequence("get-response-with-list", kGetResponseList).tagged(3)};

// ---- set

inline constexpr Row kSetNormal[] = {kInvoke, kAttribute, optional(kSelection), data("value")};
inline constexpr Row kSetFirst[] = {kInvoke, kAttribute, optional(kSelection), kBlockSa};
inline constexpr Row kSetBlock[] = {kInvoke, kBlockSa};
inline constexpr Row kSetList[] = {kInvoke, kAttributes, list("value-list", kDataElement)};
inline constexpr Row kSetListFirst[] = {kInvoke, kAttributes, kBlockSa};
inline constexpr Row kSetRequest[] = {
    sequence("set-request-normal", kSetNormal).tagged(1),
    sequence("set-request-with-first-datablock", kSetFirst).tagged(2),
    sequence("set-request-with-datablock", kSetBlock).tagged(3),
    sequence("set-request-with-list", kSetList).tagged(4),
    sequence("set-request-with-list-and-first-datablock", kSetListFirst).tagged(5)};
inline constexpr Row kSetResponseNormal[] = {kInvoke, kResult};
inline constexpr Row kSetResponseLast[] = {kInvoke, kResult, kBlockNumber};
inline constexpr Row kSetResponseLastList[] = {kInvoke, list("result", kAccessResultElement),
                                               kBlockNumber};
inline constexpr Row kSetResponseList[] = {kInvoke, list("result", kAccessResultElement)};
inline constexpr Row kSetResponse[] = {
    sequence("set-response-normal", kSetResponseNormal).tagged(1),
    sequence("set-response-datablock", kNextBlock).tagged(2),
    sequence("set-response-last-datablock", kSetResponseLast).tagged(3),
    sequence("set-response-last-datablock-with-list", kSetResponseLastList).tagged(4),
    sequence("set-response-with-list", kSetResponseList).tagged(5)};

// ---- action

inline constexpr Row kMethodParameters[] = {data("method-invocation-parameters")};
inline constexpr Row kActionNormal[] = {kInvoke, kMethod, optional(kMethodParameters)};
inline constexpr Row kActionList[] = {kInvoke, kMethods,
                                      list("method-invocation-parameters", kDataElement)};
inline constexpr Row kActionFirst[] = {kInvoke, kMethod, kPblock};
inline constexpr Row kActionListFirst[] = {kInvoke, kMethods, kPblock};
inline constexpr Row kActionBlock[] = {kInvoke, kPblock};
inline constexpr Row kActionRequest[] = {
    sequence("action-request-normal", kActionNormal).tagged(1),
    sequence("action-request-next-pblock", kNextBlock).tagged(2),
    sequence("action-request-with-list", kActionList).tagged(3),
    sequence("action-request-with-first-pblock", kActionFirst).tagged(4),
    sequence("action-request-with-list-and-first-pblock", kActionListFirst).tagged(5),
    sequence("action-request-with-pblock", kActionBlock).tagged(6)};
inline constexpr Row kReturnParameters[] = {choice("return-parameters", kDataOrError)};
inline constexpr Row kActionResultFields[] = {enumeration("result", names::kActionResult),
                                              optional(kReturnParameters)};
inline constexpr Row kActionResultElement[] = {
    sequence("action-response-with-optional-data", kActionResultFields)};
inline constexpr Row kActionResponseNormal[] = {kInvoke,
                                                sequence("single-response", kActionResultFields)};
inline constexpr Row kActionResponseList[] = {kInvoke,
                                              list("list-of-responses", kActionResultElement)};
inline constexpr Row kActionResponse[] = {
    sequence("action-response-normal", kActionResponseNormal).tagged(1),
    sequence("action-response-with-pblock", kActionBlock).tagged(2),
    sequence("action-response-with-list", kActionResponseList).tagged(3),
    sequence("action-response-next-pblock", kNextBlock).tagged(4)};

// ---- access

inline constexpr Row kAttributeOnly[] = {kAttribute};
inline constexpr Row kMethodOnly[] = {kMethod};
inline constexpr Row kAttributeSelected[] = {kAttribute, kSelection[0]};
inline constexpr Row kAccessSpecifications[] = {
    sequence("access-request-get", kAttributeOnly).tagged(1),
    sequence("access-request-set", kAttributeOnly).tagged(2),
    sequence("access-request-action", kMethodOnly).tagged(3),
    sequence("access-request-get-with-selection", kAttributeSelected).tagged(4),
    sequence("access-request-set-with-selection", kAttributeSelected).tagged(5)};
inline constexpr Row kAccessSpecification[] = {choice("", kAccessSpecifications)};
inline constexpr Row kAccessSpecificationList[] = {
    list("access-request-specification", kAccessSpecification)};
inline constexpr Row kAccessRequestBody[] = {kAccessSpecificationList[0],
                                             list("access-request-list-of-data", kDataElement)};
inline constexpr Row kAccessRequest[] = {kLongInvoke, kDateTime,
                                         sequence("access-request-body", kAccessRequestBody)};
inline constexpr Row kAccessResult[] = {kResult};
inline constexpr Row kAccessActionResult[] = {enumeration("result", names::kActionResult)};
inline constexpr Row kAccessResults[] = {
    sequence("access-response-get", kAccessResult).tagged(1),
    sequence("access-response-set", kAccessResult).tagged(2),
    sequence("access-response-action", kAccessActionResult).tagged(3)};
inline constexpr Row kAccessResultChoice[] = {choice("", kAccessResults)};
inline constexpr Row kAccessResponseBody[] = {
    optional(kAccessSpecificationList), list("access-response-list-of-data", kDataElement),
    list("access-response-specification", kAccessResultChoice)};
inline constexpr Row kAccessResponse[] = {kLongInvoke, kDateTime,
                                          sequence("access-response-body", kAccessResponseBody)};

// ---- pushes

inline constexpr Row kNotificationBody[] = {simple(RowKind::body, "data-value")};
inline constexpr Row kDataNotification[] = {kLongInvoke, simple(RowKind::push_clock, "date-time"),
                                            sequence("notification-body", kNotificationBody)};
inline constexpr Row kConfirm[] = {kLongInvoke, kDateTime};
inline constexpr Row kEventTime[] = {simple(RowKind::clock, "time")};
inline constexpr Row kEvent[] = {optional(kEventTime), kAttribute,
                                 simple(RowKind::body, "attribute-value")};

}  // namespace schema
}  // namespace meterpipe::apdu
