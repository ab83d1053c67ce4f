#include "io/input.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>

#include "io/rotated.hpp"
#include "os/clock.hpp"
#include "os/files.hpp"
#include "os/log.hpp"
#include "os/signals.hpp"
#include "os/status.hpp"

namespace meterpipe::io {
namespace {

constexpr std::size_t kChunk = 64 * 1024;
constexpr int kFollowMs = 100;

void close_file(int fd) {
  if (fd > STDIN_FILENO) ::close(fd);
}

bool is_regular(int fd) {
  struct stat status {};
  return fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

Input::Input(std::vector<std::string> paths, bool follow)
    : paths_(std::move(paths)),
      follow_(follow),
      chunk_(new char[kChunk]),
      wait_(&os::Signals::wait) {
  if (paths_.empty()) paths_.push_back("-");
  open_next();
}

Input::~Input() {
  close_file(now_.fd);
  close_file(before_.fd);
  for (const Source& source : then_) close_file(source.fd);
}

void Input::change_to(Source next) {
  close_file(before_.fd);
  before_ = std::move(now_);
  now_ = std::move(next);
  now_.before = given_;
  is_file_ = is_regular(now_.fd);
}

bool Input::open_next() {
  if (next_ == paths_.size()) {
    change_to({});
    return false;
  }
  const std::string& path = paths_[next_++];
  const int fd = path == "-" ? STDIN_FILENO : os::open_at_once(path);
  name_ = path == "-" ? "stdin" : os::base_name(path);
  change_to({fd, path, 0, 0});
  return true;
}

void Input::resume(const Position& position) {
  auto named = std::ranges::find_if(paths_, [&](const std::string& path) {
    return path != "-" && absolute_path(path) == position.path;
  });
  // Another name for the only file: what it holds tells whether it is the same.
  if (named == paths_.end() && paths_.size() == 1 && paths_[0] != "-") named = paths_.begin();
  if (named == paths_.end()) {
    os::log_info("{} is not what was read before ({} to byte {}): read from its start", name_,
                 os::base_name(position.path), position.offset);
    return;
  }
  next_ = static_cast<std::size_t>(named - paths_.begin());
  open_next();
  Continuation found = continue_at(position, now_.path, now_.fd);
  if (found.as_expected) {
    os::log_info("{}", found.said);
  } else {
    os::log_warning("{}", found.said);
  }
  Source last = now_;
  last.start = found.offset;
  for (auto& file : found.before) then_.push_back({file.fd, now_.path, file.offset, 0});
  then_.push_back(last);
  now_ = then_.front();
  then_.pop_front();
  lseek(now_.fd, static_cast<off_t>(now_.start), SEEK_SET);
  for (const Source& source : then_) lseek(source.fd, static_cast<off_t>(source.start), SEEK_SET);
}

std::optional<Position> Input::position(std::uint64_t taken) const {
  const Source& source = taken >= now_.before && now_.fd >= 0 ? now_ : before_;
  if (source.fd < 0 || taken < source.before) return std::nullopt;
  return position_of(source.path, source.fd, source.start + (taken - source.before));
}

// False: a signal has come and its time is over.
bool Input::wait(Output& output) {
  // A pipe whose reader has gone is told by POLLERR without a write: the pipe falls down at once
  // when a later program has what it wanted, not a message later for each program in it.
  pollfd ready[2] = {{now_.fd, POLLIN, 0}, {output.watched_fd(), 0, 0}};
  if (output.pending() && ::poll(ready, 1, 0) == 0) output.flush();
  for (;;) {
    int timeout = -1;
    if (os::Signals::received() != 0) {
      const long long now = os::monotonic_ms();
      if (give_up_at_ < 0) give_up_at_ = now + (isatty(now_.fd) == 1 ? 0 : os::kPatienceMs);
      if (now >= give_up_at_) return false;
      timeout = static_cast<int>(give_up_at_ - now);
    }
    const int n = wait_(ready, 2, timeout);
    if (n > 0 && (ready[1].revents & POLLERR) != 0) os::die_of_broken_pipe();
    if (n > 0) return true;
    if (n < 0 && errno != EINTR) throw os::Fatal(os::kIoError, "poll: {}", std::strerror(errno));
  }
}

// Another file has the followed one's name, and something is in it: what comes behind the end of
// this one. It may have been replaced more than once meanwhile.
void Input::look_for_successor() {
  struct stat open_file {
  }, named_file{};
  if (fstat(now_.fd, &open_file) != 0 || stat(now_.path.c_str(), &named_file) != 0) return;
  const bool same = open_file.st_ino == named_file.st_ino && open_file.st_dev == named_file.st_dev;
  if (same || named_file.st_size == 0 || !S_ISREG(named_file.st_mode)) return;
  const int fd = ::open(now_.path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  const off_t end = lseek(now_.fd, 0, SEEK_CUR);
  if (const auto position = position_of(now_.path, now_.fd, static_cast<std::uint64_t>(end))) {
    Continuation found = continue_at(*position, now_.path, fd);
    // What the present one is now: itself, or a copy under another inode, with more behind it.
    const int present = found.offset != 0      ? fd
                        : found.before.empty() ? now_.fd
                                               : found.before[0].fd;
    if (present != now_.fd) {
      ::close(now_.fd);
      now_.fd = present;
      lseek(present, end, SEEK_SET);
    }
    if (present == fd) return;
    for (std::size_t i = 1; i < found.before.size(); ++i) {
      then_.push_back({found.before[i].fd, now_.path, 0, 0});
    }
  }
  then_.push_back({fd, now_.path, 0, 0});
}

bool Input::changed() {
  struct stat status {};
  if (fstat(now_.fd, &status) != 0) return false;
  if (S_ISREG(status.st_mode) && status.st_size < lseek(now_.fd, 0, SEEK_CUR)) {  // truncated
    lseek(now_.fd, 0, SEEK_SET);
    now_.start = 0;
    now_.before = given_;
    close_file(before_.fd);
    before_ = {};
    return true;
  }
  if (then_.empty()) return false;
  change_to(std::move(then_.front()));
  then_.pop_front();
  return true;
}

std::optional<Input::Chunk> Input::read(Output& output) {
  while (now_.fd >= 0) {
    if (!wait(output)) return std::nullopt;
    // Looked for before the read that finds nothing: what was written before it changed is read.
    const bool followed = follow_ && next_ == paths_.size() && now_.path != "-";
    if (followed && then_.empty() && at_end_) look_for_successor();
    const ssize_t n = ::read(now_.fd, chunk_.get(), kChunk);
    if (n < 0) {
      if (errno == EINTR || errno == EAGAIN) continue;
      throw os::file_error(now_.path == "-" ? "standard input" : now_.path, errno);
    }
    at_end_ = n == 0;
    given_ += static_cast<std::uint64_t>(n);
    if (n > 0) return Chunk{{chunk_.get(), static_cast<std::size_t>(n)}};
    if ((followed || !then_.empty()) && changed()) {
      at_end_ = false;
      return Chunk{{}, false, true};
    }
    if (followed) {
      output.flush();
      if (os::Signals::received() != 0) return std::nullopt;
      wait_(nullptr, 0, kFollowMs);
      continue;
    }
    // Give the end of this source before its name changes.
    if (!ended_) {
      ended_ = true;
      return Chunk{{}, true, false};
    }
    ended_ = false;
    open_next();
  }
  return std::nullopt;
}

}  // namespace meterpipe::io
