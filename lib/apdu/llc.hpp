// The LLC header in front of an APDU (IEC 62056-46, ISO/IEC 8802-2).
//
//   E6 E7 00   from the meter (the answer's source LSAP)
//   E6 E6 00   from the client; some meters push with it, too
#pragma once

#include <algorithm>
#include <cstddef>

#include "base/bytes.hpp"

namespace meterpipe::apdu {

inline constexpr std::size_t kLlcSize = 3;

// Whether the first three bytes, as many of them as there are, are those of an LLC header.
inline bool may_be_llc(Bytes bytes) {
  const std::size_t size = std::min(bytes.size(), kLlcSize);
  return (size < 1 || bytes[0] == 0xe6) && (size < 2 || bytes[1] == 0xe7 || bytes[1] == 0xe6) &&
         (size < 3 || bytes[2] == 0x00);
}

// Whether an LLC header stands in front; it may be all that there is.
inline bool has_llc(Bytes bytes) { return bytes.size() >= kLlcSize && may_be_llc(bytes); }

}  // namespace meterpipe::apdu
