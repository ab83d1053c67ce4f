// lib/record: an APDU as XML in both dialects and as a tree; every alternative, well-formed.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "apdu/tags.hpp"
#include "apdu/walk.hpp"
#include "json/fields.hpp"
#include "support/apdu_random.hpp"
#include "support/json_tree.hpp"
#include "support/random.hpp"
#include "support/text.hpp"
#include "views/asn_text.hpp"
#include "views/asn_writers.hpp"

namespace meterpipe::views {

using test::hex;

namespace {

std::string xml_of(Bytes apdu, XmlDialect dialect) {
  Buffer out;
  const auto written = write_xml(out, apdu, dialect);
  if (!written) CHECK(out.empty());
  return written ? std::string(out.view()) : "";
}
std::string tree_of(Bytes apdu) {
  Buffer out;
  const auto written = write_tree(out, apdu);
  if (!written) CHECK(out.empty());
  return written ? std::string(out.view()) : "";
}

bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

// What is wrong with a document of elements, attributes and comments, or "" (XML 1.0, 2.1 to 3.1).
// `values` gets what stands in Value="…", in its order.
std::string flaw(const std::string& xml, std::vector<std::string>& values) {
  std::vector<std::string> open;
  std::size_t at = 0, roots = 0;
  const auto blank = [&] {
    while (at < xml.size() && (xml[at] == ' ' || xml[at] == '\t' || xml[at] == '\n')) ++at;
  };
  const auto name = [&] {
    const std::size_t start = at;
    while (at < xml.size() && is_name(xml[at])) ++at;
    return xml.substr(start, at - start);
  };
  for (blank(); at < xml.size(); blank()) {
    if (xml[at] != '<') return "text outside an element at " + std::to_string(at);
    ++at;
    if (xml.compare(at, 3, "!--") == 0) {
      const std::size_t end = xml.find("--", at + 3);
      if (end == std::string::npos || xml.compare(end, 3, "-->") != 0) return "-- in a comment";
      for (; at < end; ++at) {
        if (static_cast<unsigned char>(xml[at]) < 0x20) return "control character";
      }
      at = end + 3;
      continue;
    }
    const bool closing = xml[at] == '/';
    if (closing) ++at;
    const std::string element = name();
    if (element.empty() || (element[0] >= '0' && element[0] <= '9')) return "no name";
    if (closing) {
      if (open.empty() || open.back() != element) return "closes " + element;
      open.pop_back();
      if (at >= xml.size() || xml[at++] != '>') return "end of " + element;
      continue;
    }
    if (open.empty()) ++roots;
    for (blank(); at < xml.size() && is_name(xml[at]); blank()) {
      const std::string attribute = name();
      if (xml.compare(at, 2, "=\"") != 0) return "attribute of " + element;
      const std::size_t end = xml.find('"', at + 2);
      if (end == std::string::npos) return "open value";
      const std::string value = xml.substr(at + 2, end - at - 2);
      if (value.find_first_of("<&") != std::string::npos) return "value";
      if (attribute == "Value") values.push_back(value);
      at = end + 1;
    }
    if (xml.compare(at, 2, "/>") == 0) {
      at += 2;
    } else if (at < xml.size() && xml[at] == '>') {
      ++at;
      open.push_back(element);
    } else {
      return "start of " + element;
    }
  }
  if (!open.empty()) return "not closed: " + open.back();
  return roots == 1 ? "" : std::to_string(roots) + " roots";
}

struct Values : apdu::Visitor {
  std::vector<std::string> all;
  void open(std::string_view, std::optional<std::uint32_t>) override {}
  void close(std::string_view) override {}
  void leaf(const apdu::Leaf& leaf, Bytes) override {
    const bool none = leaf.kind == apdu::Leaf::Kind::nothing ||
                      (leaf.kind == apdu::Leaf::Kind::data &&
                       axdr::type_of(leaf.node->tag).shape == axdr::Shape::nothing);
    if (!none) all.push_back(to_hex(leaf.bytes));
  }
};

// No key twice in one object, all the way down.
bool keys_are_unique(const test::Json& json) {
  if (json.raw().starts_with('[')) {
    for (const test::Json& element : json.elements()) {
      if (!keys_are_unique(element)) return false;
    }
    return true;
  }
  std::vector<json::Field> members;
  if (!json.raw().starts_with('{')) return true;
  if (!json::split_object(json.raw(), members)) return false;
  for (std::size_t i = 0; i < members.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      if (members[i].key == members[k].key) return false;
    }
    if (!keys_are_unique(test::Json(std::string(members[i].raw)))) return false;
  }
  return true;
}

}  // namespace

TEST_CASE(
    "every alternative: both dialects are well-formed and hold every byte, the tree is JSON") {
  test::RandomData random(test::seed());
  INFO("seed ", test::seed());
  for (const apdu::ApduTag& tag : apdu::kApduTags) {
    CAPTURE(tag.name);
    for (int round = 0; round < 60; ++round) {
      const ByteVector bytes = random_apdu(random, tag.tag);
      CAPTURE(to_hex(bytes));
      Values values;
      REQUIRE(apdu::walk(bytes, values).has_value());
      std::vector<std::string> drawn, unused;
      REQUIRE(flaw(xml_of(bytes, XmlDialect::predecessor), drawn) == "");
      REQUIRE(drawn == values.all);
      REQUIRE(flaw(xml_of(bytes, XmlDialect::gurux), unused) == "");
      const std::string tree = tree_of(bytes);
      REQUIRE(tree.ends_with("\n"));
      const test::Json json = test::Json::parse(tree.substr(0, tree.size() - 1));
      REQUIRE(json[tag.name].present());
      REQUIRE(keys_are_unique(json));
    }
  }
}

TEST_CASE("what cannot be read is not begun") {
  for (const char* text :
       {"c4 01 c1 00 06 0014", "60 05 a1 00", "0f 00000001 00 02 02 11 05", ""}) {
    const ByteVector bytes = hex(text);
    CHECK(xml_of(bytes, XmlDialect::predecessor).empty());
    CHECK(xml_of(bytes, XmlDialect::gurux).empty());
    CHECK(tree_of(bytes).empty());
  }
}

TEST_CASE("the tree says what the standard names by its name, and the rest as numbers") {
  CHECK(tree_of(hex("c403c1 02 00 1105 01 0b")) ==
        "{\"get-response\":{\"get-response-with-list\":{\"invoke-id-and-priority\":\"c1\","
        "\"result\":[{\"data\":{\"unsigned\":5}},{\"data-access-result\":\"object-unavailable\"}]}}"
        "}\n");
  CHECK(tree_of(hex("c401c1 01 63")) ==
        "{\"get-response\":{\"get-response-normal\":{\"invoke-id-and-priority\":\"c1\","
        "\"result\":{\"data-access-result\":99}}}}\n");
  CHECK(tree_of(hex("c001c1 0003 0100010800ff ff 00")) ==
        "{\"get-request\":{\"get-request-normal\":{\"invoke-id-and-priority\":\"c1\","
        "\"cosem-attribute-descriptor\":{\"class-id\":3,\"instance-id\":\"0100010800ff\","
        "\"attribute-id\":-1}}}}\n");
  CHECK(tree_of(hex("d8 02 01")) ==
        "{\"exception-response\":{\"state-error\":\"service-unknown\",\"service-error\":"
        "{\"operation-not-possible\":null}}}\n");
  CHECK(tree_of(hex("01 00 00 00 06 5f1f0400 800011 04b0")) ==
        "{\"initiate-request\":{\"proposed-dlms-version-number\":6,\"proposed-conformance\":"
        "[\"bit-0\",\"get\",\"action\"],\"client-max-receive-pdu-size\":1200}}\n");
  CHECK(tree_of(hex("6009 a107 0605 2a864886f7")) ==
        "{\"aarq\":{\"application-context-name\":\"2a864886f7\"}}\n");
  CHECK(tree_of(hex("600a a108 0606 2a864886f70d")) ==
        "{\"aarq\":{\"application-context-name\":\"1.2.840.113549\"}}\n");
  CHECK(dotted(hex("ffffffffffffffffffff7f")) == "ffffffffffffffffffff7f");
  CHECK(dotted(hex("2aff")) == "2aff");
  CHECK(dotted(hex("60857405080101")) == "2.16.756.5.8.1.1");
}

TEST_CASE("Gurux's dialect: its names, upper-case hex, Qty in hex, the comment before") {
  CHECK(xml_of(hex("0f 0017fa98 00 01 0b 0fff 0fff 0fff 0fff 0fff 0fff 0fff 0fff 0fff 0fff "
                   "02 02 0a 02 4142 00"),
               XmlDialect::gurux)
            .find("<Array Qty=\"0B\" >") != std::string::npos);
  CHECK(
      xml_of(
          hex("0f 0017fa98 0c07e60b0c0610360000ffc400 02 03 09060100200700ff 1208f4 02020fff1623"),
          XmlDialect::gurux) ==
      "<DataNotification>\n"
      "  <!-- 1571480 -->\n"
      "  <LongInvokeIdAndPriority Value=\"0017FA98\" />\n"
      "  <!-- 2022-11-12 16:54:00 -->\n"
      "  <DateTime Value=\"07E60B0C0610360000FFC400\" />\n"
      "  <NotificationBody>\n"
      "    <DataValue>\n"
      "      <Structure Qty=\"03\" >\n"
      "        <!-- 1.0.32.7.0.255 -->\n"
      "        <OctetString Value=\"0100200700FF\" />\n"
      "        <!-- 2292 -->\n"
      "        <UInt16 Value=\"08F4\" />\n"
      "        <Structure Qty=\"02\" >\n"
      "          <!-- -1 -->\n"
      "          <Int8 Value=\"FF\" />\n"
      "          <!-- 35, V -->\n"
      "          <Enum Value=\"23\" />\n"
      "        </Structure>\n"
      "      </Structure>\n"
      "    </DataValue>\n"
      "  </NotificationBody>\n"
      "</DataNotification>\n");
  CHECK(xml_of(hex("c401c10104"), XmlDialect::gurux) ==
        "<GetResponse>\n"
        "  <GetResponseNormal>\n"
        "    <!-- 193 -->\n"
        "    <InvokeIdAndPriority Value=\"C1\" />\n"
        "    <Result>\n"
        "      <!-- object-undefined -->\n"
        "      <DataAccessResult Value=\"UndefinedObject\" />\n"
        "    </Result>\n"
        "  </GetResponseNormal>\n"
        "</GetResponse>\n");
  // No element around the authentication value and the user information.
  CHECK(xml_of(hex("6025 a1090607 60857405080101 8a020780 8b07 60857405080201 ac058003 313233 "
                   "be040402 ee00"),
               XmlDialect::gurux) ==
        "<AssociationRequest>\n"
        "  <ApplicationContextName Value=\"LN\" />\n"
        "  <SenderACSERequirements Value=\"1\" />\n"
        "  <MechanismName Value=\"Low\" />\n"
        "  <CallingAuthentication Value=\"313233\" />\n"
        "  <UserInformation Value=\"EE00\" />\n"
        "</AssociationRequest>\n");
  CHECK(xml_of(hex("6105 a203020101"), XmlDialect::gurux)
            .find("<AssociationResult Value=\"01\" />") != std::string::npos);
  CHECK(xml_of(hex("cc 06 20 00000001 aa"), XmlDialect::gurux) ==
        "<glo_GetResponse Value=\"2000000001AA\" />\n");
}

}  // namespace meterpipe::views
