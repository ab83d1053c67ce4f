// Faults of what stands between the meter and its line: frames lost, sent twice, in another order,
// damaged, or those of another protocol; and messages that come again or too early.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "base/error.hpp"
#include "sim/faults.hpp"
#include "sim/link.hpp"
#include "sim/message.hpp"

namespace meterpipe::sim {

// Whether a check goes over the bytes of each frame.
bool has_check(const LinkForm& link, const Message& message);
// Frame by frame, whether a block begins in it; all frames where there are none.
std::vector<bool> block_starts(const LinkForm& link, const std::vector<ByteVector>& frames);

class FrameFaults {
 public:
  FrameFaults(const Faults& faults, const LinkForm& link, std::uint64_t seed)
      : faults_(faults), link_(link), seed_(seed) {}

  // To the frames of a message that is touched.
  void damage(Message& message);

 private:
  struct Part {  // of a frame
    std::size_t begin = 0, end = 0;
    std::size_t size() const { return end - begin; }
  };

  const FaultChoice* find(FaultKind kind) const { return faults_.find(kind); }
  void lose(Message& message, FaultKind kind, bool in_blocks);
  void duplicate(Message& message);
  void reorder(Message& message);
  bool replace(Message& message);
  void flip_bits(Message& message, std::int64_t count);
  void drop_bytes(Message& message, std::int64_t count);
  void cut(Message& message, std::int64_t share_ppm);
  void break_checks(Message& message);
  Part part_of(const Message& message, std::size_t frame) const;
  std::optional<doctor::Cause> cause_of_change(const Message& message) const;

  Faults faults_;
  LinkForm link_;
  std::uint64_t seed_;
  bool is_foreign_ = false;
  // The last message has lost its end, or was sent in another order.
  std::optional<std::uint64_t> open_;
};

class MessageOrder {
 public:
  using Make = std::function<Result<Message*>()>;

  MessageOrder(const Faults& faults, std::uint64_t seed) : faults_(faults), seed_(seed) {}

  // The message to be sent next; stays until the next call.
  Result<const Message*> next(const Make& make);

 private:
  bool replays(const Message& message) const;

  Faults faults_;
  std::uint64_t seed_;
  Message now_;
  std::optional<Message> late_;  // waits for the one that was sent before it
  std::deque<Message> sent_;     // that may come again
};

}  // namespace meterpipe::sim
