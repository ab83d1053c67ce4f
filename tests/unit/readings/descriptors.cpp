// lib/readings: descriptors with tags, alone, flat and in a list; registers as structures.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "sim/axdr.hpp"
#include "support/random.hpp"
#include "unit/readings/body.hpp"

namespace meterpipe::readings {

using test::Body;
using test::kClock;
using test::Lines;

namespace {

const std::string kImport = "12 0003 09 06 0100010700ff 0f 02 ";
const std::string kExport = "12 0003 09 06 0100020700ff 0f 02 ";
const std::string kVoltage = "12 0003 09 06 0100200700ff 0f 02 ";
const std::string kWatt = " 02 02 0f 00 16 1b ", kTenthVolt = " 02 02 0f ff 16 23 ";

}  // namespace

TEST_CASE("a descriptor alone: its value, never the attribute") {
  for (const char* around : {"02 04", "01 01 02 04", "02 01 02 04", "01 04"}) {
    CAPTURE(around);
    const Body body(around + kImport + "06 0000019c");
    CHECK(body.lines() == Lines{"1-0:1.7.0 3/2 412"});
    CHECK(body.inferred.layout == Layout::descriptors);
    CHECK(body.inferred.doubtful == 0);
  }
  // A data index or what could be one; with scaler and unit; a class of eight bits.
  CHECK(Body("02 05" + kImport + "12 0000 06 0000019c").lines() == Lines{"1-0:1.7.0 3/2 412"});
  CHECK(Body("02 05" + kVoltage + "12 0905" + kTenthVolt).lines() ==
        Lines{"1-0:32.7.0 3/2 2309 -1 35"});
  CHECK(Body("02 06" + kVoltage + "12 0000 12 0905" + kTenthVolt).lines() ==
        Lines{"1-0:32.7.0 3/2 2309 -1 35"});
  CHECK(Body("02 04" + kVoltage + "12 0905").lines() == Lines{"1-0:32.7.0 3/2 2309"});
  CHECK(Body("02 04" + kImport + "12 0000").lines() == Lines{"1-0:1.7.0 3/2 0"});
  CHECK(Body("02 04 11 03 09 06 0100010700ff 0f 02 06 0000019c").lines() ==
        Lines{"1-0:1.7.0 3/2 412"});
  CHECK(Body("02 04 12 0001 09 06 0000600100ff 0f 02 09 03 414243").lines() ==
        Lines{"0-0:96.1.0 1/2 octet-string"});
  CHECK(Body("02 04 12 0008 09 06 0000010000ff 0f 02" + kClock).inferred.clock == 0u);
  // Without tags.
  CHECK(Body("02 02 16 01 01 01 02 02 0003 0100010700ff 02 06 0000019c").lines() ==
        Lines{"1-0:1.7.0 3/2 412"});
  // No value at all: it stands by place, and no code has a value that it did not send.
  const Body bare("02 03 12 0003 09 06 0100010700ff 0f 02");
  CHECK(bare.lines() == Lines{"@0 structure"});
}

TEST_CASE("descriptors flat, one or more, between other elements") {
  const Lines both{"1-0:1.7.0 3/2 412", "1-0:2.7.0 3/2 7"};
  CHECK(Body("02 08" + kImport + "06 0000019c" + kExport + "06 00000007").lines() == both);
  CHECK(Body("02 01 01 08" + kImport + "06 0000019c" + kExport + "06 00000007").lines() == both);
  CHECK(Body("02 08" + kImport + "12 019c" + kExport + "12 0007").lines() == both);
  CHECK(Body("02 0a" + kImport + "12 0000 12 019c" + kExport + "12 0000 12 0007").lines() == both);
  CHECK(Body("02 0a" + kImport + "06 0000019c" + kWatt + kExport + "06 00000007" + kWatt).lines() ==
        Lines{"1-0:1.7.0 3/2 412 0 27", "1-0:2.7.0 3/2 7 0 27"});
  CHECK(Body("02 05" + kClock + kImport + "06 0000019c").lines() ==
        Lines{"@0 octet-string", both[0]});
  CHECK(Body("02 07 09 06 0000010000ff" + kClock + kImport + "06 0000019c 09 02 4142").lines() ==
        Lines{"0-0:1.0.0 octet-string", both[0], "@6 octet-string"});
  CHECK(Body("02 06" + kImport + "06 0000019c 09 06 0100020800ff 06 00000009").lines() ==
        Lines{both[0], "1-0:2.8.0 9"});
  CHECK(Body("02 02 02 08" + kImport + "06 0000019c" + kExport + "06 00000007" + kClock).lines() ==
        Lines{both[0], both[1], "@1 octet-string"});
  // The scaler as an attribute of its own.
  CHECK(
      Body("02 08" + kVoltage + "12 0905 12 0003 09 06 0100200700ff 0f 03" + kTenthVolt).lines() ==
      Lines{"1-0:32.7.0 3/2 2309 -1 35"});
  // Without values: nothing is called by a code.
  const Body bare("02 06" + kImport + kExport);
  CHECK(bare.lines() ==
        Lines{"@0 3", "@1 octet-string", "@2 2", "@3 3", "@4 octet-string", "@5 2"});
  CHECK(bare.inferred.doubtful == 2);
}

TEST_CASE("pairs whose value is a long-unsigned or an integer stay pairs") {
  CHECK(Body("02 06 09 06 0100200700ff 12 0905 09 06 01000d0700ff 0f 07 09 06 0100010700ff 12 0001")
            .lines() == Lines{"1-0:32.7.0 2309", "1-0:13.7.0 7", "1-0:1.7.0 1"});
}

TEST_CASE("an array of descriptors whose value may be a data index") {
  const auto three = [](const char* value) {
    return "01 02 02 04" + kVoltage + value + " 02 04" + kImport + "12 0000";
  };
  // A register has no elements, which an index could name.
  CHECK(Body(three("12 0905")).lines() == Lines{"1-0:32.7.0 3/2 2309", "1-0:1.7.0 3/2 0"});
  const Body unsure(three("12 0000"));
  CHECK(unsure.lines() == Lines{"@0 structure", "@1 structure"});
  CHECK(unsure.inferred.doubtful == 2);
}

TEST_CASE("a register under its code is opened") {
  const std::string power = "02 02 06 0000019c" + kWatt, voltage = "02 02 12 090a" + kTenthVolt;
  const Lines both{"1-0:32.7.0 2314 -1 35", "1-0:1.7.0 412 0 27"};
  const Body flat("02 04 09 06 0100200700ff" + voltage + "09 06 0100010700ff" + power);
  CHECK(flat.lines() == both);
  CHECK(flat.inferred.layout == Layout::flat);
  CHECK(Body("01 02 02 02 09 06 0100200700ff" + voltage + "02 02 09 06 0100010700ff" + power)
            .lines() == both);
  // With the logical name again; with a status and a time behind it, which keep a place.
  CHECK(Body("02 02 09 06 0100010700ff 02 03 09 06 0100010700ff 06 0000019c" + kWatt).lines() ==
        Lines{both[1]});
  CHECK(Body("02 02 09 06 0100010700ff 02 04 06 0000019c" + kWatt + "11 01" + kClock).lines() ==
        Lines{both[1], "@0.3 1", "@0.4 octet-string"});
  CHECK(Body("02 04" + kImport + power).lines() == Lines{"1-0:1.7.0 3/2 412 0 27"});
  CHECK(Body("02 02 16 01 01 01 02 02 0003 0100010700ff 02" + power).lines() ==
        Lines{"1-0:1.7.0 3/2 412 0 27"});
  CHECK(Body("02 02 01 01 02 04" + kImport + "12 0000" + power).lines() ==
        Lines{"1-0:1.7.0 3/2 412 0 27"});
  // No register: two numbers, a scaler and unit alone, a list of registers.
  CHECK(Body("02 02 09 06 0100010700ff 02 02 06 00000001 06 00000002").lines() ==
        Lines{"1-0:1.7.0 structure"});
  CHECK(Body("02 02 09 06 0100010700ff" + kWatt).lines() == Lines{"1-0:1.7.0 structure"});
  CHECK(Body("02 02 09 06 0100010700ff 01 01" + power).lines() == Lines{"1-0:1.7.0 array"});
}

TEST_CASE("attribute 0 is the object whole") {
  const std::string entry = "02 04 12 0003 09 06 0100010700ff 0f 00 12 0000 ";
  const std::string whole = "02 03 09 06 0100010700ff 06 0000019c" + kWatt;
  const Lines power{"1-0:1.7.0 3/2 412 0 27"};
  CHECK(Body("02 02 01 01" + entry + whole).lines() == power);
  CHECK(Body("02 01 02 04 12 0003 09 06 0100010700ff 0f 00" + whole).lines() == power);
  CHECK(Body("02 04 12 0003 09 06 0100010700ff 0f 00 02 02 06 0000019c" + kWatt).lines() == power);
  CHECK(Body("02 05 12 0003 09 06 0100010700ff 0f 00 12 0000" + whole).lines() == power);
  CHECK(
      Body("02 02 01 02 02 04 12 0028 09 06 0008190900ff 0f 02 12 0000" + entry + whole).lines() ==
      power);
  CHECK(Body("01 02 02 04 12 0003 09 06 0100010700ff 0f 00" + whole +
             "02 04 12 0001 09 06 0000600100ff 0f 00 02 02 09 06 0000600100ff 09 02 4142")
            .lines() == Lines{power[0], "0-0:96.1.0 1/2 octet-string"});
  // An extended register has a status and a time, a demand register two averages.
  CHECK(Body("02 04 12 0004 09 06 0100010600ff 0f 00 02 05 09 06 0100010600ff 06 0000019c" + kWatt +
             "11 00" + kClock)
            .lines() ==
        Lines{"1-0:1.6.0 4/2 412 0 27", "1-0:1.6.0 4/4 0", "1-0:1.6.0 4/5 octet-string"});
  CHECK(Body("02 04 12 0005 09 06 0100010400ff 0f 00 02 09 09 06 0100010400ff 06 00000001"
             "06 00000002" +
             kWatt + "11 00" + kClock + kClock + "06 00000384 12 0001")
            .lines() == Lines{"1-0:1.4.0 5/2 1 0 27", "1-0:1.4.0 5/3 2 0 27", "1-0:1.4.0 5/5 0",
                              "1-0:1.4.0 5/6 octet-string", "1-0:1.4.0 5/7 octet-string",
                              "1-0:1.4.0 5/8 900", "1-0:1.4.0 5/9 1"});
  // Another object's name in front is no sign of this one.
  CHECK(Body("02 04 12 0003 09 06 0100010700ff 0f 00 02 03 09 06 0100020700ff 06 0000019c" + kWatt)
            .lines() == Lines{"1-0:1.7.0 3/0 structure"});
}

TEST_CASE("random descriptors: flat, alone or in a list, every value comes under its code") {
  test::Random random;
  INFO("seed ", test::seed());
  for (int round = 0; round < 500; ++round) {
    const std::size_t count = 1 + random.below(8);
    const bool flat = random.one_in(2), with_index = random.one_in(3), with_unit = random.one_in(3);
    const std::size_t fields = 4 + (with_index ? 1 : 0) + (with_unit ? 1 : 0);
    ByteVector bytes;
    sim::DataWriter writer(bytes);
    flat ? writer.structure(count * fields) : writer.array(count);
    Lines expected;
    for (std::size_t i = 0; i < count; ++i) {
      if (!flat) writer.structure(fields);
      const auto code = static_cast<std::uint8_t>(1 + random.below(80));
      writer.long_unsigned(3);
      writer.octet_string(ByteVector{1, 0, code, 7, 0, 255});
      writer.integer(2);
      if (with_index) writer.long_unsigned(0);
      const auto value = 1 + random.below(60000);
      random.one_in(2) ? writer.double_long_unsigned(static_cast<std::uint32_t>(value))
                       : writer.long_unsigned(static_cast<std::uint16_t>(value));
      if (with_unit) writer.scaler_unit(-1, 35);
      expected.push_back("1-0:" + std::to_string(code) + ".7.0 3/2 " + std::to_string(value) +
                         (with_unit ? " -1 35" : ""));
    }
    CAPTURE(to_hex(bytes));
    REQUIRE(Body(bytes).lines() == expected);
  }
}

}  // namespace meterpipe::readings
