// What has been read and not acknowledged, in a file that outlives the process: batches in their
// order, the input's position, and what the stages must not forget; all that changes together is
// committed together.
//
//   row = spool.add(batch, now)      not safe yet
//   spool.save(key, text)
//   spool.set_position(position)     behind the line that all this came of
//   spool.commit()                   100 ms after the first change at the latest: now it is safe
//   spool.remove(row)                acknowledged by the broker
//   spool.checkpoint()               from time to time: safe from a power cut, too
//
// With a followed file the first position is set at the start (offset 0), too: only what was left
// somewhere is looked for when the file is rotated meanwhile. What Input::position() costs (two
// reads of 256 bytes) is paid once a commit: keep InputSplitter::taken() until then.
//
// Changes gather in memory until commit(), and are written in one transaction: there they are, all
// or none of them. A batch that is added and removed again in between never touches the disk.
//
// A commit that fails (disk full, I/O error) changes nothing in the file and forgets nothing here:
// all changes stay, the next commit() tries again, at most once in `retry_ms`. Nothing is to be
// repeated by the caller. What fails is said once, that it works again once. While it fails memory
// is bounded by trim().
//
// A file that is damaged, at the start or while running, is moved to FILE.corrupt-N; a new one has
// what could still be read (spool_repair.hpp), rows keep their numbers.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/timestamp.hpp"
#include "io/position.hpp"
#include "mqtt/batch_store.hpp"
#include "spool/run_clock.hpp"
#include "spool/spool_file.hpp"

namespace meterpipe::spool {

struct SpoolSettings {
  std::string path;
  std::uint64_t most_bytes = std::uint64_t{100}
                             << 20;  // of the file; the log beside it has 8 MiB more
  Micros most_age = 30 * kDay;       // 0: any
  bool sync_each_commit = false;
  std::uint64_t most_unsafe_bytes = 1 << 20;  // in memory, while the file cannot be written
  long long retry_ms = 1000;
  long long say_again_ms = 60'000;  // that it cannot be written, once it has been said
  bool input_waits = false;         // while it cannot be written
  std::int64_t page_limit = 0;      // tests: a disk that is full after so many pages
  RunClock::Source clock = RunClock::of_this_machine();
};

class Spool : public mqtt::BatchStore {
 public:
  // Throws os::Fatal: 66 no such folder, 77 no permission, 74 in use by another program, 78 of a
  // newer version or of another program. Where there is no room for a new file, or the disk gives
  // errors, it starts without one and tries again; rows that are found then come before all that
  // were given meanwhile, and may be zero or negative.
  explicit Spool(const SpoolSettings& settings);
  ~Spool() override;

  // What an earlier run left. Before the first change.
  std::optional<io::Position> position();
  using TakeSaved = std::function<void(std::string_view key, std::string_view text)>;
  void for_each_saved(const TakeSaved& take);

  std::int64_t add(const mqtt::Batch& batch, Micros now) override;
  void remove(std::int64_t row) override;
  void save(const std::string& key, std::string_view text) override;
  void set_position(const io::Position& position) override;

  bool commit() override;
  bool has_uncommitted() const override { return !changes_.empty(); }
  // os::monotonic_ms() of the first change that is not committed; -1: there is none.
  long long uncommitted_since() const { return uncommitted_since_; }
  bool is_safe(std::int64_t row) const { return !changes_.added.contains(row); }

  // commit() calls it when the log has grown to 8 MiB.
  bool checkpoint() override;
  bool close() override;

  // A batch that is found damaged is left out, said and removed.
  std::vector<mqtt::SpooledBatch> load(std::int64_t after_row, std::size_t most) override;
  std::size_t size() const override;
  std::uint64_t bytes() override;
  std::uint64_t most_bytes() const override { return settings_.most_bytes; }
  std::optional<Micros> oldest() override;

  Dropped trim(Micros now, bool by_size, bool by_age) override;

 private:
  enum class Access : std::uint8_t { read, write };
  template <class Action>
  bool attempt(Access access, const Action& action);
  template <class Action>
  void look(const Action& action);
  void open();
  bool replace(const std::string& reason);
  void failed(const std::string& why, bool reopen);
  void changed();
  void write(SpoolFile& file, const SpoolChanges& changes);
  void removed(std::int64_t row);
  void forget_added(std::int64_t row);
  bool is_removed(std::int64_t row) const;
  std::int64_t file_row(std::int64_t row) const { return row + base_; }

  SpoolSettings settings_;
  std::unique_ptr<SpoolFile> file_;  // none: it could not be opened
  SpoolChanges changes_;             // in rows of the caller
  std::uint64_t added_bytes_ = 0;    // of changes_.added
  std::uint64_t removed_bytes_ = 0;  // by trim(), about
  std::int64_t removed_rows_ = 0;
  long long uncommitted_since_ = -1;
  std::int64_t base_ = 0;  // a row of the file is base_ more than the caller's
  std::int64_t next_row_ = 1;
  RunClock clock_;
  bool was_opened_ = false;
  bool unsynced_ = false;
  bool failing_ = false;
  bool is_said_ = false;
  long long said_at_ = -1;
  long long retry_at_ = 0;
};

}  // namespace meterpipe::spool
