#include "base/timestamp.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/civil.hpp"

namespace meterpipe {
namespace {

constexpr Micros kFirstTime = -62'167'219'200'000'000;  // 0000-01-01T00:00:00Z
constexpr Micros kLastTime = 253'402'300'799'999'999;   // 9999-12-31T23:59:59.999999Z

// n digits at text[at], or -1.
int digits(std::string_view text, std::size_t at, std::size_t n) {
  int value = 0;
  for (std::size_t i = at; i < at + n; ++i) {
    if (i >= text.size() || text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

}  // namespace

// time = date ("T" | "t" | " ") hh ":" mm ":" ss [ "." digits ] [ "Z" | "z" | sign hh ":" mm ]
//   2026-11-22T17:00:00.123456Z   2026-11-22 18:00:00+01:00   2026-11-22t17:00:00
std::optional<WallTime> parse_wall_time(std::string_view text) {
  CivilTime civil;
  civil.year = digits(text, 0, 4);
  civil.month = digits(text, 5, 2);
  civil.day = digits(text, 8, 2);
  civil.hour = digits(text, 11, 2);
  civil.minute = digits(text, 14, 2);
  civil.second = digits(text, 17, 2);
  if (text.size() < kCivilChars || text[4] != '-' || text[7] != '-' || text[13] != ':' ||
      text[16] != ':') {
    return std::nullopt;
  }
  if (text[10] != 'T' && text[10] != 't' && text[10] != ' ') return std::nullopt;
  if (civil.year < 0 || !is_date(civil.year, civil.month, civil.day)) return std::nullopt;
  if (civil.hour < 0 || civil.hour > 23 || civil.minute < 0 || civil.minute > 59 ||
      civil.second < 0 || civil.second > 60) {
    return std::nullopt;
  }
  WallTime time;
  time.shown = seconds_of(civil) * kSecond;
  std::size_t at = kCivilChars;
  if (at < text.size() && text[at] == '.') {
    ++at;
    std::int64_t unit = 100000;
    const std::size_t start = at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10) {
      time.shown += (text[at] - '0') * unit;
    }
    if (at == start || at - start > 9) return std::nullopt;
  }
  if (at < text.size()) {
    const char sign = text[at];
    if (sign == 'Z' || sign == 'z') {
      if (at + 1 != text.size()) return std::nullopt;
      time.offset_minutes = 0;
    } else if (sign == '+' || sign == '-') {
      const int h = digits(text, at + 1, 2), m = digits(text, at + 4, 2);
      if (at + kOffsetChars != text.size() || text[at + 3] != ':' || h < 0 || h > 23 || m < 0 ||
          m > 59) {
        return std::nullopt;
      }
      time.offset_minutes = (h * 60 + m) * (sign == '-' ? -1 : 1);
    } else {
      return std::nullopt;
    }
  }
  // The offset may lead out of the years that can be written.
  const Micros utc = time.shown - time.offset_minutes.value_or(0) * kMinute;
  if (utc < kFirstTime || utc > kLastTime) return std::nullopt;
  return time;
}

std::optional<Micros> parse_timestamp(std::string_view text) {
  const auto time = parse_wall_time(text);
  if (!time || !time->offset_minutes) return std::nullopt;
  return time->shown - *time->offset_minutes * kMinute;
}

char* write_timestamp(char* to, Micros time) {
  const Micros seconds = (time >= 0 ? time : time - (kSecond - 1)) / kSecond;
  to = write_civil(to, civil_time(seconds));
  *to++ = '.';
  to = write_digits(to, time - seconds * kSecond, 6);
  *to++ = 'Z';
  return to;
}

std::string format_timestamp(Micros time) {
  char text[kTimestampChars];
  return {text, write_timestamp(text, time)};
}

// What follows the minute changes most; the rest is judged once a minute.
bool is_record_time(std::string_view text) {
  constexpr std::size_t kToMinute = 17;  // 2026-11-22T17:00:
  thread_local std::array<char, kToMinute> checked{};
  if (text.size() != kTimestampChars || text[10] != 'T' || text.back() != 'Z') return false;
  const bool same_minute = std::equal(checked.begin(), checked.end(), text.begin());
  const std::string_view seconds = text.substr(kToMinute, 9);  // ss.ffffff
  if (seconds[0] > '5' || seconds[2] != '.') return false;
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    if (i != 2 && !is_digit(seconds[i])) return false;
  }
  if (same_minute) return true;
  if (!parse_timestamp(text)) return false;
  std::copy_n(text.begin(), kToMinute, checked.begin());
  return true;
}

}  // namespace meterpipe
