// Random numbers for properties. They are the same in each run, so that what failed fails again,
// and others with METERPIPE_SEED=N, which `scripts/test --all` draws anew. The seed stands in every
// failure (INFO("seed ", seed())).
#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

#include "base/bytes.hpp"

namespace meterpipe::test {

inline std::uint64_t seed() {
  static const std::uint64_t value = [] {
    const char* given = std::getenv("METERPIPE_SEED");
    return given == nullptr ? 1ULL : std::strtoull(given, nullptr, 10);
  }();
  return value;
}

class Random {
 public:
  Random() : Random(seed()) {}
  explicit Random(std::uint64_t first) : engine_(first) {}

  // 0 to below `n`.
  std::uint64_t below(std::uint64_t n) { return engine_() % n; }
  std::uint64_t between(std::uint64_t low, std::uint64_t high) {
    return low + below(high - low + 1);
  }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  std::uint8_t byte() { return static_cast<std::uint8_t>(engine_()); }
  std::uint64_t bits() { return engine_(); }
  ByteVector bytes(std::size_t n) {
    ByteVector out(n);
    for (auto& one : out) one = byte();
    return out;
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace meterpipe::test
