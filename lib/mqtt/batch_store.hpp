// Where batches outlive the process, as the outbox needs it. Spool is the one that there is; tests
// have one that fails when it is told to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/timestamp.hpp"
#include "io/position.hpp"
#include "mqtt/message.hpp"

namespace meterpipe::mqtt {

struct SpooledBatch {
  std::int64_t row;  // rising with every batch
  Micros enqueued;
  Batch batch;
};

class BatchStore {
 public:
  static constexpr std::int64_t kBeforeAll = INT64_MIN;

  virtual ~BatchStore() = default;

  // ---- changes, safe with the next commit() that returns true
  // One that is not known is removed without a word.
  virtual std::int64_t add(const Batch& batch, Micros now) = 0;
  virtual void remove(std::int64_t row) = 0;
  virtual void save(const std::string& key, std::string_view text) = 0;  // empty text: forget it
  virtual void set_position(const io::Position& position) = 0;

  // True: all changes so far are in the store, as one transaction. False: none of them, which has
  // been said; they stay, the next commit() tries again.
  virtual bool commit() = 0;
  virtual bool has_uncommitted() const = 0;
  // Syncs all that is committed; false: it failed, which has been said.
  virtual bool checkpoint() = 0;
  // The end: commit and checkpoint.
  virtual bool close() = 0;

  // The oldest behind a row, committed or not, in order; at most so many.
  virtual std::vector<SpooledBatch> load(std::int64_t after_row, std::size_t most) = 0;
  virtual std::size_t size() const = 0;  // batches
  virtual std::uint64_t bytes() = 0;     // with what is not committed
  virtual std::uint64_t most_bytes() const = 0;
  // When the oldest was added.
  virtual std::optional<Micros> oldest() = 0;

  // Drops what the store's bounds do not allow, as far as asked for, the oldest first; at most 1000
  // at a time. The newest are not dropped for their age.
  struct Dropped {
    std::vector<std::int64_t> too_old, too_many;
    bool empty() const { return too_old.empty() && too_many.empty(); }
  };
  virtual Dropped trim(Micros now, bool by_size, bool by_age) = 0;
};

}  // namespace meterpipe::mqtt
