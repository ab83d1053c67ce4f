#include "mqtt/outbox.hpp"

#include <algorithm>
#include <utility>

namespace meterpipe::mqtt {
namespace {

constexpr std::size_t kMeanBytes = 256;  // per message: what the queue may hold in all
constexpr std::size_t kLeastBytes = 64 * 1024;
constexpr std::size_t kAtOnce = 64;                        // batches that are loaded
constexpr std::size_t kStoreMessages = 1000;               // in memory, with a store behind
constexpr std::int64_t kPassing = BatchStore::kBeforeAll;  // the row of what the store has not
constexpr long long kTrimMs = 10'000;  // between two looks at the store's bounds
constexpr long long kFreeMs = 50;      // until a full store is asked again, if that frees room

std::size_t memory_of(const Outbox::Settings& settings, bool has_store) {
  return has_store ? std::min(settings.most_messages, kStoreMessages) : settings.most_messages;
}

}  // namespace

Outbox::Outbox(const Settings& settings, BatchStore* store)
    : settings_(settings),
      store_(store),
      queue_(memory_of(settings, store != nullptr),
             std::max(kLeastBytes, memory_of(settings, store != nullptr) * kMeanBytes)),
      behind_(store != nullptr && store->size() != 0) {}

void Outbox::put(Batch batch, Micros now) {
  if (batch.messages.empty()) return;
  if (batch.is_latest) {
    queue_.push_latest(std::move(batch), store_ == nullptr ? 0 : kPassing);
  } else if (store_ == nullptr) {
    dropped_ += queue_.push(std::move(batch)).messages;
  } else {
    record_.push_back({0, now, std::move(batch)});
  }
}

void Outbox::end_record(const std::optional<io::Position>& position) {
  if (store_ == nullptr) return;
  for (SpooledBatch& one : record_) {
    const std::int64_t row = store_->add(one.batch, one.enqueued);
    // What memory has no room for is loaded later.
    if (!behind_ && queue_.fits(one.batch)) {
      push(std::move(one.batch), row);
    } else {
      behind_ = true;
    }
  }
  record_.clear();
  if (position) store_->set_position(*position);
}

void Outbox::push(Batch batch, std::int64_t row) {
  loaded_ = row;
  dropped_ += queue_.push(std::move(batch), row).messages;
}

void Outbox::commit(long long monotonic_ms) {
  if (store_ == nullptr) return;
  if (!store_->has_uncommitted()) {  // what could not be written has gone out since
    failing_ = must_commit_ = false;
    return;
  }
  if (failing_ && monotonic_ms < retry_at()) return;
  failing_ = !store_->commit();
  must_commit_ = false;
  if (failing_) {
    failed_at_ = monotonic_ms;
    return;
  }
  if (sync_at_ < 0 && settings_.sync_ms != 0) sync_at_ = monotonic_ms + settings_.sync_ms;
  // A backlog that comes in one piece does not wait for the next look.
  if (settings_.may_drop && store_->bytes() > store_->most_bytes()) trim_at_ = monotonic_ms;
}

long long Outbox::retry_at() const {
  return must_commit_ ? failed_at_ + kFreeMs : failed_at_ + kRetryMs;
}

void Outbox::tick(long long monotonic_ms, Micros now, bool may_age) {
  if (store_ == nullptr) return;
  if (failing_) commit(monotonic_ms);
  if (sync_at_ >= 0 && monotonic_ms >= sync_at_) {
    sync_at_ = store_->checkpoint() ? -1 : monotonic_ms + kRetryMs;
  }
  if (monotonic_ms >= trim_at_) {
    trim(now, may_age);
    trim_at_ = monotonic_ms + (failing_ ? kRetryMs : kTrimMs);
  }
}

long long Outbox::next_tick() const {
  if (store_ == nullptr) return -1;
  long long next = store_->size() != 0 ? trim_at_ : -1;
  for (const long long at : {failing_ ? retry_at() : -1, sync_at_}) {
    if (at >= 0 && (next < 0 || at < next)) next = at;
  }
  return next;
}

// By size only where the input cannot wait.
void Outbox::trim(Micros now, bool by_age) {
  for (;;) {
    const BatchStore::Dropped dropped = store_->trim(now, settings_.may_drop, by_age);
    if (dropped.empty()) return;
    too_old_ += dropped.too_old.size();
    too_many_ += dropped.too_many.size();
    for (const auto* rows : {&dropped.too_old, &dropped.too_many}) {
      for (const std::int64_t row : *rows) queue_.drop_waiting(row);
    }
  }
}

bool Outbox::close() {
  if (store_ == nullptr) return true;
  if (settings_.may_drop && store_->bytes() > store_->most_bytes()) trim(0, false);
  return store_->close();
}

Queue::Next Outbox::next(long long monotonic_ms) {
  if (store_ == nullptr) return queue_.next();
  if (!record_.empty()) return {};
  if (must_commit_) commit(monotonic_ms);
  if (behind_ && !queue_.half_full()) refill();
  return queue_.next();
}

void Outbox::refill() {
  auto loaded = store_->load(loaded_, kAtOnce);
  for (SpooledBatch& one : loaded) {
    if (!queue_.fits(one.batch)) return;
    push(std::move(one.batch), one.row);
  }
  behind_ = loaded.size() == kAtOnce;
}

void Outbox::take(const Queue::Acknowledged& done) {
  if (!done.batch_done || store_ == nullptr || done.row == kPassing) return;
  store_->remove(done.row);
  must_commit_ = true;
}

Queue::Acknowledged Outbox::acknowledge(int id) {
  const auto done = queue_.acknowledge(id);
  take(done);
  return done;
}

bool Outbox::may_read() const {
  if (store_ == nullptr) return !queue_.half_full();
  // A little below the bound: what is over it would be dropped.
  return settings_.may_drop ? !failing_
                            : !failing_ && store_->bytes() < store_->most_bytes() / 16 * 15;
}

}  // namespace meterpipe::mqtt
