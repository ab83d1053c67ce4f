#include "spool/spool_repair.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>

#include <fmt/format.h>

#include "os/files.hpp"
#include "os/status.hpp"
#include "spool/batch_codec.hpp"

namespace meterpipe::spool {
namespace {

constexpr int kKept = 9;
constexpr std::size_t kRowsAtOnce = 200;
constexpr std::int64_t kMostProbes = 20'000;

bool exists(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

void sync_folder_of(const std::string& path) {
  const int fd = ::open(os::folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

void make_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 && (errno == ENOSPC || errno == EDQUOT)) throw SqlError::full();
  if (fd < 0) throw os::file_error(path, errno);
  ::close(fd);
}

// Copies row by row what can be read and has its checksum.
class Salvage {
 public:
  Salvage(SpoolFile& from, SpoolFile& to) : db_(from.database()), to_(to) {}

  Salvaged run() {
    notes();
    const std::int64_t last = forward();
    if (last != kAll) {  // it broke off behind `last`
      const std::int64_t first = backward(last);
      between(last, first);
    }
    flush();
    return result_;
  }

 private:
  static constexpr std::int64_t kAll = INT64_MAX;

  void notes() try {
    Statement position(db_, "SELECT bytes FROM note WHERE name = 'position'");
    if (position.step()) changes_.position = decode_position(position.bytes(0));
    result_.position = changes_.position.has_value();
    Statement saved(db_, "SELECT key, bytes FROM saved");
    while (saved.step()) {
      const auto text = unseal_text(saved.bytes(1));
      if (!text || text->empty()) continue;
      const bool added = changes_.saved.emplace(saved.bytes(0), *text).second;
      if (!added) break;  // going in circles
      ++result_.saved;
      if (changes_.saved.size() >= kRowsAtOnce) flush();
    }
  } catch (const SqlError& error) {
    if (error.is_full()) throw;
  }

  std::int64_t forward() {
    std::int64_t last = INT64_MIN;
    try {
      Statement rows(db_, "SELECT row, enqueued, bytes FROM batch ORDER BY row");
      while (rows.step()) {
        if (last != INT64_MIN && rows.integer(0) <= last) return last;
        last = rows.integer(0);
        take(rows);
      }
    } catch (const SqlError&) {
      if (writing_) throw;
      return last;
    }
    return kAll;
  }

  // Down to `last`; the first row that could be read from this side.
  std::int64_t backward(std::int64_t last) {
    std::int64_t first = kAll;
    try {
      Statement rows(db_, "SELECT row, enqueued, bytes FROM batch ORDER BY row DESC");
      while (rows.step()) {
        if (rows.integer(0) >= first || rows.integer(0) <= last) break;
        first = rows.integer(0);
        take(rows);
      }
    } catch (const SqlError&) {
      if (writing_) throw;
    }
    return first;
  }

  // What lies between, one by one.
  void between(std::int64_t last, std::int64_t first) {
    if (last == INT64_MIN)
      last = first == kAll ? 0 : std::max<std::int64_t>(0, first - kMostProbes);
    for (std::int64_t row = last + 1; row < first && row - last <= kMostProbes; ++row) {
      try {
        if (!probe_) probe_.emplace(db_, "SELECT row, enqueued, bytes FROM batch WHERE row = ?");
        probe_->bind(1, row);
        if (probe_->step()) take(*probe_);
        probe_->reset();
      } catch (const SqlError&) {
        if (writing_ || !probe_) {
          if (writing_) throw;
          return;
        }
      }
    }
  }

  void take(Statement& row) {
    if (!decode_batch(row.bytes(2))) return;
    const bool added =
        changes_.added
            .emplace(row.integer(0), SpoolChanges::Added{row.integer(1), std::string(row.bytes(2))})
            .second;
    if (added) ++result_.batches;
    if (changes_.added.size() >= kRowsAtOnce) flush();
  }

  void flush() {
    if (changes_.empty()) return;
    writing_ = true;  // what is thrown in here is about the new file
    to_.write(changes_);
    writing_ = false;
    changes_ = {};
  }

  Database& db_;
  SpoolFile& to_;
  SpoolChanges changes_;
  Salvaged result_;
  std::optional<Statement> probe_;
  bool writing_ = false;
};

void remove_all(const std::string& path) {
  for (const char* end : {"", "-wal", "-journal", "-shm"}) ::unlink((path + end).c_str());
}

}  // namespace

Salvaged repair(const std::string& path, std::unique_ptr<SpoolFile> broken) {
  const std::string fresh = path + ".new";
  remove_all(fresh);
  make_file(fresh);
  Salvaged result;
  {
    SpoolFile to(fresh);
    to.begin(true, false);
    if (broken) result = Salvage(*broken, to).run();
    to.checkpoint();
  }
  if (broken) broken->database().leave_as_it_is();
  broken.reset();
  int n = 1;
  while (n < kKept && exists(fmt::format("{}.corrupt-{}", path, n))) ++n;
  const std::string aside = fmt::format("{}.corrupt-{}", path, n);
  remove_all(aside);
  if (::rename(path.c_str(), aside.c_str()) == 0) result.moved_to = aside;
  ::rename((path + "-wal").c_str(), (aside + "-wal").c_str());
  ::unlink((path + "-journal").c_str());
  if (::rename(fresh.c_str(), path.c_str()) != 0) throw os::file_error(path, errno);
  sync_folder_of(path);
  return result;
}

void make_ready(const std::string& path) {
  const std::string fresh = path + ".new";
  if (!exists(path) && exists(fresh)) {
    ::unlink((path + "-wal").c_str());
    if (::rename(fresh.c_str(), path.c_str()) != 0) throw os::file_error(path, errno);
  }
  make_file(path);
}

}  // namespace meterpipe::spool
