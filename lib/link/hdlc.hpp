// HDLC frames (IEC 62056-46, frame format type 3).
//
//   7E  A|S len  dst  src  ctl  [HCS  information]  FCS  7E
//
// The format field is 1010 S LLL LLLLLLLL: S for a segment that is not the last, and the length
// without flags. An address has 1, 2 or 4 bytes, the last one is odd. HCS (over what is before it)
// only where there is information; HCS and FCS are CRC-16/X.25, low byte first.
//
// What real meters do: the closing flag is the next frame's opening flag, or is doubled. 7E stands
// inside frames unescaped: a frame is walked by its length, never split at a flag. Control is 13
// (UI), 03 (UI in segmented frames) or 10 (Kaifa in Norway): any is taken.
//
// HCS is asked as soon as it is there, so that a false header ends quickly. A frame whose HCS and
// FCS both fit is taken without a closing flag, too: the end of the stream, or a flag that was
// damaged. With `check` off nothing but the closing flag says that it is a frame.
#pragma once

#include "link/frame.hpp"

namespace meterpipe::link {

inline constexpr std::uint8_t kHdlcFlag = 0x7e;

// `flag_before`: the byte before is the closing flag of a frame, so that none needs to stand here.
Probe probe_hdlc(Bytes rest, bool flag_before, bool check, bool at_end);

// Flag, format, addresses, control and HCS, whatever flag, format and HCS are; 0: no addresses.
std::size_t hdlc_head_size(Bytes bytes);

// Whether the last bytes are an HDLC header with the HCS that fits, whatever stands where its flag
// should.
bool ends_in_hcs(Bytes bytes);

}  // namespace meterpipe::link
