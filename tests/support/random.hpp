// Random numbers for properties. The seed is new in each run and stands in every failure
// (INFO("seed ", random.seed)); METERPIPE_SEED=N runs one again.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

#include "base/bytes.hpp"

namespace meterpipe::test {

inline std::uint64_t seed() {
  static const std::uint64_t value = [] {
    if (const char* given = std::getenv("METERPIPE_SEED")) return std::strtoull(given, nullptr, 10);
    const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
    return static_cast<unsigned long long>(now) % 1'000'000'000;
  }();
  return value;
}

class Random {
 public:
  Random() : engine_(seed()) {}

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
