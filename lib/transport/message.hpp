// What the transports put together: one APDU, as it was sent.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"

namespace meterpipe::transport {

// Who sends to whom on one line: the link and its addresses. Messages of several meters that share
// a line are kept apart by it.
class Sender {
 public:
  Sender() = default;
  // Addresses of at most 4 bytes.
  Sender(std::string_view link, Bytes first, Bytes second)
      : addresses_(number(first) << 32 | number(second)),
        sizes_(static_cast<std::uint32_t>((link.empty() ? 0 : link[0]) << 16 | first.size() << 8 |
                                          second.size())) {}
  bool operator==(const Sender&) const = default;

 private:
  static std::uint64_t number(Bytes address) {
    std::uint32_t value = 0;
    for (const std::uint8_t byte : address) value = value << 8 | byte;
    return value;
  }

  std::uint64_t addresses_ = 0;
  std::uint32_t sizes_ = 0;  // and the link
};

// Where a run of a message's bytes stands in the stream. Segments and blocks that came twice are
// there twice.
struct MessagePiece {
  std::uint64_t offset = 0;  // of its first byte in the stream
  std::size_t at = 0;        // in the message
  std::size_t size = 0;
};
// Those of message[from, from + size), counted from `from`.
std::vector<MessagePiece> pieces_within(const std::vector<MessagePiece>& pieces, std::size_t from,
                                        std::size_t size);

struct Message {
  ByteVector bytes;
  std::uint32_t frames = 0;
  std::uint64_t offset = 0;  // of the first frame's first byte in the stream
  std::string_view link = "mbus";
  Sender sender;
  bool length_overflow = false;
  bool no_saps = false;  // the APDU began where STSAP and DTSAP should be
  bool repeated_segment = false;
  bool repeated_block = false;
  std::vector<MessagePiece> pieces = {};  // only where the receiver traces them
};

class MessageSink {
 public:
  virtual ~MessageSink() = default;
  virtual void on_message(const Message& message) = 0;
  // A message that cannot be finished: what was gathered of it.
  virtual void on_lost(const Message& message, const Error& error) = 0;
};

// Slots for messages that are being put together, one for each sender, a few of them.
template <class Slot, std::size_t N = 32>
class Slots {
 public:
  // The slot of this sender; else the one that has been idle longest, one without a message if
  // there is any. The caller looks at `sender` to tell.
  Slot& of(const Sender& sender) {
    Slot* idle = nullptr;
    for (Slot& one : slots_) {
      if (one.is_known && one.sender == sender) {
        one.age = ++clock_;
        return one;
      }
      if (idle == nullptr || std::pair(one.used, one.age) < std::pair(idle->used, idle->age)) {
        idle = &one;
      }
    }
    const bool is_fresh = idle != nullptr && !idle->used && !idle->is_known;
    if (slots_.size() < N && !is_fresh) return slots_.emplace_back();
    return *idle;
  }
  void take(Slot& slot, const Sender& sender) {
    slot.is_known = true;
    slot.sender = sender;
    slot.age = ++clock_;
  }
  auto begin() { return slots_.begin(); }
  auto end() { return slots_.end(); }
  // Of unfinished messages, and of what is kept to know them again.
  std::size_t memory() const {
    std::size_t bytes = slots_.capacity() * sizeof(Slot);
    for (const Slot& one : slots_) bytes += one.message.bytes.capacity() + one.last.capacity();
    return bytes;
  }

 private:
  std::vector<Slot> slots_;  // N at most: few senders share a line
  std::uint64_t clock_ = 0;
};

}  // namespace meterpipe::transport
