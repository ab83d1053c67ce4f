// Wired M-Bus as a meter sends it, the mirror of lib/link and lib/transport (EN 13757-2, -3):
//
//   68 L L 68  53 FF CI 01 67  part of the APDU  CS 16
//   CI: low nibble the segment's number from 0, 10h on the last; L counts C to the last data byte;
//   CS is the sum of the same bytes.
//
// A Kaifa fills its first segment to L = 250. A T210-D goes to 257, which does not fit into a byte:
// it sends 01, and the sum and the end are right for 257.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"

namespace meterpipe::sim {

struct MbusForm {
  std::uint8_t c = 0x53;
  std::uint8_t a = 0xff;
  std::uint8_t stsap = 0x01;
  std::uint8_t dtsap = 0x67;
  std::uint32_t length = 250;  // L of a full segment, 6 to 258
};

// One long frame; `data` is what follows CI. L is written modulo 256.
void add_long_frame(ByteVector& out, std::uint8_t c, std::uint8_t a, std::uint8_t ci, Bytes data);

// The frames of one APDU. message_too_long: more than the 16 segments that CI can count.
Result<void> to_segments(const MbusForm& form, Bytes apdu, std::vector<ByteVector>& frames);

}  // namespace meterpipe::sim
