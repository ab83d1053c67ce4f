// Reassembly of M-Bus segments into APDUs (EN 13757-3 transport, CI 00..1F).
//
//   68 … 53 FF  00  01 67  DB 08 …    CI 00: segment 0        STSAP 01, DTSAP 67
//   68 … 53 FF  11  01 67  … 0D       CI 11: segment 1, last  (bit 4)
//   68 … 53 FF  10  01 67  …          CI 10: the only one
//
// A first segment always starts anew, so that a lost segment costs one message and never two. The
// same segment twice in a row counts once. Messages of several meters on one line are kept apart by
// address and SAPs.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "link/framer.hpp"

namespace meterpipe::transport {

struct Message {
  ByteVector bytes;
  std::uint32_t frames = 0;
  std::uint64_t offset = 0;  // of the first frame's first byte in the stream
  bool length_overflow = false;
  bool repeated_segment = false;
};

class MessageSink {
 public:
  virtual ~MessageSink() = default;
  virtual void on_message(const Message& message) = 0;
  // A message that cannot be finished: what was gathered of it.
  virtual void on_lost(const Message& message, const Error& error) = 0;
};

// True for a frame that carries a segment of a DLMS push: C 53 or 73 and CI 00..1F.
bool is_segment(const link::Frame& frame);

class MbusSegments {
 public:
  // `frame` must be a segment.
  void push(const link::Frame& frame, MessageSink& sink);
  // Silence for longer than a message takes, or the end.
  void gap(MessageSink& sink);

 private:
  struct Sender {
    std::uint8_t address, stsap, dtsap;
    bool operator==(const Sender&) const = default;
  };
  struct Slot {
    bool used = false;  // a message is unfinished
    std::optional<Sender> sender;
    std::uint8_t next =
        0;  // number of the segment that is due; behind a message, one past its last
    std::uint64_t age = 0;
    Message message;
    ByteVector last;  // the segment that came last, to know it again
  };

  Slot& slot(const Sender& sender);
  static void lose(Slot& mine, const Error& error, MessageSink& sink);

  std::array<Slot, 8> slots_;
  std::uint64_t clock_ = 0;
};

}  // namespace meterpipe::transport
