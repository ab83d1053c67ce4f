#include "sim/calendar.hpp"

#include <chrono>

#include <fmt/format.h>

namespace meterpipe::sim {
namespace {

using namespace std::chrono;

// 01:00 UTC on the last Sunday of a month.
Seconds change_of(year of_year, month of_month) {
  const sys_days day{of_year / of_month / Sunday[last]};
  return seconds(day.time_since_epoch()).count() + 3600;
}

}  // namespace

bool is_summer_time(Seconds utc) {
  const year_month_day date{floor<days>(sys_seconds(seconds(utc)))};
  return utc >= change_of(date.year(), March) && utc < change_of(date.year(), October);
}

LocalTime vienna(Seconds utc) {
  LocalTime time;
  time.dst = is_summer_time(utc);
  time.deviation = time.dst ? -120 : -60;
  const sys_seconds local{seconds(utc - time.deviation * 60)};
  const auto midnight = floor<days>(local);
  const year_month_day date{midnight};
  const auto in_day = static_cast<unsigned>((local - midnight).count());
  time.year = int(date.year());
  time.month = unsigned(date.month());
  time.day = unsigned(date.day());
  time.weekday = weekday(midnight).iso_encoding();
  time.hour = in_day / 3600;
  time.minute = in_day / 60 % 60;
  time.second = in_day % 60;
  return time;
}

DateTime date_time(const LocalTime& time, std::uint8_t status) {
  const auto bytes = [](auto... values) { return DateTime{static_cast<std::uint8_t>(values)...}; };
  return bytes(time.year >> 8, time.year, time.month, time.day, time.weekday, time.hour,
               time.minute, time.second, 0, time.deviation >> 8, time.deviation,
               status | (time.dst ? 0x80 : 0));
}

std::string to_iso(const LocalTime& time) {
  const int offset = -time.deviation;
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}{:02}:{:02}", time.year, time.month,
                     time.day, time.hour, time.minute, time.second, offset < 0 ? '-' : '+',
                     (offset < 0 ? -offset : offset) / 60, (offset < 0 ? -offset : offset) % 60);
}

}  // namespace meterpipe::sim
