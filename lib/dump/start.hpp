// How a source begins: text in UTF-8 or UTF-16, raw bytes of a line, a compressed file. Told once,
// from its first bytes; what comes later never changes it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace meterpipe::dump {

enum class Start : std::uint8_t { undecided, text, raw, utf16_le, utf16_be, gzip };

// `at_end`: no more bytes come.
Start start_of(std::string_view head, bool at_end);

// UTF-16 to UTF-8, cut anywhere. Halves of pairs become U+FFFD.
class Utf16 {
 public:
  explicit Utf16(bool big_endian) : big_endian_(big_endian) {}
  std::string to_utf8(std::string_view chunk);

 private:
  bool big_endian_;
  std::string carry_;
  std::uint32_t high_ = 0;
};

}  // namespace meterpipe::dump
