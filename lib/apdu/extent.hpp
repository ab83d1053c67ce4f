// How long the APDU is that starts here: an APDU without frame and transport is its own frame, and
// segments or blocks that were put together make one APDU exactly.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"

namespace meterpipe::apdu {

// No meter sends more in one, and a damaged length must not make anyone wait for gigabytes.
inline constexpr std::size_t kLongestApdu = 1024 * 1024;

struct Extent {
  enum class Answer : std::uint8_t {
    whole,      // `size` bytes are the APDU; more may follow
    need_more,  // it can be one; at least `size` bytes are needed
    none,       // no APDU starts here
  } answer;
  std::size_t size = 0;
};

// Of any alternative of XDLMS-APDU (ciphered ones by their length field, the others by their
// contents) and of a general-block-transfer's one block.
Extent extent_of(Bytes rest);

// Whether `bytes` are one APDU from the first to the last.
inline bool is_whole(Bytes bytes) {
  const Extent extent = extent_of(bytes);
  return extent.answer == Extent::Answer::whole && extent.size == bytes.size();
}

// Whether it says itself how long it is, before its contents begin: ciphered ones and blocks. Of
// others a part may look whole.
bool has_length(Bytes apdu);

}  // namespace meterpipe::apdu
