#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "base/hex.hpp"
#include "views/asn_text.hpp"
#include "views/xml.hpp"

namespace meterpipe::views {
namespace {

using apdu::Leaf;

struct Renamed {
  std::string_view ours, theirs;
};

// Elements that are not just the ASN.1 name in CamelCase; sorted.
constexpr std::array kElements{
    Renamed{"aare", "AssociationResponse"},
    Renamed{"aarq", "AssociationRequest"},
    Renamed{"acse-service-provider", "ACSEServiceProvider"},
    Renamed{"acse-service-user", "ACSEServiceUser"},
    Renamed{"action-request-next-pblock", "ActionRequestForNextPBlock"},
    Renamed{"action-request-with-first-pblock", "ActionRequestWithFirstBlock"},
    Renamed{"action-request-with-list-and-first-pblock", "ActionRequestWithListAndFirstBlock"},
    Renamed{"action-request-with-pblock", "ActionRequestWithBlock"},
    Renamed{"action-response-next-pblock", "ActionResponseNextBlock"},
    Renamed{"action-response-with-pblock", "ActionResponseWithPBlock"},
    Renamed{"called-ae-invocation-id", "CalledAEInvocationId"},
    Renamed{"called-ae-qualifier", "CalledAEQualifier"},
    Renamed{"called-ap-invocation-id", "CalledAPInvocationId"},
    Renamed{"called-ap-title", "CalledAPTitle"},
    Renamed{"calling-ae-invocation-id", "CallingAEInvocationId"},
    Renamed{"calling-ae-qualifier", "CallingAEQualifier"},
    Renamed{"calling-ap-invocation-id", "CallingAPInvocationId"},
    Renamed{"calling-ap-title", "CallingAPTitle"},
    Renamed{"calling-authentication-value", "CallingAuthentication"},
    Renamed{"client-max-receive-pdu-size", "ProposedMaxPduSize"},
    Renamed{"cosem-attribute-descriptor", "AttributeDescriptor"},
    Renamed{"cosem-attribute-descriptor-with-selection", "AttributeDescriptorWithSelection"},
    Renamed{"cosem-method-descriptor", "MethodDescriptor"},
    Renamed{"cosem-method-descriptor-list", "MethodDescriptorList"},
    Renamed{"datablock", "DataBlock"},
    Renamed{"ded-confirmed-service-error", "ded_GloConfirmedServiceError"},
    Renamed{"general-ded-ciphering", "generalDedCiphering"},
    Renamed{"get-request-next", "GetRequestForNextDataBlock"},
    Renamed{"get-response-with-datablock", "GetResponsewithDataBlock"},
    Renamed{"glo-confirmed-service-error", "glo_GloConfirmedServiceError"},
    Renamed{"parameterized-access", "ParameterisedAccess"},
    Renamed{"pblock", "PBlock"},
    Renamed{"responder-acse-requirements", "ResponderACSERequirement"},
    Renamed{"responding-ap-title", "RespondingAPTitle"},
    Renamed{"responding-authentication-value", "RespondingAuthentication"},
    Renamed{"rlre", "ReleaseResponse"},
    Renamed{"rlrq", "ReleaseRequest"},
    Renamed{"sender-acse-requirements", "SenderACSERequirements"},
    Renamed{"server-max-receive-pdu-size", "NegotiatedMaxPduSize"},
    Renamed{"set-request-with-datablock", "SetRequestWithDataBlock"},
    Renamed{"set-request-with-first-datablock", "SetRequestFirstDataBlock"},
    Renamed{"set-response-datablock", "SetResponseDataBlock"},
    Renamed{"set-response-last-datablock", "SetResponseWithLastDataBlock"},
    Renamed{"success", "Ok"},
    Renamed{"time", "DateTime"},
    Renamed{"variable-access-specification", "ListOfVariableAccessSpecification"},
};

// Values of Data-Access-Result and Action-Result, and names of an association.
constexpr std::array kValues{
    Renamed{"high-level-security", "High"},
    Renamed{"high-level-security-ecdsa", "HighECDSA"},
    Renamed{"high-level-security-gmac", "HighGMAC"},
    Renamed{"high-level-security-md5", "HighMD5"},
    Renamed{"high-level-security-sha1", "HighSHA1"},
    Renamed{"high-level-security-sha256", "HighSHA256"},
    Renamed{"logical-name-referencing-no-ciphering", "LN"},
    Renamed{"logical-name-referencing-with-ciphering", "LN_WITH_CIPHERING"},
    Renamed{"long-get-aborted", "LongGetOrReadAborted"},
    Renamed{"long-set-aborted", "LongSetOrWriteAborted"},
    Renamed{"low-level-security", "Low"},
    Renamed{"lowest-level-security", "None"},
    Renamed{"no-long-get-in-progress", "NoLongGetOrReadInProgress"},
    Renamed{"no-long-set-in-progress", "NoLongSetOrWriteInProgress"},
    Renamed{"object-class-inconsistent", "InconsistentClass"},
    Renamed{"object-unavailable", "UnavailableObject"},
    Renamed{"object-undefined", "UndefinedObject"},
    Renamed{"scope-of-access-violated", "AccessViolated"},
    Renamed{"short-name-referencing-no-ciphering", "SN"},
    Renamed{"short-name-referencing-with-ciphering", "SN_WITH_CIPHERING"},
    Renamed{"type-unmatched", "UnmatchedType"},
};

template <std::size_t N>
constexpr bool are_sorted(const std::array<Renamed, N>& table) {
  return std::ranges::is_sorted(table, {}, &Renamed::ours);
}
static_assert(are_sorted(kElements) && are_sorted(kValues));

template <std::size_t N>
std::string_view find(const std::array<Renamed, N>& table, std::string_view name) {
  const auto at = std::ranges::lower_bound(table, name, {}, &Renamed::ours);
  return at != table.end() && at->ours == name ? at->theirs : std::string_view();
}

// In the order of axdr::kTypes.
constexpr std::array<std::string_view, 32> kTypeNames{"None",
                                                      "Array",
                                                      "Structure",
                                                      "Boolean",
                                                      "BitString",
                                                      "Int32",
                                                      "UInt32",
                                                      "OctetString",
                                                      "String",
                                                      "StringUTF8",
                                                      "Bcd",
                                                      "Int8",
                                                      "Int16",
                                                      "UInt8",
                                                      "UInt16",
                                                      "CompactArray",
                                                      "Int64",
                                                      "UInt64",
                                                      "Enum",
                                                      "Float32",
                                                      "Float64",
                                                      "DateTime",
                                                      "Date",
                                                      "Time",
                                                      "Delta-Int8",
                                                      "Delta-Int16",
                                                      "Delta-Int32",
                                                      "Delta-UInt8",
                                                      "Delta-UInt16",
                                                      "Delta-UInt32",
                                                      "AttributeDescriptor",
                                                      "DontCare"};
static_assert(kTypeNames.size() == axdr::kTypes.size());

std::string_view type_name(const axdr::Type& type) {
  return kTypeNames[static_cast<std::size_t>(&type - axdr::kTypes.data())];
}

std::string upper_hex(Bytes bytes) {
  std::string text = to_hex(bytes);
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

// What Gurux says in words, else hex.
std::string value_of(const Leaf& leaf, bool in_association) {
  if (leaf.kind == Leaf::Kind::oid) {
    const std::string_view theirs = find(kValues, leaf.value_name);
    return theirs.empty() ? dotted(leaf.bytes) : std::string(theirs);
  }
  if (leaf.kind == Leaf::Kind::bits) {
    const std::string bits = ber_bits(leaf.bytes);
    return bits.find('1') == std::string::npos ? "0" : "1";
  }
  const bool in_words = leaf.kind == Leaf::Kind::enumeration && !leaf.value_name.empty() &&
                        ((leaf.name == "result" && !in_association) ||
                         leaf.name.starts_with("data-access-") || leaf.name == "state-error");
  if (!in_words) return upper_hex(leaf.bytes);
  const std::string_view theirs = find(kValues, leaf.value_name);
  return theirs.empty() ? camel_case(leaf.value_name) : std::string(theirs);
}

bool is_left_out(std::string_view name) {
  return name == "user-information" || name.ends_with("-authentication-value");
}

}  // namespace

std::string GuruxXml::element(std::string_view name) const {
  if (const std::string_view theirs = find(kElements, name); !theirs.empty()) {
    return std::string(theirs);
  }
  if (name == "result" && root_ == "aare") return "AssociationResult";
  if (name.starts_with("glo-") || name.starts_with("ded-")) {
    return std::string(name.substr(0, 3)) + '_' + camel_case(name.substr(4));
  }
  // A type of Data, by its ASN.1 name; "time" and "date-time" are called alike in both.
  for (const axdr::Type& type : axdr::kTypes) {
    if (type.name == name) return std::string(type_name(type));
  }
  return camel_case(name);
}

std::string GuruxXml::quantity(std::uint32_t count) const {
  return fmt::format(" Qty=\"{:02X}\" ", count);
}

void GuruxXml::open(std::string_view name, std::optional<std::uint32_t> count) {
  if (root_.empty()) root_ = name;
  around_ = is_left_out(name) ? name : std::string_view();
  if (around_.empty()) Xml::open(name, count);
}

void GuruxXml::close(std::string_view name) {
  if (!is_left_out(name)) return Xml::close(name);
  around_ = {};
}

// <ProposedConformance>, and an element for each bit
void GuruxXml::conformance(const Leaf& leaf) {
  open(leaf.name, {});
  for (const std::string& name : conformance_names(leaf.bytes)) {
    indent();
    out_.add("<ConformanceBit Name=\"", camel_case(name), "\" />\n");
  }
  close(leaf.name);
}

void GuruxXml::leaf(const Leaf& leaf, Bytes apdu) {
  if (leaf.kind == Leaf::Kind::conformance) return conformance(leaf);
  const bool is_data = leaf.kind == Leaf::Kind::data;
  const bool in_words = leaf.kind == Leaf::Kind::oid || leaf.kind == Leaf::Kind::bits;
  if (std::string text = comment_of(leaf, apdu, '.'); !text.empty() && !in_words) {
    indent();
    add_comment(out_, std::move(text));
    out_.add('\n');
  }
  indent();
  out_.add('<');
  out_.add(is_data            ? std::string(type_name(axdr::type_of(leaf.node->tag)))
           : !around_.empty() ? element(around_)
                              : element(leaf.name));
  if (leaf.kind == Leaf::Kind::nothing ||
      (is_data && axdr::type_of(leaf.node->tag).shape == axdr::Shape::nothing)) {
    out_.add(" />\n");
    return;
  }
  out_.add(" Value=\"", value_of(leaf, root_ == "aare"), "\" />\n");
}

}  // namespace meterpipe::views
