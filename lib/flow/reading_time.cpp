#include "flow/reading_time.hpp"

#include <ctime>
#include <string>

namespace meterpipe::flow {
namespace {

constexpr std::time_t kHourInSeconds = 3600;

bool shows(std::time_t time, const std::tm& wall) {
  std::tm shown{};
  return localtime_r(&time, &shown) != nullptr && shown.tm_year == wall.tm_year &&
         shown.tm_yday == wall.tm_yday && shown.tm_hour == wall.tm_hour &&
         shown.tm_min == wall.tm_min && shown.tm_sec == wall.tm_sec;
}

// "2026-11-22T18:00:00" as what a clock on the wall shows here.
std::optional<Micros> local_time(std::string_view text) {
  const auto as_utc = parse_timestamp(std::string(text) + "Z");
  if (!as_utc) return std::nullopt;
  const std::time_t seconds = static_cast<std::time_t>(*as_utc / kSecond);
  std::tm wall{};
  gmtime_r(&seconds, &wall);
  wall.tm_isdst = -1;
  std::tm filled = wall;
  std::time_t here = std::mktime(&filled);
  if (here == -1) return std::nullopt;
  if (shows(here - kHourInSeconds, wall))
    here -= kHourInSeconds;  // mktime takes either, as the last call had it
  return Micros{here} * kSecond + *as_utc % kSecond;
}

}  // namespace

std::optional<Micros> time_of(const record::ReadingRecord& reading) {
  if (auto time = parse_timestamp(reading.head.ts)) return time;
  if (auto time = parse_timestamp(reading.time)) return time;
  return local_time(reading.time);
}

bool stands_for_two_times(const record::ReadingRecord& reading) {
  if (reading.time.empty() || parse_timestamp(reading.time)) return false;
  const auto first = local_time(reading.time);
  if (!first) return false;
  const std::time_t seconds = static_cast<std::time_t>(*first / kSecond);
  std::tm wall{};
  return localtime_r(&seconds, &wall) != nullptr && shows(seconds + kHourInSeconds, wall);
}

}  // namespace meterpipe::flow
