// M-Bus frames for tests.
#pragma once

#include "base/bytes.hpp"

namespace meterpipe::test {

// 68 L L 68 C A CI data CS 16; with more than 252 bytes of data L is sent modulo 256.
inline ByteVector long_frame(std::uint8_t c, std::uint8_t a, std::uint8_t ci, Bytes data) {
  const auto length = static_cast<std::uint8_t>(data.size() + 3);
  ByteVector frame;
  for (const std::uint8_t one :
       {std::uint8_t{0x68}, length, length, std::uint8_t{0x68}, c, a, ci}) {
    frame.push_back(one);
  }
  for (const std::uint8_t one : data) frame.push_back(one);
  std::uint8_t sum = 0;
  for (std::size_t i = 4; i < frame.size(); ++i) sum = static_cast<std::uint8_t>(sum + frame[i]);
  frame.push_back(sum);
  frame.push_back(0x16);
  return frame;
}

}  // namespace meterpipe::test
