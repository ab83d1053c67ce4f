// Simulated wired meters on two wires: how they are named, and what a master hears of them.
#include "sim/bus_line.hpp"

#include <doctest/doctest.h>

#include "base/hex.hpp"
#include "support/text.hpp"

namespace meterpipe::sim {

using namespace test;

namespace {

constexpr std::int64_t kAfterAllUs = 10'000'000;

// What comes of one request.
std::string heard(BusLine& line, std::string_view request, std::int64_t at_us = 1'000'000) {
  line.hear(hex(request), at_us, 2400);
  return to_hex(line.take(at_us + kAfterAllUs));
}

}  // namespace

TEST_CASE("bus: lists of meters and faults, and what is none") {
  CHECK(parse_bus("8", 1)->slaves.size() == 8);
  const auto bus = parse_bus("1,2/late,3@300/deaf,7/collision,echo", 1);
  REQUIRE(bus);
  CHECK(bus->echo);
  CHECK_FALSE(bus->noise);
  REQUIRE(bus->slaves.size() == 5);
  CHECK(bus->slaves[1].fault == SlaveFault::late);
  CHECK(bus->slaves[2].baud == 300);
  CHECK(bus->slaves[2].telegrams == 3);
  CHECK(bus->slaves[3].primary == bus->slaves[4].primary);
  CHECK(bus->slaves[3].id != bus->slaves[4].id);
  for (const char* text : {"", "0", "251", "x", "1/x", "1,251", "1@299", "echo", "1,,2", "1/"}) {
    CAPTURE(text);
    const bool is_good = std::string_view(text) == "1/";
    CHECK(parse_bus(text, 1).has_value() == is_good);
  }
}

TEST_CASE("bus: E5, a telegram, nothing for others; broken requests are not heard") {
  BusLine line(*parse_bus("1,2", 1));
  CHECK(heard(line, "1040014116") == "e5");
  CHECK(heard(line, "107b017c16").starts_with("681f1f6808017243000160"));
  CHECK(heard(line, "1040034316").empty());
  CHECK(heard(line, "1040014216").empty());
  CHECK(heard(line, "107b01").empty());
  CHECK(heard(line, "1040fd3d16").empty());
  CHECK(heard(line, "680b0b6873fd5243000160ffffffff6216") == "e5");
  CHECK(heard(line, "107bfd7816").starts_with("68"));
  CHECK(line.requests() == 6);
}

TEST_CASE("bus: E5 of two is one, telegrams of two are what neither sent") {
  BusLine line(*parse_bus("7/collision", 1));
  CHECK(heard(line, "1040074716") == "e5");
  const ByteVector both = hex(heard(line, "107b078216"));
  REQUIRE(both.size() == 37);
  std::uint8_t sum = 0;
  for (std::size_t i = 4; i + 2 < both.size(); ++i) sum = static_cast<std::uint8_t>(sum + both[i]);
  CHECK(sum != both[both.size() - 2]);
}

TEST_CASE("bus: bytes come one behind the other, at the line's rate") {
  BusLine line(*parse_bus("1", 1));
  line.hear(hex("107b017c16"), 1'000'000, 2400);
  REQUIRE(line.due_us());
  CHECK(*line.due_us() == 1'000'000 + 60'000 + 4583);
  CHECK(line.take(*line.due_us()).size() == 1);
  CHECK(line.take(*line.due_us() - 1).empty());
  CHECK(line.take(1'000'000 + 60'000 + 37 * 4584).size() == 36);
  CHECK_FALSE(line.due_us());
}

TEST_CASE("bus: without SND_NKE a meter goes on where it was, as real ones do") {
  BusLine line(*parse_bus("3", 1));
  const std::string first = heard(line, "107b037e16"), again = heard(line, "107b037e16");
  CHECK(first == again);
  const std::string second = heard(line, "105b035e16");
  CHECK(second != first);
  heard(line, "1040034316");
  const std::string begun = heard(line, "107b037e16");
  CHECK(begun.size() == first.size());
  CHECK(begun.substr(38, 8) == first.substr(38, 8));
}

}  // namespace meterpipe::sim
