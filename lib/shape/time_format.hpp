// Times of a meter, written as its readers want them:
//
//   as_is       2022-11-12T16:54:00+01:00   what the record says
//   iso         2022-11-12T15:54:00.000Z    always UTC
//   iso_local   2022-11-12 16:54:00
//   rfc3339     2022-11-12T16:54:00+01:00
//   epoch       1668268440
//   epoch_ms    1668268440000
//   js          Sat Nov 12 2022 16:54:00 GMT+0100 (Central European Standard Time)
//
// A time without an offset is local time of this process, as base/zone.hpp says. A zone that was
// given by name is the process's by then.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/timestamp.hpp"

namespace meterpipe::shape {

enum class TimeFormat : std::uint8_t { as_is, iso, iso_local, rfc3339, epoch, epoch_ms, js };

// In which zone iso_local, rfc3339 and js show a time: `meter` with the offset that it gave, else
// TZ; `local` in TZ.
enum class Zone : std::uint8_t { meter, local, utc };

// YYYY-MM-DDTHH:MM:SS [ "Z" | ("+" | "-") HH:MM ]. Nothing for an incomplete time or another text.
std::optional<WallTime> parse_meter_time(std::string_view text);

std::string format_time(const WallTime& time, TimeFormat format, Zone zone);

// epoch and epoch_ms are numbers, also in JSON.
inline bool is_number(TimeFormat format) {
  return format == TimeFormat::epoch || format == TimeFormat::epoch_ms;
}

}  // namespace meterpipe::shape
