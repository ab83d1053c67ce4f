#include "flow/reading_time.hpp"

#include "base/telegram.hpp"
#include "base/timestamp.hpp"
#include "base/zone.hpp"

namespace meterpipe::flow {
namespace {

// With S or W, where the clock of a P1 telegram said it.
std::optional<WallTime> wall_time_of(const record::ReadingRecord& reading) {
  auto time = parse_wall_time(reading.time);
  if (!time || time->offset_minutes) return time;
  for (const record::ReadingValue& value : reading.values) {
    if (value.at != reading.time || !value.at_raw.empty()) continue;
    std::string_view sent = value.value;
    if (sent.ends_with('"')) sent.remove_suffix(1);
    time->summer = season_of(sent);
    break;
  }
  return time;
}

}  // namespace

std::optional<Micros> time_of(const record::ReadingRecord& reading) {
  const auto ts = parse_timestamp(reading.head.ts);
  return ts ? ts : meter_time_of(reading);
}

std::optional<Micros> meter_time_of(const record::ReadingRecord& reading) {
  const auto time = wall_time_of(reading);
  return time ? std::optional(utc_of(*time)) : std::nullopt;
}

std::optional<Micros> sure_time_of(const record::ReadingRecord& reading) {
  const auto ts = parse_timestamp(reading.head.ts);
  return ts ? ts : parse_timestamp(reading.time);
}

bool stands_for_two_times(const record::ReadingRecord& reading) {
  const auto time = wall_time_of(reading);
  return time && meterpipe::stands_for_two_times(*time);
}

}  // namespace meterpipe::flow
