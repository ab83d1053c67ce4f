// The meter's clock: local time in Austria by rule, so that no zone files of the host are needed,
// and the twelve bytes of a COSEM date-time (IEC 62056-6-2, 4.1.6.1):
//
//   07 EA  03  02  01  07 00 05  00         FF C4      00
//   year   mon day wd  h  m  s   hundredths deviation  status      UTC = local + deviation
//
// Rule since 1996: CEST from the last Sunday of March, 01:00 UTC, to the last Sunday of October,
// 01:00 UTC. deviation is -60 (FFC4) in CET, -120 (FF88) in CEST; status bit 80h is set in CEST.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace meterpipe::sim {

using Seconds = std::int64_t;  // since 1970-01-01T00:00:00Z

struct LocalTime {
  int year = 1970;
  unsigned month = 1, day = 1;
  unsigned weekday = 4;  // 1 Monday … 7 Sunday
  unsigned hour = 0, minute = 0, second = 0;
  int deviation = -60;  // minutes, as COSEM counts
  bool dst = false;
};

bool is_summer_time(Seconds utc);
LocalTime vienna(Seconds utc);

using DateTime = std::array<std::uint8_t, 12>;
// `status` is or'ed with the DST bit: the T210-D also sets 02h, "doubtful".
DateTime date_time(const LocalTime& time, std::uint8_t status = 0);

std::string to_iso(const LocalTime& time);  // 2026-03-02T07:00:05+01:00

}  // namespace meterpipe::sim
