// Chance that is the same on every machine: numbers from a seed and the names of what they are for.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "sim/household.hpp"

namespace meterpipe::sim {

class Chance {
 public:
  // `purpose` and `index` (of a message) give each its own numbers.
  Chance(std::uint64_t seed, std::uint64_t purpose, std::uint64_t index = 0)
      : state_(mix(mix(mix(seed) + purpose) + index)) {}

  std::uint64_t next() { return state_ = mix(state_); }
  // 0 to n - 1; n is not 0.
  std::uint64_t below(std::uint64_t n) { return next() % n; }
  std::uint8_t byte() { return static_cast<std::uint8_t>(next() >> 24); }
  std::uint8_t byte_but(std::uint8_t other) {
    return static_cast<std::uint8_t>(other + 1 + below(255));
  }
  // Of parts per million.
  bool happens(std::uint64_t ppm) { return below(1'000'000) < ppm; }
  ByteVector bytes(std::size_t n) {
    ByteVector result(n);
    for (std::uint8_t& one : result) one = byte();
    return result;
  }

 private:
  std::uint64_t state_;
};

}  // namespace meterpipe::sim
