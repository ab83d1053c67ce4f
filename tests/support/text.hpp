// Short forms for tests.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/hex.hpp"

namespace meterpipe::test {

// "68 03 03 68" -> bytes; blanks are allowed.
inline ByteVector hex(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c != ' ' && c != '\n') digits += c;
  }
  auto bytes = from_hex(digits);
  if (!bytes) throw std::invalid_argument("no hex in a test: " + std::string(text));
  return *bytes;
}

inline ByteVector text_bytes(std::string_view text) {
  const Bytes bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

template <class... Parts>
ByteVector join(const Parts&... parts) {
  ByteVector all;
  const auto add = [&all](Bytes part) {  // byte by byte: gcc 12 sees overruns in insert()
    for (const std::uint8_t byte : part) all.push_back(byte);
  };
  (add(parts), ...);
  return all;
}

// One bit changed, counted from the lowest of the first byte.
inline ByteVector flipped(ByteVector bytes, std::size_t bit) {
  bytes[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
  return bytes;
}

}  // namespace meterpipe::test
