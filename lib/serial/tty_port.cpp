#include "serial/tty_port.hpp"

#include <fcntl.h>
#include <grp.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "os/files.hpp"
#include "os/log.hpp"
#include "serial/holder.hpp"
#include "serial/kernel_termios.hpp"

namespace meterpipe::serial {
namespace {

constexpr std::size_t kMostEarly = 65536;  // bytes; the rest comes when the port is set

std::string advice_on_permission(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return "a folder above it may not be entered";
  const group* owner = ::getgrgid(status.st_gid);
  const std::string name = owner != nullptr ? owner->gr_name : std::to_string(status.st_gid);
  if ((status.st_mode & S_IRGRP) == 0 || (status.st_mode & S_IWGRP) == 0 || name == "root") {
    return fmt::format(
        "its mode is {:04o}, group {}: serial ports usually belong to the group "
        "dialout with mode 0660",
        status.st_mode & 07777U, name);
  }
  return fmt::format("it belongs to the group {0}: sudo usermod -aG {0} $USER, then log in again",
                     name);
}

// Its path without links; empty where it cannot be told.
std::string device_of(int fd) {
  char path[64] = {};
  return ::ttyname_r(fd, path, sizeof path) == 0 ? path : "";
}

// Where the library has set the line, the marks alone are missing. Where it failed, termios sets
// what the driver takes.
KernelTermios wanted_termios(RealPort& real, const LineSettings& line) {
  KernelTermios set{};
  const bool is_set =
      real.fd() >= 0 && real.set(line) && ::ioctl(real.fd(), kGetTermios, &set) == 0;
  return is_set ? with_marks(set) : to_termios(line);
}

}  // namespace

tl::expected<Progress, Trouble> TtyPort::open() {
  close();
  // O_NONBLOCK: without it the open itself would wait for a carrier.
  lock_fd_ = ::open(path_.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (lock_fd_ < 0) return cannot_open(errno);
  auto ready = lock_and_open().and_then([this] { return set_up(); });
  if (!ready) {
    close();
    return tl::unexpected<Trouble>(ready.error());
  }
  return Progress::opened;
}

tl::unexpected<Trouble> TtyPort::cannot_open(int error) const {
  using Kind = Trouble::Kind;
  switch (error) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
    case ENOTDIR:
    case EIO:  // a pty whose other end has closed
      return trouble(Kind::missing,
                     "{}: no such port ({}): plugged in? mbus-read --list shows those there are",
                     path_, std::strerror(error));
    case EACCES:
    case EPERM:
      return trouble(Kind::denied, "{}: permission denied: {}", path_, advice_on_permission(path_));
    case EBUSY:
      return trouble(Kind::busy, "{}: in exclusive use by {}: stop it, or read another port", path_,
                     describe(holders(path_)));
    case EISDIR: return trouble(Kind::unusable, "{}: is a folder, not a serial port", path_);
    default: return trouble(Kind::failed, "{}: cannot open: {}", path_, std::strerror(error));
  }
}

tl::expected<void, Trouble> TtyPort::lock_and_open() {
  if (::isatty(lock_fd_) != 1) {
    return trouble(Trouble::Kind::unusable,
                   "{0}: is no serial port; to read a file use mbus-read --replay, for a pipe "
                   "`-p - < {0}`",
                   path_);
  }
  if (::flock(lock_fd_, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return trouble(Trouble::Kind::busy, "{}: locked by {}: stop it, or read another port", path_,
                     describe(holders(path_)));
    }
    os::log_warning("{}: cannot lock it ({}): another program may take bytes away", path_,
                    std::strerror(errno));
  }
  const std::string device = device_of(lock_fd_);
  is_pseudo_ = device.starts_with("/dev/pts/");
  fd_ = !is_pseudo_ && real_.open(device) ? real_.fd() : lock_fd_;
  // From here on nobody opens it, the library neither. Not on a pty: there the mark outlives this
  // program, when a signal ends it, until the other end closes, and would lock out the next reader.
  exclusive_ = !is_pseudo_ && ::ioctl(lock_fd_, TIOCEXCL) == 0;
  return {};
}

tl::expected<void, Trouble> TtyPort::set_up() {
  KernelTermios got{};
  if (is_pseudo_ && ::ioctl(fd_, kGetTermios, &got) == 0 && (got.c_iflag & PARMRK) == 0 &&
      (got.c_lflag & ICANON) == 0) {
    take_early_bytes();
  }
  const KernelTermios wanted = wanted_termios(real_, line_);
  if (::ioctl(fd_, kSetTermios, &wanted) != 0 || ::ioctl(fd_, kGetTermios, &got) != 0) {
    const int error = errno;
    if (error == EIO || error == ENXIO || error == ENODEV) return cannot_open(error);
    return trouble(Trouble::Kind::failed, "{}: cannot set the line to {}: {}", path_,
                   to_string(line_), std::strerror(error));
  }
  set_to_ = from_termios(got);
  checks_parity_ = set_to_->parity == line_.parity && !is_pseudo_;
  const auto missing = refused(line_, *set_to_);
  if (missing && !said_refused_) {
    said_refused_ = true;
    os::log_warning("{}: line {} not taken in full: {}{}", path_, to_string(line_), *missing,
                    is_pseudo_ ? " (a pseudo terminal; only a real port checks parity)"
                               : " (the adapter or its driver cannot do it)");
  }
  return {};
}

// A pty keeps what its other end wrote before this program came. These bytes are not escaped yet,
// and the FF 00 in the head of every first segment would be taken for a mark. (What a real port
// received at another baud rate is worth nothing.)
void TtyPort::take_early_bytes() {
  std::uint8_t room[4096];
  while (early_.size() < kMostEarly) {
    const ssize_t n = ::read(fd_, room, sizeof room);
    if (n <= 0) break;
    for (const std::uint8_t byte : Bytes(room, static_cast<std::size_t>(n))) {
      early_.push_back(byte);
      if (byte == 0xff) early_.push_back(byte);
    }
  }
}

pollfd TtyPort::waits_for() const { return {fd_, POLLIN, 0}; }

tl::expected<std::size_t, Trouble> TtyPort::read(std::span<std::uint8_t> to) {
  if (!early_.empty()) {
    const std::size_t size = std::min(to.size(), early_.size());
    std::copy_n(early_.begin(), size, to.begin());
    early_.erase(early_.begin(), early_.begin() + size);
    return size;
  }
  const ssize_t n = ::read(fd_, to.data(), to.size());
  if (n > 0) return static_cast<std::size_t>(n);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
  return trouble(Trouble::Kind::gone, "{}: gone ({})", path_,
                 n == 0 ? "unplugged, or its other end closed" : std::strerror(errno));
}

tl::expected<void, Trouble> TtyPort::write(Bytes bytes) {
  const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
  if (n == static_cast<ssize_t>(bytes.size())) return {};
  return trouble(Trouble::Kind::failed, "{}: cannot write ({})", path_,
                 n >= 0 ? "the line does not take it" : std::strerror(errno));
}

tl::expected<void, Trouble> TtyPort::set(const LineSettings& line) {
  line_ = line;
  return set_up();
}

void TtyPort::close() {
  if (lock_fd_ < 0) return;
  // Others may have it open still; the mark would stay as long as they do.
  if (exclusive_) ::ioctl(lock_fd_, TIOCNXCL);
  exclusive_ = false;
  early_.clear();
  real_.close();
  ::close(lock_fd_);
  fd_ = lock_fd_ = -1;
}

std::string TtyPort::source() const {
  constexpr std::string_view kPts = "/dev/pts/";  // "5" alone would say little
  if (path_.starts_with(kPts)) return "pts" + path_.substr(kPts.size());
  return os::base_name(path_);
}

}  // namespace meterpipe::serial
