// When a meter counts as silent.
#include "home_assistant/watchdog.hpp"

#include <doctest/doctest.h>

namespace meterpipe::home {

namespace {
constexpr Micros kS = 1'000'000;
}

TEST_CASE("watchdog: an hour as long as the interval is not known") {
  Watchdog dog({5, {}});
  CHECK(dog.limit_ms() == 3'600'000);
  CHECK_FALSE(dog.deadline_ms());
  CHECK_FALSE(dog.is_silent(1'000'000'000));  // nothing has ever come
  for (const Micros t : {0, 10, 20}) dog.message(t * kS);
  CHECK_FALSE(dog.interval());  // two gaps are too few
  dog.message({});              // without a time: it came, no more
  CHECK_FALSE(dog.interval());
  dog.message(30 * kS);
  CHECK(dog.interval() == 10 * kS);
  CHECK(dog.limit_ms() == 50'000);
}

TEST_CASE("watchdog: 30 s at least, if it is learned") {
  Watchdog dog({5, {}});
  for (Micros t = 0; t < 10; ++t) dog.message(t * kS);
  CHECK(dog.interval() == kS);
  CHECK(dog.limit_ms() == 30'000);
  Watchdog given({2, kS});
  CHECK(given.limit_ms() == 2'000);
  CHECK(given.interval() == kS);
  CHECK(Watchdog({1'000'000, 366LL * 86400 * kS}).limit_ms() == 366LL * 86400 * 1000);
}

TEST_CASE("watchdog: the median does not mind an outage, repeats and older messages") {
  Watchdog dog({3, {}});
  Micros t = 0;
  for (int i = 0; i < 6; ++i) dog.message((t += 60) * kS);
  dog.message((t += 86400) * kS);
  dog.message(t * kS);
  dog.message((t - 50) * kS);
  for (int i = 0; i < 3; ++i) dog.message((t += 60) * kS);
  CHECK(dog.interval() == 60 * kS);
  // Another interval is learned in five messages.
  for (int i = 0; i < 5; ++i) dog.message((t += 900) * kS);
  CHECK(dog.interval() == 900 * kS);
  CHECK(dog.limit_ms() == 2'700'000);
}

TEST_CASE("watchdog: silence is said once, by the clock that is shown") {
  Watchdog dog({2, 20 * kS});
  dog.message(0);
  CHECK(dog.deadline_ms() == 0);
  CHECK_FALSE(dog.is_silent(1'000));  // the message counts as of now
  CHECK(dog.deadline_ms() == 41'000);
  CHECK_FALSE(dog.is_silent(40'999));
  CHECK(dog.is_silent(41'000));
  CHECK_FALSE(dog.is_silent(99'000));
  CHECK_FALSE(dog.deadline_ms());
  // A backlog from long ago in one go: it is there, whatever its times.
  for (Micros t = 1; t < 100; ++t) dog.message(t * kS);
  CHECK_FALSE(dog.is_silent(100'000));
  CHECK_FALSE(dog.is_silent(139'999));
  CHECK(dog.is_silent(140'000));
}

TEST_CASE("watchdog: one gap of a slow meter is enough not to call it silent") {
  Watchdog dog({5, {}});
  dog.message(0);
  dog.message(86400 * kS);
  CHECK(dog.limit_ms() == 5LL * 86400 * 1000);
  Watchdog quick({5, {}});
  for (const Micros t : {0, 5, 86400}) quick.message(t * kS);
  CHECK(quick.limit_ms() == 3'600'000);
}

TEST_CASE("watchdog: what is published lives longer than the silence that is allowed") {
  for (const Micros interval : {1, 5, 29, 3600, 86400 * 200}) {
    for (const Micros slot : {0, 1, 60, 86400}) {
      for (const std::uint64_t n : {1, 5, 1'000'000}) {
        Watchdog dog({n, {}}), given({n, interval * kS}), early({n, {}});
        for (Micros t = 0; t < 9; ++t) dog.message(t * interval * kS);
        for (const Watchdog* one : {&dog, &given, &early}) {
          CHECK(one->expiry_ms(slot * kS) >= one->limit_ms());
          CHECK(one->expiry_ms(slot * kS) <= 366LL * 86400 * 1000);
          if (n == 5) CHECK(one->expiry_ms(slot * kS) >= 5 * slot * 1000);
        }
      }
    }
  }
  Watchdog five({5, {}});
  for (Micros t = 0; t < 9; ++t) five.message(t * 5 * kS);
  CHECK(five.expiry_ms(0) == 60'000);
}

TEST_CASE("watchdog: a meter of an earlier run is expected from the first look at the clock on") {
  Watchdog dog({2, {}});
  dog.expect(300 * kS);
  CHECK(dog.interval() == 300 * kS);
  CHECK(dog.deadline_ms() == 0);
  CHECK_FALSE(dog.is_silent(1'000));
  CHECK(dog.is_silent(601'000));
  for (Micros t = 0; t < 9; ++t) dog.message(t * 10 * kS);
  CHECK(dog.interval() == 10 * kS);
  Watchdog unknown({2, {}});
  unknown.expect({});
  CHECK_FALSE(unknown.is_silent(1'000));
  CHECK(unknown.is_silent(3'601'000));
}

}  // namespace meterpipe::home
