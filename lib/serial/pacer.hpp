// When a record of a log is due in its replay. Pure: the caller has the clock.
#pragma once

#include <algorithm>
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
  std::int64_t wait_us(Micros time, std::int64_t now_us) {
    if (speed_ <= 0) return 0;
    if (!origin_ || time < last_ - kMinute) origin_ = Origin{time, now_us};
    last_ = time;
    const double in_log = static_cast<double>(time - origin_->time) / speed_;
    return std::max<std::int64_t>(0, origin_->now_us + static_cast<std::int64_t>(in_log) - now_us);
  }
  // For bytes without a time: what the line takes for them, behind what came before.
  std::int64_t wait_us_for(std::size_t bytes, std::int64_t now_us) {
    if (!origin_) origin_ = Origin{last_, now_us};
    return wait_us(last_ + line_.micros(bytes), now_us);
  }

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
