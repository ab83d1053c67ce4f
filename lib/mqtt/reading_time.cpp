#include "mqtt/reading_time.hpp"

#include <ctime>
#include <string>

namespace meterpipe::mqtt {
namespace {

constexpr record::Micros kSecond = 1'000'000;

// "2026-11-22T18:00:00" as what a clock on the wall shows here.
std::optional<record::Micros> local_time(std::string_view text) {
  const auto as_utc = record::parse_timestamp(std::string(text) + "Z");
  if (!as_utc) return std::nullopt;
  const std::time_t seconds = static_cast<std::time_t>(*as_utc / kSecond);
  std::tm wall{};
  gmtime_r(&seconds, &wall);
  wall.tm_isdst = -1;
  const std::time_t here = std::mktime(&wall);
  if (here == -1) return std::nullopt;
  return record::Micros{here} * kSecond + *as_utc % kSecond;
}

}  // namespace

std::optional<record::Micros> time_of(const record::ReadingRecord& reading) {
  if (auto time = record::parse_timestamp(reading.head.ts)) return time;
  if (auto time = record::parse_timestamp(reading.time)) return time;
  return local_time(reading.time);
}

}  // namespace meterpipe::mqtt
