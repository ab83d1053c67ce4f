// When a record of a log is due in its replay. Pure: the caller has the clock.
#pragma once

#include <cstdint>
#include <optional>

#include "base/timestamp.hpp"
#include "serial/line_settings.hpp"

namespace meterpipe::serial {

class Pacer {
 public:
  // speed 1 is the log's own, 10 ten times as fast; 0 does not wait at all.
  Pacer(double speed, const LineSettings& line) : speed_(speed), line_(line) {}

  // Microseconds to wait from now_us on for something that was complete at `time`. The first is
  // due at once. A log that jumps back by more than a minute (two logs in one file) starts anew.
  std::int64_t wait_us(Micros time, std::int64_t now_us);
  // For bytes without a time: what the line takes for them, behind what came before.
  std::int64_t wait_us_for(std::size_t bytes, std::int64_t now_us);

 private:
  struct Origin {
    Micros time;
    std::int64_t now_us;
  };

  double speed_;
  LineSettings line_;
  std::optional<Origin> origin_;
  Micros last_ = 0;
};

}  // namespace meterpipe::serial
