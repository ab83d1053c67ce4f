// Times in seven forms, each against what a C library says of the same instant.
#include "shape/time_format.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <ctime>
#include <random>

#include <fmt/format.h>

#include "base/timestamp.hpp"
#include "support/process_zone.hpp"

namespace meterpipe::shape {

using test::ProcessZone;

namespace {

std::string form(std::string_view text, TimeFormat format, Zone zone = Zone::meter) {
  const auto time = parse_meter_time(text);
  REQUIRE(time);
  return format_time(*time, format, zone);
}

constexpr std::string_view kNovember = "2022-11-12T16:54:00+01:00";

}  // namespace

TEST_CASE("time format: the forms") {
  for (const char* zone : {"UTC", "Europe/Vienna", "America/New_York"}) {
    const ProcessZone tz(zone);  // the meter has an offset: ours has no part in it
    CHECK(form(kNovember, TimeFormat::iso) == "2022-11-12T15:54:00.000Z");
    CHECK(form(kNovember, TimeFormat::iso_local) == "2022-11-12 16:54:00");
    CHECK(form(kNovember, TimeFormat::rfc3339) == "2022-11-12T16:54:00+01:00");
    CHECK(form(kNovember, TimeFormat::epoch) == "1668268440");
    CHECK(form(kNovember, TimeFormat::epoch_ms) == "1668268440000");
    CHECK(form(kNovember, TimeFormat::js) ==
          "Sat Nov 12 2022 16:54:00 GMT+0100 (Central European Standard Time)");
    CHECK(form("2022-07-12T16:54:00+02:00", TimeFormat::js) ==
          "Tue Jul 12 2022 16:54:00 GMT+0200 (Central European Summer Time)");
    CHECK(form("2022-07-12T16:54:00+05:30", TimeFormat::js) ==
          "Tue Jul 12 2022 16:54:00 GMT+0530 (GMT+05:30)");
    CHECK(form("2022-07-12T16:54:00-03:30", TimeFormat::rfc3339) == "2022-07-12T16:54:00-03:30");
    CHECK(form(kNovember, TimeFormat::rfc3339, Zone::utc) == "2022-11-12T15:54:00Z");
    CHECK(form(kNovember, TimeFormat::js, Zone::utc) ==
          "Sat Nov 12 2022 15:54:00 GMT+0000 (Coordinated Universal Time)");
    CHECK(form("1969-12-31T23:59:59Z", TimeFormat::epoch) == "-1");
  }
}

TEST_CASE("time format: zones") {
  const ProcessZone tz("America/New_York");
  CHECK(form(kNovember, TimeFormat::iso_local, Zone::local) == "2022-11-12 10:54:00");
  CHECK(form(kNovember, TimeFormat::rfc3339, Zone::local) == "2022-11-12T10:54:00-05:00");
  CHECK(form(kNovember, TimeFormat::js, Zone::local) == "Sat Nov 12 2022 10:54:00 GMT-0500 (EST)");
  // no offset: as a clock on the wall here
  CHECK(form("2022-11-12T16:54:00", TimeFormat::iso) == "2022-11-12T21:54:00.000Z");
  CHECK(form("2022-11-12T16:54:00", TimeFormat::rfc3339) == "2022-11-12T16:54:00-05:00");
  CHECK(form("2022-11-12T16:54:00", TimeFormat::rfc3339, Zone::utc) == "2022-11-12T21:54:00Z");
}

TEST_CASE("time format: the hour that comes twice, where the meter says which") {
  const ProcessZone tz("Europe/Vienna");
  auto time = *parse_meter_time("2022-10-30T02:30:00");
  time.summer = true;
  CHECK(format_time(time, TimeFormat::rfc3339, Zone::meter) == "2022-10-30T02:30:00+02:00");
  time.summer = false;
  CHECK(format_time(time, TimeFormat::rfc3339, Zone::meter) == "2022-10-30T02:30:00+01:00");
  // a clock that stays at winter time all the year
  time = *parse_meter_time("2022-07-01T12:00:00");
  time.summer = false;
  CHECK(format_time(time, TimeFormat::rfc3339, Zone::meter) == "2022-07-01T13:00:00+02:00");
  CHECK(format_time(time, TimeFormat::iso, Zone::meter) == "2022-07-01T11:00:00.000Z");
  // a flag that cannot be is not believed
  time = *parse_meter_time("2022-01-01T12:00:00");
  time.summer = true;
  CHECK(format_time(time, TimeFormat::rfc3339, Zone::meter) == "2022-01-01T12:00:00+01:00");
}

TEST_CASE("time format: the hour that comes twice is its first, whatever was asked before") {
  const ProcessZone tz("Europe/Vienna");
  for (const std::string_view before : {"2026-07-01T12:00:00", "2026-12-01T12:00:00"}) {
    form(before, TimeFormat::epoch);
    CHECK(form("2026-10-25T02:30:00", TimeFormat::epoch) == "1792888200");
    form(before, TimeFormat::epoch);
    CHECK(form("2026-10-25T02:30:00", TimeFormat::rfc3339) == "2026-10-25T02:30:00+02:00");
    form(before, TimeFormat::epoch);
    CHECK(form("2026-10-25T02:30:00", TimeFormat::iso) == "2026-10-25T00:30:00.000Z");
    // The hour that is left out in spring.
    form(before, TimeFormat::epoch);
    CHECK(form("2026-03-29T02:30:00", TimeFormat::rfc3339) == "2026-03-29T03:30:00+02:00");
  }
}

TEST_CASE("time format: incomplete times and other texts are none") {
  for (const std::string_view text :
       {"", "2022-11-12", "2022-11-12T16:54", "2022-11-12T16:54+01:00", "2022-11-12 16:54:00",
        "2022-13-12T16:54:00", "2022-11-31T16:54:00", "2022-11-12T16:54:00+1", "1KFM0200234804",
        "2022-11-12T16:54:00+01:00x", "2022-11-12T16:54:00.5Z"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_meter_time(text));
  }
}

// Any instant of a century, with any offset: the same instant comes out.
TEST_CASE("time format: no form moves a time") {
  const ProcessZone tz("Europe/Vienna");
  std::mt19937_64 random(3);
  for (int i = 0; i < 5000; ++i) {
    const auto utc = static_cast<std::int64_t>(random() % 4'000'000'000ULL);
    const int minutes = static_cast<int>(random() % 57) * 30 - 840;
    const std::time_t shown = utc + minutes * 60;
    std::tm fields{};
    gmtime_r(&shown, &fields);
    char plain[32];
    std::strftime(plain, sizeof plain, "%Y-%m-%dT%H:%M:%S", &fields);
    const int size = std::abs(minutes);
    const std::string text =
        fmt::format("{}{}{:02}:{:02}", plain, minutes < 0 ? '-' : '+', size / 60, size % 60);
    CAPTURE(text);
    REQUIRE(form(text, TimeFormat::rfc3339) == text);
    REQUIRE(form(text, TimeFormat::epoch) == std::to_string(utc));
    REQUIRE(form(text, TimeFormat::epoch_ms) == std::to_string(utc) + "000");
    for (const Zone zone : {Zone::meter, Zone::local, Zone::utc}) {
      REQUIRE(parse_timestamp(form(text, TimeFormat::rfc3339, zone)) == utc * 1'000'000);
      REQUIRE(parse_timestamp(form(text, TimeFormat::iso, zone)) == utc * 1'000'000);
    }
    const std::time_t at = utc;
    localtime_r(&at, &fields);
    char local[64];
    std::strftime(local, sizeof local, "%a %b %d %Y %H:%M:%S GMT%z (", &fields);
    const std::string expected =
        std::string(local) +
        (fields.tm_isdst > 0 ? "Central European Summer Time)" : "Central European Standard Time)");
    REQUIRE(form(text, TimeFormat::js, Zone::local) == expected);
    if (fields.tm_gmtoff == minutes * 60) REQUIRE(form(text, TimeFormat::js) == expected);
  }
}

}  // namespace meterpipe::shape
