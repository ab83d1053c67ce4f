// lib/cosem: clocks, OBIS codes, names, units.
#include <doctest/doctest.h>

#include <string>
#include <unordered_map>

#include "cosem/clock.hpp"
#include "cosem/names.hpp"
#include "cosem/obis.hpp"
#include "cosem/units.hpp"
#include "support/random.hpp"
#include "support/text.hpp"

namespace meterpipe::cosem {

using test::hex;

namespace {

std::string iso(std::string_view bytes) {
  const auto clock = parse_clock(hex(bytes));
  return clock ? clock->iso() : "";
}

bool doubt(std::string_view bytes) { return parse_clock(hex(bytes))->dst_contradicts(); }

}  // namespace

TEST_CASE("UTC is local time plus deviation; 8000 claims no zone") {
  CHECK(iso("07ea 0b 16 07 12 00 00 00 ffc4 00") == "2026-11-22T18:00:00+01:00");
  CHECK(iso("07ea 07 16 03 12 00 00 00 ff88 80") == "2026-07-22T18:00:00+02:00");
  CHECK(iso("07ea 0b 16 07 12 00 00 00 0000 00") == "2026-11-22T18:00:00+00:00");
  CHECK(iso("07ea 0b 16 07 12 00 00 00 003c 00") == "2026-11-22T18:00:00-01:00");
  CHECK(iso("07ea 0b 16 07 12 00 00 00 fe7f 00") == "2026-11-22T18:00:00+06:25");
  CHECK(iso("07ea 0b 16 07 12 00 00 00 8000 00") == "2026-11-22T18:00:00");
  CHECK(parse_clock(hex("07ea 0b 16 07 12 00 00 00 ffc4 00"))->utc_seconds() == 1795366800);
  CHECK(parse_clock(hex("07ea 0b 16 07 12 00 00 00 003c 00"))->utc_seconds() == 1795374000);
  CHECK_FALSE(parse_clock(hex("07ea 0b 16 07 12 00 00 00 8000 00"))->utc_seconds());
}

TEST_CASE("parts that are not specified") {
  CHECK(iso("07ea 0b 16 ff 12 00 ff ff 8000 ff") == "2026-11-22T18:00");
  CHECK(iso("07ea 0b 16 00 12 00 05 ff ffc4 ff") == "2026-11-22T18:00:05+01:00");
  for (const char* no_time :
       {"ffff 0b 16 07 12 00 00 00 ffc4 00", "07ea ff 16 07 12 00 00 00 ffc4 00",
        "07ea fd 16 07 12 00 00 00 ffc4 00", "07ea fe 16 07 12 00 00 00 ffc4 00",
        "07ea 0b ff 07 12 00 00 00 ffc4 00", "07ea 0b 16 07 ff 00 00 00 ffc4 00",
        "07ea 0b 16 07 12 ff 00 00 ffc4 00"}) {
    CAPTURE(no_time);
    CHECK(is_clock(hex(no_time)));  // a clock, but no time
    CHECK_FALSE(parse_clock(hex(no_time)));
  }
  CHECK_FALSE(parse_clock(hex("07ea 0b 16 07 12 00 00 00 ffc4 ff"))->status.has_value());
}

TEST_CASE("last and second last day of the month") {
  CHECK(iso("07ea 02 fe ff 12 00 00 00 8000 00") == "2026-02-28T18:00:00");
  CHECK(iso("07e8 02 fe ff 12 00 00 00 8000 00") == "2024-02-29T18:00:00");
  CHECK(iso("07ea 02 fd ff 12 00 00 00 8000 00") == "2026-02-27T18:00:00");
  CHECK(iso("07ea 0c fe ff 12 00 00 00 8000 00") == "2026-12-31T18:00:00");
  CHECK(iso("07ea 04 fd ff 12 00 00 00 8000 00") == "2026-04-29T18:00:00");
}

TEST_CASE("what is no clock") {
  for (const char* other :
       {"07ea 00 16 07 12 00 00 00 ffc4 00", "07ea 0d 16 07 12 00 00 00 ffc4 00",
        "07ea 0b 00 07 12 00 00 00 ffc4 00", "07ea 0b 20 07 12 00 00 00 ffc4 00",
        "07ea 0b 16 08 12 00 00 00 ffc4 00", "07ea 0b 16 07 18 00 00 00 ffc4 00",
        "07ea 0b 16 07 12 3c 00 00 ffc4 00", "07ea 0b 16 07 12 00 3c 00 ffc4 00",
        "07ea 0b 16 07 12 00 00 64 ffc4 00", "07ea 0b 16 07 12 00 00 00 0349 00",
        "07ea 0b 16 07 12 00 00 00 8001 00", "0001 0b 16 07 12 00 00 00 ffc4 00",
        "07ea 0b 16 07 12 00 00 00 ffc4", "07ea 0b 16 07 12 00 00 00 ffc4 00 00", ""}) {
    CAPTURE(other);
    CHECK_FALSE(is_clock(hex(other)));
    CHECK_FALSE(parse_clock(hex(other)));
  }
  CHECK_FALSE(is_clock(test::text_bytes("181220002177")));  // a meter number
  CHECK(is_clock(hex("07ea 02 1f ff 12 00 00 00 8000 00")));
  CHECK_FALSE(parse_clock(hex("07ea 02 1f ff 12 00 00 00 8000 00")));  // 31 February
  CHECK(iso("07ea 0b 16 07 12 00 00 00 fcb8 00") == "2026-11-22T18:00:00+14:00");
}

TEST_CASE("random bytes are a clock or none, never harm") {
  test::Random random;
  INFO("seed ", test::seed());
  for (int i = 0; i < 20000; ++i) {
    ByteVector bytes = random.bytes(12);
    bytes[0] = 7;
    if (const auto clock = parse_clock(bytes)) {
      REQUIRE(clock->iso().size() >= 16);
      static_cast<void>(clock->utc_seconds());
    }
  }
}

TEST_CASE("deviation and daylight saving that contradict are told") {
  CHECK(doubt("07ea 07 16 03 12 00 00 00 ffc4 80"));  // CET's offset with daylight saving
  CHECK(doubt("07ea 07 16 03 12 00 00 00 0000 80"));
  CHECK(doubt("07ea 07 16 03 12 00 00 00 ff88 00"));  // CEST's without it
  CHECK_FALSE(doubt("07ea 07 16 03 12 00 00 00 ff88 80"));
  CHECK_FALSE(doubt("07ea 0b 16 07 12 00 00 00 ffc4 00"));
  CHECK_FALSE(doubt("07ea 0b 16 07 12 00 00 00 ff88 00"));  // Eastern Europe in winter
  CHECK_FALSE(doubt("07ea 07 16 03 12 00 00 00 8000 80"));
  CHECK_FALSE(doubt("07ea 07 16 03 12 00 00 00 ffc4 ff"));
  const auto clock = parse_clock(hex("07ea 07 16 03 12 00 00 00 ffc4 81"));
  CHECK(clock->dst());
  CHECK(*clock->status == 0x81);
}

TEST_CASE("OBIS codes there and back") {
  test::Random random;
  INFO("seed ", test::seed());
  for (int i = 0; i < 5000; ++i) {
    const ByteVector six = random.bytes(6);
    const Obis code = Obis::of(six);
    const auto pattern = parse_obis(to_full_string(code));
    REQUIRE(pattern.has_value());
    REQUIRE(pattern->matches(code));
    Obis other = code;
    other.f ^= 1;
    REQUIRE_FALSE(pattern->matches(other));
    const auto brief = parse_obis(to_string(code));
    REQUIRE(brief.has_value());
    REQUIRE(brief->matches(code));
  }
  CHECK(to_string(Obis{1, 0, 1, 8, 0, 255}) == "1-0:1.8.0");
  CHECK(to_string(Obis{1, 0, 1, 8, 0, 3}) == "1-0:1.8.0*3");
  CHECK(to_full_string(Obis{1, 0, 1, 8, 0, 255}) == "1-0:1.8.0*255");
  CHECK(parse_obis("1.8.0")->matches({1, 0, 1, 8, 0, 255}));
  CHECK(parse_obis("1.8")->matches({1, 3, 1, 8, 4, 255}));
  CHECK_FALSE(parse_obis("1-0:1.8.0")->matches({1, 1, 1, 8, 0, 255}));
  for (const char* bad : {"", "1", "1.", ".8.0", "1-0", "1-0:", "1:1.8.0", "1-0:1.8.0*", "256.8.0",
                          "1.8.0x", "1.8.0.1", " 1.8.0", "-1.8.0", "1-0:1.8.0*256"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_obis(bad));
  }
}

TEST_CASE("no two codes share a name") {
  for (const Language language : {Language::english, Language::german}) {
    const NameFormat format{language, ""};
    std::unordered_map<std::string, std::uint64_t> seen;
    std::size_t named = 0;
    for (int a : {0, 1}) {
      for (int b = 0; b < 4; ++b) {
        for (int c = 0; c < 256; ++c) {
          for (int d = 0; d < 256; ++d) {
            for (int e = 0; e < 11; ++e) {
              for (int f : {0, 1, 255}) {
                const auto u = [](int value) { return static_cast<std::uint8_t>(value); };
                const Obis code{u(a), u(b), u(c), u(d), u(e), u(f)};
                const std::string name = name_of(code, format);
                if (name.empty()) break;  // so it is for every f
                ++named;
                const auto [at, fresh] = seen.emplace(name, code.packed());
                if (!fresh) {
                  FAIL_CHECK(name, " is ", to_string(code), " and ", std::hex, at->second);
                }
              }
            }
          }
        }
      }
    }
    CHECK(named > 100000);
  }
}

TEST_CASE("no two codes of a telegram share a name, whatever the channels have") {
  for (const Language language : {Language::english, Language::german}) {
    for (const Medium medium :
         {Medium::other, Medium::electricity, Medium::gas, Medium::heat, Medium::water}) {
      std::unordered_map<std::string, std::uint64_t> seen;
      for (int a : {0, 1}) {
        for (int b = 0; b < 3; ++b) {
          for (int c = 0; c < 256; ++c) {
            for (int d = 0; d < 9; ++d) {
              for (int e = 0; e < 6; ++e) {
                const auto u = [](int value) { return static_cast<std::uint8_t>(value); };
                const Obis code{u(a), u(b), u(c), u(d), u(e), 255};
                // Medium 1 with the C of a sub-meter comes where medium and channel are left out.
                if (a == 1 && c == 24) continue;
                const std::string name = name_of(code, {language, ""}, {medium, true});
                if (name.empty()) continue;
                const auto [at, fresh] = seen.emplace(name, code.packed());
                if (!fresh) {
                  FAIL_CHECK(name, " is ", to_string(code), " and ", std::hex, at->second);
                }
              }
            }
          }
        }
      }
    }
  }
}

TEST_CASE("a sub-meter's value is named by its device, a telegram's 31.4.0 is the fuse") {
  const NameFormat english{Language::english, ""}, german{Language::german, ""};
  const NameContext gas{Medium::gas, true}, water{Medium::water, true}, none{Medium::other, true};
  CHECK(name_of({0, 1, 24, 2, 1, 255}, english, gas) == "Gas meter reading, channel 1");
  CHECK(name_of({0, 1, 24, 2, 3, 255}, english, gas) == "Gas meter reading 3, channel 1");
  CHECK(name_of({0, 1, 24, 3, 0, 255}, english, gas) ==
        "Gas meter reading, last interval, channel 1");
  CHECK(name_of({0, 2, 24, 4, 0, 255}, english, water) == "Water valve state, channel 2");
  CHECK(name_of({0, 1, 24, 2, 1, 255}, german, gas) == "Gaszählerstand, Kanal 1");
  CHECK(name_of({0, 1, 24, 2, 1, 255}, german, {Medium::heat, true}) ==
        "Wärmezählerstand, Kanal 1");
  CHECK(name_of({0, 1, 24, 1, 0, 255}, german, gas) == "M-Bus-Gerätetyp, Kanal 1");
  CHECK(name_of({0, 1, 24, 2, 1, 255}, english, none) == "M-Bus value 1, channel 1");
  CHECK(name_of({0, 1, 24, 2, 1, 255}, english) == "M-Bus value 1, channel 1");
  CHECK(name_of({0, 1, 24, 4, 0, 255}, german) == "M-Bus-Ventilstellung, Kanal 1");
  CHECK(name_of({1, 0, 31, 4, 0, 255}, english, none) == "Fuse threshold L1");
  CHECK(name_of({1, 0, 71, 4, 0, 255}, german, none) == "Sicherungsschwelle L3");
  CHECK(name_of({1, 0, 31, 4, 0, 255}, english) == "Current L1, Current average 1");
  CHECK(name_of({1, 0, 99, 97, 0, 255}, german) == "Stromausfallprotokoll");
  CHECK(name_of({0, 0, 96, 13, 3, 255}, english) == "Message 4");
}

TEST_CASE("names people know") {
  const NameFormat english{Language::english, ""}, german{Language::german, ""};
  CHECK(name_of({1, 0, 1, 8, 0, 255}, english) == "Active energy import");
  CHECK(name_of({1, 0, 32, 7, 0, 255}, english) == "Voltage L1");
  CHECK(name_of({0, 0, 96, 1, 0, 255}, english) == "Meter number");
  CHECK(name_of({1, 0, 2, 8, 0, 255}, german) == "Wirkenergie Lieferung");
  CHECK(name_of({0, 0, 1, 0, 0, 255}, german) == "Uhrzeit");
  CHECK(name_of({200, 0, 1, 0, 0, 255}, german).empty());
  CHECK(name_of({1, 0, 21, 7, 3, 255}, english) == "Active power import L1, harmonic 3");
  CHECK(name_of({1, 0, 21, 7, 255, 255}, english) == "Active power import L1");
  CHECK(name_of({1, 0, 81, 7, 0, 255}, english) == "Angle");
  CHECK(name_of({1, 0, 81, 7, 4, 255}, english) == "Angle U L1 to I L1");
  CHECK(name_of({1, 0, 81, 7, 26, 255}, german) == "Winkel U L3 zu I L3");
  CHECK(name_of({1, 0, 81, 7, 3, 255}, english).empty());
  CHECK(name_of({1, 0, 81, 7, 8, 255}, english).empty());
  for (const Obis& code : listed_codes()) {
    CAPTURE(to_string(code));
    CHECK_FALSE(name_of(code, english).empty());
    CHECK_FALSE(name_of(code, german).empty());
  }
}

TEST_CASE("the predecessor's names") {
  const NameFormat german{Language::german, "[measurement], [measurementType]"};
  const NameFormat english{Language::english, "[measurement], [measurementType]"};
  CHECK(name_of({0, 0, 1, 0, 0, 255}, german) == "Zeitpunkt");
  CHECK(name_of({0, 0, 96, 1, 0, 255}, german) == "Zählernummer");
  CHECK(name_of({0, 0, 42, 0, 0, 255}, german) == "Cosem logischer Gerätename");
  CHECK(name_of({1, 0, 1, 7, 0, 255}, german) == "Momentanleistung Bezug +P");
  CHECK(name_of({1, 0, 2, 7, 0, 255}, german) == "Momentanleistung Lieferung -P");
  CHECK(name_of({1, 0, 1, 8, 0, 255}, german) == "Summe Wirkenergie Bezug +A");
  CHECK(name_of({1, 0, 2, 8, 0, 255}, german) == "Summe Wirkenergie Lieferung -A");
  CHECK(name_of({1, 0, 3, 8, 0, 255}, german) == "Summe Blindenergie Bezug +R");
  CHECK(name_of({1, 0, 4, 8, 0, 255}, german) == "Summe Blindenergie Lieferung -R");
  CHECK(name_of({1, 0, 32, 7, 0, 255}, german) == "L1 Spannung, Momentanwert");
  CHECK(name_of({1, 0, 51, 7, 0, 255}, german) == "L2 Strom, Momentanwert");
  CHECK(name_of({0, 0, 1, 0, 0, 255}, english) == "Timestamp");
  CHECK(name_of({0, 0, 96, 1, 0, 255}, english) == "Smart meter number");
  CHECK(name_of({0, 0, 42, 0, 0, 255}, english) == "Cosem logical device name");
  CHECK(name_of({1, 0, 32, 7, 0, 255}, english) == "L1 voltage, Instantaneous value");
  CHECK(name_of({1, 0, 1, 7, 0, 255}, english) == "Sum active power +, Instantaneous value");
  CHECK(name_of({1, 0, 1, 8, 0, 255}, english) == "Sum active power +, Time integral 1");
  CHECK(name_of({1, 0, 2, 8, 0, 255}, english) == "Sum active power -, Time integral 1");
}

TEST_CASE("the predecessor's media") {
  const auto name = [](Language language, Obis code) {
    return name_of(code, {language, "[medium] [measurement], [measurementType]"});
  };
  CHECK(name(Language::german, {1, 0, 32, 7, 0, 255}) == "Strom L1 Spannung, Momentanwert");
  CHECK(name(Language::german, {1, 0, 15, 8, 0, 255}).starts_with("Strom "));
  CHECK(name(Language::german, {1, 0, 1, 8, 0, 255}) == "Strom Summe Wirkenergie Bezug +A");
  CHECK(name(Language::german, {0, 0, 1, 0, 0, 255}) == "Abstrakt Zeitpunkt");
  CHECK(name(Language::german, {0, 0, 96, 1, 0, 255}) == "Abstrakt Zählernummer");
  CHECK(name(Language::english, {0, 0, 96, 1, 0, 255}) == "Abstract Smart meter number");
  CHECK(name(Language::english, {1, 0, 1, 8, 0, 255}) ==
        "Electricity Sum active power +, Time integral 1");
  const auto medium = [](Language language, std::uint8_t a) {
    return name_of({a, 0, 1, 0, 0, 255}, {language, "[medium]"});
  };
  CHECK(medium(Language::german, 1) == "Strom");
  CHECK(medium(Language::german, 4) == "Heizkostenverteiler");
  CHECK(medium(Language::german, 5) == "Kälte");
  CHECK(medium(Language::german, 16) == "Öl");
  CHECK(medium(Language::english, 4) == "Heat cost Allocator");
  CHECK(medium(Language::english, 18) == "Nitrogen");
  CHECK(medium(Language::english, 15).empty());
  CHECK(medium(Language::english, 200).empty());
  // A fixed name goes before none.
  CHECK(name_of({1, 0, 1, 8, 0, 255}, {Language::german, "[tariff]"}) ==
        "Summe Wirkenergie Bezug +A");
}

TEST_CASE("placeholders: empty ones take their delimiters along") {
  const auto name = [](const char* pattern, Obis code) {
    return name_of(code, {Language::english, pattern});
  };
  const char* all =
      "[medium], [channel], [measurement], [measurementType], [tariff], [previousMeasurement]";
  CHECK(name(all, {1, 0, 21, 8, 1, 255}) ==
        "Electricity, L1 active power +, Time integral 1, Tariff 1");
  CHECK(name(all, {1, 2, 21, 8, 1, 3}) ==
        "Electricity, Channel 2, L1 active power +, Time integral 1, Tariff 1, Previous value 3");
  CHECK(name("[tariff]", {1, 0, 21, 8, 0, 255}) == "Total");
  CHECK(name("[channel] - [measurement]", {1, 0, 2, 8, 1, 255}) == "Sum active power -");
  CHECK(name("[measurement]-[channel]", {1, 0, 2, 8, 1, 255}) == "Sum active power -");
  CHECK(unknown_placeholder("[medium] and [measurementType]").empty());
  CHECK(unknown_placeholder("[medium] [nonsense]") == "nonsense");
  CHECK_FALSE(unknown_placeholder("[medium").empty());
}

TEST_CASE("units") {
  CHECK(unit_name(27) == "W");
  CHECK(unit_name(28) == "VA");
  CHECK(unit_name(29) == "var");
  CHECK(unit_name(30) == "Wh");
  CHECK(unit_name(31) == "VAh");
  CHECK(unit_name(32) == "varh");
  CHECK(unit_name(33) == "A");
  CHECK(unit_name(35) == "V");
  CHECK(unit_name(44) == "Hz");
  CHECK(unit_name(8) == "°");
  CHECK(unit_name(kNoUnit).empty());
  CHECK(unit_name(0).empty());
  CHECK(unit_name(200).empty());
}

}  // namespace meterpipe::cosem
