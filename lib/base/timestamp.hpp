// Times as texts, RFC 3339 and the part of ISO 8601 that meters' times are: what records carry is
// UTC with microseconds, 2026-11-22T17:00:00.123456Z; what a meter shows may have an offset, or
// none. Pure: no clock is read here (os/clock.hpp reads one), and no zone (base/zone.hpp knows it).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace meterpipe {

// What a clock shows.
struct WallTime {
  Micros shown = 0;                   // since 1970-01-01 00:00:00 on that clock
  std::optional<int> offset_minutes;  // local minus UTC, where it is said
  std::optional<bool> summer;         // a P1 telegram says S or W in its place
};

// Any RFC 3339 time, also with a blank or lower-case letters, 0 to 9 fraction digits; with or
// without an offset. It lies in the years 0 to 9999, also as UTC where the offset is said.
std::optional<WallTime> parse_wall_time(std::string_view text);

// The same with an offset only.
std::optional<Micros> parse_timestamp(std::string_view text);

inline constexpr std::size_t kTimestampChars = 27;
// Whether a text is one that write_timestamp() may have written.
bool is_record_time(std::string_view text);
char* write_timestamp(char* to, Micros time);
std::string format_timestamp(Micros time);

}  // namespace meterpipe
