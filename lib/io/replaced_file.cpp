#include "io/replaced_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "os/log.hpp"
#include "os/status.hpp"

namespace meterpipe::io {
namespace {

constexpr mode_t kMode = 0644;  // others collect it, under any umask

// 0, or an errno.
int write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return fchmod(fd, kMode) == 0 ? 0 : errno;
}

}  // namespace

bool is_same_file(const std::string& one, const std::string& other) {
  if (one.empty() || other.empty()) return false;
  struct stat a {
  }, b{};
  const bool is_one = ::stat(one.c_str(), &a) == 0, is_other = ::stat(other.c_str(), &b) == 0;
  if (is_one && is_other) return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
  if (is_one || is_other) return false;
  std::error_code error;
  const auto place = [&error](const std::string& path) {
    return std::filesystem::weakly_canonical(std::filesystem::absolute(path, error), error);
  };
  return place(one) == place(other) && !error;
}

void ReplacedFile::write(std::string_view text) const {
  // Onto a device or a pipe nothing is renamed.
  struct stat there {};
  if (::stat(path_.c_str(), &there) == 0 && !S_ISREG(there.st_mode)) {
    throw os::Fatal(os::kIoError, path_ + ": is there and no file");
  }
  const std::string beside = path_ + ".tmp";
  const int fd =
      ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, kMode);
  if (fd < 0) throw os::file_error(beside, errno);
  int error = write_all(fd, text);
  if (::close(fd) != 0 && error == 0 && errno != EINTR) error = errno;
  if (error == 0 && ::rename(beside.c_str(), path_.c_str()) != 0) error = errno;
  if (error == 0) return;
  ::unlink(beside.c_str());
  throw os::file_error(path_, error);
}

void ReplacedFile::try_to_write(std::string_view text) {
  try {
    write(text);
  } catch (const os::Fatal& fatal) {
    if (!failing_) os::log_error("{}; it stays as it is, trying again", fatal.what());
    failing_ = true;
    return;
  }
  if (failing_) os::log_info("{}: can be written again", path_);
  failing_ = false;
}

}  // namespace meterpipe::io
