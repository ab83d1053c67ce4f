// SML files of transport protocol version 1 (BSI TR-03109-1, Annex IV), as German meters send them
// at their infrared heads.
//
//   1B1B1B1B 01010101 data… fill 1B1B1B1B 1A FILL CRC(2)
//
// Four 1B in the data are sent twice. So a run of n bytes 1B is data alone where n mod 8 < 4; else
// its last four begin an escape, whatever stands before them. FILL: how many bytes of 00, 0 to 3,
// stand before the end. CRC-16/X.25 of all up to and with FILL, low byte first.
#pragma once

#include "link/frame.hpp"

namespace meterpipe::link {

inline constexpr std::uint8_t kSmlEscape = 0x1b;

// `at_end`: nothing follows; there is no need_more then.
Probe probe_sml(Bytes rest, bool at_end);

}  // namespace meterpipe::link
