#include "io/output.hpp"

#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <string>

#include "io/signals.hpp"
#include "io/status.hpp"

namespace meterpipe::io {
namespace {

[[noreturn]] void fail_write(int error) {
  throw Fatal(kIoError, std::string("cannot write to standard output: ") + std::strerror(error));
}

}  // namespace

void Output::flush() {
  const char* at = buffer_.data();
  std::size_t left = buffer_.size();
  while (left != 0) {
    const ssize_t n = ::write(fd_, at, left);
    if (n >= 0) {
      at += n;
      left -= static_cast<std::size_t>(n);
      continue;
    }
    if (errno == EINTR) continue;
    if (errno == EPIPE) die_of_broken_pipe();
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

void Output::close() {
  flush();
  if (fd_ < 0) return;
  const int fd = fd_;
  fd_ = -1;
  if (::close(fd) != 0 && errno != EINTR) fail_write(errno);
}

}  // namespace meterpipe::io
