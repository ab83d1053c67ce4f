// Bytes as the text of a program: printable ones as they are, others as escapes.
//
//   b'h\xfa\xfahS\xff\x00'    "h\xFA\xFAhS\377\0"    bytearray(b'…')
//
// Python, C, JavaScript, Rust, ESPHome. Between quotes, from the first one that makes a string of
// all escapes of the line. Strings one behind the other, as a list of pieces is printed, are one:
//
//   [b'h\xfa\xfah', b'S\xff\x00']
#pragma once

#include <optional>
#include <string_view>

#include "base/bytes.hpp"

namespace meterpipe::dump {

struct EscapedText {
  ByteVector bytes;
  std::size_t begin, end;  // of the string, with its quotes
};
// `is_meant`: strings stood in the place of this line's before, so few escapes are enough.
std::optional<EscapedText> read_escapes(std::string_view line, bool is_meant = false);

}  // namespace meterpipe::dump
