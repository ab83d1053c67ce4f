#include "io/capture_log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>

#include <fmt/format.h>

#include "os/files.hpp"
#include "os/log.hpp"
#include "os/signals.hpp"
#include "os/status.hpp"

namespace meterpipe::io {
namespace {

class TurningFile {
 public:
  explicit TurningFile(const CaptureLog& log) : log_(log) {}
  ~TurningFile() { close(); }

  void write(std::string_view text) {
    if (!at_line_start_ && lost_) {
      // The rest of a line that is not kept.
      const std::size_t end = text.find('\n');
      if (end == text.npos) return;
      text.remove_prefix(end + 1);
      at_line_start_ = true;
    }
    while (!text.empty()) {
      if (fd_ < 0) open();
      // A full one goes when there is more, so that there always is a file.
      if (fd_ >= 0 && size_ >= log_.bytes && at_line_start_) turn();
      if (fd_ < 0) open();
      // To the end of the line with which the file is full.
      const std::uint64_t room = log_.bytes - std::min(log_.bytes, size_);
      std::size_t part = text.size();
      if (room < text.size()) {
        part = std::min(text.find('\n', room), text.size() - 1) + 1;
      }
      const int error = fd_ < 0 ? errno : os::write_all(fd_, text.substr(0, part));
      if (error != 0) {
        if (fd_ >= 0) keep_whole(text.substr(0, part));
        lost(error);
        at_line_start_ = text.back() == '\n';
        return;
      }
      if (lost_) os::log_info("{}: is written again", log_.file);
      lost_ = false;
      size_ += part;
      if (const std::size_t end = text.substr(0, part).rfind('\n'); end != text.npos) {
        whole_ = size_ - (part - end - 1);
      }
      at_line_start_ = text[part - 1] == '\n';
      text.remove_prefix(part);
    }
  }

 private:
  void open() {
    fd_ = open_capture_log(log_.file);
    if (fd_ < 0) return;
    struct stat status {};
    is_file_ = ::fstat(fd_, &status) == 0 && S_ISREG(status.st_mode);
    size_ = whole_ = is_file_ ? static_cast<std::uint64_t>(status.st_size) : 0;
    // What a crash has left of a line does not take the next one with it.
    if (size_ != 0 && !ends_a_line() && os::write_all(fd_, "\n") == 0) whole_ = ++size_;
  }
  bool ends_a_line() const {
    const os::Descriptor file(
        ::open(log_.file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    char last = '\n';
    (void)::pread(file.get(), &last, 1, static_cast<off_t>(size_ - 1));
    return last == '\n';
  }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  // Of a text for which there was no room the lines that had it.
  void keep_whole(std::string_view text) {
    struct stat status {};
    if (!is_file_ || ::fstat(fd_, &status) != 0) return;
    const auto size = static_cast<std::uint64_t>(status.st_size);
    const std::size_t end = text.substr(0, size - std::min(size, size_)).rfind('\n');
    if (end != text.npos) whole_ = size_ + end + 1;
    if (size > whole_) (void)::ftruncate(fd_, static_cast<off_t>(whole_));
  }
  void lost(int error) {
    if (!lost_) os::log_warning("{}: is not written ({})", log_.file, std::strerror(error));
    lost_ = true;
    close();
  }
  void turn() {
    close();
    if (log_.files == 0) {
      ::unlink(log_.file.c_str());
      return;
    }
    const auto name = [this](std::uint64_t n) { return fmt::format("{}.{}", log_.file, n); };
    for (std::uint64_t n = log_.files; n > 1; --n) {
      (void)std::rename(name(n - 1).c_str(), name(n).c_str());
    }
    if (std::rename(log_.file.c_str(), name(1).c_str()) != 0) lost(errno);
  }

  const CaptureLog& log_;
  int fd_ = -1;
  bool is_file_ = false;     // no device
  std::uint64_t size_ = 0;   // of the file
  std::uint64_t whole_ = 0;  // of its whole lines
  bool at_line_start_ = true;
  bool lost_ = false;
};

constexpr std::string_view kAnswer = "{\"v\":1,\"t\":\"stats\",\"tool\":\"log\"}\n";

// A reader that does not take it does not keep this process from its answers; one that has ended is
// a signal.
bool hand_on(std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = os::Signals::write(STDOUT_FILENO, text.data(), text.size());
    if (n < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace

int open_capture_log(const std::string& file) {
  return ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
}

int CaptureLog::run() const {
  os::Signals::install();
  os::Signals::on_report([](bool) { (void)os::write_all(STDERR_FILENO, kAnswer); }, [] {});
  TurningFile out(*this);
  char room[65536];
  while (true) {
    pollfd fd{STDIN_FILENO, POLLIN, 0};
    const int ready = os::Signals::wait(&fd, 1, -1);
    if (os::Signals::received() != 0) break;
    if (ready < 0) return os::kIoError;
    const ssize_t n = ::read(STDIN_FILENO, room, sizeof room);
    if (n == 0) return os::kOk;
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return os::kIoError;
    const std::string_view text(room, static_cast<std::size_t>(n));
    out.write(text);
    if (!hand_on(text)) break;
  }
  os::Signals::raise_again();
  return os::kIoError;
}

}  // namespace meterpipe::io
