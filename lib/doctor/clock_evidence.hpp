// A meter's clock held against the time at which its messages came.
//
// A message's time is at most some seconds before its first byte (the meter makes it, then sends;
// at 2400 baud it lasts a second or two). The median of the differences counts: a log that was
// written late in one place does not make a clock wrong.
//
//   up to 60 s                                       in order
//   quarters of an hour, up to 14 h, within 60 s     the zone is wrong
//   else                                             the clock is wrong; below 5 min a little
//
// A tenth of the times or more (two at least) that differ from arrival while the others do not: the
// clock jumps. One step in a whole log is a clock that was set: suspicious at most.
// A time without deviation is that of a zone nobody names: any zone in use will do (whole and half
// hours from -12 to +14, 5:45, 8:45, 12:45), and the rest beside whole hours is what the clock is
// off by. It steps by an hour twice a year; that is a remark.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decode/reading.hpp"
#include "doctor/finding.hpp"
#include "record/records.hpp"

namespace meterpipe::doctor {

// What a message says of the time.
struct MeterTime {
  std::int64_t seconds = 0;  // since 1970: in UTC if zoned, else of the local clock
  bool zoned = false;
  bool doubtful_dst = false;  // deviation and daylight-saving bit contradict each other
  bool invalid = false;       // a status bit says that the clock is not to be believed
  // The body's clock where the head has one too: how much later.
  std::optional<std::int64_t> body_differs;
};
std::optional<MeterTime> time_of(const record::ApduRecord& record,
                                 const decode::DecodedMessage& reading);

class ClockEvidence {
 public:
  void add(std::string_view meter, const std::optional<MeterTime>& time,
           std::optional<std::int64_t> ts_us);
  Finding judge() const;

 private:
  static constexpr std::size_t kMostMeters = 64;
  static constexpr std::size_t kMostKept = 4096;  // differences, the last ones

  struct Meter {
    std::uint64_t messages = 0, timed = 0, compared = 0;
    std::uint64_t unzoned = 0, doubtful = 0, invalid = 0, body_differs = 0;
    std::int64_t body_by = 0;
    std::vector<std::int64_t> differences;  // seconds, of zoned times or else of local ones
    bool is_zoned = false;
  };
  static void judge(const Meter& meter, Finding& finding);
  static bool jumps(const Meter& meter, std::int64_t zone, Finding& finding);

  std::map<std::string, Meter, std::less<>> meters_;
};

}  // namespace meterpipe::doctor
