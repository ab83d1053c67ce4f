// Dates, times as texts and the zone of this process: each against another way to the same answer.
#include <doctest/doctest.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "base/civil.hpp"
#include "base/timestamp.hpp"
#include "base/zone.hpp"
#include "support/process_zone.hpp"
#include "support/random.hpp"

namespace meterpipe::test {

TEST_CASE("civil: each day of the years 0 to 9999, as <chrono> has it") {
  using namespace std::chrono;
  std::int64_t n = 0;
  for (sys_days day = sys_days(year(0) / 1 / 1); day < sys_days(year(10000) / 1 / 1);
       day += days(1), ++n) {
    const year_month_day date{day};
    const std::int64_t count = day.time_since_epoch().count();
    const CivilTime civil = civil_time(count * kSecondsOfDay + kSecondsOfDay - 1);
    const bool same =
        civil.year == int(date.year()) && civil.month == static_cast<int>(unsigned(date.month())) &&
        civil.day == static_cast<int>(unsigned(date.day())) && civil.hour == 23 &&
        civil.minute == 59 && civil.second == 59 &&
        days_from_civil(civil.year, unsigned(date.month()), unsigned(date.day())) == count &&
        seconds_of(civil) == count * kSecondsOfDay + kSecondsOfDay - 1 &&
        weekday_of(count) == static_cast<int>(weekday(day).c_encoding()) &&
        is_date(civil.year, civil.month, civil.day);
    const bool is_last = unsigned((year_month_day{day + days(1)}).day()) == 1;
    const bool ends = (civil.day == last_day_of(civil.year, civil.month)) == is_last &&
                      is_date(civil.year, civil.month, civil.day + 1) != is_last;
    if (!same || !ends) FAIL_CHECK("day ", count);  // an assertion each would take minutes
  }
  CHECK(n == 3'652'425);
  for (const auto& [month, day] :
       std::vector<std::pair<int, int>>{{0, 1}, {13, 1}, {-1, 1}, {1, 0}, {1, -1}, {2, 30}}) {
    CHECK_FALSE(is_date(2024, month, day));
  }
}

TEST_CASE("timestamps there and back") {
  test::Random random;
  INFO("seed ", test::seed());
  for (int i = 0; i < 20000; ++i) {
    const Micros time = static_cast<Micros>(random.below(253'402'300'800'000'000));
    const std::string text = format_timestamp(time);
    REQUIRE(text.size() == kTimestampChars);
    REQUIRE(parse_timestamp(text) == time);
  }
  CHECK(format_timestamp(0) == "1970-01-01T00:00:00.000000Z");
  CHECK(format_timestamp(-1) == "1969-12-31T23:59:59.999999Z");
  CHECK(format_timestamp(1'795'366'800'123'456) == "2026-11-22T17:00:00.123456Z");
  for (const char* same : {"2026-11-22T17:00:00.5Z", "2026-11-22 18:00:00.500+01:00",
                           "2026-11-22t12:30:00.500000000-04:30", "2026-11-22T17:00:00.5000004z"}) {
    CAPTURE(same);
    CHECK(parse_timestamp(same) == 1'795'366'800'500'000);
  }
  CHECK(parse_timestamp("2024-02-29T00:00:00Z"));
  CHECK(parse_timestamp("2026-06-30T23:59:60Z"));
  for (const char* bad :
       {"", "2026-11-22", "2026-11-22T17:00:00", "2026-11-22T17:00Z", "2026-13-22T17:00:00Z",
        "2026-02-29T17:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T17:60:00Z",
        "2026-11-22T17:00:61Z", "2026-11-22T17:00:00.Z", "2026-11-22T17:00:00.0000000000Z",
        "2026-11-22T17:00:00+1:00", "2026-11-22T17:00:00+01:60", "2026-11-22T17:00:00Zx",
        "2026-11-22X17:00:00Z", "2026/11/22T17:00:00Z", "-026-11-22T17:00:00Z",
        "0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_timestamp(bad));
  }
}

TEST_CASE("times as texts: with an offset and without") {
  const auto shown = [](std::string_view text) { return parse_wall_time(text).value().shown; };
  const Micros half_past = *parse_timestamp("2026-10-25T02:30:00Z");
  for (const std::string_view text : {"2026-10-25T02:30:00", "2026-10-25 02:30:00",
                                      "2026-10-25t02:30:00.000", "2026-10-25T02:30:00-09:30"}) {
    CAPTURE(text);
    CHECK(shown(text) == half_past);
    CHECK(parse_wall_time(text)->offset_minutes.has_value() == text.ends_with("-09:30"));
    CHECK_FALSE(parse_wall_time(text)->summer);
  }
  CHECK(shown("2026-10-25T02:30:00.25") == half_past + 250'000);
  CHECK(parse_wall_time("2026-10-25T02:30:00-09:30")->offset_minutes == -570);
  CHECK(parse_wall_time("2026-10-25T02:30:00Z")->offset_minutes == 0);
  for (const std::string_view text :
       {"", "2026-10-25", "2026-10-25T02:30", "2026-10-25T02:30:", "2026-02-29T02:30:00",
        "2026-10-25T02:30:00.", "2026-10-25T02:30:00x", "2026-10-25T02:30:00+2"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_wall_time(text));
  }
  char text[32];
  const auto written = [&](char* end) { return std::string(text, end); };
  CHECK(written(write_civil(text, {7, 1, 2, 3, 4, 5}, ' ')) == "0007-01-02 03:04:05");
  CHECK(written(write_offset(text, -570)) == "-09:30");
  CHECK(written(write_offset(text, 840)) == "+14:00");
}

// All that a clock shows around each change of a zone is looked up among what it showed in each
// minute of the days about it.
TEST_CASE("zone: what a clock shows, back to the time, at all changes of a year") {
  std::size_t twice = 0, missing = 0, looked = 0;
  for (const std::string name :
       {"Europe/Vienna", "Europe/Dublin", "America/St_Johns", "Australia/Lord_Howe",
        "Africa/Casablanca", "Asia/Kathmandu", "Pacific/Apia", "CET-1CEST,M3.5.0,M10.5.0/3"}) {
    const ProcessZone zone(name.c_str());
    CAPTURE(name);
    for (const std::string year : {"1995", "2011", "2026"}) {
      const std::int64_t begin = *parse_timestamp(year + "-01-01T00:00:00Z") / kSecond;
      for (std::int64_t day = begin; day < begin + 366 * kSecondsOfDay; day += kSecondsOfDay) {
        if (zone_offset(day) == zone_offset(day + kSecondsOfDay)) continue;
        std::map<std::int64_t, std::vector<std::int64_t>> times;
        const std::int64_t from = day - 3 * kSecondsOfDay, to = day + 4 * kSecondsOfDay;
        for (std::int64_t t = from; t < to; t += 60) times[t + zone_offset(t)].push_back(t);
        const std::int64_t before = zone_offset(day);
        for (std::int64_t shown = day - kSecondsOfDay; shown < day + 2 * kSecondsOfDay;
             shown += 60, ++looked) {
          const auto found = times.find(shown);
          const MeantTimes meant = times_shown_as(shown);
          if (found == times.end()) {
            ++missing;
            REQUIRE(meant.first == shown - before);
            REQUIRE_FALSE(meant.second);
            continue;
          }
          REQUIRE(meant.first == found->second.front());
          REQUIRE(meant.second.has_value() == (found->second.size() == 2));
          if (meant.second) {
            ++twice;
            REQUIRE(*meant.second == found->second.back());
          }
        }
      }
    }
  }
  MESSAGE(looked, " minutes, ", twice, " of them twice, ", missing, " left out");
  CHECK(twice > 900);
  CHECK(missing > 2000);
}

TEST_CASE("zone: what a text means") {
  const ProcessZone zone("Europe/Vienna");
  struct Row {
    std::string_view text, means;
    bool two;
  };
  for (const Row& row : {Row{"2026-10-25T02:30:00", "2026-10-25T00:30:00Z", true},
                         Row{"2026-10-25T02:00:00.000001", "2026-10-25T00:00:00.000001Z", true},
                         Row{"2026-10-25T02:59:59.999999", "2026-10-25T00:59:59.999999Z", true},
                         Row{"2026-10-25T01:59:59", "2026-10-24T23:59:59Z", false},
                         Row{"2026-10-25T03:00:00", "2026-10-25T02:00:00Z", false},
                         Row{"2026-03-29T02:30:00", "2026-03-29T01:30:00Z", false},
                         Row{"2026-03-29T03:00:00", "2026-03-29T01:00:00Z", false},
                         Row{"2026-10-25T02:30:00+01:00", "2026-10-25T01:30:00Z", false},
                         Row{"1969-12-31T23:59:59.5", "1969-12-31T22:59:59.5Z", false},
                         Row{"1970-01-01T00:59:59", "1969-12-31T23:59:59Z", false}}) {
    CAPTURE(row.text);
    // The C library's memory of what it was asked for last has no part in it.
    for (const std::string_view before : {"2026-07-01T00:00:00", "2026-12-01T00:00:00"}) {
      utc_of(*parse_wall_time(before));
      const auto time = parse_wall_time(row.text);
      REQUIRE(time);
      CHECK(utc_of(*time) == parse_timestamp(row.means));
      CHECK(stands_for_two_times(*time) == row.two);
    }
  }
  // A P1 telegram says which.
  WallTime time = *parse_wall_time("2026-10-25T02:30:00");
  time.summer = true;
  CHECK(utc_of(time) == parse_timestamp("2026-10-25T00:30:00Z"));
  time.summer = false;
  CHECK(utc_of(time) == parse_timestamp("2026-10-25T01:30:00Z"));
  // W in summer: a clock that stays at winter time. From March to October, and at both ends.
  for (const auto& [text, means] : {std::pair("2026-07-01T12:00:00", "2026-07-01T11:00:00Z"),
                                    std::pair("2026-03-29T01:59:59", "2026-03-29T00:59:59Z"),
                                    std::pair("2026-03-29T02:00:00", "2026-03-29T01:00:00Z"),
                                    std::pair("2026-03-29T03:30:00", "2026-03-29T02:30:00Z"),
                                    std::pair("2026-10-25T01:30:00", "2026-10-25T00:30:00Z"),
                                    std::pair("2026-10-25T03:00:00", "2026-10-25T02:00:00Z"),
                                    std::pair("2026-12-01T12:00:00", "2026-12-01T11:00:00Z")}) {
    CAPTURE(text);
    time = *parse_wall_time(text);
    time.summer = false;
    CHECK(utc_of(time) == parse_timestamp(means));
  }
  {
    const ProcessZone none("Asia/Tokyo");
    time = *parse_wall_time("2026-07-01T12:00:00");
    time.summer = false;
    CHECK(utc_of(time) == parse_timestamp("2026-07-01T03:00:00Z"));
  }
  CHECK(zone_abbreviation(0) == "CET");
  CHECK(zone_abbreviation(*parse_timestamp("2026-07-01T00:00:00Z") / kSecond) == "CEST");
}

}  // namespace meterpipe::test
