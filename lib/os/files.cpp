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

namespace {

bool is_foreign(const struct stat& status) {
  return status.st_uid != ::geteuid() && status.st_uid != 0;
}

bool others_write(const struct stat& status) { return (status.st_mode & (S_IWGRP | S_IWOTH)) != 0; }

void check_link(const std::string& path, const struct stat& link) {
  struct stat folder {
  }, target{};
  if (::stat(folder_of(path).c_str(), &folder) != 0 || !others_write(folder)) return;
  if (is_foreign(link)) {
    throw Fatal(kNoPermission,
                "{}: a link of user {} in a folder that others may write: it may lead anywhere; "
                "take a folder of your own",
                path, link.st_uid);
  }
  if (::stat(path.c_str(), &target) != 0 && errno == ENOENT) {
    throw Fatal(kNoPermission,
                "{}: a link to nothing in a folder that others may write: remove it, or take a "
                "folder of your own",
                path);
  }
}

}  // namespace

void check_own_file(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return;
  if (S_ISLNK(status.st_mode)) {
    check_link(path, status);
    if (::stat(path.c_str(), &status) != 0) return;
  }
  if (!S_ISREG(status.st_mode)) return;
  if (is_foreign(status)) {
    throw Fatal(kNoPermission,
                "{}: belongs to user {}, who may change it: take another name, or give it to the "
                "user that runs this (chown)",
                path, status.st_uid);
  }
  if ((status.st_mode & S_IWOTH) != 0) {
    throw Fatal(kNoPermission, "{}: everybody may change it (mode {:04o}): chmod o-w it", path,
                status.st_mode & 07777u);
  }
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
  // Who made PATH.tmp before could write it now.
  const std::string beside = path + ".tmp";
  constexpr int kNew = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
  int fd = ::open(beside.c_str(), kNew, mode);
  if (fd < 0 && errno == EEXIST && ::unlink(beside.c_str()) == 0) {
    fd = ::open(beside.c_str(), kNew, mode);
  }
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
