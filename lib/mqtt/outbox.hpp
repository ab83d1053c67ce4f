// Between the stages and the connection: what has been read and is not acknowledged. In memory
// alone, bounded; or in a store as well, from which memory is filled again.
//
//   put … put, end_record -> [ transaction ] -> commit -> store
//                       \-> queue (memory) -> next, sent, acknowledge -> removed from the store
//
// With a store:
// - One record's batches, the input's position behind it and what the stages want kept are written
//   in one transaction: a killed process goes on exactly behind the last record that was stored.
// - A batch may be sent before it is committed, since a message that comes twice does no harm. But
//   when one is done, its removal is committed before the next one of any meter starts: after a
//   kill nothing is sent again that is older than what a subscriber has seen.
// - What cannot be written stays in memory and is tried again (every kRetryMs); meanwhile sending
//   goes on. Then may_read() is false: who can wait with reading should.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "mqtt/batch_store.hpp"
#include "mqtt/queue.hpp"

namespace meterpipe::mqtt {

class Outbox {
 public:
  static constexpr long long kRetryMs = 2000;

  struct Settings {
    std::size_t most_messages = 5000;  // in memory, of 256 bytes each on average
    record::Micros most_age = 0;       // in the store; 0: no bound
    long long sync_ms = 60'000;        // what is written is on the disk after so long; 0: at once
    bool may_drop = true;  // the store's oldest when it is full; else may_read() is false
  };

  explicit Outbox(const Settings& settings, BatchStore* store = nullptr);

  // The batches of one record, then its end. Nothing of a record is stored before its end.
  void put(Batch batch, record::Micros now);
  void end_record(std::optional<io::Position> position);
  void save(const std::string& key, const std::string& text) { transaction_.saved[key] = text; }

  // Writes what happened since the last time. To be called before a wait, at the latest 100 ms
  // after a record was read.
  void commit(long long monotonic_ms);
  // What is due by the clock: another try, a sync, what is too old. When the next one is, in
  // monotonic milliseconds; -1: nothing is due before something happens.
  void tick(long long monotonic_ms, record::Micros now);
  long long next_tick() const;
  // The end: all is written and on the disk.
  void close(long long monotonic_ms);

  // As of Queue. next() commits first where that must come first.
  Queue::Next next(long long monotonic_ms);
  void sent(int id) { queue_.sent(id); }
  void skip() { take(queue_.skip()); }
  bool acknowledge(int id);  // false: not in flight
  void connection_lost() { queue_.connection_lost(); }

  // Input that can wait should be read on.
  bool may_read() const;
  bool half_full() const { return queue_.half_full(); }
  std::size_t in_flight() const { return queue_.in_flight(); }
  std::size_t in_memory() const { return queue_.size(); }  // messages
  bool empty() const { return queue_.empty() && !behind_; }
  // Batches that the store holds, those that are to be written among them.
  std::uint64_t stored() const;
  bool has_store() const { return store_ != nullptr; }
  bool is_failing() const { return failing_; }

  std::uint64_t dropped() const { return dropped_; }  // messages that memory had no room for
  std::uint64_t dropped_batches() const { return dropped_batches_; }  // by the store's bounds

 private:
  using Row = BatchStore::Row;

  void take(const Queue::Acknowledged& done);
  void refill(long long monotonic_ms);
  void push(Batch batch, Row row);
  void forget_unwritten();
  bool behind_or_waiting() const { return behind_ || !queue_.empty(); }
  void drop_from_store(const std::vector<Row>& rows);

  Settings settings_;
  BatchStore* store_;
  Queue queue_;
  std::vector<BatchStore::Stored> record_;  // of the record at hand
  BatchStore::Transaction transaction_;
  Row newest_ = 0;       // of all
  Row loaded_ = 0;       // the newest that went into the queue
  bool behind_ = false;  // the store has rows that the queue has not had
  bool must_commit_ = false;
  bool failing_ = false;
  long long retry_at_ = 0;
  long long sync_at_ = -1;  // something has been written since the last sync
  long long look_at_age_ = 0;
  std::uint64_t dropped_ = 0, dropped_batches_ = 0;
};

}  // namespace meterpipe::mqtt
