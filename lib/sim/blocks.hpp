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
// L+G cuts a ciphered APDU wherever the block is full. Of a plain one it never cuts a number or an
// entry of the push-object-list, and keeps six bytes free behind them; strings it cuts anywhere.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"

namespace meterpipe::sim {

struct BlockForm {
  std::uint32_t size = 0;           // bytes of data in a block at most; 0: no block transfer
  std::uint32_t free_behind = 0;    // bytes of it that only a string may take; see pieces_of
  std::uint32_t less_in_first = 0;  // an E450 leaves room for the LLC in its first block
  bool streaming = true;
  std::uint8_t window = 0;  // 0 to 63
  std::uint16_t acknowledged = 0;
};

// A part of an APDU, from the end of the one before it.
struct BlockPiece {
  std::size_t end = 0;
  bool whole = false;  // not to be cut, if a block can hold it
};

// `pieces` of the APDU in their order; none: it is cut anywhere. message_too_long: more blocks than
// their numbers can count, or no room in one.
Result<void> to_blocks(const BlockForm& form, Bytes apdu, std::span<const BlockPiece> pieces,
                       std::vector<ByteVector>& blocks);

// The pieces of an APDU whose body is Data at `body`: everything before its first element, each
// element, and each entry of the push-object-list where that begins with one.
std::vector<BlockPiece> pieces_of(Bytes apdu, std::size_t body);

}  // namespace meterpipe::sim
