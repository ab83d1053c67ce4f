// The wrapper for TCP and UDP, the mirror of the reader's (IEC 62056-47):
//
//   00 01  source wport(2)  destination wport(2)  length(2)  APDU
//
//   00 01 00 01 00 01 00 46 DB 08 …    from port 1 to port 1, 70 bytes
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/error.hpp"

namespace meterpipe::sim {

struct WrapperForm {
  std::uint16_t source = 1, destination = 1;
};

// message_too_long: longer than the length field can say.
Result<void> add_wpdu(ByteVector& out, const WrapperForm& form, Bytes apdu);

}  // namespace meterpipe::sim
