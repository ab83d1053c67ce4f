#include "base/zone.hpp"

#include <cstdlib>
#include <ctime>

#include "base/civil.hpp"

namespace meterpipe {
namespace {

constexpr std::int64_t kFarthestOffset = 16 * 3600;

std::tm local_time(std::int64_t utc) {
  const auto time = static_cast<std::time_t>(utc);
  std::tm local{};
  if (localtime_r(&time, &local) == nullptr) local = {};
  return local;
}

std::int64_t floor_to_seconds(Micros time) {
  return (time >= 0 ? time : time - (kSecond - 1)) / kSecond;
}

}  // namespace

std::int64_t zone_offset(std::int64_t utc) { return local_time(utc).tm_gmtoff; }

std::string zone_abbreviation(std::int64_t utc) {
  const char* name = local_time(utc).tm_zone;
  return name == nullptr ? "" : name;
}

MeantTimes times_shown_as(std::int64_t shown, std::int64_t (*offset)(std::int64_t)) {
  const std::int64_t before = offset(shown - kFarthestOffset);
  const std::int64_t after = offset(shown + kFarthestOffset);
  const std::int64_t early = shown - before, late = shown - after;
  if (before == after) return {early, {}};
  const bool is_early = offset(early) == before, is_late = offset(late) == after;
  if (is_early && is_late) return {early, late};
  return {is_late ? late : early, {}};
}

Micros utc_of(const WallTime& time) {
  if (time.offset_minutes) return time.shown - *time.offset_minutes * kMinute;
  const std::int64_t shown = floor_to_seconds(time.shown);
  const MeantTimes meant = times_shown_as(shown);
  // Summer time is the first of the two: its clock is ahead.
  const bool second = meant.second && time.summer && !*time.summer;
  return (second ? *meant.second : meant.first) * kSecond + (time.shown - shown * kSecond);
}

bool stands_for_two_times(const WallTime& time) {
  return !time.offset_minutes && times_shown_as(floor_to_seconds(time.shown)).second.has_value();
}

void choose_zone(const std::string& name) {
  ::setenv("TZ", name.c_str(), 1);
  ::tzset();
}

void read_zone() { ::tzset(); }

}  // namespace meterpipe
