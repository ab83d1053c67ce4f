// The spool's file: an SQLite database with a write-ahead log, held by one program at a time.
//
//   batch(row, enqueued, bytes)    what is not acknowledged, in order; sealed, see batch_codec.hpp
//   saved(key, bytes)              what the stages must not forget; sealed text
//   note(name, bytes)              "position": sealed; "checkpoint": a number, for its own sake
//
// A commit writes to the log and syncs nothing: it survives the end of the process, not that of the
// power. A checkpoint syncs the log, moves it into the file and syncs that. The first commit behind
// a checkpoint would sync the log's new header: checkpoint() makes that commit itself.
//
// Functions throw SqlError. What has a wrong checksum is left out and counted in damaged().
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/timestamp.hpp"
#include "io/position.hpp"
#include "mqtt/batch_store.hpp"
#include "spool/sqlite.hpp"

namespace meterpipe::spool {

// What one transaction changes.
struct SpoolChanges {
  struct Added {
    Micros enqueued;
    std::string bytes;
  };
  struct Rows {
    std::int64_t first, last;
  };

  std::map<std::int64_t, Added> added;
  std::vector<Rows> removed;
  std::map<std::string, std::string, std::less<>> saved;  // empty text: the key goes
  std::optional<io::Position> position;

  bool empty() const { return added.empty() && removed.empty() && saved.empty() && !position; }
};

std::string encode(const io::Position& position);
std::optional<io::Position> decode_position(std::string_view bytes);
std::string seal_text(std::string_view text);
std::optional<std::string_view> unseal_text(std::string_view bytes);

class SpoolFile {
 public:
  // What a file is that was found.
  enum class Kind : std::uint8_t { fresh, ours, newer, foreign };

  // Opens it, or makes it, and takes hold of it; nothing is written yet.
  explicit SpoolFile(const std::string& path);

  // Of a whole file. Throws a SqlError that is damage when SQLite finds the file not in order.
  Kind kind();
  // Makes the tables of a fresh file; then prepares.
  void begin(bool is_fresh, bool sync_each_commit);

  // In one transaction. On a disk that is full, what frees room passes all the same: the file is
  // made as large as it must become before anything goes to the log, so that what is in the log can
  // always leave it.
  void write(const SpoolChanges& changes);
  void rollback();
  void checkpoint();
  std::int64_t log_bytes() const { return db_.log_pages() * page_size_; }

  std::int64_t rows() const { return rows_; }
  std::uint64_t bytes();  // of the pages in use
  std::int64_t last_row();
  // From behind `row` on, in order, until `take` says false. Views last as long as the call.
  using Take = std::function<bool(std::int64_t row, Micros enqueued, std::string_view)>;
  void for_each_batch(std::int64_t after_row, const Take& take);
  std::optional<io::Position> position();
  void for_each_saved(const std::function<void(std::string_view key, std::string_view text)>& take);
  std::uint64_t damaged() const { return damaged_; }

  Database& database() { return db_; }
  // Tests: the file never grows beyond so many pages.
  void limit_pages(std::int64_t pages);
  static constexpr std::int64_t page_size() { return page_size_; }

 private:
  struct Statements {
    explicit Statements(Database& db);
    Statement begin, commit, rollback, add, remove, save, forget, note, batches, saved, position;
    Statement pages, free_pages;
  };

  // Small pages: a commit writes whole ones, and a batch is 1 to 3 KB.
  static constexpr std::int64_t page_size_ = 1024;
  static constexpr std::int64_t kChunk = 16 * 1024;  // by which the file grows

  void make_room(const SpoolChanges& changes);
  std::int64_t pages_in_use();

  Database db_;
  std::optional<Statements> sql_;
  std::int64_t pages_ = 0;     // in use after the last write, at most
  std::int64_t reserved_ = 0;  // bytes of the file that are there for certain
  std::int64_t rows_ = 0;
  std::uint64_t damaged_ = 0;
  std::int64_t checkpoints_ = 0;
};

}  // namespace meterpipe::spool
