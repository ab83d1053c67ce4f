// lib/readings: which node is the value of which code, in the layouts a to f, and what is text.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "apdu/notification.hpp"
#include "readings/text.hpp"
#include "support/random.hpp"
#include "support/text.hpp"
#include "unit/readings/body.hpp"

namespace meterpipe::readings {

using test::Body;
using test::hex;
using test::kClock;
using test::Lines;

namespace {

std::optional<std::string> text(const std::string& contents, const char* tag = "09") {
  const ByteVector bytes = test::join(
      hex(tag), ByteVector(1, static_cast<std::uint8_t>(contents.size())), as_bytes(contents));
  axdr::Nodes nodes;
  REQUIRE(axdr::parse_all(bytes, 0, nodes).has_value());
  const auto found = text_of(nodes[0], bytes);
  return found ? std::optional(std::string(*found)) : std::nullopt;
}

}  // namespace

TEST_CASE("a: clock and number, then nested entries") {
  const Body body("02 05 09 06 0000010000ff " + kClock +
                  "02 02 09 06 0000600100ff 09 03 414243"
                  "02 03 09 06 0100200700ff 12 0911 02 02 0f ff 16 23"
                  "02 03 09 06 0100010800ff 06 00143b20 02 02 0f 00 16 1e");
  CHECK(body.inferred.layout == Layout::nested);
  CHECK(body.lines() == Lines{"0-0:1.0.0 octet-string", "0-0:96.1.0 octet-string",
                              "1-0:32.7.0 2321 -1 35", "1-0:1.8.0 1325856 0 30"});
  CHECK(body.inferred.clock == 0u);
  CHECK(body.inferred.number == 1u);
}

TEST_CASE("b: clock by place, flat triples, the meter number last") {
  const Body body("02 08 " + kClock +
                  "09 06 0100010800ff 06 00143b20 02 02 0f 00 16 1e"
                  "09 06 0100200700ff 12 0911 02 02 0f ff 16 23"
                  "09 0c 313831323230303032313737");
  CHECK(body.inferred.layout == Layout::flat);
  CHECK(body.lines() == Lines{"@0 octet-string", "1-0:1.8.0 1325856 0 30", "1-0:32.7.0 2321 -1 35",
                              "@7 octet-string"});
  CHECK(body.inferred.clock == 0u);
  CHECK(body.inferred.number == 3u);
}

TEST_CASE("c: clock, flat pairs without units, the meter number last") {
  const Body body("02 06 " + kClock +
                  "09 06 0100010800ff 06 00143b20 09 06 0100010700ff 12 01a7"
                  "09 04 31323334");
  CHECK(body.inferred.layout == Layout::pairs);
  CHECK(body.lines() ==
        Lines{"@0 octet-string", "1-0:1.8.0 1325856", "1-0:1.7.0 423", "@5 octet-string"});
  CHECK(body.inferred.number == 3u);
}

TEST_CASE("d: a list name, then pairs; phases that are not there are null") {
  const Body body(
      "02 07 0a 0e 4b616d73747275705f5630303031"
      "09 06 0101000005ff 0a 04 31323334"
      "09 06 0101200700ff 12 00e7 09 06 0101340700ff 00");
  CHECK(body.inferred.layout == Layout::list);
  CHECK(body.inferred.number == 1u);  // 1-1:0.0.5, text
  CHECK(body.lines() == Lines{"@0 visible-string", "1-1:0.0.5 visible-string", "1-1:32.7.0 231",
                              "1-1:52.7.0 null-data"});
}

TEST_CASE("e and f: an array of pairs and triples, the tag swapped or not") {
  const std::string entries = "0100010700ff 06 00000423 02 02 0f 00 16 1b 02 02 ";
  const Lines expected{"0-0:96.1.0 octet-string", "1-0:1.7.0 1059 0 27", "0-0:1.0.0 octet-string"};
  const Body usual("01 03 02 02 09 06 0000600100ff 09 02 4142 02 03 09 06 " + entries +
                   "09 06 0000010000ff " + kClock);
  CHECK(usual.inferred.layout == Layout::nested);
  CHECK(usual.lines() == expected);
  CHECK(usual.inferred.clock == 2u);
  const Body swapped("01 03 02 02 06 09 0000600100ff 09 02 4142 02 03 06 09 " + entries +
                     "06 09 0000010000ff " + kClock);
  CHECK(swapped.lines() == expected);
  CHECK(swapped.inferred.number == 0u);
}

TEST_CASE("no names: by place, nothing dropped") {
  const Body body("02 05 " + kClock + "06 00000001 00 02 02 11 05 12 0006 0a 02 4142");
  CHECK(body.inferred.layout == Layout::positional);
  CHECK(body.lines() ==
        Lines{"@0 octet-string", "@1 1", "@2 null-data", "@3 structure", "@4 visible-string"});
  CHECK(body.inferred.clock == 0u);
  CHECK_FALSE(body.inferred.number);
  // A single value, an empty list, a wrapper around the list.
  CHECK(Body("06 00000423").lines() == Lines{"@0 1059"});
  CHECK(Body("01 00").lines() == Lines{"@0 array"});
  CHECK(Body("02 01 06 00000423").lines() == Lines{"@0 1059"});
  CHECK(Body("02 01 02 02 11 01 11 02").lines() == Lines{"@0 1", "@1 2"});
  // {value, {scaler, unit}} without a name.
  CHECK(Body("02 03 12 0911 02 02 0f ff 16 23 11 01").lines() == Lines{"@0 2321 -1 35", "@2 1"});
}

TEST_CASE("layouts mixed, and what was never seen") {
  // Entries with more in them, names at the end without a value, values that are lists.
  const Body body(
      "02 05 02 04 09 06 0100010800ff 06 00000001 02 02 0f 00 16 1e 11 07"
      "09 06 0100020800ff 02 02 06 00000002 06 00000003"
      "11 09 09 06 0100030800ff");
  CHECK(body.lines() ==
        Lines{"1-0:1.8.0 1 0 30", "@0.4 7", "1-0:2.8.0 structure", "@3 9", "@4 octet-string"});
  // An octet-string of 6 that is a value, behind a name.
  CHECK(Body("02 02 09 06 0000600100ff 09 06 0102030405ff").lines() ==
        Lines{"0-0:96.1.0 octet-string"});
}

TEST_CASE("every leaf of a random body is a value, a name or a unit; nothing twice") {
  test::Random random;
  INFO("seed ", test::seed());
  for (int round = 0; round < 3000; ++round) {
    std::string body;
    std::size_t elements = 0;
    for (std::uint64_t i = random.below(8); i > 0; --i) {
      constexpr const char* kParts[] = {"09 06 0100010800ff",
                                        "06 00000001",
                                        "02 02 0f ff 16 23",
                                        "00",
                                        "02 02 09 06 0100020800ff 11 05",
                                        "01 02 11 01 11 02",
                                        "09 06 0102030405 06",
                                        "02 03 09 06 0100030700ff 12 0001 02 02 0f 00 16 1b",
                                        "13 12 04 0001 0002",
                                        "01 01 02 02 09 06 0100040800ff 11 05",
                                        "02 00"};
      body += kParts[random.below(11)];
      ++elements;
    }
    const ByteVector bytes = hex("02 0" + std::to_string(elements) + body);
    axdr::Nodes nodes;
    REQUIRE(axdr::parse_all(bytes, 0, nodes).has_value());
    Inferred inferred;
    infer(nodes, bytes, inferred);
    std::vector<int> covered(nodes.size(), 0);
    for (const Value& value : inferred.values) {
      for (std::uint32_t i = value.node; i < nodes[value.node].next; ++i) ++covered[i];
    }
    CAPTURE(to_hex(bytes));
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      REQUIRE(covered[i] <= 1);
      const axdr::Tag tag = nodes[i].tag;
      const bool may_stand_aside = tag == axdr::Tag::structure || tag == axdr::Tag::array ||
                                   tag == axdr::Tag::compact_array || tag == axdr::Tag::integer ||
                                   tag == axdr::Tag::enum_ ||
                                   (tag == axdr::Tag::octet_string && nodes[i].size == 6);
      if (!may_stand_aside) REQUIRE(covered[i] == 1);
    }
  }
}

TEST_CASE("padding is no text, bytes are no text") {
  CHECK(text("AB12") == "AB12");
  CHECK(text("AB12", "0a") == "AB12");
  CHECK(text("Zähler", "0c") == "Zähler");
  CHECK(text(std::string("AB\0\0\0", 5)) == "AB");
  CHECK(text("AB   ") == "AB");
  CHECK(text(std::string("AB  \0\0", 6)) == "AB");
  CHECK(text(std::string("AB\0\0  ", 6)) == "AB");
  CHECK(text("") == "");
  CHECK(text("   ") == "");
  CHECK_FALSE(text(std::string("\0\0\0", 3)));
  CHECK_FALSE(text(std::string("\0AB", 3)));
  CHECK_FALSE(text(std::string("A\0B", 3)));
  CHECK_FALSE(text("\x1b[2J"));
  CHECK_FALSE(text("a\nb"));
  CHECK_FALSE(text("\xff\xfe"));
  CHECK_FALSE(
      text("\xc2\x9b"
           "31m"));
}

TEST_CASE("the meter number in Kaifa's system title") {
  CHECK(number_of_title(hex("4b464d1020039534")) == "1KFM0200234804");
  CHECK(number_of_title(hex("4b464d1020989680")).empty());  // beyond 9,999,999
  CHECK(number_of_title(hex("4b464d102098967f")) == "1KFM0209999999");
  CHECK(number_of_title(hex("4b464d6750000881")).empty());  // Netz NÖ: it would be wrong
  CHECK(number_of_title(hex("5341471020039534")).empty());
  CHECK(number_of_title(hex("4b464d10200395")).empty());
  CHECK(number_of_title({}).empty());
}

}  // namespace meterpipe::readings
