// lib/readings: push-object-lists, untagged descriptors, a list's own name in front.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "sim/axdr.hpp"
#include "support/random.hpp"
#include "support/text.hpp"
#include "unit/readings/body.hpp"

namespace meterpipe::readings {

using test::Body;
using test::hex;
using test::kClock;
using test::Lines;

namespace {

std::string entry(const char* interface_class, const char* name, const char* attribute = "02",
                  const char* index = "0000") {
  return std::string("02 04 12 ") + interface_class + " 09 06 " + name + " 0f " + attribute +
         " 12 " + index;
}

const std::string kSelf = entry("0028", "0008190900ff");

}  // namespace

TEST_CASE("object list: element k is the value of entry k") {
  const Body body("02 05 01 05" + kSelf + entry("0028", "0008190900ff", "01") +
                  entry("0001", "0000600100ff") + entry("0008", "0000010000ff") +
                  entry("0003", "0100010700ff") + " 09 06 0008190900ff 09 03 414243" + kClock +
                  "06 00000161");
  CHECK(body.inferred.layout == Layout::object_list);
  CHECK(body.lines() == Lines{"0-8:25.9.0 40/1 octet-string", "0-0:96.1.0 1/2 octet-string",
                              "0-0:1.0.0 8/2 octet-string", "1-0:1.7.0 3/2 353"});
  CHECK(body.inferred.number == 1u);
  CHECK(body.inferred.clock == 2u);
  CHECK_FALSE(body.inferred.misfit);
}

TEST_CASE("object list: restrictions, three fields, another nesting, not among its own entries") {
  const std::string power = "02 05 12 0003 09 06 0100010700ff 0f 02 12 0000 02 02 16 00 00";
  const std::string energy = "02 03 12 0003 09 06 0100010800ff 0f 02";
  const Lines expected{"1-0:1.7.0 3/2 353", "1-0:1.8.0 3/2 9"};
  CHECK(Body("02 03 01 03" + kSelf + power + energy + "06 00000161 11 09").lines() == expected);
  CHECK(Body("02 03 01 02" + power + energy + "06 00000161 11 09").lines() == expected);
  CHECK(Body("02 02 01 03" + kSelf + power + energy + "02 02 06 00000161 11 09").lines() ==
        expected);
  CHECK(Body("02 02 01 02" + power + energy + "02 02 06 00000161 11 09").lines() == expected);
  CHECK(Body("02 01 02 03 01 02" + power + energy + "06 00000161 11 09").lines() == expected);
  // Behind a clock, and with the profile's capture objects as its own entry.
  CHECK(Body("02 02" + kClock + "02 03 01 02" + power + energy + "06 00000161 11 09").lines() ==
        Lines{"@0 octet-string", expected[0], expected[1]});
  CHECK(Body("02 02 01 02" + entry("0007", "0100630100ff", "03") + power + "06 00000161").lines() ==
        Lines{expected[0]});
}

TEST_CASE("object list: a register's scaler and unit go to its value") {
  const std::string unit = " 02 02 0f ff 16 23 ";
  const Body body("02 06 01 06" + kSelf + entry("0003", "0100200700ff") +
                  entry("0003", "0100200700ff", "03") + entry("0003", "0100340700ff", "03") +
                  entry("0005", "0100010400ff", "03") + entry("0005", "0100010400ff", "04") +
                  "12 0911" + unit + unit + "12 0007" + unit);
  CHECK(body.lines() ==
        Lines{"1-0:32.7.0 3/2 2321 -1 35", "1-0:52.7.0 3/3 structure", "1-0:1.4.0 5/3 7 -1 35"});
}

TEST_CASE("object list: numbers that do not fit name nothing that is not sure") {
  const std::string list = kSelf + entry("0028", "0008190900ff", "01") +
                           entry("0008", "0000010000ff") + entry("0003", "0100010700ff") +
                           entry("0003", "0100010800ff");
  const Body lacks("02 04 01 05" + list + "09 06 0008190900ff" + kClock + "06 00000161");
  CHECK(lacks.lines() ==
        Lines{"0-8:25.9.0 40/1 octet-string", "0-0:1.0.0 8/2 octet-string", "@3 353"});
  REQUIRE(lacks.inferred.misfit);
  CHECK(lacks.inferred.misfit->entries == 5);
  CHECK(lacks.inferred.misfit->values == 3);
  const Body more("02 07 01 05" + list + "09 06 0008190900ff" + kClock + "11 01 11 02 11 03" +
                  kClock);
  CHECK(more.lines().front() == "0-8:25.9.0 40/1 octet-string");
  CHECK(more.lines()[1] == "@2 octet-string");  // two clocks: neither is sure
  CHECK(more.lines().size() == 6);
  // As many entries as elements, but none of them is the list: one value is missing.
  const Body shifted("02 02 01 02" + entry("0003", "0100010700ff") + entry("0003", "0100010800ff") +
                     "11 05");
  CHECK(shifted.lines() == Lines{"@1 5"});
  CHECK(shifted.inferred.misfit);
}

TEST_CASE(
    "object list: the rows of a profile are no values of its entries, however many there are") {
  const std::string list = "01 02" + entry("0008", "0000010000ff") + entry("0003", "0100010800ff");
  const std::string row = "02 02" + kClock + "06 00000161";
  for (const std::string& rows : {"01 01" + row, "01 02" + row + row, "01 03" + row + row + row}) {
    CAPTURE(rows);
    const Body body("02 02" + list + rows);
    CHECK(body.lines() == Lines{"@1 array"});
    CHECK(body.inferred.misfit);
  }
  // One row, as the values themselves.
  CHECK(Body("02 02" + list + row).lines() ==
        Lines{"0-0:1.0.0 8/2 octet-string", "1-0:1.8.0 3/2 353"});
}

TEST_CASE("object list: random lists come back, whatever the values are") {
  test::Random random;
  INFO("seed ", test::seed());
  for (int round = 0; round < 500; ++round) {
    const std::size_t count = 1 + random.below(20);
    ByteVector bytes, values;
    sim::DataWriter writer(bytes), value_writer(values);
    Lines expected;
    writer.structure(count + 1);
    writer.array(count + 1);
    for (std::size_t i = 0; i <= count; ++i) {
      const auto interface_class =
          static_cast<std::uint16_t>(i == 0 ? 40 : 100 + random.below(999));
      const auto attribute = static_cast<std::int8_t>(i == 0 ? 2 : 1 + random.below(20));
      const auto index = static_cast<std::uint16_t>(random.one_in(4) ? random.below(40) : 0);
      const bool restricted = random.one_in(3);
      const ByteVector name = random.bytes(6);
      writer.structure(restricted ? 5 : 4);
      writer.long_unsigned(interface_class);
      writer.octet_string(name);
      writer.integer(attribute);
      writer.long_unsigned(index);
      if (restricted) {
        writer.structure(2);
        writer.enumeration(1);
        writer.null();
      }
      if (i == 0) continue;
      std::string type;
      switch (random.below(6)) {
        case 0:
          value_writer.double_long_unsigned(7);
          type = "7";
          break;
        case 1:
          value_writer.octet_string(random.bytes(6));
          type = "octet-string";
          break;
        case 2:
          value_writer.null();
          type = "null-data";
          break;
        case 3:
          value_writer.structure(2);
          value_writer.octet_string(hex("0100010800ff"));
          value_writer.long_unsigned(3);
          type = "structure";
          break;
        case 4:
          value_writer.array(0);
          type = "array";
          break;
        default: value_writer.visible_string("text"); type = "visible-string";
      }
      expected.push_back(cosem::to_string(cosem::Obis::of(name)) + ' ' +
                         std::to_string(interface_class) + '/' + std::to_string(attribute) +
                         (index != 0 ? '[' + std::to_string(index) + ']' : "") + ' ' + type);
    }
    append(bytes, values);
    CAPTURE(to_hex(bytes));
    REQUIRE(Body(bytes).lines() == expected);
  }
}

TEST_CASE("descriptors: class, name and attribute without tags") {
  const Body body(
      "02 02 16 01 01 03 02 02 0001 0000600100ff 02 09 02 4142"
      "02 02 0003 0100010700ff 02 06 00000161 02 02 0046 0001600a03ff 03 16 01");
  CHECK(body.inferred.layout == Layout::descriptors);
  CHECK(body.lines() ==
        Lines{"0-0:96.1.0 1/2 octet-string", "1-0:1.7.0 3/2 353", "0-1:96.10.3 70/3 1"});
  CHECK(body.inferred.number == 0u);
}

TEST_CASE("a push setup's code in front names the list") {
  const Body body("02 03 09 06 0006190900ff 09 03 414243 06 00000161");
  CHECK(body.inferred.layout == Layout::positional);
  CHECK(body.inferred.list == cosem::Obis{0, 6, 25, 9, 0, 255});
  CHECK(body.lines() == Lines{"@1 octet-string", "@2 353"});
  // Its own value behind it: a pair as all others.
  const Body pair("02 04 09 06 0006190900ff 09 06 0006190900ff 09 06 0100010700ff 11 05");
  CHECK_FALSE(pair.inferred.list);
  CHECK(pair.lines() == Lines{"0-6:25.9.0 octet-string", "1-0:1.7.0 5"});
}

}  // namespace meterpipe::readings
