#include "shape/time_format.hpp"

#include <array>

#include <fmt/format.h>

#include "base/civil.hpp"
#include "base/zone.hpp"

namespace meterpipe::shape {
namespace {

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
  const auto change = [](int year, unsigned month) {
    const std::int64_t last = days_from_civil(year, month, 31);
    return (last - weekday_of(last)) * kSecondsOfDay + 3600;
  };
  const int year = civil_time(utc).year;
  return utc >= change(year, 3) && utc < change(year, 10);
}

// What a zone with the meter's offset is called: the process's own where it fits, else the one in
// Central or Eastern Europe that has this offset at this time.
std::string zone_name(std::int64_t utc, int minutes) {
  if (zone_offset(utc) == minutes * 60L) return long_name(zone_abbreviation(utc), minutes);
  const bool summer = european_summer(utc);
  if (minutes == (summer ? 120 : 60)) return long_name(summer ? "CEST" : "CET", minutes);
  if (minutes == (summer ? 180 : 120)) return long_name(summer ? "EEST" : "EET", minutes);
  return by_offset(minutes);
}

constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::string plain(const CivilTime& time, char between) {
  char text[kCivilChars];
  return {text, write_civil(text, time, between)};
}

}  // namespace

std::optional<WallTime> parse_meter_time(std::string_view text) {
  if (text.size() < kCivilChars || text[10] != 'T') return std::nullopt;
  if (text.size() > kCivilChars && text[kCivilChars] == '.') return std::nullopt;
  return parse_wall_time(text);
}

std::string format_time(const WallTime& time, TimeFormat format, Zone zone) {
  const std::int64_t utc = utc_of(time) / kSecond;
  if (format == TimeFormat::iso) return plain(civil_time(utc), 'T') + ".000Z";
  if (format == TimeFormat::epoch) return fmt::format("{}", utc);
  if (format == TimeFormat::epoch_ms) return fmt::format("{}", utc * 1000);
  int minutes = 0;
  std::int64_t shown = utc;
  std::string abbreviation;
  const bool own = zone == Zone::meter && time.offset_minutes;
  if (own) {
    minutes = *time.offset_minutes;
    shown = time.shown / kSecond;
  } else if (zone == Zone::utc) {
    abbreviation = "UTC";
  } else {
    const std::int64_t offset = zone_offset(utc);
    minutes = static_cast<int>(offset / 60);
    shown = utc + offset;
    abbreviation = zone_abbreviation(utc);
  }
  const CivilTime civil = civil_time(shown);
  if (format == TimeFormat::iso_local) return plain(civil, ' ');
  if (format == TimeFormat::js) {
    const int size = minutes < 0 ? -minutes : minutes;
    return fmt::format("{} {} {:02} {:04} {:02}:{:02}:{:02} GMT{}{:02}{:02} ({})",
                       kDays[static_cast<std::size_t>(weekday_of(day_of(shown)))],
                       kMonths[static_cast<std::size_t>(civil.month - 1)], civil.day, civil.year,
                       civil.hour, civil.minute, civil.second, minutes < 0 ? '-' : '+', size / 60,
                       size % 60, own ? zone_name(utc, minutes) : long_name(abbreviation, minutes));
  }
  if (zone == Zone::utc) return plain(civil, 'T') + 'Z';
  char offset[kOffsetChars];
  return plain(civil, 'T').append(offset, write_offset(offset, minutes));
}

}  // namespace meterpipe::shape
