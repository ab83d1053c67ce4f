#include "spool/spool.hpp"

#include <sys/stat.h>
#include <algorithm>

#include <fmt/format.h>

#include "os/clock.hpp"
#include "os/files.hpp"
#include "os/log.hpp"
#include "os/status.hpp"
#include "spool/batch_codec.hpp"
#include "spool/spool_repair.hpp"

namespace meterpipe::spool {
namespace {

constexpr std::int64_t kLargestLog = std::int64_t{8} << 20;
constexpr std::size_t kMostDropped = 1000;
constexpr std::uint64_t kPerRow = 24;  // bytes of a row beside its batch, about
constexpr std::int64_t kNewest = 100;  // rows that are not dropped for their age
constexpr std::string_view kClockKey = "clock";
constexpr int kReopenAfter = 10;  // times retry_ms: opening looks through the whole file

}  // namespace

Spool::Spool(const SpoolSettings& settings) : settings_(settings), clock_(settings.clock) {
  try {
    open();
  } catch (const SqlError& error) {
    failed(error.what(), true);
  }
}

Spool::~Spool() = default;

void Spool::open() {
  const std::string& path = settings_.path;
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    throw os::Fatal(os::kConfig, path + ": a file was expected, this is none");
  }
  for (const char* ending : {"", "-wal", "-shm", "-journal", ".new"})
    os::check_own_file(path + ending);
  make_ready(path);
  for (bool repaired = false; !file_;) {
    std::unique_ptr<SpoolFile> file;
    try {
      file = std::make_unique<SpoolFile>(path);
      const auto kind = file->kind();
      if (kind == SpoolFile::Kind::newer) {
        throw os::Fatal(os::kConfig, path + ": a spool of a newer version of this program");
      }
      if (kind == SpoolFile::Kind::foreign) {
        throw os::Fatal(os::kConfig, path + ": a database of another program");
      }
      if (settings_.page_limit != 0) file->limit_pages(settings_.page_limit);
      file->begin(kind == SpoolFile::Kind::fresh, settings_.sync_each_commit);
      const std::int64_t last = file->last_row();
      if (!was_opened_ && next_row_ != 1)
        base_ = last;  // rows were given before it could be opened
      next_row_ = std::max(next_row_, last - base_ + 1);
      file_ = std::move(file);
    } catch (const SqlError& error) {
      if (error.is_busy()) throw os::Fatal(os::kIoError, path + ": is in use by another program");
      if (!error.is_damage() || repaired) throw;
      repaired = true;
      const Salvaged salvaged = repair(path, std::move(file));
      os::log_warning("{}: damaged ({}), moved to {}; a new one has {} batches, {} and {}", path,
                      error.what(), salvaged.moved_to, salvaged.batches,
                      salvaged.position ? "the input's position" : "no position of the input",
                      salvaged.saved == 0 ? "no states" : "the states");
    }
  }
  was_opened_ = true;
  unsynced_ = false;
}

// A damaged or vanished file, while running. False: no new one could be made, which has been said.
bool Spool::replace(const std::string& reason) {
  try {
    const std::int64_t before = file_ ? file_->rows() : 0;
    const Salvaged salvaged = repair(settings_.path, std::move(file_));
    os::log_warning("{}: {}{}{}; a new one has {} of {} batches", settings_.path, reason,
                    salvaged.moved_to.empty() ? "" : ", moved to ", salvaged.moved_to,
                    salvaged.batches, before);
    open();
    return true;
  } catch (const SqlError& error) {
    failed(error.what(), true);
  } catch (const os::Fatal& error) {
    failed(error.what(), true);
  }
  return false;
}

// Once on each change of state, and not more often than once a minute.
void Spool::failed(const std::string& why, bool reopen) {
  const long long now = os::monotonic_ms();
  if (!failing_) is_said_ = said_at_ < 0 || now - said_at_ >= settings_.say_again_ms;
  if (!failing_ && is_said_) {
    said_at_ = now;
    os::log_error("{}: cannot be written: {}; {}, trying again", settings_.path, why,
                  settings_.input_waits
                      ? "the input waits, nothing is lost"
                      : fmt::format("the newest {} KiB are kept in memory, what is older and not "
                                    "delivered is lost",
                                    settings_.most_unsafe_bytes / 1024));
  }
  failing_ = true;
  retry_at_ = os::monotonic_ms() + settings_.retry_ms * (reopen ? kReopenAfter : 1);
  if (!reopen || !file_) return;
  file_->database().leave_as_it_is();
  file_.reset();
}

// Only what writes is held back after a failure, and tells that it works again.
template <class Action>
bool Spool::attempt(Access access, const Action& action) {
  const bool is_held_back = failing_ && os::monotonic_ms() < retry_at_;
  if (is_held_back && (access == Access::write || !file_)) return false;
  for (bool replaced = false;; replaced = true) {
    try {
      if (!file_) open();
      action(*file_);
      if (access == Access::write) {
        if (failing_ && is_said_) os::log_info("{}: can be written again", settings_.path);
        failing_ = false;
      }
      return true;
    } catch (const SqlError& error) {
      if (file_) file_->rollback();
      if (error.is_damage() && !replaced) {
        if (!replace(fmt::format("damaged ({})", error.what()))) return false;
        continue;
      }
      failed(error.what(), !error.is_full());
    } catch (const os::Fatal& error) {
      failed(error.what(), true);
    }
    return false;
  }
}

// Reads, where there is a file.
template <class Action>
void Spool::look(const Action& action) {
  if (file_) attempt(Access::read, action);
}

// ---- what an earlier run left

std::optional<io::Position> Spool::position() {
  std::optional<io::Position> found;
  look([&](SpoolFile& file) { found = file.position(); });
  return found;
}

void Spool::for_each_saved(const TakeSaved& take) {
  if (!file_) return;
  std::map<std::string, std::string> all;  // first, so that nothing is given twice
  attempt(Access::read, [&](SpoolFile& file) {
    all.clear();
    file.for_each_saved(
        [&](std::string_view key, std::string_view text) { all.emplace(key, text); });
  });
  if (const auto clock = all.extract(std::string(kClockKey))) clock_.restore(clock.mapped());
  for (const auto& [key, text] : all) take(key, text);
  if (file_ && file_->damaged() != 0) {
    os::log_warning("{}: {} damaged entries are left out", settings_.path, file_->damaged());
  }
}

// ---- changes

void Spool::changed() {
  if (uncommitted_since_ < 0) uncommitted_since_ = os::monotonic_ms();
}

std::int64_t Spool::add(const mqtt::Batch& batch, Micros now) {
  changed();
  const std::int64_t row = next_row_++;
  const auto& added = changes_.added.emplace_hint(
      changes_.added.end(), row, SpoolChanges::Added{clock_.at(row, now), encode(batch)});
  added_bytes_ += added->second.bytes.size() + kPerRow;
  return row;
}

void Spool::forget_added(std::int64_t row) {
  const auto added = changes_.added.find(row);
  added_bytes_ -= added->second.bytes.size() + kPerRow;
  changes_.added.erase(added);
  if (changes_.empty()) uncommitted_since_ = -1;
}

void Spool::remove(std::int64_t row) {
  if (changes_.added.contains(row)) return forget_added(row);
  if (row >= next_row_ || is_removed(row)) return;
  changed();
  removed(row);
}

void Spool::removed(std::int64_t row) {
  ++removed_rows_;
  auto& ranges = changes_.removed;
  if (!ranges.empty() && ranges.back().last + 1 == row) {
    ranges.back().last = row;
  } else {
    ranges.push_back({row, row});
  }
}

bool Spool::is_removed(std::int64_t row) const {
  return std::ranges::any_of(changes_.removed, [row](const auto& range) {
    return range.first <= row && row <= range.last;
  });
}

void Spool::save(const std::string& key, std::string_view text) {
  changed();
  changes_.saved.insert_or_assign(key, text);
}

void Spool::set_position(const io::Position& position) {
  changed();
  changes_.position = position;
}

// On a full disk: with the room that the log takes up, or else without what is new.
void Spool::write(SpoolFile& file, const SpoolChanges& changes) {
  try {
    return file.write(changes);
  } catch (const SqlError& error) {
    if (!error.is_full()) throw;
    file.rollback();
  }
  file.checkpoint();
  try {
    return file.write(changes);
  } catch (const SqlError& error) {
    if (!error.is_full() || changes.removed.empty()) throw;
    file.rollback();
    SpoolChanges less;
    less.removed = changes.removed;
    file.write(less);
    changes_.removed.clear();
    removed_rows_ = 0;
    removed_bytes_ = 0;
    throw;
  }
}

bool Spool::commit() {
  if (changes_.empty()) return true;
  if (file_ && !changes_.removed.empty()) retry_at_ = 0;  // a full disk takes what frees room
  const bool done = attempt(Access::write, [&](SpoolFile& file) {
    if (const std::string clock = clock_.text(base_); !clock.empty()) {
      changes_.saved.insert_or_assign(std::string(kClockKey), clock);
    }
    if (base_ == 0) return write(file, changes_);
    SpoolChanges shifted = changes_;
    for (auto& [first, last] : shifted.removed) {
      first += base_;
      last += base_;
    }
    shifted.added.clear();
    for (const auto& [row, added] : changes_.added) shifted.added.emplace(file_row(row), added);
    write(file, shifted);
  });
  if (!done) return false;
  changes_ = {};
  clock_.mark_saved();
  added_bytes_ = removed_bytes_ = 0;
  removed_rows_ = 0;
  uncommitted_since_ = -1;
  unsynced_ = true;
  if (file_->log_bytes() >= kLargestLog) checkpoint();
  return true;
}

bool Spool::checkpoint() {
  if (!unsynced_ && !failing_) return true;
  if (file_ && file_->database().has_moved()) {
    unsynced_ = false;
    return replace("removed or replaced by somebody");
  }
  if (!attempt(Access::write, [](SpoolFile& file) { file.checkpoint(); })) return false;
  unsynced_ = false;
  return true;
}

bool Spool::close() {
  retry_at_ = 0;
  const bool committed = commit();
  const bool synced = checkpoint();
  file_.reset();
  return committed && synced;
}

// ---- what is there

std::vector<mqtt::SpooledBatch> Spool::load(std::int64_t after_row, std::size_t most) {
  std::vector<mqtt::SpooledBatch> found;
  std::vector<std::int64_t> damaged;
  const std::int64_t from = after_row == kBeforeAll ? kBeforeAll : file_row(after_row);
  look([&](SpoolFile& file) {
    found.clear();
    damaged.clear();
    if (most == 0) return;
    file.for_each_batch(from, [&](std::int64_t row, Micros at, std::string_view bytes) {
      row -= base_;
      if (is_removed(row)) return true;
      auto batch = decode_batch(bytes);
      if (batch) {
        found.push_back({row, at, std::move(*batch)});
      } else {
        damaged.push_back(row);
      }
      return found.size() < most;
    });
  });
  for (const std::int64_t row : damaged) remove(row);
  if (!damaged.empty()) {
    os::log_warning("{}: {} damaged batches are left out", settings_.path, damaged.size());
  }
  for (auto added = changes_.added.upper_bound(after_row);
       added != changes_.added.end() && found.size() < most; ++added) {
    auto batch = decode_batch(added->second.bytes);
    if (batch) found.push_back({added->first, added->second.enqueued, std::move(*batch)});
  }
  return found;
}

std::size_t Spool::size() const {
  const std::int64_t in_file =
      std::max<std::int64_t>(0, (file_ ? file_->rows() : 0) - removed_rows_);
  return static_cast<std::size_t>(in_file) + changes_.added.size();
}

std::uint64_t Spool::bytes() {
  std::uint64_t in_file = 0;
  look([&](SpoolFile& file) { in_file = file.bytes(); });
  return in_file - std::min(in_file, removed_bytes_) + added_bytes_;
}

std::optional<Micros> Spool::oldest() {
  std::optional<Micros> found;
  look([&](SpoolFile& file) {
    found.reset();
    file.for_each_batch(kBeforeAll, [&](std::int64_t row, Micros at, std::string_view) {
      if (!is_removed(row - base_)) {
        const Micros now = os::wall_clock();
        found = now - clock_.age(row, at, now, base_);
      }
      return !found;
    });
  });
  if (!found && !changes_.added.empty()) found = changes_.added.begin()->second.enqueued;
  return found;
}

Spool::Dropped Spool::trim(Micros now, bool by_size, bool by_age) {
  Dropped dropped;
  std::uint64_t freed = 0;
  const std::uint64_t used = bytes();
  const std::uint64_t excess =
      by_size && used > settings_.most_bytes ? used - settings_.most_bytes : 0;
  const auto is_old = [&](std::int64_t file_row, Micros enqueued) {
    return by_age && settings_.most_age != 0 && file_row - base_ + kNewest < next_row_ &&
           clock_.age(file_row, enqueued, now, base_) > settings_.most_age;
  };
  look([&](SpoolFile& file) {
    dropped = {};
    freed = 0;
    file.for_each_batch(kBeforeAll, [&](std::int64_t row, Micros at, std::string_view batch) {
      const bool old = is_old(row, at);
      row -= base_;
      if (is_removed(row)) return true;
      if (!old && freed >= excess) return false;
      (old ? dropped.too_old : dropped.too_many).push_back(row);
      freed += batch.size() + kPerRow;
      return dropped.too_old.size() + dropped.too_many.size() < kMostDropped;
    });
  });
  // What cannot be written is bounded, too.
  std::uint64_t unsafe = failing_ ? added_bytes_ : 0;
  for (const auto& [row, added] : changes_.added) {
    if (unsafe <= settings_.most_unsafe_bytes || row + 1 == next_row_) break;  // the newest stays
    unsafe -= added.bytes.size() + kPerRow;
    dropped.too_many.push_back(row);
  }
  for (const auto* rows : {&dropped.too_old, &dropped.too_many}) {
    for (const std::int64_t row : *rows) remove(row);
  }
  removed_bytes_ += freed;
  return dropped;
}

}  // namespace meterpipe::spool
