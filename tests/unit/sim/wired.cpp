// Messages of meters that do not speak DLMS, against bytes that were worked out by hand, and who
// answers on a line.
#include <doctest/doctest.h>

#include "base/hex.hpp"
#include "base/time.hpp"
#include "sim/amis_line.hpp"
#include "sim/readout_line.hpp"
#include "sim/simulator.hpp"
#include "sim/sml.hpp"
#include "sim/wired.hpp"

namespace meterpipe::sim {

namespace {

constexpr std::int64_t kByteUs = 1000;

LocalTime at(int year, unsigned month, unsigned day, unsigned weekday, unsigned hour,
             unsigned minute, unsigned second, bool dst) {
  return {year, month, day, weekday, hour, minute, second, dst ? -120 : -60, dst};
}

std::string time_of(std::string_view record, const LocalTime& time) {
  const Item item{.quantity = Quantity::clock, .record = record};
  Values values;
  values.time = time;
  return to_hex(record_data(*find_meter("amis"), item, values));
}

}  // namespace

TEST_CASE("times of records are those of published frames") {
  // Netz Oberösterreich's test vector: 2014-07-01 08:12:31, summer, Tuesday, week 27.
  CHECK(time_of("066d", at(2014, 7, 1, 2, 8, 12, 31, true)) == "5f0c48c1171b");
  // Engelmann, 2014-03-13 12:10; it says no century.
  CHECK(time_of("046d", at(2014, 3, 13, 4, 12, 10, 0, false)) == "0a2ccd13");
  // The first days of January may be of the year before's last week.
  CHECK(time_of("066d", at(2027, 1, 1, 5, 0, 0, 0, false)).ends_with("35"));
  CHECK(time_of("066d", at(2024, 12, 30, 1, 0, 0, 0, false)).ends_with("01"));
}

TEST_CASE("AMIS: ten records in five blocks, as the operator's specification has it") {
  SimSettings settings;
  settings.meter = find_meter("amis");
  settings.start = 1'772'431'200;
  settings.keys = own_keys(*settings.meter, 0);
  Simulator simulator(settings);
  const Message& message = **simulator.next();
  CHECK(message.plain.size() == 76);
  REQUIRE(message.frames.size() == 1);
  const std::string frame = to_hex(message.frames[0]);
  CHECK(frame.size() == 2 * 101);
  CHECK(frame.substr(0, 8) == "685f5f68");
  CHECK(frame.substr(10, 20) == "f05b000000002d4c010e");
  CHECK(frame.substr(32, 6) == "005005");
  const std::string next = to_hex((**simulator.next()).frames[0]);
  CHECK(frame.substr(8, 2) != next.substr(8, 2));  // 53 and 73
}

TEST_CASE("an SML file's integers are as short as they can be; a server's number is DIN 43863-5") {
  CHECK(sml_bytes(0, false) == 1);
  CHECK(sml_bytes(255, false) == 1);
  CHECK(sml_bytes(256, false) == 2);
  CHECK(sml_bytes(127, true) == 1);
  CHECK(sml_bytes(128, true) == 2);
  CHECK(sml_bytes(~std::uint64_t{0}, true) == 1);  // -1
  CHECK(sml_bytes(static_cast<std::uint64_t>(-129), true) == 2);
  CHECK(to_hex(sml_server("1EBZ0100507409")) == "0a0145425a010007be11");
}

TEST_CASE("AMIS on its line: it searches once a minute, repeats what is not acknowledged") {
  int made = 0;
  AmisLine line(
      [&]() -> std::optional<ByteVector> {
        return ByteVector(10, static_cast<std::uint8_t>(++made));
      },
      0, kSecond, kByteUs);
  std::int64_t now = 0;
  const auto all = [&] {
    ByteVector said;
    while (true) {
      const auto due = line.due_us();
      if (!due || (!said.empty() && *due - now > 2 * kByteUs)) return said;
      now = std::max(now, *due);
      append(said, line.take(now, 9600));
    }
  };
  const ByteVector search = *from_hex("1040f03016");
  CHECK(all() == search);
  line.hear(search, now + 100'000, 9600);  // no answer
  CHECK(all() == search);
  CHECK(now >= 60 * kSecond);
  const ByteVector acknowledge{0xe5};
  line.hear(acknowledge, now + 600'000, 9600);  // too late
  CHECK(all() == search);
  line.hear(acknowledge, now + 400'000, 9600);
  CHECK(all() == ByteVector(10, 1));
  line.hear(acknowledge, now + 1000, 9600);
  for (int i = 0; i < AmisLine::kMostUnanswered; ++i) CHECK(all() == ByteVector(10, 2));
  CHECK(all() == search);
  line.hear(acknowledge, now + 1000, 9600);
  CHECK(all() == ByteVector(10, 3));
}

}  // namespace meterpipe::sim
