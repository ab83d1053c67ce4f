// Bytes as the text of a program: printable ones as they are, others as escapes.
//
//   b'h\xfa\xfahS\xff\x00'    "h\xFA\xFAhS\377\0"    bytearray(b'…')
//
// Python, C, JavaScript, Rust, ESPHome. Between quotes, from the first one that makes a string of
// all escapes of the line.
#pragma once

#include <optional>
#include <string_view>

#include "base/bytes.hpp"

namespace meterpipe::dump {

struct EscapedText {
  ByteVector bytes;
  std::size_t begin, end;  // of the string, with its quotes
};
std::optional<EscapedText> read_escapes(std::string_view line);

}  // namespace meterpipe::dump
