// lib/cosem/quantity: what a value is, by its code and unit.
#include <doctest/doctest.h>

#include <string>

#include "cosem/quantity.hpp"

using namespace meterpipe;
using namespace meterpipe::cosem;

TEST_CASE("quantity: what codes and units mean") {
  struct Case {
    const char* code;
    const char* unit;
    Quantity quantity;
    Course course;
    Direction direction;
    unsigned phase;
  };
  using Q = Quantity;
  using D = Direction;
  for (const Case& one : {
           Case{"1-0:1.8.0", "Wh", Q::active_energy, Course::counter, D::imported, 0},
           Case{"1.8.0", "kWh", Q::active_energy, Course::counter, D::imported, 0},
           Case{"0-0:1.8.0", "kWh", Q::active_energy, Course::counter, D::imported, 0},
           Case{"1-0:1.8.0", "", Q::active_energy, Course::counter, D::imported, 0},
           Case{"0-0:1.8.0", "", Q::active_energy, Course::other, D::imported, 0},
           Case{"1-0:22.8.2", "Wh", Q::active_energy, Course::counter, D::exported, 1},
           Case{"1-0:15.8.0", "Wh", Q::active_energy, Course::counter, D::sum, 0},
           Case{"1-0:16.8.0", "Wh", Q::active_energy, Course::balance, D::difference, 0},
           Case{"1-0:76.8.0", "Wh", Q::active_energy, Course::balance, D::difference, 3},
           Case{"1-0:1.9.0", "Wh", Q::active_energy, Course::begins_again, D::imported, 0},
           Case{"1-0:1.29.0", "Wh", Q::active_energy, Course::other, D::imported, 0},
           Case{"1-0:1.8.0*1", "Wh", Q::active_energy, Course::other, D::imported, 0},
           Case{"1-0:5.8.0", "varh", Q::reactive_energy, Course::counter, D::quadrant, 0},
           Case{"1-0:1.8.0", "m3", Q::volume, Course::other, D::imported, 0},
           Case{"1-0:1.7.0", "W", Q::active_power, Course::moment, D::imported, 0},
           Case{"1-0:10.7.0", "kVA", Q::apparent_power, Course::moment, D::exported, 0},
           Case{"1-0:1.6.0", "W", Q::active_power, Course::other, D::imported, 0},
           Case{"1-0:1.16.0", "W", Q::active_power, Course::other, D::imported, 0},
           Case{"1-0:52.7.0", "V", Q::voltage, Course::moment, D::none, 2},
           Case{"1-0:14.7.0", "Hz", Q::frequency, Course::moment, D::none, 0},
           Case{"1-0:33.7.0", "", Q::power_factor, Course::moment, D::none, 1},
           Case{"1-0:81.7.1", "°", Q::angle, Course::other, D::none, 0},
           Case{"0-1:24.2.1", "m3", Q::volume, Course::counter, D::none, 0},
           Case{"0-1:24.2.2", "m3", Q::volume, Course::other, D::none, 0},
           Case{"7-0:3.0.0", "m³", Q::volume, Course::counter, D::none, 0},
           Case{"8-0:1.0.0", "m³", Q::volume, Course::counter, D::none, 0},
           Case{"8-0:1.2.0", "m³", Q::volume, Course::other, D::none, 0},
           Case{"6-0:1.0.0", "MJ", Q::heat, Course::counter, D::none, 0},
           Case{"0-0:1.0.0", "", Q::none, Course::other, D::none, 0},
           Case{"", "W", Q::active_power, Course::moment, D::none, 0},
           Case{"", "Wh", Q::active_energy, Course::other, D::none, 0},
       }) {
    CAPTURE(std::string(one.code) + ' ' + one.unit);
    const Meaning meaning = meaning_of(one.code, parse_unit(one.unit));
    CHECK(meaning.quantity == one.quantity);
    CHECK(meaning.course == one.course);
    CHECK(meaning.direction == one.direction);
    CHECK(meaning.phase == one.phase);
  }
  CHECK(meaning_of({1, 0, 1, 8, 4, 255}).tariff == 4);
  CHECK(meaning_of({1, 0, 1, 8, 0, 3}).stored);
}

TEST_CASE("quantity: the same energy for each phase, in the same direction") {
  for (unsigned c = 1; c <= 80; ++c) {
    CAPTURE(c);
    const auto code = [](unsigned group) {
      return Obis{1, 0, static_cast<std::uint8_t>(group), 8, 0, 255};
    };
    const Meaning phase = meaning_of(code(c)), sum = meaning_of(code((c - 1) % 20 + 1));
    CHECK(phase.quantity == sum.quantity);
    CHECK(phase.direction == sum.direction);
    CHECK(phase.course == sum.course);
    CHECK(phase.phase == (c - 1) / 20);
  }
}

TEST_CASE("quantity: objects that measure nothing") {
  const auto subject = [](const char* code) { return meaning_of(code, {}).subject; };
  CHECK(subject("0-0:1.0.0") == Subject::clock);
  CHECK(subject("0-0:42.0.0") == Subject::identifier);
  CHECK(subject("0-0:96.1.0") == Subject::identifier);
  CHECK(subject("1-0:0.2.0") == Subject::firmware);
  CHECK(subject("0-0:96.7.21") == Subject::failures);
  CHECK(subject("0-0:96.3.10") == Subject::breaker);
  CHECK(subject("0-0:96.13.0") == Subject::message);
  CHECK(subject("0-1:24.1.0") == Subject::sub_type);
  CHECK(subject("0-1:24.3.0") == Subject::sub_value);
  CHECK(subject("0-1:24.4.0") == Subject::sub_valve);
  CHECK(subject("0-6:25.9.0") == Subject::other);  // a push list, no reactive energy
  CHECK(subject("1-0:24.4.0") == Subject::electric);
  CHECK(subject("0-0:1.8.0") == Subject::electric);
}

TEST_CASE("units of meters are written as our own") {
  struct Case {
    std::string_view sent, ours;
    Quantity expected = Quantity::none;
  };
  for (const Case& one : {
           Case{"kWh", "kWh"},
           {"kWh ", "kWh"},
           {" kWh", "kWh"},
           {"k Wh", "kWh"},
           {"KWH", "kWh"},
           {"Kwh", "kWh"},
           {"kwh", "kWh"},
           {"WH", "Wh"},
           {"wh", "Wh"},
           {"MWH", "MWh"},
           {"Mwh", "MWh"},
           {"MWh", "MWh"},
           {"GWH", "GWh"},
           {"kVArh", "kvarh"},
           {"kVARh", "kvarh"},
           {"KVARH", "kvarh"},
           {"kvarh", "kvarh"},
           {"VARh", "varh"},
           {"kVAr", "kvar"},
           {"kVAR", "kvar"},
           {"VAr", "var"},
           {"kVAh", "kVAh"},
           {"KVAH", "kVAh"},
           {"kva", "kVA"},
           {"KW", "kW"},
           {"kw", "kW"},
           {"w", "W"},
           {"HZ", "Hz"},
           {"hz", "Hz"},
           {"v", "V"},
           {"V", "V"},
           {"A", "A"},
           {"m3", "m3"},
           {"M3", "m3"},
           {"m³", "m3"},
           {"m\xb3", "m3"},
           {"M\xb3", "m3"},
           {"m^3", "m3"},
           {"m3/h", "m3/h"},
           {"m³/h", "m3/h"},
           {"M3/H", "m3/h"},
           {"dm3", "dm3"},
           {"DM3", "dm3"},
           {"dm³", "dm3"},
           {"degC", "°C"},
           {"DEGC", "°C"},
           {"°C", "°C"},
           {"°c", "°C"},
           {"\xb0"
            "C",
            "°C"},
           {"GJ", "GJ"},
           {"gj", "GJ"},
           {"MJ", "MJ"},
           {"Mj", "MJ"},
           {"kJ", "kJ"},
           {"L", "l"},
           {"S", "s", Quantity::duration},
           {"a", "A", Quantity::current},
           {"A", "A", Quantity::current},
           {"a", "a"},
           {"BAR", "bar"},
           {"MIN", "min"},
           {"%", "%"},
           // The case changes the prefix: as sent.
           {"mW", "mW"},
           {"MW", "MW"},
           {"mw", "mw"},
           {"mwh", "mwh"},
           {"mWH", "mWH"},
           {"mWh", "mWh"},
           {"mA", "mA"},
           {"MA", "MA"},
           {"ma", "ma"},
           {"mj", "mj"},
           {"MW ", "MW"},
           // No unit: as sent.
           {"", ""},
           {"  ", ""},
           {"xyz", "xyz"},
           {"kWhh", "kWhh"},

           {"kmin", "kmin"},
           {"W h x", "W h x"},
           {"kWh and some more of it", "kWh and some more of it"},
       }) {
    CAPTURE(one.sent);
    CHECK(spelled_unit(one.sent, one.expected) == one.ours);
    CHECK(spelled_unit(one.ours, one.expected) == one.ours);
  }
}

TEST_CASE("units as text") {
  const auto is = [](const Unit& unit, int code, int prefix, std::string_view base) {
    return unit.code == code && unit.prefix == prefix && unit.base == base;
  };
  CHECK(is(parse_unit("kWh"), 30, 3, "Wh"));
  CHECK(is(parse_unit("mA"), 33, -3, "A"));
  CHECK(is(parse_unit("MJ"), 25, 6, "J"));
  CHECK(is(parse_unit("m3"), 13, 0, "m³"));
  CHECK(is(parse_unit("min"), 6, 0, "min"));
  CHECK(is(parse_unit("kg"), 20, 0, "kg"));
  CHECK(is(parse_unit("dm3"), kOtherUnit, 0, "dm3"));
  CHECK(is(parse_unit("kmin"), kOtherUnit, 0, "kmin"));
  CHECK(is(parse_unit("KWH"), kOtherUnit, 0, "KWH"));
  CHECK(is(parse_unit("k"), kOtherUnit, 0, "k"));
  CHECK(is(parse_unit(""), kNoUnit, 0, ""));
  CHECK(is(parse_unit_any_case("KWH"), 30, 3, "Wh"));
  CHECK(is(parse_unit_any_case("kVArh"), 32, 3, "varh"));
  CHECK(is(parse_unit_any_case("MW"), 27, 6, "W"));
  CHECK(is(parse_unit_any_case("mwh"), kOtherUnit, 0, "mwh"));
  CHECK(is(parse_unit_any_case("K"), 52, 0, "K"));
  CHECK(is(parse_unit_any_case("HZ"), 44, 0, "Hz"));
  CHECK(is(parse_unit_any_case("m³/h"), 15, 0, "m³/h"));
  for (int code = 1; code < 255; ++code) {
    const std::string_view name = unit_name(static_cast<std::uint8_t>(code));
    if (name.empty()) continue;
    CAPTURE(code);
    CHECK(parse_unit(name).base == name);
    CHECK(parse_unit(name).code == unit_code(name));
  }
}
