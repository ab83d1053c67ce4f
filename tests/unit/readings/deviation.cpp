// Deviations that Aidon's meters send wrongly.
#include "readings/deviation.hpp"

#include <doctest/doctest.h>

#include "unit/readings/body.hpp"

namespace meterpipe::readings {

namespace {

// 12 June 2019, 23:00:00 in UTC+1: 22:00:00 UTC.
constexpr Micros kArrived = Micros{1560376800} * kSecond;

cosem::Clock clock_with(int deviation) {
  cosem::Clock clock;
  clock.year = 2019, clock.month = 6, clock.day = 12, clock.hour = 23;
  clock.second = 0;
  clock.deviation = deviation;
  return clock;
}

}  // namespace

TEST_CASE("a deviation is judged by the time of arrival, and left alone where it can be right") {
  CHECK(*clock_with(-60).utc_seconds() * kSecond == kArrived);
  const auto sign = judge_deviation(clock_with(60), kArrived + 9 * kSecond);
  REQUIRE(sign);
  CHECK(sign->deviation == -60);
  CHECK(sign->quirk == "deviation-sign");
  const auto zero = judge_deviation(clock_with(0), kArrived - 9 * kMinute);
  REQUIRE(zero);
  CHECK(zero->deviation == -60);
  CHECK(zero->quirk == "deviation-zero");
  const auto summer = judge_deviation(clock_with(0), kArrived - 60 * kMinute);
  REQUIRE(summer);
  CHECK(summer->deviation == -120);
  // Right as it was sent; no zone at all; a zone of Europe, whatever the time of arrival.
  CHECK_FALSE(judge_deviation(clock_with(60), kArrived + 120 * kMinute));
  CHECK_FALSE(judge_deviation(clock_with(-60), kArrived + 240 * kMinute));
  cosem::Clock open = clock_with(0);
  open.deviation.reset();
  CHECK_FALSE(judge_deviation(open, kArrived));
  // Unsure: no time of arrival, a replay's, a clock that is off by more than minutes.
  for (const std::optional<Micros> arrived :
       {std::optional<Micros>(), std::optional(kArrived + 86400 * kSecond),
        std::optional(kArrived + 30 * kMinute)}) {
    const auto unsure = judge_deviation(clock_with(60), arrived);
    REQUIRE(unsure);
    CHECK(unsure->deviation == kDeviationUnknown);
    CHECK(unsure->quirk.empty());
  }
  // The opposite of what was sent, and not what else would fit.
  CHECK(judge_deviation(clock_with(120), kArrived)->quirk.empty());
}

}  // namespace meterpipe::readings
