#include "mqtt/backoff.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

namespace meterpipe::mqtt {

TEST_CASE("backoff: doubles up to its limit, half of it by chance") {
  Backoff least, most;
  long long step = Backoff::kFirstMs;
  for (int attempt = 0; attempt < 20; ++attempt) {
    CHECK(least.next(0) == step / 2);
    CHECK(most.next(static_cast<std::uint32_t>(step / 2)) == step / 2 + step / 2);
    step = std::min(2 * step, Backoff::kLongestMs);
  }
  CHECK(step == Backoff::kLongestMs);
}

TEST_CASE("backoff: starts again after a good connection") {
  Backoff backoff;
  for (int i = 0; i < 10; ++i) backoff.next(0);
  backoff.reset();
  CHECK(backoff.next(0) == Backoff::kFirstMs / 2);
}

// An hour without a broker, on a clock that costs nothing.
TEST_CASE("backoff: an outage of an hour") {
  std::minstd_rand random(1);
  Backoff backoff;
  long long now = 0, longest = 0;
  int attempts = 0;
  while (now < 3'600'000) {
    const long long pause = backoff.next(static_cast<std::uint32_t>(random()));
    CHECK(pause >= Backoff::kFirstMs / 2);
    CHECK(pause <= Backoff::kLongestMs);
    longest = std::max(longest, pause);
    now += pause;
    ++attempts;
  }
  CHECK(longest > Backoff::kLongestMs * 3 / 4);
  CHECK(attempts > 120);  // one in 30 s at least
  CHECK(attempts < 260);  // one in 15 s at most, after the start
}

}  // namespace meterpipe::mqtt
