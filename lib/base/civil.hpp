// Dates and times of day as a calendar on the wall has them: proleptic Gregorian, without a zone.
// All that counts days, and all that writes 2026-11-22T18:00:00, does it here.
#pragma once

#include <cstddef>
#include <cstdint>

namespace meterpipe {

struct CivilTime {
  int year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0;
};

inline constexpr std::int64_t kSecondsOfDay = 86'400;

// Of a month 1 to 12.
constexpr int last_day_of(int year, int month) {
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  if (month == 2) return leap ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

constexpr bool is_date(int year, int month, int day) {
  return month >= 1 && month <= 12 && day >= 1 && day <= last_day_of(year, month);
}

// Days since 1970-01-01 of a date. Years are counted from March, so that the leap day is a year's
// last; 400 of them are an era of 146,097 days.
constexpr std::int64_t days_from_civil(std::int64_t year, unsigned month, unsigned day) {
  const std::int64_t y = month <= 2 ? year - 1 : year;
  const std::int64_t era = (y >= 0 ? y : y - 399) / 400;
  const std::int64_t year_of_era = y - era * 400;
  const std::int64_t day_of_year =
      (153 * static_cast<std::int64_t>(month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
         719'468;
}

// Seconds since 1970-01-01 00:00:00 on the same clock. A second 60 is the next minute's first.
constexpr std::int64_t seconds_of(const CivilTime& time) {
  return days_from_civil(time.year, static_cast<unsigned>(time.month),
                         static_cast<unsigned>(time.day)) *
             kSecondsOfDay +
         time.hour * 3600 + time.minute * 60 + time.second;
}

constexpr std::int64_t day_of(std::int64_t seconds) {
  return (seconds >= 0 ? seconds : seconds - (kSecondsOfDay - 1)) / kSecondsOfDay;
}

constexpr CivilTime civil_time(std::int64_t seconds) {
  const std::int64_t days = day_of(seconds);
  const auto in_day = static_cast<int>(seconds - days * kSecondsOfDay);
  const std::int64_t from_march = days + 719'468;
  const std::int64_t era = (from_march >= 0 ? from_march : from_march - 146'096) / 146'097;
  const std::int64_t day_of_era = from_march - era * 146'097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const auto month = static_cast<int>((5 * day_of_year + 2) / 153);  // 0: March
  CivilTime time;
  time.day = static_cast<int>(day_of_year) - (153 * month + 2) / 5 + 1;
  time.month = month < 10 ? month + 3 : month - 9;
  time.year = static_cast<int>(year_of_era + era * 400) + (time.month <= 2 ? 1 : 0);
  time.hour = in_day / 3600;
  time.minute = in_day / 60 % 60;
  time.second = in_day % 60;
  return time;
}

// 0: Sunday. Day 0 was a Thursday.
constexpr int weekday_of(std::int64_t day) { return static_cast<int>(((day + 4) % 7 + 7) % 7); }

// These write at `to` and give the end. Years have four digits: 0 to 9999.
inline constexpr std::size_t kCivilChars = 19;  // 2026-11-22T18:00:00
char* write_civil(char* to, const CivilTime& time, char between = 'T');
inline constexpr std::size_t kOffsetChars = 6;  // +01:00, of local minus UTC
char* write_offset(char* to, int minutes);
// The last `width` decimal digits, with zeros in front.
char* write_digits(char* to, std::int64_t value, int width);

}  // namespace meterpipe
