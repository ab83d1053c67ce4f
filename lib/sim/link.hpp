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
#include "sim/wrapper.hpp"

namespace meterpipe::sim {

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
