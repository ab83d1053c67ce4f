// A link, its addresses and how it cuts, chosen by the bytes of an input.
#pragma once

#include "fuzz/fuzz.hpp"
#include "sim/link.hpp"

namespace meterpipe::fuzz {

inline sim::LinkForm link_form_of(Taker& taker) {
  sim::LinkForm form;
  form.link = static_cast<sim::Link>(taker.below(3));
  const std::uint8_t how = taker.byte();
  form.mbus.length = 30 + taker.byte() % 229;  // 258 at most
  form.mbus.a = (how & 1) != 0 ? 0xff : how;
  form.hdlc.room = form.mbus.length + 20;
  if ((how & 2) != 0) form.hdlc.source = {0x03};
  if ((how & 4) != 0) form.hdlc.source = {0x00, 0x02, 0x00, 0x23};
  form.hdlc.flags = static_cast<sim::Flags>((how >> 3) % 3);
  if ((how & 0x40) != 0) form.blocks.size = 20 + (how >> 1);
  if ((how & 0x80) != 0) form.hdlc.llc_quality = 0xe6;
  return form;
}

}  // namespace meterpipe::fuzz
