#include "shape/time_format.hpp"

#include <array>
#include <ctime>

#include <fmt/format.h>

#include "base/timestamp.hpp"

namespace meterpipe::shape {
namespace {

constexpr std::size_t kPlainChars = 19;  // 2022-11-12T16:54:00
constexpr std::int64_t kMicrosPerSecond = 1'000'000;

std::int64_t seconds_of(const std::tm& wall) {
  return days_from_civil(wall.tm_year + 1900, static_cast<unsigned>(wall.tm_mon + 1),
                         static_cast<unsigned>(wall.tm_mday)) *
             86400 +
         wall.tm_hour * 3600 + wall.tm_min * 60 + wall.tm_sec;
}

std::tm fields_of(std::int64_t seconds) {
  const std::time_t time = static_cast<std::time_t>(seconds);
  std::tm fields{};
  gmtime_r(&time, &fields);
  return fields;
}

std::int64_t utc_of(const WallTime& time) {
  if (time.offset_minutes) return time.seconds - *time.offset_minutes * 60;
  std::tm wall = fields_of(time.seconds);
  wall.tm_isdst = -1;
  std::tm guess = wall;
  const std::time_t here = std::mktime(&guess);
  if (!time.summer || (guess.tm_isdst > 0) == *time.summer) return here;
  // The hour that stands twice on a clock in autumn: the meter has said which.
  std::tm other = wall;
  other.tm_isdst = *time.summer ? 1 : 0;
  const std::time_t said = std::mktime(&other);
  return seconds_of(other) == time.seconds ? said : here;
}

struct LongName {
  std::string_view abbreviation, name;
};
constexpr std::array kLongNames{
    LongName{"BST", "British Summer Time"},
    LongName{"CEST", "Central European Summer Time"},
    LongName{"CET", "Central European Standard Time"},
    LongName{"EEST", "Eastern European Summer Time"},
    LongName{"EET", "Eastern European Standard Time"},
    LongName{"GMT", "Greenwich Mean Time"},
    LongName{"IST", "Irish Standard Time"},
    LongName{"MSK", "Moscow Standard Time"},
    LongName{"UTC", "Coordinated Universal Time"},
    LongName{"WEST", "Western European Summer Time"},
    LongName{"WET", "Western European Standard Time"},
};

// A zone of which the offset is known only.
std::string by_offset(int minutes) {
  if (minutes == 0) return "Coordinated Universal Time";
  const int size = minutes < 0 ? -minutes : minutes;
  return fmt::format("GMT{}{:02}:{:02}", minutes < 0 ? '-' : '+', size / 60, size % 60);
}

std::string long_name(std::string_view abbreviation, int minutes) {
  for (const LongName& row : kLongNames) {
    if (row.abbreviation == abbreviation) return std::string(row.name);
  }
  const bool is_name = !abbreviation.empty() && abbreviation[0] >= 'A';  // not "+03"
  return is_name ? std::string(abbreviation) : by_offset(minutes);
}

// Whether Europe has daylight saving time then: from the last Sunday of March to that of October,
// 01:00 UTC (Directive 2000/84/EC).
bool european_summer(std::int64_t utc) {
  const auto change = [](std::int64_t year, unsigned month) {
    const std::int64_t last = days_from_civil(year, month, 31);
    const std::int64_t weekday = ((last + 4) % 7 + 7) % 7;  // day 0 was a Thursday; 0: Sunday
    return (last - weekday) * 86400 + 3600;
  };
  const std::int64_t year = fields_of(utc).tm_year + 1900;
  return utc >= change(year, 3) && utc < change(year, 10);
}

// What a zone with the meter's offset is called: the process's own where it fits, else the one in
// Central or Eastern Europe that has this offset at this time.
std::string zone_name(std::int64_t utc, int minutes) {
  const std::time_t time = static_cast<std::time_t>(utc);
  std::tm here{};
  localtime_r(&time, &here);
  if (here.tm_gmtoff == minutes * 60L) return long_name(here.tm_zone, minutes);
  const bool summer = european_summer(utc);
  if (minutes == (summer ? 120 : 60)) return long_name(summer ? "CEST" : "CET", minutes);
  if (minutes == (summer ? 180 : 120)) return long_name(summer ? "EEST" : "EET", minutes);
  return by_offset(minutes);
}

constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::string plain(const std::tm& t, char between) {
  return fmt::format("{:04}-{:02}-{:02}{}{:02}:{:02}:{:02}", t.tm_year + 1900, t.tm_mon + 1,
                     t.tm_mday, between, t.tm_hour, t.tm_min, t.tm_sec);
}

}  // namespace

std::optional<WallTime> parse_wall_time(std::string_view text) {
  if (text.size() < kPlainChars || text[10] != 'T') return std::nullopt;
  const auto as_utc = parse_timestamp(std::string(text.substr(0, kPlainChars)) + "Z");
  if (!as_utc) return std::nullopt;
  WallTime time;
  time.seconds = *as_utc / kMicrosPerSecond - (*as_utc % kMicrosPerSecond < 0 ? 1 : 0);
  std::string_view rest = text.substr(kPlainChars);
  if (rest.empty()) return time;
  const auto with_offset = parse_timestamp(text);
  if (!with_offset || rest[0] == '.') return std::nullopt;
  time.offset_minutes = static_cast<int>((*as_utc - *with_offset) / (60 * kMicrosPerSecond));
  return time;
}

std::string format_time(const WallTime& time, TimeFormat format, Zone zone) {
  const std::int64_t utc = utc_of(time);
  if (format == TimeFormat::iso) return plain(fields_of(utc), 'T') + ".000Z";
  if (format == TimeFormat::epoch) return fmt::format("{}", utc);
  if (format == TimeFormat::epoch_ms) return fmt::format("{}", utc * 1000);
  std::tm shown{};
  int minutes = 0;
  std::string abbreviation;
  const bool own = zone == Zone::meter && time.offset_minutes;
  if (own) {
    minutes = *time.offset_minutes;
    shown = fields_of(time.seconds);
  } else if (zone == Zone::utc) {
    shown = fields_of(utc);
    abbreviation = "UTC";
  } else {
    const std::time_t at = static_cast<std::time_t>(utc);
    localtime_r(&at, &shown);
    minutes = static_cast<int>(shown.tm_gmtoff / 60);
    abbreviation = shown.tm_zone;
  }
  if (format == TimeFormat::iso_local) return plain(shown, ' ');
  const int size = minutes < 0 ? -minutes : minutes;
  const char sign = minutes < 0 ? '-' : '+';
  if (format == TimeFormat::js) {
    return fmt::format("{} {} {:02} {:04} {:02}:{:02}:{:02} GMT{}{:02}{:02} ({})",
                       kDays[static_cast<std::size_t>(shown.tm_wday)],
                       kMonths[static_cast<std::size_t>(shown.tm_mon)], shown.tm_mday,
                       shown.tm_year + 1900, shown.tm_hour, shown.tm_min, shown.tm_sec, sign,
                       size / 60, size % 60,
                       own ? zone_name(utc, minutes) : long_name(abbreviation, minutes));
  }
  if (zone == Zone::utc) return plain(shown, 'T') + 'Z';
  return fmt::format("{}{}{:02}:{:02}", plain(shown, 'T'), sign, size / 60, size % 60);
}

}  // namespace meterpipe::shape
