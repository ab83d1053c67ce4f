// RFC 3339 times in UTC with microseconds, the one form that records carry:
// 2026-11-22T17:00:00.123456Z. Pure: no clock is read here (io/clock.hpp reads one).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace meterpipe {

// Any RFC 3339 time, also with an offset, a blank or lower-case letters, 0 to 9 fraction digits.
std::optional<Micros> parse_timestamp(std::string_view text);

inline constexpr std::size_t kTimestampChars = 27;
char* write_timestamp(char* to, Micros time);
std::string format_timestamp(Micros time);

// Days since 1970-01-01 of a date of the proleptic Gregorian calendar.
std::int64_t days_from_civil(std::int64_t year, unsigned month, unsigned day);

}  // namespace meterpipe
