// Schedule: what of a whole day is published, cut and continued anywhere, twice the same.
#include "flow/schedule.hpp"

#include <doctest/doctest.h>

#include <memory>

#include "support/cpu_time.hpp"
#include "support/process_zone.hpp"
#include "unit/publish/day.hpp"

namespace meterpipe::flow {

using test::Day;
using test::day_reading;
using test::feed;
using test::KeptStage;
using test::ProcessZone;
using test::Saved;
using test::utc;

namespace {

using Lines = std::vector<std::string>;

Lines lines_of(const std::vector<Micros>& times) {
  Lines lines;
  for (const Micros t : times) lines.push_back(day_reading(t, lines.size()));
  return lines;
}

ScheduleSettings settings_of(std::optional<SlotGrid> grid, Aggregation aggregation,
                             Micros min_interval = 0) {
  ScheduleSettings settings;
  settings.slots.grid = std::move(grid);
  settings.slots.min_interval = min_interval;
  settings.aggregation = aggregation;
  settings.signature = name(aggregation);
  return settings;
}

// With end(), or cut after some lines and continued by another object.
Lines published_of(const ScheduleSettings& settings, const Lines& lines, bool ends = true) {
  KeptStage kept;
  Schedule schedule(kept.meters, kept, settings);
  for (const std::string& line : lines) REQUIRE(feed(kept, schedule, line));
  if (ends) {
    schedule.end();
    CHECK(kept.ended);
  }
  return kept.lines;
}

constexpr Aggregation kAll[] = {Aggregation::first, Aggregation::last, Aggregation::mean,
                                Aggregation::min, Aggregation::max};

}  // namespace

TEST_CASE("schedule: a whole day takes no more than four times a quarter of it, about") {
  const ProcessZone zone("Europe/Vienna");
  os::Log::open("unit", os::Level::error);
  Day day{utc("2026-11-21T23:00:00Z")};
  const Lines lines = lines_of(day.steady(5 * kSecond, 400'000));
  const Lines quarter(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(lines.size() / 4));
  for (const Aggregation aggregation : kAll) {
    const ScheduleSettings settings = settings_of(SlotGrid::at({0, 15, 30, 45}, {}), aggregation);
    Lines published;
    const double few = test::cpu_time([&] { published = published_of(settings, quarter); });
    CHECK(published.size() == 1'440);
    const double seconds = test::cpu_time([&] { published = published_of(settings, lines); });
    CHECK(published.size() == 5'760);
    MESSAGE(name(aggregation), ": ", lines.size(), " readings, ", published.size(), " published, ",
            seconds, " s, a quarter of them ", few, " s");
    CHECK(seconds < 12 * few);  // sixteen times if it were quadratic
  }
}

TEST_CASE("schedule: first is the first of each slot at once, last the last") {
  const ProcessZone zone("UTC");
  Day day{utc("2026-11-22T00:00:00Z"), 1};
  const Lines lines = lines_of(day.steady(5 * kSecond, 0));
  const auto first = published_of(settings_of(SlotGrid::every(kMinute), Aggregation::first), lines);
  const auto last = published_of(settings_of(SlotGrid::every(kMinute), Aggregation::last), lines);
  REQUIRE(first.size() == 60);
  REQUIRE(last.size() == 60);
  for (std::size_t i = 0; i < 60; ++i) {
    CHECK(first[i] == lines[12 * i]);
    CHECK(last[i] == lines[12 * i + 11]);
  }
  // A slot is published when the next one's first message is there, the open one at the end.
  Lines begun(lines.begin(), lines.begin() + 13);
  CHECK(published_of(settings_of(SlotGrid::every(kMinute), Aggregation::last), begun, false) ==
        Lines{lines[11]});
  CHECK(published_of(settings_of(SlotGrid::every(kMinute), Aggregation::last), begun) ==
        Lines{lines[11], lines[12]});
}

TEST_CASE("schedule: interval and slots must agree") {
  const ProcessZone zone("UTC");
  Day day{utc("2026-11-22T00:00:00Z"), 1};
  const Lines lines = lines_of(day.steady(5 * kSecond, 0));
  const auto published =
      published_of(settings_of(SlotGrid::every(kMinute), Aggregation::first, 90 * kSecond), lines);
  // 0:00, 1:30, 3:00, 4:30, …: in turn the first of a slot and one in its middle
  REQUIRE(published.size() == 40);
  for (std::size_t i = 0; i < 40; ++i) CHECK(published[i] == lines[18 * i]);
}

TEST_CASE("schedule: meters do not share their slots") {
  const ProcessZone zone("UTC");
  Day day{utc("2026-11-22T00:00:00Z"), 1};
  KeptStage kept;
  Schedule schedule(kept.meters, kept, settings_of(SlotGrid::every(kMinute), Aggregation::mean));
  std::uint64_t n = 0;
  for (const Micros t : day.steady(5 * kSecond, 0)) {
    for (const char* meter : {"a", "b", "c"})
      REQUIRE(feed(kept, schedule, day_reading(t, ++n, meter)));
  }
  schedule.end();
  CHECK(kept.lines.size() == 180);
}

TEST_CASE("schedule: an aggregated reading keeps the name that its meter was given") {
  const ProcessZone zone("UTC");
  KeptStage kept;
  Schedule schedule(kept.meters, kept, settings_of(SlotGrid::every(kMinute), Aggregation::mean));
  const std::string text = day_reading(utc("2026-11-22T00:00:00Z"), 1, "in the record");
  record::Line line;
  record::ReadingRecord reading;
  REQUIRE(line.parse(text));
  REQUIRE(record::read(line, reading));
  reading.meter = "given";
  schedule.reading(line, reading, kept.meters.heard(reading.meter));
  schedule.end();
  REQUIRE(kept.values.size() == 6);
  for (const std::string& value : kept.values) CHECK(value.starts_with("given "));
}

TEST_CASE("schedule: without a time it passes") {
  KeptStage kept;
  Schedule schedule(kept.meters, kept, settings_of(SlotGrid::every(kDay), Aggregation::mean));
  const std::string timeless = R"({"v":1,"t":"reading","meter":"1","values":[]})";
  for (int i = 0; i < 3; ++i) REQUIRE(feed(kept, schedule, timeless));
  CHECK(kept.lines == Lines(3, timeless));
  // the meter's own time will do
  const std::string timely =
      R"({"v":1,"t":"reading","meter":"1","time":"2026-11-22T18:00:00","values":[]})";
  for (int i = 0; i < 3; ++i) REQUIRE(feed(kept, schedule, timely));
  CHECK(kept.lines.size() == 3);
  schedule.end();
  CHECK(kept.lines.size() == 4);
}

TEST_CASE("schedule: what is held of a meter that is forgotten is published, long lines pass") {
  os::Log::open("unit", os::Level::error);
  KeptStage kept(1000);
  Saved saved;
  Schedule schedule(kept.meters, kept, settings_of(SlotGrid::every(kDay), Aggregation::last));
  const Micros at = utc("2026-11-22T12:00:00Z");
  for (int i = 0; i < 1'000; ++i) {
    REQUIRE(feed(kept, schedule, day_reading(at, 1, "m" + std::to_string(i))));
  }
  CHECK(kept.lines.empty());
  saved.take(schedule);
  CHECK(saved.texts.size() == 1'000);
  for (int i = 1'000; i < 1'100; ++i) {
    REQUIRE(feed(kept, schedule, day_reading(at, 1, "m" + std::to_string(i))));
  }
  CHECK(kept.lines.size() == 100);
  CHECK(kept.lines[99] == day_reading(at, 1, "m99"));
  saved.take(schedule);
  CHECK(saved.texts["schedule/m99"].empty());
  CHECK_FALSE(saved.texts["schedule/m100"].empty());
  CHECK_FALSE(saved.texts["schedule/m1099"].empty());
  std::string line = day_reading(at, 1, "m1099");
  line.insert(line.size() - 1, R"(,"more":")" + std::string(OpenSlot::kLongestLine, 'x') + '"');
  REQUIRE(feed(kept, schedule, line));
  CHECK(kept.lines.size() == 101);
}

TEST_CASE("schedule: cut anywhere, saved and continued by another: the same output") {
  const ProcessZone zone("Europe/Vienna");
  Day day{utc("2026-11-21T23:00:00Z"), 2};
  const Lines lines = lines_of(day.ragged(10 * kSecond));
  std::size_t cuts = 0;
  for (const Aggregation aggregation : kAll) {
    for (const Micros interval : {kMinute, 7 * kMinute}) {
      auto settings = settings_of(SlotGrid::every(interval), aggregation);
      if (interval != kMinute) settings.slots = {interval, std::nullopt};
      const Lines whole = published_of(settings, lines);
      CHECK(whole == published_of(settings, lines));
      REQUIRE(whole.size() > 10);
      for (int round = 0; round < 20; ++round) {
        KeptStage kept;
        Saved saved;
        auto schedule = std::make_unique<Schedule>(kept.meters, kept, settings);
        for (const std::string& line : lines) {
          REQUIRE(feed(kept, *schedule, line));
          if (day.below(5) == 0) saved.take(*schedule);
          if (day.below(50) != 0) continue;
          saved.take(*schedule);
          schedule = std::make_unique<Schedule>(kept.meters, kept, settings);
          saved.give(*schedule);
          ++cuts;
        }
        schedule->end();
        REQUIRE(kept.lines == whole);
      }
    }
  }
  MESSAGE(cuts, " cuts");
}

TEST_CASE("schedule: what was held under other settings goes out first") {
  const ProcessZone zone("UTC");
  Day day{utc("2026-11-22T00:00:00Z"), 1};
  const Lines lines = lines_of(day.steady(10 * kSecond, 0));
  KeptStage kept;
  Saved saved;
  Schedule mean(kept.meters, kept, settings_of(SlotGrid::every(kHour), Aggregation::mean));
  for (int i = 0; i < 7; ++i) REQUIRE(feed(kept, mean, lines[static_cast<std::size_t>(i)]));
  saved.take(mean);
  Schedule first(kept.meters, kept, settings_of(SlotGrid::every(kHour), Aggregation::first));
  saved.give(first);
  CHECK(kept.lines.empty());
  REQUIRE(feed(kept, first, lines[7]));
  REQUIRE(feed(kept, first, lines[8]));
  REQUIRE(kept.lines.size() == 2);
  CHECK(kept.lines[0].find(R"("aggregate":"mean","samples":7)") != std::string::npos);
  CHECK(kept.lines[1] == lines[7]);
}

TEST_CASE("schedule: a saved text that is damaged is left alone") {
  os::Log::open("unit", os::Level::error);
  KeptStage kept;
  Saved saved;
  Day day{utc("2026-11-22T00:00:00Z"), 1};
  const auto settings = settings_of(SlotGrid::every(kHour), Aggregation::mean);
  Schedule schedule(kept.meters, kept, settings);
  const Lines lines = lines_of(day.steady(10 * kSecond, 0));
  for (std::size_t i = 0; i < 20; ++i) REQUIRE(feed(kept, schedule, lines[i]));
  saved.take(schedule);
  REQUIRE(saved.texts.size() == 1);
  const auto [key, good] = *saved.texts.begin();
  CHECK(key == "schedule/1KFM");
  CHECK(good.size() < 4'000);
  for (int round = 0; round < 3'000; ++round) {
    std::string text = good;
    for (auto n = day.below(4); n >= 0; --n) {
      const auto at = static_cast<std::size_t>(day.below(static_cast<Micros>(text.size())));
      if (day.below(3) == 0) {
        text.resize(at + 1);
      } else {
        text[at] = static_cast<char>(day.below(256));
      }
    }
    Schedule other(kept.meters, kept, settings);
    other.restore(key, text);
    REQUIRE(feed(kept, other, lines[20]));
    other.end();
  }
  Schedule other(kept.meters, kept, settings);
  other.restore("meter/1", good);
  other.restore(key, "");
  kept.lines.clear();
  other.end();
  CHECK(kept.lines.empty());
}

}  // namespace meterpipe::flow
