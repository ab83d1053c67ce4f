// General block transfer (IEC 62056-5-3, 9.3.5): an APDU in numbered blocks, on any link.
//
//   E0  control  number(2)  acknowledged(2)  length  data
//
// Control: bit 7 the last block, bit 6 streaming, bits 5-0 the window. Numbers count from 1. The
// blocks hold a ciphered or a plain APDU (L+G: `E0 40 0001 0000 77 DB 08 …`).
//
// Block 1 starts anew. A block that comes twice in a row counts once; another number that is not
// due drops the message, and a lost block costs this one message.
#pragma once

#include "transport/message.hpp"

namespace meterpipe::transport {

class BlockTransfer {
 public:
  static constexpr std::size_t kLongest = 65536;

  // Whether these bytes are a block.
  static bool is_block(Bytes apdu);

  // `block` must be one.
  void push(const Message& block, MessageSink& sink);
  void gap(MessageSink& sink);
  std::size_t memory() const { return slots_.memory(); }

 private:
  struct Slot {
    bool used = false;     // a message is unfinished
    bool is_lost = false;  // and that was said; until block 1 comes
    bool is_known = false;
    Sender sender;
    std::uint64_t age = 0;
    unsigned next = 0;  // number of the block that is due; behind a message, one past its last
    Message message;
    ByteVector last;  // the data that came last
  };

  static void lose(Slot& mine, const Error& error, MessageSink& sink);

  Slots<Slot> slots_;
};

}  // namespace meterpipe::transport
