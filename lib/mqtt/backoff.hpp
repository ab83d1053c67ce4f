// How long to wait before the next attempt: doubled each time up to a limit, and of that a random
// part, so that a street of clients does not knock in step when the power comes back. Pure: time
// and randomness come from outside.
#pragma once

#include <algorithm>
#include <cstdint>

namespace meterpipe::mqtt {

class Backoff {
 public:
  static constexpr long long kFirstMs = 500;
  static constexpr long long kLongestMs = 30'000;
  // A connection that held this long was a good one: the next failure starts from the beginning.
  static constexpr long long kSteadyMs = 10'000;

  explicit Backoff(long long first_ms = kFirstMs) : first_(first_ms) {}

  // random: any 32 bits. The answer is between half and all of the present step.
  long long next(std::uint32_t random) {
    const long long step = step_;
    step_ = std::min(step_ * 2, kLongestMs);
    return step / 2 + static_cast<long long>(random % static_cast<std::uint32_t>(step / 2 + 1));
  }
  void reset() { step_ = first_; }

 private:
  long long first_;
  long long step_ = first_;
};

}  // namespace meterpipe::mqtt
