// lib/readings: elements that name their own class and attribute, which time is the message's, the
// number of a meter, and large bodies in linear time.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <vector>

#include "support/cpu_time.hpp"
#include "support/random.hpp"
#include "unit/readings/body.hpp"

namespace meterpipe::readings {

using test::Body;
using test::hex;
using test::kClock;
using test::Lines;

namespace {

const std::string kEarlier = " 09 0c 07ea031d0702000000ffc400 ";
const std::string kUndated = " 09 0c ffffffffffffffffff8000ff ";

// Bytes of a part, `times` times.
void repeat(ByteVector& out, const std::string& part, std::size_t times) {
  const ByteVector bytes = hex(part);
  for (std::size_t i = 0; i < times; ++i) out.insert(out.end(), bytes.begin(), bytes.end());
}

double seconds_to_infer(const ByteVector& bytes) {
  axdr::Nodes nodes;
  REQUIRE(axdr::parse_all(bytes, 0, nodes).has_value());
  Inferred inferred;
  const double took = test::cpu_time([&] { infer(nodes, bytes, inferred); });
  CHECK_FALSE(inferred.values.empty());
  return took;
}

// Values, names and descriptors in structures and arrays, with more of them inside.
void some_elements(test::Random& random, int depth, ByteVector& out) {
  static const std::array<std::string, 7> kElements{
      "11 05",
      "12 0007",
      "06 00000009",
      "09 06 0100010800ff 06 00000001",
      "02 03 09 06 0100020800ff 06 00000002 02 02 0f ff 16 1e",
      "02 03 12 0001 09 06 0000616200ff 0f 02",
      "02 04 12 0003 09 06 0100010700ff 0f 02 06 00000003"};
  const std::uint64_t count = random.between(0, 6);
  ByteVector inside;
  std::uint8_t there = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (depth > 0 && random.one_in(2)) {
      some_elements(random, depth - 1, inside);
      ++there;
    } else {
      const std::uint64_t which = random.below(kElements.size());
      const ByteVector bytes = hex(kElements[which]);
      inside.insert(inside.end(), bytes.begin(), bytes.end());
      there = static_cast<std::uint8_t>(there + (which == 3 ? 2 : 1));
    }
  }
  out.push_back(random.one_in(2) ? 1 : 2);
  out.push_back(there);
  out.insert(out.end(), inside.begin(), inside.end());
}

}  // namespace

TEST_CASE("no two values have one place, at any depth") {
  CHECK(Body("02 02 11 05 02 02 12 0007 02 02 02 03 12 0001 09 06 0000616200ff 0f 02 06 00000009")
            .lines() == Lines{"@0 5", "@1.1 7", "@1.2.1 structure", "@1.2.2 9"});
  test::Random random;
  INFO("seed ", test::seed());
  std::size_t values = 0, deepest = 0;
  for (int round = 0; round < 3000; ++round) {
    ByteVector bytes;
    some_elements(random, 8, bytes);
    CAPTURE(to_hex(bytes));
    const Body body(bytes);
    std::set<std::string> seen;
    for (const Value& value : body.inferred.values) {
      if (value.obis) continue;
      const std::string place = views::place_of(value);
      CAPTURE(place);
      CHECK(seen.insert(place).second);
      ++values;
      deepest = std::max<std::size_t>(deepest,
                                      1 + static_cast<std::size_t>(std::ranges::count(place, '.')));
    }
  }
  MESSAGE(values << " values by place, the deepest in " << deepest << " containers");
  CHECK(deepest == 2 + Place::kBelow);
}

TEST_CASE("tagged class, name and attribute: the value is what stands behind them") {
  const std::string one = " 12 0003 09 06 0100010800ff 0f 02 ",
                    two = " 12 0003 09 06 0100020800ff ";
  const Body plain("01 02 02 04" + one + "06 000003e9 02 04" + two + "0f 02 06 000003ea");
  CHECK(plain.inferred.layout == Layout::descriptors);
  CHECK(plain.lines() == Lines{"1-0:1.8.0 3/2 1001", "1-0:2.8.0 3/2 1002"});
  // With a data index, with a unit, with both; a scaler and unit of its own; 16 bits between
  // others.
  CHECK(Body("02 02 02 05" + one + "12 0002 06 000003e9 02 05" + two + "0f 02 12 0000 06 000003ea")
            .lines() == Lines{"1-0:1.8.0 3/2[2] 1001", "1-0:2.8.0 3/2 1002"});
  CHECK(Body("02 02 02 05" + one + "06 000003e9 02 02 0f ff 16 1e 02 06" + two +
             "0f 02 12 0000 06 000003ea 02 02 0f fe 16 1e")
            .lines() == Lines{"1-0:1.8.0 3/2 1001 -1 30", "1-0:2.8.0 3/2 1002 -2 30"});
  CHECK(Body("02 03 02 04" + one + "06 000003e9 02 04 12 0003 09 06 0100010800ff 0f 03" +
             "02 02 0f fd 16 1e 02 04" + two + "0f 02 12 0911")
            .lines() == Lines{"1-0:1.8.0 3/2 1001 -3 30", "1-0:2.8.0 3/2 2321"});
  // In an element of the body, beside a clock: no list of the clock.
  CHECK(Body("02 02" + kClock + "01 01 02 04" + one + "06 000003e9").lines() ==
        Lines{"@0 octet-string", "1-0:1.8.0 3/2 1001"});
}

TEST_CASE("entries without values give no number: neither attribute nor data index is one") {
  const std::string one = " 12 0003 09 06 0100010800ff 0f 02 ";
  CHECK(Body("01 02 02 04" + one + "12 0000 02 04" + one + "12 0000").lines() ==
        Lines{"@0 structure", "@1 structure"});
  CHECK(Body("01 02 02 03" + one + "02 03" + one).lines() == Lines{"@0 structure", "@1 structure"});
}

TEST_CASE("time: of the clock itself, with a date, not of an element") {
  // The capture time of an extended register.
  const std::string demand = "02 04 09 06 0100010600ff 10 0005 02 02 0f 01 16 1b" + kClock;
  const std::string energy = "02 03 09 06 0100010800ff 10 0005 02 02 0f 01 16 1e";
  CHECK_FALSE(Body("01 02" + demand + energy).inferred.clock);
  CHECK(Body("02 03" + demand + kEarlier + energy).inferred.clock == 2u);
  // Begin of daylight saving is attribute 5.
  const std::string list =
      "02 03 01 03 02 03 12 0028 09 06 0000190900ff 0f 02 02 03 12 0008 09 06 0000010000ff 0f 05"
      "02 03 12 0008 09 06 0000010000ff 0f 02";
  CHECK(Body(list + kEarlier + kClock).inferred.clock == 1u);
  // Without a date none is one; a clock by code goes before one by place.
  CHECK(Body("02 03" + kUndated + kClock + "10 0001").inferred.clock == 1u);
  CHECK_FALSE(Body("02 02" + kUndated + "10 0001").inferred.clock);
  CHECK(Body("02 03" + kEarlier + "02 02 09 06 0000010000ff" + kClock + energy).inferred.clock ==
        1u);
  CHECK(Body("02 03" + kEarlier + "02 02 09 06 0000010000ff" + kUndated + energy).inferred.clock ==
        0u);
  // An object list that does not fit says of no place that it is the time.
  const Body misfit("02 04 01 01 02 03 12 0003 09 06 0100010800ff 0f 02" + kClock +
                    "10 0001 10 0002");
  CHECK(misfit.inferred.misfit);
  CHECK_FALSE(misfit.inferred.clock);
}

TEST_CASE("a meter number that is sent as a number") {
  const auto number = [](const std::string& name, const std::string& value) {
    const ByteVector bytes =
        hex("02 02 02 02 09 06" + name + value + "02 02 09 06 0100010800ff 10 0001");
    axdr::Nodes nodes;
    REQUIRE(axdr::parse_all(bytes, 0, nodes).has_value());
    Inferred inferred;
    infer(nodes, bytes, inferred);
    if (!inferred.number) return std::string();
    const auto found = number_of_meter(inferred.values[*inferred.number], nodes, bytes);
    return found ? to_string(*found) : std::string("text");
  };
  CHECK(number("0000600100ff", "06 00bc614e") == "12345678");
  CHECK(number("0000600100ff", "15 00000000499602d2") == "1234567890");
  CHECK(number("0000600100ff", "09 02 4142") == "text");
  CHECK(number("0000600100ff", "06 00000000").empty());
  CHECK(number("0000600100ff", "05 ffffffff").empty());
  CHECK(number("0000600101ff", "06 00bc614e").empty());
  // A register, with a scaler and a unit, is no number of a meter.
  const Body counted("02 01 02 03 09 06 0000600100ff 06 00bc614e 02 02 0f 00 16 ff");
  CHECK_FALSE(counted.inferred.number);
  REQUIRE(counted.inferred.values.size() == 1);
  CHECK_FALSE(number_of_meter(counted.inferred.values[0], counted.nodes, counted.bytes));
}

TEST_CASE("large bodies take time in proportion") {
  // Entries of a push setup's own name against values of which none has it.
  ByteVector misfit = hex("02 84 00249f01 01 84 000249f0");
  repeat(misfit, "02 03 12 0028 09 06 0000190900ff 0f 01", 150'000);
  repeat(misfit, "00", 2'400'000);
  CHECK(seconds_to_infer(misfit) < test::kMinutes);
  // Lists that do not stand first.
  ByteVector lists = hex("02 84 0007a121 00");
  repeat(lists, "01 01 02 03 12 0003 09 06 0100010800ff 0f 02", 500'000);
  CHECK(seconds_to_infer(lists) < test::kMinutes);
}

}  // namespace meterpipe::readings
