// Finds frames in a stream of bytes that starts anywhere and has noise in it.
//
// A probe looks at the bytes from one place on and answers NeedMore, Found or Bad; this shell keeps
// the bytes, drops one at a Bad and looks again. So no good frame is lost behind a bad one, and the
// result does not depend on where the stream was cut into pieces. Every byte pushed comes out once:
// in a frame or as skipped. What was skipped is reported as one run, with the best reason seen.
//
// `NeedMore` can be a false header in noise. It is settled by the bytes that follow, or by a gap:
// then it never was a frame and its bytes are looked at again.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"
#include "base/error.hpp"

namespace meterpipe::link {

enum class Kind : std::uint8_t {
  mbus_long,   // 68 L L 68 C A CI … CS 16; a control frame has L = 3
  mbus_short,  // 10 C A CS 16
  mbus_ack,    // E5
};

struct Frame {
  Kind kind;
  Bytes bytes;           // all of it, from the first to the last byte
  std::uint64_t offset;  // of its first byte in the stream
  std::uint8_t c = 0;    // long and short frames
  std::uint8_t a = 0;
  std::optional<std::uint8_t> ci;  // long frames
  std::uint32_t length = 0;        // L, as it really is
  bool length_overflow = false;    // L was sent modulo 256 (Sagemcom T210-D)
  Bytes data;                      // behind CI, before the checksum
};

struct Skipped {
  Bytes bytes;
  std::uint64_t offset;
  Error why;  // noise, bad_checksum or truncated_frame; its offset counts from `bytes`
};

class FrameSink {
 public:
  virtual ~FrameSink() = default;
  virtual void on_frame(const Frame& frame) = 0;
  virtual void on_skipped(const Skipped& skipped) = 0;
};

class Framer {
 public:
  // Frames and skipped runs that these bytes complete go to the sink, in the stream's order.
  void push(Bytes bytes, FrameSink& sink);
  // Silence on the line, or the end: what is unfinished never was a frame.
  void gap(FrameSink& sink);
  // Bytes that wait for more, or for a frame to end the noise they are in.
  std::size_t pending() const { return buffer_.size() - at_; }
  // Offset in the stream of the next byte to be pushed.
  std::uint64_t position() const { return base_ + buffer_.size(); }

 private:
  void scan(bool at_end, FrameSink& sink);
  void skip_to(std::size_t end, FrameSink& sink);
  void give_skipped(FrameSink& sink);

  ByteVector buffer_;
  std::uint64_t base_ = 0;    // offset in the stream of buffer_[0]
  std::size_t at_ = 0;        // start of the bytes that are not yet given out
  std::size_t look_ = 0;      // where the next look is due; at_..look_ is noise so far
  std::optional<Error> why_;  // best reason for the noise, offset from buffer_[0]
  std::size_t why_end_ = 0;   // where the frame behind that reason would have ended
};

}  // namespace meterpipe::link
