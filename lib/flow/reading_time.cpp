#include "flow/reading_time.hpp"

#include "base/timestamp.hpp"
#include "base/zone.hpp"

namespace meterpipe::flow {

std::optional<Micros> time_of(const record::ReadingRecord& reading) {
  const auto ts = parse_timestamp(reading.head.ts);
  return ts ? ts : meter_time_of(reading);
}

std::optional<Micros> meter_time_of(const record::ReadingRecord& reading) {
  const auto time = parse_wall_time(reading.time);
  return time ? std::optional(utc_of(*time)) : std::nullopt;
}

std::optional<Micros> sure_time_of(const record::ReadingRecord& reading) {
  const auto ts = parse_timestamp(reading.head.ts);
  return ts ? ts : parse_timestamp(reading.time);
}

bool stands_for_two_times(const record::ReadingRecord& reading) {
  const auto time = parse_wall_time(reading.time);
  return time && meterpipe::stands_for_two_times(*time);
}

}  // namespace meterpipe::flow
