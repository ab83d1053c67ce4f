// What a piece of work takes of the processor: other work on the machine does not count.
#pragma once

#include <ctime>

namespace meterpipe::test {

// Seconds.
template <class Work>
double cpu_time(Work work) {
  const std::clock_t start = std::clock();
  work();
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

// Work that takes its time in proportion ends far below this on any machine; each test that
// compares with it has so much that anything quadratic would take hours.
constexpr double kMinutes = 240;  // seconds

}  // namespace meterpipe::test
