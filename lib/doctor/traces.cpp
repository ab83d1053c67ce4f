#include "doctor/traces.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>

namespace meterpipe::doctor {
namespace {

constexpr std::size_t kMost = 16384;
constexpr double kDamaged = 0.4;  // share of bytes that are thought wrong

// The values that a byte at a place may have.
struct Check {
  std::uint8_t place, low, high;
};

constexpr std::array kCiphered1{Check{0, 0xdb, 0xdc},  Check{1, 0x08, 0x08},  Check{2, 'A', 'Z'},
                                Check{3, 'A', 'Z'},    Check{4, 'A', 'Z'},    Check{10, 0x81, 0x81},
                                Check{12, 0x20, 0x32}, Check{13, 0x00, 0x00}, Check{14, 0, 0x01}};
constexpr std::array kCiphered2{Check{0, 0xdb, 0xdc}, Check{1, 0x08, 0x08},  Check{2, 'A', 'Z'},
                                Check{3, 'A', 'Z'},   Check{4, 'A', 'Z'},    Check{10, 0x82, 0x82},
                                Check{11, 0, 0x04},   Check{13, 0x20, 0x32}, Check{14, 0x00, 0x00},
                                Check{15, 0, 0x01}};
constexpr std::array kPlain{Check{0, 0xe6, 0xe6}, Check{1, 0xe6, 0xe7}, Check{2, 0, 0},
                            Check{3, 0x0f, 0x0f}, Check{5, 0, 0},       Check{6, 0, 0}};
constexpr std::array kCode{Check{0, 0x09, 0x09}, Check{1, 0x06, 0x06}, Check{2, 0, 1},
                           Check{3, 0, 4},       Check{5, 1, 9},       Check{6, 0, 4},
                           Check{7, 0xff, 0xff}};
constexpr std::array kWrapper{Check{0, 0, 0}, Check{1, 1, 1},    Check{2, 0, 0}, Check{3, 1, 0x20},
                              Check{4, 0, 0}, Check{5, 1, 0x70}, Check{6, 0, 3}};

constexpr std::array<std::span<const Check>, 5> kPatterns{kCiphered1, kCiphered2, kPlain, kCode,
                                                          kWrapper};

}  // namespace

double traces(Bytes sample) {
  sample = sample.first(std::min(sample.size(), kMost));
  std::array<std::size_t, 257> sums{};  // of the histogram: bytes below
  for (const std::uint8_t byte : sample) ++sums[byte + std::size_t{1}];
  for (std::size_t i = 1; i < sums.size(); ++i) sums[i] += sums[i - 1];
  const double floor = std::log2(static_cast<double>(sample.size()) + 1) + 3;
  double total = 0;
  for (const std::span<const Check> pattern : kPatterns) {
    std::array<double, 16> hit{}, miss{};
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      const Check& check = pattern[i];
      const double values = check.high - check.low + 1;
      const auto there = static_cast<double>(sums[check.high + 1U] - sums[check.low]);
      const double chance =
          std::min(0.9, std::max(values / 256, there / static_cast<double>(sample.size() + 1)));
      hit[i] = std::log2((1 - kDamaged + kDamaged * chance) / chance);
      miss[i] = std::log2(kDamaged);
    }
    const std::size_t size = pattern.back().place + std::size_t{1};
    for (std::size_t at = 0; at + size <= sample.size(); ++at) {
      double bits = 0;
      for (std::size_t i = 0; i < pattern.size(); ++i) {
        const std::uint8_t byte = sample[at + pattern[i].place];
        bits += byte >= pattern[i].low && byte <= pattern[i].high ? hit[i] : miss[i];
      }
      if (bits <= floor) continue;
      total += bits - floor;
      at += size - 1;
    }
  }
  return total;
}

}  // namespace meterpipe::doctor
