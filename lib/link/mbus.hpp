// Wired M-Bus link layer (EN 13757-2, 5.5 of IEC 60870-5-2 as format class FT 1.2).
//
//   long     68 L L 68 C A CI data… CS 16      L counts C to the last data byte, CS their sum
//   control  the same with L = 3
//   short    10 C A CS 16
//   ack      E5
//
// What real meters do instead: Sagemcom T210-D sends frames with L = 257 and 256 and writes it
// modulo 256 (`68 01 01 68`, `68 00 00 68`); checksum and stop byte are right for the real length.
// L < 3 can only be that. Any other L is tried as L + 256 only where no frame stands at L's end.
// Such a candidate is weak: it waits for up to 517 bytes, and a whole good frame inside it ends it.
#pragma once

#include "link/frame.hpp"

namespace meterpipe::link {

// Where these fields of a long frame stand, and how many bytes stand behind the data.
inline constexpr std::size_t kMbusA = 5, kMbusCi = 6, kMbusData = 7, kMbusEnd = 2;

// Whether these fields are those of a segment of a DLMS push (EN 13757-1): SND-UD, CI 00 to 1f.
constexpr bool is_push(std::uint8_t c, std::uint8_t ci) {
  return (c == 0x53 || c == 0x73) && ci <= 0x1f;
}

// `fresh`: the bytes before belong to a frame, so that E5 can be an acknowledge. A short frame is
// weak elsewhere: five bytes are easily met in noise.
// `at_end`: nothing follows; there is no need_more then.
Probe probe_mbus(Bytes rest, bool fresh, bool at_end);

}  // namespace meterpipe::link
