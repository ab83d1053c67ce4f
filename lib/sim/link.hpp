// How a meter hands over an APDU: which link, cut and framed in which form. A meter has one of its
// own; any APDU can go over any of them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "sim/blocks.hpp"
#include "sim/hdlc.hpp"
#include "sim/mbus.hpp"

namespace meterpipe::sim {

// The wrapper for TCP and UDP, the mirror of the reader's (IEC 62056-47):
//
//   00 01  source wport(2)  destination wport(2)  length(2)  APDU
//
//   00 01 00 01 00 01 00 46 DB 08 …    from port 1 to port 1, 70 bytes
struct WrapperForm {
  std::uint16_t source = 1, destination = 1;
};

// message_too_long: longer than the length field can say.
Result<void> add_wpdu(ByteVector& out, const WrapperForm& form, Bytes apdu);

enum class Link : std::uint8_t { mbus, hdlc, wrapper, none };  // none: the bare APDU

struct LinkForm {
  Link link = Link::mbus;
  MbusForm mbus = {};
  HdlcForm hdlc = {};
  WrapperForm wrapper = {};
  BlockForm blocks = {};
};

// The frames of one APDU; without a link the APDU, or its blocks, as they are. `pieces` as for
// to_blocks. message_too_long where the link cannot carry it.
Result<void> to_frames(const LinkForm& form, Bytes apdu, std::span<const BlockPiece> pieces,
                       std::vector<ByteVector>& frames);

}  // namespace meterpipe::sim
