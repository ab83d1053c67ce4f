// Reassembly of M-Bus segments into APDUs (EN 13757-3 transport, CI 00..1F).
//
//   68 … 53 FF  00  01 67  DB 08 …    CI 00: segment 0        STSAP 01, DTSAP 67
//   68 … 53 FF  11  01 67  … 0D       CI 11: segment 1, last  (bit 4)
//   68 … 53 FF  10  01 67  …          CI 10: the only one
//
// A meter may leave out STSAP and DTSAP: then DB 08 and a title's three letters stand in their
// place, with a length that the message has.
//
// A first segment always starts anew, so that a lost segment costs one message and never two. The
// same segment twice in a row counts once. Messages of several meters on one line are kept apart by
// address and SAPs.
//
// Of two messages in a row the end of one and the beginning of the other may be damaged: the rest
// is numbered as if it were one, and of plain lists it reads as one. So where more bytes are lost
// between two segments than the first one has, the message is.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "link/frame.hpp"
#include "transport/message.hpp"

namespace meterpipe::transport {

// True for a frame that carries a segment of a DLMS push: C 53 or 73 and CI 00..1F.
bool is_segment(const link::Frame& frame);

class MbusSegments {
 public:
  // `trace`: messages say where their bytes stand in the stream.
  explicit MbusSegments(bool trace = false) : trace_(trace) {}

  // `frame` must be a segment.
  void push(const link::Frame& frame, MessageSink& sink);
  // So many bytes are in no frame.
  void disturb(std::size_t skipped);
  // Silence for longer than a message takes, or the end.
  void gap(MessageSink& sink);
  std::size_t memory() const { return slots_.memory(); }

 private:
  struct Slot {
    bool used = false;  // a message is unfinished
    bool is_known = false;
    Sender sender;
    std::uint8_t next =
        0;  // number of the segment that is due; behind a message, one past its last
    std::uint64_t age = 0;
    Message message;
    ByteVector last;          // the segment that came last, to know it again
    std::size_t first = 0;    // bytes of the first segment's frame
    std::size_t skipped = 0;  // that are in no frame, behind the last segment
  };

  static void lose(Slot& mine, const Error& error, MessageSink& sink);

  bool is_open(const Sender& sender);  // whether a message of it is unfinished

  bool trace_;
  bool without_saps_ = false;  // a message without STSAP and DTSAP was seen
  Slots<Slot> slots_;
};

}  // namespace meterpipe::transport
