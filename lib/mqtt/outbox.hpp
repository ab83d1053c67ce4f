// Between the stages and the connection: what has been read and is not acknowledged. In memory
// alone, bounded; or in a store as well, from which memory is filled again.
//
//   put … put, end_record -> store -> commit
//                        \-> queue (memory) -> next, sent, acknowledge -> removed from the store
//
// With a store:
// - One record's batches, the input's position behind it and what the stages want kept go into one
//   transaction: a killed process goes on exactly behind the last record that was committed.
// - A batch may be sent before it is committed, since a message that comes twice does no harm. But
//   when one is done, its removal is committed before the next one of any meter starts: after a
//   kill nothing is sent again that is older than what a subscriber has seen.
// - A batch that is replaced by newer ones (Batch::is_latest) is in memory only.
// - A store that cannot be written keeps its changes in memory and tries again; meanwhile sending
//   goes on. Then may_read() is false: who can wait with reading should.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mqtt/batch_store.hpp"
#include "mqtt/queue.hpp"

namespace meterpipe::mqtt {

class Outbox {
 public:
  static constexpr long long kRetryMs = 1000;

  struct Settings {
    std::size_t most_messages = 5000;  // in memory, of 256 bytes each on average
    long long sync_ms = 60'000;        // what is committed is on the disk after so long
    bool may_drop = true;  // the store's oldest when it is full; else may_read() is false before
  };

  explicit Outbox(const Settings& settings, BatchStore* store = nullptr);

  // The batches of one record, then its end. Nothing of a record is stored or sent before its end.
  void put(Batch batch, Micros now);
  void end_record(const std::optional<io::Position>& position);
  BatchStore* store() { return store_; }

  // To be called before a wait, at the latest 100 ms after a record was read.
  void commit(long long monotonic_ms);
  // What is due by the clock: another try, a sync, a look at the store's bounds. When the next one
  // is, in monotonic milliseconds; -1: nothing is due before something happens.
  // may_age: what is too old is dropped; while it can be delivered, it is not.
  void tick(long long monotonic_ms, Micros now, bool may_age);
  long long next_tick() const;
  // The end: all is written and on the disk. False: it is not, which has been said.
  bool close();

  // As of Queue. next() commits first where that must come first.
  Queue::Next next(long long monotonic_ms);
  void sent(int id) { queue_.sent(id); }
  void skip() { take(queue_.skip()); }
  Queue::Acknowledged acknowledge(int id);
  void connection_lost() { queue_.connection_lost(); }
  std::vector<std::string> topics_in_flight() const { return queue_.topics_in_flight(); }

  // Input that can wait should be read on.
  bool may_read() const;
  bool half_full() const { return queue_.half_full(); }
  std::size_t in_flight() const { return queue_.in_flight(); }
  std::size_t in_memory() const { return queue_.size(); }  // messages
  std::size_t memory_bytes() const { return queue_.bytes(); }
  void on_taken(Queue::OnTaken on_taken) { queue_.on_taken(std::move(on_taken)); }
  void on_done(Queue::OnDone on_done) { queue_.on_done(std::move(on_done)); }
  bool empty() const { return queue_.empty() && !behind_; }
  std::size_t stored() const { return store_ == nullptr ? 0 : store_->size(); }  // batches

  std::uint64_t dropped() const { return dropped_; }  // messages that memory had no room for
  // Messages in place of which something else goes out: a history, a newer message.
  std::uint64_t superseded() const { return queue_.superseded(); }
  // Batches that went by the store's bounds.
  std::uint64_t too_old() const { return too_old_; }
  std::uint64_t too_many() const { return too_many_; }

 private:
  void take(const Queue::Acknowledged& done);
  long long retry_at() const;
  void refill();
  void push(Batch batch, std::int64_t row);
  void trim(Micros now, bool by_age);

  Settings settings_;
  BatchStore* store_;
  Queue queue_;
  std::vector<SpooledBatch> record_;              // of the record at hand; rows are not given yet
  std::int64_t loaded_ = BatchStore::kBeforeAll;  // the newest that went into the queue
  bool behind_ = false;                           // the store has rows that the queue has not had
  bool must_commit_ = false;
  bool failing_ = false;
  long long failed_at_ = 0;
  long long sync_at_ = -1;  // something has been committed since the last sync
  long long trim_at_ = 0;
  std::uint64_t dropped_ = 0, too_old_ = 0, too_many_ = 0;
};

}  // namespace meterpipe::mqtt
