#include "os/pty.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "os/clock.hpp"
#include "os/processes.hpp"
#include "os/signals.hpp"
#include "os/status.hpp"

namespace meterpipe::os {
namespace {

// A reader opens the line and sets it, and what is sent in between it may take for something else.
// One that leaves the line as it is, as cat does, is waited for this long.
constexpr int kSettleMs = 2000;
constexpr int kDrainMs = 10'000;

void make_raw(const std::string& slave) {
  const int fd = ::open(slave.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) throw file_error(slave, errno);
  termios settings{};
  tcgetattr(fd, &settings);
  cfmakeraw(&settings);
  tcsetattr(fd, TCSANOW, &settings);
  ::close(fd);  // from here on the master sees whether a reader is there
}

void make_link(const std::string& slave, const std::string& link) {
  struct stat there {};
  if (lstat(link.c_str(), &there) == 0) {
    if (!S_ISLNK(there.st_mode)) throw Fatal(kIoError, link + ": exists and is no symbolic link");
    ::unlink(link.c_str());
  }
  if (::symlink(slave.c_str(), link.c_str()) != 0) throw file_error(link, errno);
}

}  // namespace

bool sleep_until(long long until) {
  for (;;) {
    if (Signals::received() != 0) return false;
    const long long left = until - monotonic_ms();
    if (left <= 0) return true;
    Signals::wait(nullptr, 0, static_cast<int>(std::min(left, 60'000LL)));
  }
}

PtyLine::PtyLine(std::string link, std::uint32_t baud, std::uint32_t bits)
    : link_(std::move(link)), baud_(baud), bits_(bits) {
  master_ = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  std::array<char, 64> name{};
  if (master_ < 0 || grantpt(master_) != 0 || unlockpt(master_) != 0 ||
      ptsname_r(master_, name.data(), name.size()) != 0) {
    throw Fatal(kIoError, std::string("cannot open a pty: ") + std::strerror(errno));
  }
  slave_ = name.data();
  make_raw(slave_);
  tcgetattr(master_, &untouched_);
  make_link(slave_, link_);
}

PtyLine::~PtyLine() {
  if (Signals::received() == 0 && has_reader()) drain();
  std::array<char, 64> target{};
  const ssize_t n = readlink(link_.c_str(), target.data(), target.size());
  if (n >= 0 && slave_ == std::string_view(target.data(), static_cast<std::size_t>(n))) {
    ::unlink(link_.c_str());
  }
  ::close(master_);
}

std::int64_t PtyLine::micros(std::size_t bytes) const {
  return static_cast<std::int64_t>(bytes) * bits_ * 1'000'000 / baud_;
}

bool PtyLine::has_reader() const {
  pollfd state{master_, 0, 0};
  return ::poll(&state, 1, 0) == 0 || (state.revents & POLLHUP) == 0;
}

bool PtyLine::wait_for_reader() {
  for (long long since = -1; since < 0 || !is_set();) {
    const long long now = monotonic_ms();
    if (!has_reader()) {
      since = -1;
    } else if (since < 0) {
      since = now;
    } else if (now - since >= kSettleMs) {
      break;
    }
    if (!sleep_until(now + 10)) return false;
  }
  return true;
}

// The master shows the settings of its line.
bool PtyLine::is_set() const {
  termios now{};
  return tcgetattr(master_, &now) == 0 &&
         (now.c_iflag != untouched_.c_iflag || now.c_oflag != untouched_.c_oflag ||
          now.c_cflag != untouched_.c_cflag || now.c_lflag != untouched_.c_lflag ||
          cfgetispeed(&now) != cfgetispeed(&untouched_));
}

void PtyLine::put(Bytes bytes) {
  ssize_t written = 0;
  if (has_reader()) written = std::max<ssize_t>(0, ::write(master_, bytes.data(), bytes.size()));
  lost_ += bytes.size() - static_cast<std::size_t>(written);
}

ByteVector PtyLine::receive(std::int64_t timeout_us) {
  constexpr int kLookMs = 20;  // where nobody has the line open, poll says so at once
  const auto ms = static_cast<int>(std::clamp<std::int64_t>((timeout_us + 999) / 1000, 0, 60'000));
  std::array<std::uint8_t, 512> room{};
  pollfd state{master_, POLLIN, 0};
  if (Signals::wait(&state, 1, ms) <= 0) return {};
  if ((state.revents & POLLIN) == 0) {
    Signals::wait(nullptr, 0, std::min(ms, kLookMs));
    return {};
  }
  const ssize_t n = ::read(master_, room.data(), room.size());
  return n <= 0 ? ByteVector() : ByteVector(room.begin(), room.begin() + n);
}

bool PtyLine::send(Bytes bytes) {
  const std::int64_t start = monotonic_us();
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    if (Signals::received() != 0) return false;
    // A byte is there when its stop bit is.
    const std::int64_t now = monotonic_us() - start;
    std::size_t due = sent;
    while (due < bytes.size() && micros(due + 1) <= now) ++due;
    if (due > sent) put(bytes.subspan(sent, due - sent));
    sent = due;
    if (sent == bytes.size()) break;
    const std::int64_t left = micros(sent + 1) - (monotonic_us() - start);
    Signals::wait(nullptr, 0, static_cast<int>(std::max<std::int64_t>(1, (left + 999) / 1000)));
  }
  return true;
}

// A hang-up throws away what the reader has not read.
void PtyLine::drain() const {
  const long long until = monotonic_ms() + kDrainMs;
  const int fd = ::open(slave_.c_str(), O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return drain_unseen(until);
  // A poll moves on what the kernel has not given to the line yet; the count does not hold that.
  const auto is_unread = [fd] {
    pollfd state{fd, POLLIN, 0};
    int waiting = 0;
    return ::poll(&state, 1, 0) >= 0 && ioctl(fd, FIONREAD, &waiting) == 0 && waiting > 0;
  };
  while (is_unread() && monotonic_ms() < until) {
    if (!sleep_until(monotonic_ms() + 10)) break;
  }
  ::close(fd);
}

// A reader that has the line for itself (TIOCEXCL) lets nobody but root look at it. With nothing
// left to read it sleeps, look after look.
void PtyLine::drain_unseen(long long until) const {
  constexpr int kLooks = 10;
  const std::vector<pid_t> readers = with_open(slave_);
  for (int asleep = 0; asleep < kLooks && monotonic_ms() < until;) {
    if (!sleep_until(monotonic_ms() + 10)) return;
    const bool all = std::ranges::all_of(readers, [](pid_t pid) { return is_asleep(pid); });
    asleep = all ? asleep + 1 : 0;
  }
}

}  // namespace meterpipe::os
