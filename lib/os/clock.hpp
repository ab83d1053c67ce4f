// The clocks of this machine, read here only.
#pragma once

#include <cstdint>
#include <ctime>

#include "base/time.hpp"

namespace meterpipe::os {

inline Micros wall_clock() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<Micros>(now.tv_sec) * kSecond + now.tv_nsec / 1000;
}

inline std::int64_t monotonic_us() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::int64_t>(now.tv_sec) * kSecond + now.tv_nsec / 1000;
}

// Since the machine was started, its sleep included: nobody sets it.
inline Micros boot_clock() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<Micros>(now.tv_sec) * kSecond + now.tv_nsec / 1000;
}

inline long long monotonic_ms() { return monotonic_us() / 1000; }

}  // namespace meterpipe::os
