// Hex digits to bytes and back: 32 digits at a time with AVX2, else with SSE2 (every x86-64); by
// table elsewhere and for what is left.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/buffer.hpp"
#include "base/bytes.hpp"

namespace meterpipe {

namespace detail {
inline constexpr std::array<std::int8_t, 256> kHexDigits = [] {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  for (int i = 0; i < 10; ++i) {
    table[static_cast<std::size_t>('0' + i)] = static_cast<std::int8_t>(i);
  }
  for (int i = 0; i < 6; ++i) {
    table[static_cast<std::size_t>('a' + i)] = static_cast<std::int8_t>(10 + i);
    table[static_cast<std::size_t>('A' + i)] = static_cast<std::int8_t>(10 + i);
  }
  return table;
}();

// The table's way, for tests to hold the fast one against.
char* write_hex_scalar(char* to, Bytes bytes);
bool read_hex_scalar(std::uint8_t* to, std::string_view digits);
}  // namespace detail

// The value of one digit, or -1.
inline int hex_digit(char c) { return detail::kHexDigits[static_cast<std::uint8_t>(c)]; }

// Writes 2 * bytes.size() lower-case digits at `to` and returns the end.
char* write_hex(char* to, Bytes bytes);

void add_hex(Buffer& to, Bytes bytes);
std::string to_hex(Bytes bytes);

// Strict: an even number of digits and nothing else. Appends to `to`; false leaves `to` as it was.
bool append_hex(ByteVector& to, std::string_view digits);

// For tests and tables: the same as a value.
std::optional<ByteVector> from_hex(std::string_view digits);

}  // namespace meterpipe
