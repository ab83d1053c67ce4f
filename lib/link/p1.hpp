// P1 telegrams (IEC 62056-21 mode D, DSMR P1 companion standard 5).
//
//   / XXX Z ident CR LF  CR LF  0-0:1.0.0(…) CR LF …  ! CRC CR LF
//
// XXX: three letters of the manufacturer. CRC: CRC-16/ARC from `/` to `!`, four hex digits, high
// one first.
//
// What real meters do: no CRC at all (Iskra AM550 in Slovenia). Logs have lost the CR; the CRC is
// then taken as if it stood there. A damaged byte in a line costs one value and not the telegram
// if nothing checks it, so only the identification line must be printable.
//
// A telegram ends with its last line's end, so that nothing waits for the next one. Another
// identification line before the `!` ends it, too: it was cut.
#pragma once

#include "link/frame.hpp"

namespace meterpipe::link {

Probe probe_p1(Bytes rest, bool at_end);

}  // namespace meterpipe::link
