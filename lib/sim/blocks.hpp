// General block transfer as a meter sends it, the mirror of its reassembly (IEC 62056-5-3, 9.3.5):
//
//   E0  control  block-number(2)  acknowledged(2)  length  data
//
//   control: 80h last block, 40h streaming, low six bits the window. Numbers count from 1; a push
//   acknowledges nothing.
//
//   E0 40 0001 0000 77 DB 08 …    a ciphered APDU, or a plain one
//   E0 40 0002 0000 7A …
//   E0 C0 0003 0000 1F …          the last
//
// L+G cuts a plain APDU between elements only, a ciphered one wherever the block is full.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"

namespace meterpipe::sim {

struct BlockForm {
  std::uint32_t size = 0;           // bytes of data in a block at most; 0: no block transfer
  std::uint32_t less_in_first = 0;  // an E450 leaves room for the LLC in its first block
  bool streaming = true;
  std::uint8_t window = 0;  // 0 to 63
  std::uint16_t acknowledged = 0;
};

// `cuts`: where a block may end, ascending; none: anywhere. An element that is longer than a block
// is cut all the same. message_too_long: more blocks than their numbers can count, or no room.
Result<void> to_blocks(const BlockForm& form, Bytes apdu, std::span<const std::size_t> cuts,
                       std::vector<ByteVector>& blocks);

// Where an APDU may be cut between elements: before each element of its body, which is Data at
// `body`, and before each entry of the push-object-list where that begins with one.
std::vector<std::size_t> element_cuts(Bytes apdu, std::size_t body);

}  // namespace meterpipe::sim
