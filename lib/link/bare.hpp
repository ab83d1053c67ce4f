// APDUs without a link: bare, or behind an LLC header (IEC 62056-46, 8.2).
//
//   [E6 E7 00 | E6 E6 00]  APDU
//
// P1 ports of Sagemcom meters send `DB 08 title length SC IC …` and nothing around it, some RS-485
// meters a bare data-notification. The APDU is as long as its length field says, or its contents
// (apdu/extent.hpp); nothing checks it. Many a byte begins an APDU, so that in the midst of other
// bytes only a telling head counts: an LLC header, a general-glo- or -ded-ciphering with a title of
// 8 bytes and a security control that can be, a data-notification whose body is a structure or an
// array of something. Right behind another frame or a silence (`is_fresh`) any APDU does.
#pragma once

#include "link/frame.hpp"

namespace meterpipe::link {

// `kind`: llc or bare.
Probe probe_bare(Bytes rest, FrameKind kind, bool is_fresh, bool at_end);

}  // namespace meterpipe::link
