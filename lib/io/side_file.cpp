#include "io/side_file.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>

#include "os/files.hpp"
#include "os/status.hpp"

namespace meterpipe::io {
namespace {

constexpr std::size_t kFlushAt = 64 * 1024;

}  // namespace

SideFile::SideFile(std::string path) : path_(std::move(path)) {
  fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd_ < 0) throw os::file_error(path_, errno);
}

SideFile::~SideFile() {
  if (fd_ >= 0) ::close(fd_);
}

void SideFile::record_done(bool at_once) {
  if (at_once || buffer_.size() >= kFlushAt) flush();
}

void SideFile::flush() {
  if (const int error = os::write_all(fd_, buffer_.view()); error != 0) {
    throw os::file_error(path_, error);
  }
  buffer_.clear();
}

void SideFile::close() {
  flush();
  const int fd = fd_;
  fd_ = -1;
  if (::close(fd) != 0 && errno != EINTR) throw os::file_error(path_, errno);
}

}  // namespace meterpipe::io
