#include <doctest/doctest.h>

#include <ctime>

#include "base/hex.hpp"
#include "sim/calendar.hpp"
#include "support/process_zone.hpp"
#include "unit/sim/short_forms.hpp"

namespace meterpipe::sim {

using test::at;

TEST_CASE("summer time begins and ends at 01:00 UTC on the last Sunday") {
  CHECK_FALSE(is_summer_time(at("2026-03-29T00:59:59Z")));
  CHECK(is_summer_time(at("2026-03-29T01:00:00Z")));
  CHECK(is_summer_time(at("2026-10-25T00:59:59Z")));
  CHECK_FALSE(is_summer_time(at("2026-10-25T01:00:00Z")));
  CHECK(to_iso(vienna(at("2026-03-29T00:59:55Z"))) == "2026-03-29T01:59:55+01:00");
  CHECK(to_iso(vienna(at("2026-03-29T01:00:00Z"))) == "2026-03-29T03:00:00+02:00");
  CHECK(to_iso(vienna(at("2026-10-25T00:59:55Z"))) == "2026-10-25T02:59:55+02:00");
  CHECK(to_iso(vienna(at("2026-10-25T01:00:00Z"))) == "2026-10-25T02:00:00+01:00");
  CHECK(to_iso(vienna(at("2025-12-31T23:00:00Z"))) == "2026-01-01T00:00:00+01:00");
}

TEST_CASE("a date-time as the meter sends it") {
  CHECK(to_hex(date_time(vienna(at("2026-03-02T06:00:05Z")))) == "07ea03020107000500ffc400");
  CHECK(to_hex(date_time(vienna(at("2026-07-05T10:15:30Z")))) == "07ea0705070c0f1e00ff8880");
  CHECK(to_hex(date_time(vienna(at("2026-07-05T10:15:30Z")), 0x02)) == "07ea0705070c0f1e00ff8882");
}

TEST_CASE("the rule agrees with the C library's, from 2000 to 2099") {
  const test::ProcessZone zone("CET-1CEST,M3.5.0,M10.5.0/3");
  const std::uint64_t step = 7'919'003;  // an odd number of seconds: all hours and seasons
  int looked = 0;
  for (Seconds utc = at("2000-01-01T00:00:00Z"); utc < at("2100-01-01T00:00:00Z");
       utc += step % 100'003, ++looked) {
    const std::time_t time = utc;
    tm local{};
    localtime_r(&time, &local);
    const LocalTime ours = vienna(utc);
    const bool same =
        ours.year == local.tm_year + 1900 && static_cast<int>(ours.month) == local.tm_mon + 1 &&
        static_cast<int>(ours.day) == local.tm_mday &&
        static_cast<int>(ours.weekday % 7) == local.tm_wday &&
        static_cast<int>(ours.hour) == local.tm_hour &&
        static_cast<int>(ours.minute) == local.tm_min &&
        static_cast<int>(ours.second) == local.tm_sec && ours.dst == (local.tm_isdst > 0);
    REQUIRE_MESSAGE(same, to_iso(ours));
  }
  CHECK(looked > 10'000);
}

}  // namespace meterpipe::sim
