// Reassembly of HDLC information fields into APDUs (IEC 62056-46, 6.4.4.5).
//
//   7E A8 …  E6 E7 00 0F 00 …  7E     S bit: more follows; LLC in front of the APDU's first byte
//   7E A8 …  09 06 01 …        7E     more of it
//   7E A0 …  11 …              7E     the last one
//
// Segments in UI frames have no numbers, so a chain of two and more must be exactly one APDU. A
// frame with an LLC header always starts anew: a lost segment costs one message. I frames count
// modulo 8, with meters that count them (Kaifa in Norway sends 10 always).
//
// A plain list with a hole in it may be exactly one APDU all the same, about one in a hundred is:
// the rest of an entry reads as a few small values. So a chain in which a segment was damaged is
// lost, whatever it makes: by the addresses where the header is good, else any that is open and has
// no length of its own. Numbers that go on one by one say that it was none of the chain.
//
// What real meters do: L+G meters split with general-block-transfer instead of S bits, and only the
// frame with the first block has an LLC header. So a frame without one is taken if it is one APDU
// or block exactly.
//
// Frames of the link itself (SNRM, UA, DISC, RR …) and frames without information are passed over.
#pragma once

#include "link/frame.hpp"
#include "transport/message.hpp"

namespace meterpipe::transport {

class HdlcSegments {
 public:
  static constexpr std::size_t kLongest = 65536;

  // `trace`: messages say where their bytes stand in the stream.
  explicit HdlcSegments(bool trace = false) : trace_(trace) {}

  // `frame` must be HDLC. `inside`: where its bytes stand, if it came inside something else.
  void push(const link::Frame& frame, MessageSink& sink,
            const std::vector<MessagePiece>* inside = nullptr);
  // Bytes that are no frame, as the framer found them: they may have been a segment.
  void disturb(Bytes skipped, Fault why);
  void gap(MessageSink& sink);
  std::size_t memory() const { return slots_.memory(); }

 private:
  enum class Damage : std::uint8_t { none, perhaps, certain };

  struct Slot {
    bool used = false;
    bool is_known = false;
    Sender sender;
    std::uint64_t age = 0;
    Message message;
    std::uint8_t control = 0;  // of the segment that came last
    ByteVector last;           // and its information
    // Behind that one, and in the chain before it.
    Damage damage = Damage::none, damage_before = Damage::none;
  };

  static void lose(Slot& mine, MessageSink& sink);
  static void finish(Slot& mine, MessageSink& sink);

  void trace(Message& message, const link::Frame& frame, Bytes part, std::size_t at,
             const std::vector<MessagePiece>* inside) const;

  bool trace_;
  Slots<Slot> slots_;
};

}  // namespace meterpipe::transport
