#include "io/output.hpp"

#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <string>

#include "os/clock.hpp"
#include "os/signals.hpp"
#include "os/status.hpp"

namespace meterpipe::io {

void fail_write(int error) {
  throw os::Fatal(os::kIoError,
                  std::string("cannot write to standard output: ") + std::strerror(error));
}

// Once a signal has come: whether the reader takes something within two seconds of it.
bool Output::room_in_time() {
  const long long now = os::monotonic_ms();
  if (give_up_at_ < 0) give_up_at_ = now + os::kPatienceMs;
  pollfd ready{fd_, POLLOUT, 0};
  const long long left = give_up_at_ > now ? give_up_at_ - now : 0;
  return ::poll(&ready, 1, static_cast<int>(left)) != 0;
}

void Output::flush() {
  const char* at = buffer_.data();
  std::size_t left = buffer_.size();
  while (left != 0) {
    // After a signal in small pieces that fit whenever there is room, so that none blocks for ever.
    const bool ending = os::Signals::received() != 0;
    if (ending && !room_in_time()) {
      buffer_.clear();
      throw os::Fatal(os::kIoError, "cannot write to standard output: its reader does not read");
    }
    const ssize_t n =
        os::Signals::write(fd_, at, ending ? std::min<std::size_t>(left, PIPE_BUF) : left);
    if (n >= 0) {
      at += n;
      left -= static_cast<std::size_t>(n);
      continue;
    }
    if (errno == EINTR) continue;
    if (errno == EPIPE) os::die_of_broken_pipe();
    if (errno == EAGAIN) {  // somebody made the pipe non-blocking
      pollfd ready{fd_, POLLOUT, 0};
      ::poll(&ready, 1, -1);
      continue;
    }
    const int error = errno;
    buffer_.clear();
    fail_write(error);
  }
  buffer_.clear();
}

void Output::watch_reader() {
  struct stat status {};
  watched_ = fstat(fd_, &status) == 0 && S_ISFIFO(status.st_mode);
}

void Output::close() {
  flush();
  if (fd_ < 0) return;
  const int fd = fd_;
  fd_ = -1;
  if (::close(fd) != 0 && errno != EINTR) fail_write(errno);
}

}  // namespace meterpipe::io
