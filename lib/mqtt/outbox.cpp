#include "mqtt/outbox.hpp"

#include <algorithm>
#include <utility>

namespace meterpipe::mqtt {
namespace {

constexpr std::size_t kMeanBytes = 256;  // per message: what the queue may hold in all
constexpr std::size_t kLeastBytes = 64 * 1024;
constexpr std::size_t kAtOnce = 64;           // batches that are loaded
constexpr std::size_t kMostUnwritten = 2000;  // batches in memory that a store does not take
constexpr std::size_t kStoreMessages = 1000;  // in memory, with a store behind
constexpr long long kAgeMs = 60'000;          // between two looks for what is too old
constexpr std::uint64_t kDropPart = 20;       // of a full store, at a time

std::size_t memory_of(const Outbox::Settings& settings, bool has_store) {
  return has_store ? std::min(settings.most_messages, kStoreMessages) : settings.most_messages;
}

}  // namespace

Outbox::Outbox(const Settings& settings, BatchStore* store)
    : settings_(settings),
      store_(store),
      queue_(memory_of(settings, store != nullptr),
             std::max(kLeastBytes, memory_of(settings, store != nullptr) * kMeanBytes)) {
  if (store_ == nullptr) return;
  newest_ = store_->newest_row();
  behind_ = store_->rows() != 0;
}

void Outbox::put(Batch batch, record::Micros now) {
  if (batch.messages.empty()) return;
  if (store_ == nullptr) {
    dropped_ += queue_.push(std::move(batch)).messages;
  } else {
    record_.push_back({0, std::move(batch), now});
  }
}

void Outbox::end_record(std::optional<io::Position> position) {
  if (store_ == nullptr) return;
  for (BatchStore::Stored& stored : record_) {
    stored.row = ++newest_;
    // A copy goes on to the queue; what it has no room for is loaded from the store.
    if (!behind_ && queue_.fits(stored.batch)) {
      push(stored.batch, stored.row);
    } else {
      behind_ = true;
    }
    transaction_.added.push_back(std::move(stored));
  }
  record_.clear();
  if (position) transaction_.position = std::move(position);
  if (failing_) forget_unwritten();
}

void Outbox::push(Batch batch, Row row) {
  loaded_ = row;
  dropped_ += queue_.push(std::move(batch), row).messages;
}

// A store that takes nothing for long: the oldest that only memory has are given up, but for those
// that the queue has as well.
void Outbox::forget_unwritten() {
  auto& added = transaction_.added;
  while (added.size() > kMostUnwritten) {
    if (added.front().row > loaded_) {
      dropped_ += added.front().batch.messages.size();
    }
    added.erase(added.begin());
  }
}

void Outbox::commit(long long monotonic_ms) {
  if (store_ == nullptr || transaction_.empty()) return;
  if (failing_ && monotonic_ms < retry_at_) return;
  failing_ = !store_->write(transaction_);
  retry_at_ = monotonic_ms + kRetryMs;
  if (failing_) return;
  transaction_ = {};
  must_commit_ = false;
  if (sync_at_ < 0) sync_at_ = monotonic_ms + settings_.sync_ms;
  if (store_->bytes() > store_->most_bytes() && settings_.may_drop) {
    const std::uint64_t most = store_->most_bytes();
    drop_from_store(store_->drop_oldest(store_->bytes() - most + most / kDropPart));
  }
}

void Outbox::tick(long long monotonic_ms, record::Micros now) {
  if (store_ == nullptr) return;
  if (failing_) commit(monotonic_ms);
  if (sync_at_ >= 0 && monotonic_ms >= sync_at_) {
    sync_at_ = store_->sync() ? -1 : monotonic_ms + kRetryMs;
  }
  if (settings_.most_age != 0 && monotonic_ms >= look_at_age_ && !failing_) {
    drop_from_store(store_->drop_before(now - settings_.most_age));
    look_at_age_ = monotonic_ms + kAgeMs;
  }
}

long long Outbox::next_tick() const {
  if (store_ == nullptr) return -1;
  long long next = settings_.most_age != 0 && behind_or_waiting() ? look_at_age_ : -1;
  for (const long long at : {failing_ ? retry_at_ : -1, sync_at_}) {
    if (at >= 0 && (next < 0 || at < next)) next = at;
  }
  return next;
}

void Outbox::close(long long monotonic_ms) {
  if (store_ == nullptr) return;
  retry_at_ = monotonic_ms;
  commit(monotonic_ms);
  store_->sync();
}

void Outbox::drop_from_store(const std::vector<Row>& rows) {
  for (const Row row : rows) {
    queue_.drop_waiting(row);
    ++dropped_batches_;
  }
}

Queue::Next Outbox::next(long long monotonic_ms) {
  if (store_ == nullptr) return queue_.next();
  if (!record_.empty()) return {};
  if (must_commit_) commit(monotonic_ms);
  if (behind_ && !queue_.half_full()) refill(monotonic_ms);
  return queue_.next();
}

// From the store, and from what it does not take.
void Outbox::refill(long long monotonic_ms) {
  commit(monotonic_ms);
  auto loaded = store_->load(loaded_, kAtOnce);
  for (BatchStore::Stored& stored : loaded) {
    if (!queue_.fits(stored.batch)) return;
    push(std::move(stored.batch), stored.row);
  }
  if (loaded.size() == kAtOnce) return;
  for (const BatchStore::Stored& stored : transaction_.added) {
    if (stored.row <= loaded_) continue;
    if (!queue_.fits(stored.batch)) return;
    push(stored.batch, stored.row);
  }
  behind_ = false;
}

void Outbox::take(const Queue::Acknowledged& done) {
  if (!done.batch_done || done.row == 0) return;
  // Read and delivered within one transaction: the store need not know of it.
  auto& added = transaction_.added;
  const auto own =
      std::lower_bound(added.begin(), added.end(), done.row,
                       [](const BatchStore::Stored& stored, Row row) { return stored.row < row; });
  if (own != added.end() && own->row == done.row) {
    added.erase(own);
  } else {
    transaction_.removed.push_back(done.row);
  }
  must_commit_ = true;
}

bool Outbox::acknowledge(int id) {
  const auto done = queue_.acknowledge(id);
  take(done);
  return done.known;
}

bool Outbox::may_read() const {
  if (store_ == nullptr) return !queue_.half_full();
  return !failing_ && (settings_.may_drop || store_->bytes() < store_->most_bytes());
}

std::uint64_t Outbox::stored() const {
  return store_ == nullptr ? 0 : store_->rows() + transaction_.added.size();
}

}  // namespace meterpipe::mqtt
