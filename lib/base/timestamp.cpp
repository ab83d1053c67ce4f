#include "base/timestamp.hpp"

#include <chrono>

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

void put(char*& to, std::int64_t value, int width) {
  for (int i = width - 1; i >= 0; --i) {
    to[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  to += width;
}

}  // namespace

std::int64_t days_from_civil(std::int64_t year, unsigned month, unsigned day) {
  using namespace std::chrono;
  return sys_days(std::chrono::year(static_cast<int>(year)) / std::chrono::month(month) /
                  std::chrono::day(day))
      .time_since_epoch()
      .count();
}

// time = date ("T" | "t" | " ") hh ":" mm ":" ss [ "." digits ] ("Z" | "z" | sign hh ":" mm)
//   2026-11-22T17:00:00.123456Z   2026-11-22 18:00:00+01:00   2026-11-22t17:00:00z
std::optional<Micros> parse_timestamp(std::string_view text) {
  const int year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
  const int hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[13] != ':' || text[16] != ':') {
    return std::nullopt;
  }
  if (text[10] != 'T' && text[10] != 't' && text[10] != ' ') return std::nullopt;
  if (year < 0 || month < 1 || month > 12 || day < 1 || hour < 0 || hour > 23) return std::nullopt;
  if (minute < 0 || minute > 59 || second < 0 || second > 60) return std::nullopt;
  const auto date = std::chrono::year(year) / std::chrono::month(static_cast<unsigned>(month)) /
                    std::chrono::day(static_cast<unsigned>(day));
  if (!date.ok()) return std::nullopt;

  std::size_t at = 19;
  std::int64_t micros = 0;
  if (text[at] == '.') {
    ++at;
    std::int64_t unit = 100000;
    const std::size_t start = at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10) {
      micros += (text[at] - '0') * unit;
    }
    if (at == start || at - start > 9) return std::nullopt;
  }
  if (at >= text.size()) return std::nullopt;
  std::int64_t offset = 0;
  if (text[at] == 'Z' || text[at] == 'z') {
    if (at + 1 != text.size()) return std::nullopt;
  } else if (text[at] == '+' || text[at] == '-') {
    const int h = digits(text, at + 1, 2), m = digits(text, at + 4, 2);
    if (at + 6 != text.size() || text[at + 3] != ':' || h < 0 || h > 23 || m < 0 || m > 59) {
      return std::nullopt;
    }
    offset = (h * 60 + m) * 60 * (text[at] == '-' ? -1 : 1);
  } else {
    return std::nullopt;
  }
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const Micros time =
      ((days * 24 + hour) * 60 + minute) * 60'000'000 + (second - offset) * 1'000'000 + micros;
  // The offset may lead out of the years that can be written.
  if (time < kFirstTime || time > kLastTime) return std::nullopt;
  return time;
}

char* write_timestamp(char* to, Micros time) {
  using namespace std::chrono;
  const sys_time<microseconds> point{microseconds(time)};
  const auto day_point = floor<days>(point);
  const year_month_day date{day_point};
  const std::int64_t in_day = (point - day_point).count();
  put(to, int(date.year()), 4);
  *to++ = '-';
  put(to, unsigned(date.month()), 2);
  *to++ = '-';
  put(to, unsigned(date.day()), 2);
  *to++ = 'T';
  put(to, in_day / 3'600'000'000, 2);
  *to++ = ':';
  put(to, in_day / 60'000'000 % 60, 2);
  *to++ = ':';
  put(to, in_day / 1'000'000 % 60, 2);
  *to++ = '.';
  put(to, in_day % 1'000'000, 6);
  *to++ = 'Z';
  return to;
}

std::string format_timestamp(Micros time) {
  char text[kTimestampChars];
  return {text, write_timestamp(text, time)};
}

}  // namespace meterpipe
