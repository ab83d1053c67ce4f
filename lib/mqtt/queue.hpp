// The messages that have been read and not acknowledged, oldest first, bounded by number and by
// bytes. The first ones are in flight (handed to the broker, no acknowledgement yet), the others
// wait. Pure: the session moves them.
//
//   [ in flight … | waiting … ]  <- push
//
// When it is full the oldest waiting message is dropped: one in flight has probably arrived.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "mqtt/message.hpp"

namespace meterpipe::mqtt {

class Queue {
 public:
  Queue(std::size_t most_messages, std::size_t most_bytes)
      : most_messages_(most_messages), most_bytes_(most_bytes) {}

  // How many messages were dropped for it.
  std::size_t push(Message message);

  // The oldest that waits, or nullptr; sent() puts it in flight under this id (not 0).
  const Message* waiting() const;
  void sent(int id);
  // It can never be sent: away with it.
  void drop_waiting();
  // Done: it leaves. False: not in flight.
  bool acknowledge(int id);
  // The connection is gone: what was in flight waits again, in its order.
  void connection_lost();

  std::size_t size() const { return entries_.size() - done_; }
  bool empty() const { return size() == 0; }
  std::size_t in_flight() const { return in_flight_ - done_; }
  bool half_full() const {
    return 2 * entries_.size() >= most_messages_ || 2 * bytes_ >= most_bytes_;
  }

 private:
  struct Entry {
    Message message;
    int id = 0;
    bool done = false;
  };
  void erase(std::size_t index);
  void pop_done();

  std::deque<Entry> entries_;
  std::size_t in_flight_ = 0;  // entries at the front, the done ones among them
  std::size_t done_ = 0;       // acknowledged, but behind one that is not
  std::size_t bytes_ = 0;
  std::size_t most_messages_;
  std::size_t most_bytes_;
};

}  // namespace meterpipe::mqtt
