#include "os/files.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "os/signals.hpp"
#include "os/status.hpp"

namespace meterpipe::os {
namespace {

constexpr std::size_t kLeastPart = 16'384;

// Room for `size` bytes; what moves is wiped where it was.
void enlarge(std::string& text, std::size_t size) {
  std::string larger(size, '\0');
  std::ranges::copy(text, larger.begin());
  ::explicit_bzero(text.data(), text.size());
  text = std::move(larger);
}

// Ends the process where a signal comes meanwhile: nothing is held yet.
void wait_for_bytes(int fd) {
  pollfd there{fd, POLLIN, 0};
  while (Signals::wait(&there, 1, -1) < 0) Signals::raise_again();
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ > STDIN_FILENO) ::close(fd_);
}

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "./" : path.substr(0, slash + 1);
}

int open_at_once(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) throw file_error(path, errno);
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags >= 0) ::fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
  return fd;
}

int open_file(const std::string& path) {
  const int fd = open_at_once(path);
  struct stat status {};
  if (::fstat(fd, &status) != 0 || !S_ISFIFO(status.st_mode)) return fd;
  wait_for_bytes(fd);
  return fd;
}

std::string read_all(int fd, const std::string& name, std::size_t most) {
  std::string text;
  std::size_t size = 0;
  while (size <= most) {
    if (size == text.size()) enlarge(text, std::min(most + 1, std::max(kLeastPart, 2 * size)));
    wait_for_bytes(fd);
    const ssize_t n = ::read(fd, text.data() + size, text.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      const int error = errno;
      ::explicit_bzero(text.data(), text.size());
      throw file_error(name, error);
    }
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  text.resize(size);
  return text;
}

int write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return 0;
}

void replace_file(const std::string& path, std::string_view text, mode_t mode) {
  struct stat there {};
  if (::stat(path.c_str(), &there) == 0 && !S_ISREG(there.st_mode)) {
    throw Fatal(kIoError, path + ": is there and no file");
  }
  const std::string beside = path + ".tmp";
  const int fd =
      ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
  if (fd < 0) throw file_error(beside, errno);
  int error = write_all(fd, text);
  if (error == 0 && ::fchmod(fd, mode) != 0) error = errno;
  if (::close(fd) != 0 && error == 0 && errno != EINTR) error = errno;
  if (error == 0 && ::rename(beside.c_str(), path.c_str()) != 0) error = errno;
  if (error == 0) return;
  ::unlink(beside.c_str());
  throw file_error(path, error);
}

}  // namespace meterpipe::os
