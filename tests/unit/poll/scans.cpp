// Eight meters with faults, found by both ways; and what is not found.
#include <doctest/doctest.h>

#include <algorithm>

#include "bus_world.hpp"
#include "poll/scan.hpp"

namespace meterpipe::poll {
namespace {

struct Scanned {
  std::vector<FoundMeter> found;
  bool ended = false, disturbed = false;
  std::uint64_t readings = 0;
  std::int64_t seconds = 0;
};

Scanned scan(BusWorld& world, bool by_primary) {
  Bus bus = world.bus();
  REQUIRE(bus.open({}));
  const std::int64_t began_us = world.now_us;
  unsigned last = 0;
  Scan one(bus, bus.standard_timeout_us(), [&](const ScanProgress& progress) {
    CHECK(progress.percent >= last);
    CHECK(progress.percent <= 100);
    last = progress.percent;
  });
  Scanned result;
  result.ended = by_primary ? one.primary() : one.secondary();
  result.found = one.found();
  result.disturbed = one.is_disturbed();
  result.readings = one.readings();
  result.seconds = (world.now_us - began_us) / kSecond;
  CHECK(world.foreign == 0);
  return result;
}

std::vector<std::string> names(const Scanned& result) {
  std::vector<std::string> texts;
  for (const FoundMeter& meter : result.found) {
    std::string text = meter.primary ? std::to_string(*meter.primary) : "-";
    if (meter.identity) text += " " + to_string(*meter.identity);
    if (meter.is_several) text += " several";
    texts.push_back(text);
  }
  return texts;
}

// As one text: what failed shows it.
std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += name + "; ";
  return text;
}

using Names = std::vector<std::string>;

constexpr const char* kFaulty = "1,2/late,3/deaf,4/wrong-fcb,17,18/late,250/deaf,99";
const Names kEight{"1 60010043-ZRI-10-07",  "2 60020044-ELS-52-03",  "3 60030045-ABB-20-02",
                   "4 60040046-KAM-1b-04",  "17 60170059-ZRI-10-07", "18 60180060-ELS-52-03",
                   "99 60990141-ABB-20-02", "250 62500292-ELS-52-03"};

}  // namespace

TEST_CASE("scan: eight meters with faults, by primary address") {
  BusWorld world(kFaulty);
  const Scanned result = scan(world, true);
  CHECK(result.ended);
  CHECK(joined(names(result)) == joined(kEight));
  CHECK(result.readings >= 6);
  CHECK(result.seconds < 8 * 60);
  MESSAGE("primary scan of 8 meters: ", result.seconds, " s of simulated time");
}

TEST_CASE("scan: eight meters with faults, by secondary address") {
  BusWorld world(kFaulty);
  const Scanned result = scan(world, false);
  CHECK(result.ended);
  CHECK(joined(names(result)) == joined(kEight));
  CHECK(result.seconds < 8 * 60);
  MESSAGE("secondary scan of 8 meters: ", result.seconds, " s of simulated time");
}

TEST_CASE("scan: an echo and noise are no meters, and hide none") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    CAPTURE(seed);
    BusWorld first("1,2,3/deaf,4,5,6,7/late,8,echo,noise", seed);
    const Scanned primary = scan(first, true);
    CHECK(primary.found.size() == 8);
    BusWorld second("1,2,3/deaf,4,5,6,7/late,8,echo,noise", seed);
    const Scanned secondary = scan(second, false);
    CHECK(secondary.found.size() == 8);
    for (const FoundMeter& one : secondary.found) CHECK_FALSE(one.is_several);
  }
  BusWorld nobody("1@38400,echo,noise");
  CHECK(scan(nobody, true).found.empty());
  CHECK(scan(nobody, false).found.empty());
}

TEST_CASE("scan: several meters at one primary address") {
  BusWorld world("1,5/collision,6");
  CHECK(names(scan(world, true)) ==
        Names{"1 60010043-ZRI-10-07", "5 several", "6 60060048-ELS-52-03"});
  BusWorld again("1,5/collision,6");
  CHECK(names(scan(again, false)) == Names{"1 60010043-ZRI-10-07", "5 60050047-ZRI-10-07",
                                           "5 70051047-ZRI-10-07", "6 60060048-ELS-52-03"});
}

TEST_CASE("scan: meters of one number differ by medium, version or maker; twins do not") {
  sim::BusSettings settings = *sim::parse_bus("1,2,3,4", 1);
  for (auto& slave : settings.slaves) {
    slave.id = settings.slaves[0].id;
    slave.manufacturer = settings.slaves[0].manufacturer;
    slave.version = settings.slaves[0].version;
  }
  settings.slaves[2].medium = settings.slaves[3].medium;
  settings.slaves[2].version = 0x21;
  BusWorld world(settings);
  CHECK(scan(world, false).found.size() == 4);
  settings.slaves[2].version = settings.slaves[3].version;
  BusWorld twins(settings);
  const Scanned result = scan(twins, false);
  CHECK(result.found.size() == 3);
  CHECK(std::ranges::count_if(result.found, [](const auto& one) { return one.is_several; }) == 1);
}

TEST_CASE("scan: digits above 9 are looked for where somebody else answered") {
  sim::BusSettings settings = *sim::parse_bus("1,2,3", 1);
  settings.slaves[1].id = settings.slaves[0].id;
  settings.slaves[1].id[0] = 0x4b;
  settings.slaves[0].id[0] = 0x4c;
  BusWorld world(settings);
  const Scanned result = scan(world, false);
  REQUIRE(result.found.size() == 3);
  CHECK(to_string(*result.found[0].identity).starts_with("6001004C"));
}

TEST_CASE("scan: a line that gives parts of answers to everything is given up") {
  BusWorld world("1");
  world.answers = [&](Bytes, std::int64_t) {
    for (int i = 0; i < 40; ++i) world.stray.push_back(static_cast<std::uint8_t>(0x30 + i));
  };
  const Scanned result = scan(world, false);
  CHECK_FALSE(result.ended);
  CHECK(result.disturbed);
  CHECK(result.found.empty());
}

TEST_CASE("scan: a signal and a lost line end it") {
  BusWorld world("1,2");
  world.stop_at_us = world.now_us + 20 * kSecond;
  const Scanned stopped = scan(world, true);
  CHECK_FALSE(stopped.ended);
  CHECK(stopped.found.size() == 2);
  BusWorld lost("1,2");
  lost.gone_from_us = lost.now_us + 3 * kSecond;
  CHECK_FALSE(scan(lost, false).ended);
}

}  // namespace meterpipe::poll
