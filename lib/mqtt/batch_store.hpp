// Where batches outlive the process, as the outbox needs it. Spool is the one that there is; tests
// have one that fails when it is told to.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "io/input.hpp"
#include "mqtt/message.hpp"
#include "record/timestamp.hpp"

namespace meterpipe::mqtt {

class BatchStore {
 public:
  using Row = std::int64_t;  // rising with every batch, from 1

  struct Stored {
    Row row = 0;
    Batch batch;
    record::Micros since = 0;  // when it was read, by the wall clock
  };

  // What happened since the last one: written wholly or not at all.
  struct Transaction {
    std::vector<Stored> added;  // in the order of their rows
    std::vector<Row> removed;
    std::optional<io::Position> position;      // of the input, behind the last record
    std::map<std::string, std::string> saved;  // of stages (stage.hpp); empty: forget it

    bool empty() const { return added.empty() && removed.empty() && !position && saved.empty(); }
  };

  virtual ~BatchStore() = default;
  // False: it could not be written (a full disk, say), nothing of it is stored. The store has said
  // so; the caller keeps the transaction and tries again.
  virtual bool write(const Transaction& transaction) = 0;
  // Onto the disk itself (fsync) with all that has been written; false: it failed, and was said.
  virtual bool sync() = 0;
  // Up to `most` batches behind this row, in order. What cannot be read is left out.
  virtual std::vector<Stored> load(Row after, std::size_t most) = 0;
  virtual Row newest_row() const = 0;  // 0: none was ever stored
  virtual std::uint64_t rows() const = 0;
  virtual std::uint64_t bytes() const = 0;  // in use
  virtual std::uint64_t most_bytes() const = 0;
  // Takes out the oldest ones until `bytes` are free, or those from before a time; which.
  virtual std::vector<Row> drop_oldest(std::uint64_t bytes) = 0;
  virtual std::vector<Row> drop_before(record::Micros time) = 0;
};

}  // namespace meterpipe::mqtt
