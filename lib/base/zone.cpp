#include "base/zone.hpp"

#include <algorithm>
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

namespace {

// What winter time is in the year around a time. It lasts for longer than a step.
std::int64_t winter_offset(std::int64_t utc) {
  constexpr std::int64_t kStep = std::int64_t{61} * 24 * 3600;
  std::int64_t offset = zone_offset(utc);
  for (std::int64_t k = 1; k <= 3; ++k) {
    offset = std::min({offset, zone_offset(utc - k * kStep), zone_offset(utc + k * kStep)});
  }
  return offset;
}

}  // namespace

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
  std::int64_t utc = times_shown_as(shown).first;
  const bool is_winter = time.summer && !*time.summer;
  if (is_winter) utc = shown - winter_offset(utc);
  return utc * kSecond + (time.shown - shown * kSecond);
}

bool stands_for_two_times(const WallTime& time) {
  return !time.offset_minutes && !time.summer &&
         times_shown_as(floor_to_seconds(time.shown)).second.has_value();
}

void choose_zone(const std::string& name) {
  ::setenv("TZ", name.c_str(), 1);
  ::tzset();
}

void read_zone() { ::tzset(); }

}  // namespace meterpipe
