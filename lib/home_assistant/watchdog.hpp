// When a meter has been silent for too long: after n of its intervals. The interval is given, or
// learned from the times of its messages (never from their arrival: a backlog that comes in one go
// is no faster meter). Pure: the clock is passed in, and only silence is judged by it.
//
//   gaps of the last messages -> median -> interval;  limit = n * interval, at least 30 s;
//   not known yet: n * the smallest gap, at least 1 hour
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/timestamp.hpp"

namespace meterpipe::home {

struct WatchdogSettings {
  std::uint64_t intervals = 5;           // n, 1 to 1,000,000
  std::optional<Micros> given_interval;  // then the limit has no lower bound
};

class Watchdog {
 public:
  explicit Watchdog(const WatchdogSettings& settings) : settings_(settings) {}

  // A message came; its time, if it has one.
  void message(std::optional<Micros> time);
  // The meter is known from an earlier run, with this interval or none: it should send. The
  // interval holds until another one is learned.
  void expect(std::optional<Micros> interval);

  std::optional<Micros> interval() const;
  long long limit_ms() const;
  // How long what is published lives, at least as long as the limit. publish_interval: the longest
  // time between two publications of a meter that always sends; 0: each message is published. An
  // interval that is learned varies: twice as long, then.
  long long expiry_ms(Micros publish_interval) const;

  // now_ms: a monotonic clock. True once, when the silence has passed the limit; a message since
  // the last call counts as of now.
  bool is_silent(long long now_ms);
  // When to ask again; nothing: not before the next message. 0: at once.
  std::optional<long long> deadline_ms() const;

 private:
  static constexpr std::size_t kGaps = 9, kEnough = 3;

  std::optional<Micros> learned() const;
  Micros times(Micros interval) const;  // n of them

  WatchdogSettings settings_;
  std::array<Micros, kGaps> gaps_{};
  std::size_t count_ = 0;  // of all gaps ever seen
  std::optional<Micros> last_;
  std::optional<Micros> before_;  // the interval of an earlier run
  bool fresh_ = false;            // a message since the clock was last shown
  std::optional<long long> seen_ms_;
};

}  // namespace meterpipe::home
