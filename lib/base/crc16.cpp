#include "base/crc16.hpp"

#include <array>

namespace meterpipe {
namespace {

constexpr std::array<std::uint16_t, 256> make_table(std::uint16_t polynomial) {
  std::array<std::uint16_t, 256> table{};
  for (unsigned i = 0; i < 256; ++i) {
    unsigned crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? crc >> 1 ^ polynomial : crc >> 1;
    table[i] = static_cast<std::uint16_t>(crc);
  }
  return table;
}

// Bit-reversed: 1021 is 8408, 8005 is A001.
constexpr auto kX25 = make_table(0x8408);
constexpr auto kArc = make_table(0xa001);

std::uint16_t run(const std::array<std::uint16_t, 256>& table, Bytes bytes, std::uint16_t crc) {
  for (const std::uint8_t byte : bytes) {
    crc = static_cast<std::uint16_t>(crc >> 8 ^ table[(crc ^ byte) & 0xff]);
  }
  return crc;
}

}  // namespace

std::uint16_t crc16_x25(Bytes bytes) {
  return static_cast<std::uint16_t>(~run(kX25, bytes, 0xffff));
}

bool fits_sml(Bytes file) {
  constexpr std::size_t kSize = 2;
  if (file.size() < kSize) return false;
  const Bytes told = file.first(file.size() - kSize), sent = file.last(kSize);
  return crc16_x25(told) == (sent[1] << 8 | sent[0]) ||
         run(kX25, told, 0) == (sent[0] << 8 | sent[1]);
}

std::uint16_t crc16_arc(Bytes bytes, std::uint16_t crc) { return run(kArc, bytes, crc); }

}  // namespace meterpipe
