// Texts of M-Bus meters: ISO 8859-1, the last character first unless the high byte is.
#pragma once

#include <string>

#include "base/bytes.hpp"

namespace meterpipe::wired {

// In UTF-8.
inline std::string latin1(Bytes bytes, bool last_first) {
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::uint8_t c = bytes[last_first ? bytes.size() - 1 - i : i];
    if (c < 0x80) {
      text += static_cast<char>(c);
    } else {
      text += static_cast<char>(0xc0 | c >> 6);
      text += static_cast<char>(0x80 | (c & 0x3f));
    }
  }
  return text;
}

}  // namespace meterpipe::wired
