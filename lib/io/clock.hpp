// The clocks of this machine, read in lib/io only.
#pragma once

#include <ctime>

#include "record/timestamp.hpp"

namespace meterpipe::io {

inline record::Micros wall_clock() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<record::Micros>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000;
}

inline long long monotonic_ms() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<long long>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

}  // namespace meterpipe::io
