#include "base/hex.hpp"

#include <array>

namespace meterpipe {
namespace {

constexpr std::array<std::int8_t, 256> kDigits = [] {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  for (int i = 0; i < 10; ++i)
    table[static_cast<std::size_t>('0' + i)] = static_cast<std::int8_t>(i);
  for (int i = 0; i < 6; ++i) {
    table[static_cast<std::size_t>('a' + i)] = static_cast<std::int8_t>(10 + i);
    table[static_cast<std::size_t>('A' + i)] = static_cast<std::int8_t>(10 + i);
  }
  return table;
}();

constexpr std::array<char, 512> kPairs = [] {
  constexpr char digits[] = "0123456789abcdef";
  std::array<char, 512> table{};
  for (std::size_t i = 0; i < 256; ++i) {
    table[2 * i] = digits[i >> 4];
    table[2 * i + 1] = digits[i & 15];
  }
  return table;
}();

}  // namespace

int hex_digit(char c) { return kDigits[static_cast<std::uint8_t>(c)]; }

char* write_hex(char* to, Bytes bytes) {
  for (const std::uint8_t byte : bytes) {
    std::memcpy(to, &kPairs[2 * static_cast<std::size_t>(byte)], 2);
    to += 2;
  }
  return to;
}

void add_hex(Buffer& to, Bytes bytes) {
  write_hex(to.room(2 * bytes.size()), bytes);
  to.advance(2 * bytes.size());
}

std::string to_hex(Bytes bytes) {
  std::string text(2 * bytes.size(), '\0');
  write_hex(text.data(), bytes);
  return text;
}

bool append_hex(ByteVector& to, std::string_view digits) {
  if (digits.size() % 2 != 0) return false;
  const std::size_t start = to.size();
  to.resize(start + digits.size() / 2);
  std::uint8_t* out = to.data() + start;
  int bad = 0;  // collected, not tested, in the loop: -1 in any digit makes it negative
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const int high = kDigits[static_cast<std::uint8_t>(digits[i])];
    const int low = kDigits[static_cast<std::uint8_t>(digits[i + 1])];
    bad |= high | low;
    *out++ =
        static_cast<std::uint8_t>(static_cast<unsigned>(high) << 4 | static_cast<unsigned>(low));
  }
  if (bad < 0) {
    to.resize(start);
    return false;
  }
  return true;
}

std::optional<ByteVector> from_hex(std::string_view digits) {
  ByteVector bytes;
  if (!append_hex(bytes, digits)) return std::nullopt;
  return bytes;
}

}  // namespace meterpipe
