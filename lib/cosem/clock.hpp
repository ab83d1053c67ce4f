// COSEM date-time (IEC 62056-6-2, 4.1.6.1), 12 bytes:
//
//   year(2) month day weekday hour minute second hundredths deviation(2) status
//
// FF, FFFF, 8000 = not specified. UTC = local + deviation: FFC4 = -60 is CET, FF88 = -120 CEST;
// 8000 claims no zone. Month FD/FE: end/begin of daylight saving; day FE/FD: last/second last of
// the month. Status: 01 invalid, 02 doubtful, 04 different clock base, 08 invalid clock status, 80
// daylight saving; FF = not specified.
//
// What real meters do instead: FFC4 together with status 80, and deviation 0 with 80. The deviation
// is followed, and the time marked (dst_contradicts).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace meterpipe::cosem {

inline constexpr std::size_t kClockLength = 12, kTimeLength = 4, kDateLength = 5;
inline constexpr std::size_t kIsoChars = 25;

struct Clock {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0;
  std::optional<int> second;
  std::optional<int> deviation;        // minutes, UTC = local + deviation
  std::optional<std::uint8_t> status;  // not specified: FF

  bool dst() const { return status && (*status & 0x80) != 0; }
  // Deviation and the daylight-saving bit cannot both be right.
  bool dst_contradicts() const;
  // 2026-11-22T18:00:00+01:00; the offset only where a deviation was given.
  std::string iso() const;
  // The same at `to`, which has room for kIsoChars; gives the end.
  char* write_iso(char* to) const;
  // Seconds since 1970 in UTC, where a deviation was given.
  std::optional<std::int64_t> utc_seconds() const;
};

struct StatusBit {
  std::uint8_t mask;
  std::string_view name;
};
inline constexpr std::array kStatusBits{
    StatusBit{0x01, "invalid"},
    StatusBit{0x02, "doubtful"},
    StatusBit{0x04, "different-base"},
    StatusBit{0x08, "invalid-status"},
    StatusBit{0x80, "dst"},
};

// Whether 12 bytes can be a date-time at all: a text or a number of that length cannot.
bool is_clock(Bytes bytes);

// nullopt: no date-time, or one whose date, hour or minute is not specified.
std::optional<Clock> parse_clock(Bytes bytes);

}  // namespace meterpipe::cosem
