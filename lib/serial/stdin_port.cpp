#include "serial/stdin_port.hpp"

#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

namespace meterpipe::serial {

bool StdinPort::is_live() const {
  struct stat status {};
  return ::fstat(STDIN_FILENO, &status) != 0 || !S_ISREG(status.st_mode);
}

pollfd StdinPort::waits_for() const { return {STDIN_FILENO, POLLIN, 0}; }

// Called after poll only, so that a descriptor shared with a shell need not be made non-blocking.
tl::expected<std::size_t, Trouble> StdinPort::read(std::span<std::uint8_t> to) {
  const ssize_t n = ::read(STDIN_FILENO, to.data(), to.size());
  if (n > 0) return static_cast<std::size_t>(n);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
  if (n == 0) return trouble(Trouble::Kind::ended, "{}: end", name_);
  return trouble(Trouble::Kind::gone, "{}: cannot read: {}", name_, std::strerror(errno));
}

}  // namespace meterpipe::serial
