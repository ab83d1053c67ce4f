// Bytes as they came off the line: borrowed as a span, owned as a vector.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace meterpipe {

using Bytes = std::span<const std::uint8_t>;
using ByteVector = std::vector<std::uint8_t>;

inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline bool same(Bytes a, Bytes b) { return std::ranges::equal(a, b); }

// Big-endian, at most 8 bytes.
inline std::uint64_t integer_of(Bytes bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}
inline void put_integer(std::span<std::uint8_t> to, std::uint64_t value) {
  for (std::size_t i = to.size(); i-- > 0; value >>= 8) to[i] = static_cast<std::uint8_t>(value);
}
// Over what stands at `at`.
inline void overwrite(std::span<std::uint8_t> to, std::size_t at, Bytes by) {
  std::ranges::copy(by, to.subspan(at).begin());
}

inline void append(ByteVector& to, Bytes more) { to.insert(to.end(), more.begin(), more.end()); }

}  // namespace meterpipe
