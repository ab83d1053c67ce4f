// Which message opens a slot: whole days of arrivals against a slow reading of the rules that walks
// the wall clock second by second.
#include "flow/slots.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <ctime>
#include <functional>
#include <set>

#include "unit/publish/day.hpp"

namespace meterpipe::flow {

using test::Day;
using test::ProcessZone;
using test::utc;

namespace {

struct Wall {
  int hour, minute, second;
};

// What the wall clock shows in each second of a day and some hours around.
class WallDay {
 public:
  explicit WallDay(const Day& day) : begin_(day.begin / kSecond - 30 * 3600) {
    const std::time_t end = day.end() / kSecond + 30 * 3600;
    for (std::time_t t = begin_; t < end; ++t) {
      std::tm wall{};
      localtime_r(&t, &wall);
      seconds_.push_back({wall.tm_hour, wall.tm_min, wall.tm_sec});
    }
  }

  // For each second the number of its slot, where `starts` tells whether a slot begins at a second,
  // by what the clock shows and showed before.
  void number_slots(const std::function<bool(const Wall& before, const Wall& now)>& starts) {
    slots_.assign(seconds_.size(), 0);
    begins_.assign(1, begin_);
    for (std::size_t i = 1; i < seconds_.size(); ++i) {
      const bool is_new = starts(seconds_[i - 1], seconds_[i]);
      if (is_new) begins_.push_back(begin_ + static_cast<std::time_t>(i));
      slots_[i] = slots_[i - 1] + (is_new ? 1 : 0);
    }
  }
  std::size_t slot_at(Micros time) const {
    return slots_.at(static_cast<std::size_t>(time / kSecond - begin_));
  }
  Micros begin_of(std::size_t slot) const { return begins_.at(slot) * kSecond; }

 private:
  std::time_t begin_;
  std::vector<Wall> seconds_;
  std::vector<std::size_t> slots_;
  std::vector<std::time_t> begins_;
};

bool has(const std::vector<int>& list, int n) {
  return std::find(list.begin(), list.end(), n) != list.end();
}

std::function<bool(const Wall&, const Wall&)> list_starts(const std::vector<int>& seconds,
                                                          const std::vector<int>& minutes) {
  return [=](const Wall&, const Wall& now) {
    if (minutes.empty()) return has(seconds, now.second);
    const int first = seconds.empty() ? 0 : *std::min_element(seconds.begin(), seconds.end());
    return now.second == first && has(minutes, now.minute);
  };
}

std::function<bool(const Wall&, const Wall&)> every_starts(int interval) {
  return [=](const Wall& before, const Wall& now) {
    const int then = before.hour * 3600 + before.minute * 60 + before.second;
    const int here = now.hour * 3600 + now.minute * 60 + now.second;
    if (then / interval != here / interval) return then < here || here % interval == 0 || here == 0;
    return here < then && here % interval == 0;
  };
}

// The messages that open a slot, as the header says it in words.
std::vector<Micros> slow_openers(const WallDay& wall, Micros min_interval,
                                 const std::vector<Micros>& times) {
  std::vector<Micros> openers;
  std::size_t served = 0;
  Micros last = 0;
  const auto tolerated = [](Micros interval) { return std::min(Micros{500'000}, interval / 10); };
  for (const Micros t : times) {
    std::size_t slot = wall.slot_at(t);
    bool opens = openers.empty();
    if (!opens) {
      const Micros length = wall.begin_of(slot + 1) - wall.begin_of(slot);
      if (slot == served && wall.begin_of(slot + 1) - t <= tolerated(length) &&
          t - last >= length - tolerated(length)) {
        ++slot;
      }
      opens = slot > served &&
              (min_interval == 0 || t - openers.back() >= min_interval - tolerated(min_interval));
    }
    if (opens) {
      openers.push_back(t);
      served = slot;
    }
    last = t;
  }
  return openers;
}

std::vector<Micros> openers_of(const SlotSettings& settings, const std::vector<Micros>& times) {
  std::vector<Micros> openers;
  SlotState state;
  for (const Micros t : times) {
    if (opens_slot(settings, state, t)) openers.push_back(t);
  }
  return openers;
}

// The first two that are not the same, or nothing.
std::string difference(const std::vector<Micros>& found, const std::vector<Micros>& want) {
  const auto [a, b] = std::mismatch(found.begin(), found.end(), want.begin(), want.end());
  if (a == found.end() && b == want.end()) return {};
  return (a == found.end() ? "none" : format_timestamp(*a)) + " for " +
         (b == want.end() ? "none" : format_timestamp(*b));
}

std::vector<int> random_list(Day& day, int most) {
  std::vector<int> list;
  for (auto n = day.below(most); n >= 0; --n) list.push_back(static_cast<int>(day.below(60)));
  return list;
}

std::vector<std::vector<Micros>> streams(Day& day) {
  return {day.steady(5 * kSecond, 300'000),
          day.slipping(10 * kSecond, 1'300),
          day.steady(15 * kMinute, 2 * kSecond),
          day.ragged(5 * kSecond),
          day.ragged(kMinute),
          day.steady(kMinute, 400'000)};
}

}  // namespace

TEST_CASE("slots: whole days in many zones, random lists, against the slow reading") {
  struct Place {
    const char* zone;
    const char* begin;
    int hours;
  };
  std::size_t checked = 0, opened = 0;
  for (const Place& place : {Place{"Europe/Vienna", "2026-11-21T23:00:00Z", 24},
                             Place{"Europe/Vienna", "2026-03-28T23:00:00Z", 23},
                             Place{"Europe/Vienna", "2026-10-24T22:00:00Z", 25},
                             Place{"Asia/Kathmandu", "2026-05-01T18:15:00Z", 24},
                             Place{"America/St_Johns", "2026-11-01T02:30:00Z", 25}}) {
    const ProcessZone zone(place.zone);
    CAPTURE(std::string(place.zone));
    CAPTURE(std::string(place.begin));
    Day day{utc(place.begin), place.hours};
    WallDay wall(day);
    const auto all = streams(day);
    const auto check = [&](const SlotSettings& settings) {
      for (std::size_t i = 0; i < all.size(); ++i) {
        CAPTURE(i);
        const auto openers = openers_of(settings, all[i]);
        const auto want = slow_openers(wall, settings.min_interval, all[i]);
        REQUIRE(difference(openers, want) == "");
        checked += all[i].size();
        opened += openers.size();
      }
    };
    for (int round = 0; round < 12; ++round) {
      std::vector<int> seconds = random_list(day, 6), minutes = random_list(day, 6);
      if (round % 3 == 0) seconds.clear();
      if (round % 3 == 1) minutes.clear();
      wall.number_slots(list_starts(seconds, minutes));
      SlotSettings settings;
      settings.grid = SlotGrid::at(seconds, minutes);
      if (round % 4 == 3) settings.min_interval = (1 + day.below(300)) * kSecond;
      check(settings);
    }
    for (const int interval :
         {1, 7, 15, 60, 420, 900, 3000, 3600, 5400, 7200, 9000, 21600, 43200, 86400}) {
      CAPTURE(interval);
      wall.number_slots(every_starts(interval));
      SlotSettings settings;
      settings.grid = SlotGrid::every(interval * kSecond);
      check(settings);
    }
  }
  MESSAGE(checked, " arrivals, ", opened, " opened a slot");
}

TEST_CASE("slots: a steady meter opens each slot once, and nothing slips") {
  const ProcessZone zone("Europe/Vienna");
  const auto count = [](const SlotGrid& grid, const std::vector<Micros>& times) {
    SlotSettings settings;
    settings.grid = grid;
    return openers_of(settings, times).size();
  };
  Day day{utc("2026-11-21T23:00:00Z")};
  const auto jittering = day.steady(5 * kSecond, 400'000);
  CHECK(jittering.size() == 17'280);
  CHECK(count(SlotGrid::at({0, 15, 30, 45}, {}), jittering) == 5'760);
  CHECK(count(SlotGrid::at({}, {0, 15, 30, 45}), jittering) == 96);
  CHECK(count(SlotGrid::at({45, 0, 0, 30, 15}, {45, 30, 0, 15, 0}), jittering) == 96);
  for (int second = 0; second < 60; ++second) {
    // the day begins within a slot, unless at 0; it ends at 23:59:55
    CHECK(count(SlotGrid::at({second}, {}), jittering) ==
          (second == 0 || second > 55 ? 1'440 : 1'441));
    CHECK(count(SlotGrid::at({}, {second}), jittering) == (second == 0 ? 24 : 25));
  }
  const auto slipping = day.slipping(10 * kSecond, 1'300);
  CHECK(count(SlotGrid::at({0}, {}), slipping) == 1'440);
  CHECK(count(SlotGrid::at({}, {0}), slipping) == 24);
  CHECK(count(SlotGrid::at({0, 15, 30, 45}, {}), slipping) == 5'760);
  CHECK(count(SlotGrid::every(kDay), slipping) == 1);
  MESSAGE(jittering.size(), " arrivals: 5760 slots of 15 s, 1440 of a minute, 24 of an hour");
  // of the days on which the clock is changed, too
  CHECK(count(SlotGrid::at({}, {0}), Day{utc("2026-03-28T23:00:00Z"), 23}.steady(5 * kSecond, 9)) ==
        23);
  CHECK(count(SlotGrid::at({}, {0}), Day{utc("2026-10-24T22:00:00Z"), 25}.steady(5 * kSecond, 9)) ==
        25);
  CHECK(count(SlotGrid::every(6 * kHour),
              Day{utc("2026-03-28T23:00:00Z"), 23}.steady(5 * kSecond, 9)) == 4);
  CHECK(count(SlotGrid::every(6 * kHour),
              Day{utc("2026-10-24T22:00:00Z"), 25}.steady(5 * kSecond, 9)) == 4);
}

TEST_CASE("slots: a meter that sends once a slot at its edge is heard in each") {
  const ProcessZone zone("UTC");
  Day day{utc("2026-11-22T00:00:00Z")};
  std::vector<Micros> times;
  for (Micros t = day.begin; t < day.end(); t += kMinute) {
    times.push_back(t + day.below(400'000) - 200'000);
  }
  SlotSettings settings;
  settings.grid = SlotGrid::every(kMinute);
  CHECK(openers_of(settings, times).size() == times.size());
  // But of one that sends more often none is early: never two in one slot.
  const auto often = day.steady(5 * kSecond, 400'000);
  std::vector<Micros> shifted;
  for (const Micros t : often) shifted.push_back(t - 200'000);
  std::set<Micros> slots;
  const auto openers = openers_of(settings, shifted);
  for (const Micros t : openers) slots.insert(settings.grid->slot_of(t).begin);
  CHECK(slots.size() == openers.size());
  CHECK(slots.size() == 1'441);
}

TEST_CASE("slots: the least interval, with jitter") {
  Day day{utc("2026-11-22T00:00:00Z")};
  const auto times = day.steady(5 * kSecond, 400'000);
  const auto count = [&](Micros interval) {
    SlotSettings settings;
    settings.min_interval = interval;
    const auto openers = openers_of(settings, times);
    for (std::size_t i = 1; i < openers.size(); ++i) {
      REQUIRE(openers[i] - openers[i - 1] >= interval - tolerance(interval));
    }
    return openers.size();
  };
  CHECK(count(1) == times.size());
  CHECK(count(5 * kSecond) == times.size());
  CHECK(count(6 * kSecond) == times.size() / 2);
  CHECK(count(10 * kSecond) == times.size() / 2);
  CHECK(count(kMinute) == 1'440);
  CHECK(tolerance(5 * kSecond) == 500'000);
  CHECK(tolerance(kSecond) == 100'000);
}

TEST_CASE("slots: time that goes back opens a slot, disorder does not") {
  const ProcessZone zone("UTC");
  SlotSettings settings;
  SUBCASE("grid") { settings.grid = SlotGrid::every(kHour); }
  SUBCASE("interval") { settings.min_interval = kHour; }
  const Micros at = utc("2026-11-22T12:30:00Z");
  SlotState state;
  CHECK(opens_slot(settings, state, at));
  CHECK_FALSE(opens_slot(settings, state, at));
  CHECK_FALSE(opens_slot(settings, state, at + 10 * kMinute));
  CHECK_FALSE(opens_slot(settings, state, at + 10 * kMinute - kSecond));
  CHECK(opens_slot(settings, state, at + 5 * kMinute));  // in the same slot, but back
  CHECK_FALSE(opens_slot(settings, state, at + 6 * kMinute));
  CHECK(opens_slot(settings, state, at - 365 * kDay));
  CHECK(opens_slot(settings, state, at + 365 * kDay));  // a clock gone mad …
  CHECK(opens_slot(settings, state, at + kMinute));     // … holds nothing up
  CHECK_FALSE(opens_slot(settings, state, at + 2 * kMinute));
  // Creeping back is going back in the end.
  int opened = 0;
  for (Micros t = at; t > at - kHour; t -= kSecond / 2) opened += opens_slot(settings, state, t);
  CHECK(opened > 100);
}

TEST_CASE("slots: the longest one") {
  const auto at = [](const std::vector<int>& seconds, const std::vector<int>& minutes) {
    return SlotGrid::at(seconds, minutes).longest();
  };
  CHECK(SlotGrid::every(15 * kMinute).longest() == 15 * kMinute);
  CHECK(SlotGrid::every(7 * kMinute).longest() == 7 * kMinute);
  CHECK(SlotGrid::every(kDay).longest() == kDay);
  CHECK(at({0, 15, 30, 45}, {}) == 15 * kSecond);
  CHECK(at({5}, {}) == kMinute);
  CHECK(at({}, {0}) == kHour);
  CHECK(at({}, {0, 10}) == 50 * kMinute);
  CHECK(at({30, 40}, {50, 0}) == 50 * kMinute);
  CHECK(SlotSettings{}.longest() == 0);
  CHECK(SlotSettings{kMinute, SlotGrid::every(kHour)}.longest() == 61 * kMinute);
}

}  // namespace meterpipe::flow
