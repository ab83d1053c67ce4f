// The batches that have been read and not acknowledged, bounded by their number of messages and by
// bytes. Pure: the session moves them.
//
//   push -> waiting -> started (its messages go out, in order) -> done when all are acknowledged
//
// Order. Batches start in the order in which they came, with one exception: of one meter only one
// batch of state is on its way at a time. The next one of that meter starts when all messages of
// the one before are acknowledged, so that what is sent again after a lost connection never follows
// something newer: a topic does not go back in time. Other meters and events are not held up.
//
// When it is full the oldest waiting batch is dropped: one that has started has probably arrived.
//
// Of messages that replace each other (Batch::is_latest) there is at most one of a topic on its way
// and one that waits, however often they come while a broker is away or breaks off.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "mqtt/message.hpp"

namespace meterpipe::mqtt {

class Queue {
 public:
  using Row = std::int64_t;  // whatever its owner knows a batch by; 0: nothing

  Queue(std::size_t most_messages, std::size_t most_bytes)
      : most_messages_(most_messages), most_bytes_(most_bytes) {}

  struct Dropped {
    std::size_t messages = 0;
    std::vector<Row> rows;
  };
  // What was dropped for it; the newest stays, whatever its size.
  Dropped push(Batch batch, Row row = 0);
  // A batch that is_latest: replaces what waits for its topic; waits beside the queue while that
  // is full.
  void push_latest(Batch batch, Row row = 0);

  struct Acknowledged {
    bool known = false;
    bool batch_done = false;
    Row row = 0;
    bool was_dropped = false;  // meanwhile, and counted as that
    // Of a message that counts as delivered.
    explicit operator bool() const { return known && !was_dropped; }
  };

  // What is to be sent next, or nullptr; sent() puts it in flight under this id (not 0).
  struct Next {
    const Message* message = nullptr;
    const Batch* batch = nullptr;
  };
  Next next();
  void sent(int id);
  // The message that is next can never be sent: away with it.
  Acknowledged skip();
  Acknowledged acknowledge(int id);
  // Called when a message, and when the last message of a batch, is acknowledged.
  using OnTaken = std::function<void(const Message& message)>;
  void on_taken(OnTaken on_taken) { on_taken_ = std::move(on_taken); }
  using OnDone = std::function<void(const Batch& batch)>;
  void on_done(OnDone on_done) { on_done_ = std::move(on_done); }
  // The connection is gone: what was in flight waits again, in its order.
  void connection_lost();
  std::vector<std::string> topics_in_flight() const;
  // Drops it, if it has not started.
  bool drop_waiting(Row row);

  // Messages that are not acknowledged, and bytes of memory, about.
  std::size_t size() const { return messages_ + beside_messages_; }
  std::size_t bytes() const { return bytes_ + beside_bytes_; }
  std::size_t batches() const { return entries_.size(); }
  // Messages that were not sent because their batch's history, or a newer one, went out in place of
  // them.
  std::uint64_t superseded() const { return superseded_; }
  bool empty() const { return entries_.empty() && beside_messages_ == 0; }
  std::size_t in_flight() const { return in_flight_.size(); }
  // Nothing would have to be dropped for it.
  bool fits(const Batch& batch) const {
    return entries_.empty() || (messages_ + batch.messages.size() <= most_messages_ &&
                                bytes_ + batch.cost() <= most_bytes_);
  }
  bool half_full() const { return 2 * messages_ >= most_messages_ || 2 * bytes_ >= most_bytes_; }

 private:
  using Number = std::uint64_t;  // in the order of arrival

  struct Entry {
    Batch batch;
    Row row = 0;
    std::size_t cost = 0;
    std::size_t next = 0;  // message to be sent next
    std::size_t left = 0;  // messages that are not acknowledged
    std::vector<char> acknowledged;
    bool started = false;
  };
  using Entries = std::map<Number, Entry>;
  // The batches of state of one meter; the first one is on its way, or may start.
  using Lane = std::deque<Number>;

  // Of a topic whose messages replace each other.
  struct Latest {
    Number queued = 0;           // 0: not among the entries
    std::optional<Batch> later;  // beside them
    Row row = 0;
  };
  using LatestByTopic = std::unordered_map<std::string, Latest>;

  Entries::iterator enqueue(Batch batch, Row row);
  void replace(Entries::iterator at, Batch batch);
  void let_in();
  void settle(Entry& entry);
  void leave_superseded(Batch& batch) const;
  void tick_off(Entry& entry, std::size_t index);
  Row finish(Entries::iterator at);
  void advance(Entries::iterator at);

  Entries entries_;
  std::unordered_map<std::string, Lane> lanes_;
  std::set<Number> ready_;  // with messages that may be sent
  LatestByTopic latest_;
  std::deque<std::string> beside_;  // topics of latest_ that wait for room
  std::size_t beside_messages_ = 0, beside_bytes_ = 0;
  struct Sent {
    Number number;
    std::size_t index;
  };
  std::unordered_map<int, Sent> in_flight_;
  OnTaken on_taken_;
  OnDone on_done_;
  Number count_ = 0;
  std::size_t messages_ = 0, bytes_ = 0;
  std::uint64_t superseded_ = 0;
  std::size_t most_messages_, most_bytes_;
};

}  // namespace meterpipe::mqtt
