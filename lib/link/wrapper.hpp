// The wrapper of DLMS over TCP and UDP (IEC 62056-47, WPDU).
//
//   00 01  source wPort(2)  destination wPort(2)  length(2)  APDU
//
// It has no check of its own. What speaks for it: version 1, two ports that are not 0 (no station),
// and an APDU that is exactly as long as the header says. An APDU whose contents cannot be walked
// is taken only where the frame begins right behind another one or a silence (`is_fresh`).
#pragma once

#include "link/frame.hpp"

namespace meterpipe::link {

inline constexpr std::size_t kWrapperHead = 8;  // bytes before the APDU

Probe probe_wrapper(Bytes rest, bool is_fresh, bool at_end);

}  // namespace meterpipe::link
