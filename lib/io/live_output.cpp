#include "io/live_output.hpp"

#include <limits.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>

#include "io/output.hpp"
#include "os/clock.hpp"
#include "os/log.hpp"
#include "os/signals.hpp"
#include "os/status.hpp"

namespace meterpipe::io {

LiveOutput::LiveOutput(RecordQueue::Overrun overrun, int fd)
    : queue_(kLimit, std::move(overrun)), fd_(fd) {
  struct stat status {};
  if (::fstat(fd_, &status) != 0) {
    throw os::Fatal(os::kIoError, std::string("standard output: ") + std::strerror(errno));
  }
  is_pipe_ = S_ISFIFO(status.st_mode);
  always_ready_ = S_ISREG(status.st_mode);
}

void LiveOutput::add(std::string_view record, std::string_view ts) {
  queue_.add(record, ts);
  while (!queue_.empty() && write_some()) {
  }
}

pollfd LiveOutput::waits_for() const {
  // A terminal or socket that hung up would wake every poll: the next write says what it is.
  return {hung_up_ && queue_.empty() ? -1 : fd_, static_cast<short>(queue_.empty() ? 0 : POLLOUT),
          0};
}

void LiveOutput::handle(short revents) {
  // A pipe without a reader: end now, not with the next record, which may be minutes away.
  if (is_pipe_ && (revents & POLLERR) != 0) os::die_of_broken_pipe();
  if ((revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) hung_up_ = true;
  while (!queue_.empty() && write_some()) {
  }
}

// The descriptor may be shared with others (a terminal, the shell's log file), so it is not made
// non-blocking: a pipe that poll calls writable takes PIPE_BUF bytes without waiting (pipe(7)).
// False: the reader takes no more at present.
bool LiveOutput::write_some() {
  if (!always_ready_) {
    pollfd ready{fd_, POLLOUT, 0};
    if (::poll(&ready, 1, 0) <= 0) return false;
  }
  const std::string_view text = queue_.front();
  if (text.empty()) return false;
  const std::size_t size = std::min<std::size_t>(text.size(), PIPE_BUF);
  const ssize_t n = ::write(fd_, text.data(), size);
  if (n >= 0) {
    queue_.written(static_cast<std::size_t>(n));
    return true;
  }
  if (errno == EINTR) return true;
  if (errno == EAGAIN) return false;
  if (errno == EPIPE) os::die_of_broken_pipe();
  fail_write(errno);
}

bool LiveOutput::drain() {
  long long end = -1;
  for (;;) {
    while (!queue_.empty() && write_some()) {
    }
    if (queue_.empty()) return true;
    if (end < 0 && os::Signals::received() != 0) end = os::monotonic_ms() + os::kPatienceMs;
    const long long left = end < 0 ? -1 : end - os::monotonic_ms();
    if (end >= 0 && left <= 0) return false;
    pollfd ready = waits_for();
    os::Signals::wait(&ready, 1, static_cast<int>(left));
    if (is_pipe_ && (ready.revents & POLLERR) != 0) os::die_of_broken_pipe();
  }
}

void LiveOutput::finish() {
  if (!drain()) {
    return os::log_error("{} records not written: the next program in the pipe does not take them",
                         queue_.size());
  }
  if (::close(fd_) != 0 && errno != EINTR) fail_write(errno);
}

}  // namespace meterpipe::io
