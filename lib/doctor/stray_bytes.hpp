// Bytes of a stream that has good frames, and that belong to none: neither to one that verifies nor
// to one whose head was seen (frame_scan.hpp).
//
//   … stray stray │ edge │ frame │ stray │ frame │ edge │ stray stray …
//
// What stands before the first frame and behind the last one may be half a message, which is no
// fault: about as much as a message has, 300 bytes at least, is not counted there.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "doctor/frame_evidence.hpp"
#include "doctor/frame_scan.hpp"

namespace meterpipe::doctor {

struct Strays {
  std::uint64_t bytes = 0;  // of the whole stream; behind the sample they are estimated
  ByteVector sample;        // those of the sample
  ByteVector unframed;      // the same with what the edges excuse
  std::size_t runs = 0;     // of the sample: so many pieces
  std::size_t longest_run = 0;
  ByteVector first_run;
  double marked_in_frames = 0;  // share of the frames' bytes with a parity or framing error
};

Strays find_strays(const LineEvidence& line, const FrameEvidence& frames, const Scan& scan);

// Up to a fiftieth of the stream is nothing to speak of, up to a half is suspicious. `finding`
// stays as it is if there is nothing to say.
void judge_strays(const Strays& strays, const LineEvidence& line, const FrameEvidence& frames,
                  Finding& finding);

}  // namespace meterpipe::doctor
