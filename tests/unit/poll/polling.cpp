// A day on a simulated bus: when which meter is asked, and that nothing else is ever sent.
#include <doctest/doctest.h>

#include <map>

#include "bus_world.hpp"
#include "os/log.hpp"
#include "os/status.hpp"
#include "poll/poller.hpp"
#include "poll/readdress.hpp"
#include "support/random.hpp"

namespace meterpipe::poll {
namespace {

struct Polled {
  std::map<std::string, int> telegrams, failures;
  PollCounts counts;
};

Polled poll(BusWorld& world, const std::vector<std::string>& meters,
            std::optional<std::int64_t> every_us, std::uint64_t budget = 96) {
  os::Log::open("test", os::Level::error);
  PollPlan plan;
  for (const std::string& meter : meters) plan.meters.push_back(*parse_meter_address(meter));
  plan.every_us = every_us;
  plan.budget = budget;
  Bus bus = world.bus();
  Polled polled;
  Poller poller(
      bus, plan,
      {[&](const MeterAddress& meter, const Answer&) { ++polled.telegrams[to_string(meter)]; },
       [&](const MeterAddress& meter, const MeterReading&) {
         ++polled.failures[to_string(meter)];
       }});
  poller.run();
  polled.counts = poller.counts();
  CHECK(world.foreign == 0);
  return polled;
}

constexpr std::int64_t kMinute = 60 * kSecond, kHour = 60 * kMinute;
const std::vector<std::string> kMeters{"1", "2", "3", "4", "5@300", "60060048", "70071049", "8"};
constexpr const char* kBus = "1,2/late,3/deaf,4/wrong-fcb,5@300,6,7/collision,8,echo";

}  // namespace

TEST_CASE("polling: one pass is the default") {
  BusWorld world(kBus);
  const Polled polled = poll(world, kMeters, std::nullopt);
  CHECK(polled.counts.passes == 1);
  CHECK(polled.counts.readings == 7);
  CHECK(polled.counts.failures == 1);  // the meter that does not heed the FCB
  CHECK(polled.telegrams.at("3") == 3);
  CHECK(polled.failures.at("4") == 1);
  CHECK(world.rates == std::set<std::uint32_t>{300, 2400});
}

TEST_CASE("polling: a day of eight meters with faults, every quarter of an hour") {
  BusWorld world(kBus);
  world.stop_at_us = world.now_us + kDayUs;
  const Polled polled = poll(world, kMeters, 15 * kMinute);
  CHECK(polled.counts.passes == 96);
  CHECK(polled.counts.readings == 7 * 96);
  CHECK(polled.counts.spared == 0);
  for (const char* meter : {"1", "2", "5@300", "70071049", "8"}) {
    CHECK(polled.telegrams.at(meter) == 96);
  }
  CHECK(polled.telegrams.at("3") == 3 * 96);
  CHECK(polled.telegrams.at("60060048") == 3 * 96);
  CHECK(polled.telegrams.at("4") == 96);
  CHECK(polled.failures.at("4") == 96);
  // What their batteries felt: each telegram once, but where a repeat was needed.
  for (const sim::BusSlave& slave : world.line.slaves()) {
    if (slave.settings().primary == 1) CHECK(slave.answered() == 96);
    if (slave.settings().primary == 3) CHECK(slave.answered() == 3 * 96);
  }
  // Passes begin on time: a quarter of an hour apart, to the millisecond.
  std::int64_t before_us = 0;
  int passes = 0;
  for (std::size_t i = 0; i < world.sent.size(); ++i) {
    if (word_of(world.sent[i]) != "nke 01") continue;
    if (passes++ != 0) CHECK(world.sent_at[i] - before_us == 15 * kMinute);
    before_us = world.sent_at[i];
  }
  CHECK(passes == 96);
  MESSAGE(world.sent.size(), " requests in a simulated day");
}

TEST_CASE(
    "polling: the budget of a day is kept, whatever the interval, and begins anew with the next") {
  BusWorld world("1,2");
  world.stop_at_us = world.now_us + 2 * kDayUs;
  const Polled polled = poll(world, {"1", "2"}, 5 * kMinute, 100);
  CHECK(polled.telegrams.at("1") == 200);
  CHECK(polled.telegrams.at("2") == 200);
  CHECK(polled.counts.spared == 2 * (2 * 288 - 200));
  for (const sim::BusSlave& slave : world.line.slaves()) CHECK(slave.answered() == 200);
  BusWorld other("1");
  other.stop_at_us = other.now_us + kHour;
  CHECK(poll(other, {"1"}, kMinute, 0).telegrams.at("1") == 60);
}

TEST_CASE(
    "polling: a meter that does not answer costs its own time, and the others none of theirs") {
  BusWorld world("1,2");
  world.stop_at_us = world.now_us + kHour;
  const Polled polled = poll(world, {"1", "9", "12345678", "2"}, 10 * kMinute);
  CHECK(polled.telegrams.at("1") == 6);
  CHECK(polled.telegrams.at("2") == 6);
  CHECK(polled.failures.at("9") == 6);
  CHECK(polled.failures.at("12345678") == 6);
}

TEST_CASE("polling: a pass that takes longer than the interval leaves out what it missed") {
  BusWorld world("1");
  world.stop_at_us = world.now_us + 10 * kMinute;
  const Polled polled = poll(world, {"1", "7"}, 10 * kSecond, 0);
  CHECK(polled.counts.passes == 30);
}

TEST_CASE("polling: a port that goes away comes back with a later pass; not in a single one") {
  BusWorld world("1");
  world.gone_from_us = world.now_us + 12 * kMinute;
  world.back_at_us = world.now_us + 32 * kMinute;
  world.stop_at_us = world.now_us + kHour;
  const Polled polled = poll(world, {"1"}, 10 * kMinute);
  CHECK(polled.telegrams.at("1") == 4);
  CHECK(polled.counts.reopenings == 1);
  BusWorld missing("1");
  missing.refuses = 1;
  CHECK_THROWS_AS(poll(missing, {"1"}, 10 * kMinute), os::Fatal);
  BusWorld lost("1");
  lost.gone_from_us = lost.now_us + 100'000;
  CHECK_THROWS_AS(poll(lost, {"1"}, std::nullopt), os::Fatal);
}

TEST_CASE("polling: no request but those of the table, whatever comes back") {
  test::Random random;
  INFO("seed ", test::seed());
  for (int round = 0; round < 40; ++round) {
    BusWorld world("1,2/late,3/deaf,4/wrong-fcb,5/collision,echo,noise", random.bits());
    // Besides the meters, anything: parts of frames of masters and meters among it.
    world.answers = [&](Bytes request, std::int64_t end_us) {
      world.line.hear(request, end_us, 2400);
      if (random.one_in(3)) world.stray = random.bytes(random.below(300));
      if (random.one_in(5))
        world.stray = *from_hex(
            "6806066853055101"
            "7a072b16");
    };
    world.stop_at_us = world.now_us + kHour;
    poll(world, {"1", "2", "3", "4", "5", "FFFFFFFF", "60010043"}, 10 * kMinute);
  }
}

// The one thing that is written ----------------------------------------------------------------

TEST_CASE("new address: looked at, written once, and proved at the new one") {
  for (const char* meter : {"5", "60050047"}) {
    CAPTURE(meter);
    BusWorld world("5,6");
    Bus bus = world.bus();
    REQUIRE(bus.open({}));
    Readdressing one(bus, *parse_meter_address(meter), 7);
    const auto name = one.look();
    REQUIRE(name);
    CHECK(*name == "60050047-ZRI-10-07");
    CHECK(world.foreign == 0);
    world.may_write = true;
    CHECK(one.write());
    CHECK(world.foreign == 0);
    CHECK(world.line.slaves()[0].settings().primary == 7);
    CHECK(world.line.slaves()[1].settings().primary == 6);
    const auto words = words_of(world.sent);
    CHECK(std::ranges::count(words, "set") == 1);
  }
}

TEST_CASE("new address: refused where it is taken, where two would hear it, where nobody does") {
  const auto look = [](BusWorld& world, const char* meter, std::uint8_t primary) {
    Bus bus = world.bus();
    REQUIRE(bus.open({}));
    const auto name = Readdressing(bus, *parse_meter_address(meter), primary).look();
    CHECK(world.foreign == 0);  // nothing was written
    return name ? std::string() : name.error();
  };
  BusWorld world("5/collision,6,8");
  CHECK(look(world, "8", 6) == "address 6 is taken by 60060048-ELS-52-03");
  CHECK(look(world, "8", 8) == "meter 60080050-KAM-1b-04 has address 8 already");
  CHECK(look(world, "8", 5).find("nothing is changed") != std::string::npos);
  CHECK(look(world, "5", 7).find("several meters answer") != std::string::npos);
  CHECK(look(world, "6FFFFFFF", 7).find("several meters answer") != std::string::npos);
  CHECK(look(world, "9", 7).find("no answer") != std::string::npos);
}

TEST_CASE(
    "new address: an acknowledgement that was not heard is one when the meter answers there") {
  BusWorld world("5/deaf");
  Bus bus = world.bus();
  REQUIRE(bus.open({}));
  Readdressing one(bus, *parse_meter_address("5"), 7);
  REQUIRE(one.look());
  world.may_write = true;
  CHECK(one.write());
  CHECK(world.line.slaves()[0].settings().primary == 7);
}

}  // namespace meterpipe::poll
