#include "io/input.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>

#include "io/clock.hpp"
#include "io/signals.hpp"
#include "io/status.hpp"

namespace meterpipe::io {
namespace {

constexpr std::size_t kChunk = 64 * 1024;
constexpr int kFollowMs = 100;
constexpr int kPatienceMs = 2000;  // what a filter may still read after SIGINT or SIGTERM

std::string base_name(const std::string& path) {
  const auto slash = path.find_last_of('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

}  // namespace

Fatal file_error(const std::string& path, int error) {
  const Status status = error == ENOENT || error == ENOTDIR || error == ENODEV || error == ENXIO
                            ? kNoInput
                        : error == EACCES || error == EPERM ? kNoPermission
                                                            : kIoError;
  return Fatal(status, path + ": " + std::strerror(error));
}

Input::Input(std::vector<std::string> paths, bool follow)
    : paths_(std::move(paths)), follow_(follow), chunk_(new char[kChunk]), wait_(&Signals::wait) {
  if (paths_.empty()) paths_.push_back("-");
  open_next();
}

Input::~Input() {
  if (fd_ > 0) ::close(fd_);
}

bool Input::open_next() {
  if (fd_ > 0) ::close(fd_);
  fd_ = -1;
  if (next_ == paths_.size()) return false;
  path_ = paths_[next_++];
  if (path_ == "-") {
    fd_ = STDIN_FILENO;
    name_ = "stdin";
    return true;
  }
  fd_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd_ < 0) throw file_error(path_, errno);
  name_ = base_name(path_);
  return true;
}

// False: a signal has come and its time is over.
bool Input::wait(Output& output) {
  // A pipe whose reader has gone is told by POLLERR without a write: the pipe falls down at once
  // when a later program has what it wanted, not a message later for each program in it.
  pollfd ready[2] = {{fd_, POLLIN, 0}, {output.watched_fd(), 0, 0}};
  if (output.pending() && ::poll(ready, 1, 0) == 0) output.flush();
  for (;;) {
    int timeout = -1;
    if (Signals::received() != 0) {
      const long long now = monotonic_ms();
      if (give_up_at_ < 0) give_up_at_ = now + (isatty(fd_) == 1 ? 0 : kPatienceMs);
      if (now >= give_up_at_) return false;
      timeout = static_cast<int>(give_up_at_ - now);
    }
    const int n = wait_(ready, 2, timeout);
    if (n > 0 && (ready[1].revents & POLLERR) != 0) die_of_broken_pipe();
    if (n > 0) return true;
    if (n < 0 && errno != EINTR)
      throw Fatal(kIoError, std::string("poll: ") + std::strerror(errno));
  }
}

bool Input::is_file() const {
  struct stat status {};
  return fd_ >= 0 && fstat(fd_, &status) == 0 && S_ISREG(status.st_mode);
}

// The followed file was truncated or replaced.
bool Input::reopened() {
  struct stat open_file {
  }, named_file{};
  if (fstat(fd_, &open_file) != 0 || stat(path_.c_str(), &named_file) != 0) return false;
  const bool replaced =
      open_file.st_ino != named_file.st_ino || open_file.st_dev != named_file.st_dev;
  if (!replaced && open_file.st_size >= lseek(fd_, 0, SEEK_CUR)) return false;
  if (!replaced) {
    lseek(fd_, 0, SEEK_SET);
    return true;
  }
  const int fd = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  ::close(fd_);
  fd_ = fd;
  return true;
}

std::optional<Input::Chunk> Input::read(Output& output) {
  while (fd_ >= 0) {
    if (!wait(output)) return std::nullopt;
    const ssize_t n = ::read(fd_, chunk_.get(), kChunk);
    if (n < 0) {
      if (errno == EINTR || errno == EAGAIN) continue;
      throw file_error(path_ == "-" ? "standard input" : path_, errno);
    }
    if (n > 0) return Chunk{{chunk_.get(), static_cast<std::size_t>(n)}, false};
    if (follow_ && next_ == paths_.size() && path_ != "-") {
      output.flush();
      if (Signals::received() != 0) return std::nullopt;
      if (reopened()) continue;
      wait_(nullptr, 0, kFollowMs);
      continue;
    }
    // Give the end of this source before its name changes.
    const Chunk end{{}, true};
    if (!ended_) {
      ended_ = true;
      return end;
    }
    ended_ = false;
    open_next();
  }
  return std::nullopt;
}

}  // namespace meterpipe::io
