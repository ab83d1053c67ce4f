// A serial port or a pty. libserialport opens and sets a port that it knows (real_port.hpp); a pty
// and what else it refuses is set by the kernel's termios. Parity and framing errors are marked by
// termios in both cases, since the library has no word for that.
//
// A serial port is locked twice: TIOCEXCL keeps other users' programs out, flock those of root,
// which TIOCEXCL does not stop. A pty has the flock alone, which dies with its holder. The lock is
// taken on a descriptor of our own before the library opens the port: it sets the port while
// opening it, which would take the marks from a program that reads already.
#pragma once

#include "base/bytes.hpp"
#include "serial/port.hpp"
#include "serial/real_port.hpp"

namespace meterpipe::serial {

class TtyPort : public Port {
 public:
  TtyPort(std::string path, const LineSettings& line, Refusals refusals = Refusals::logged)
      : path_(std::move(path)), line_(line), said_refused_(refusals == Refusals::kept) {}
  ~TtyPort() override { TtyPort::close(); }
  TtyPort(const TtyPort&) = delete;
  TtyPort& operator=(const TtyPort&) = delete;

  tl::expected<Progress, Trouble> open() override;
  pollfd waits_for() const override;
  bool has_early_bytes() const override { return !early_.empty(); }
  tl::expected<std::size_t, Trouble> read(std::span<std::uint8_t> to) override;
  tl::expected<void, Trouble> write(Bytes bytes) override;
  bool sets_rate() const override { return true; }
  tl::expected<void, Trouble> set(const LineSettings& line) override;
  void close() override;
  const std::string& name() const override { return path_; }
  std::string source() const override;
  bool looks_for_holders() const override { return true; }
  // Wherever it is plugged in again, and under which name; what says of which group it is.
  os::Kept needs() const override { return {os::Calls::serial, {.read = {"/"}, .use = {"/dev"}}}; }
  bool marks_errors() const override { return true; }
  bool checks_parity() const override { return checks_parity_; }
  bool is_pseudo() const override { return is_pseudo_; }
  std::optional<LineSettings> set_to() const override { return set_to_; }

 private:
  tl::unexpected<Trouble> cannot_open(int error) const;
  tl::expected<void, Trouble> lock_and_open();
  tl::expected<void, Trouble> set_up();
  void take_early_bytes();

  std::string path_;
  LineSettings line_;
  int lock_fd_ = -1;  // ours, has the lock
  RealPort real_;     // open where the library knows the port
  int fd_ = -1;       // that is set and read: the library's or lock_fd_
  ByteVector early_;  // came before PARMRK was set; escaped as it would have been
  bool exclusive_ = false;
  bool said_refused_;
  bool checks_parity_ = true;
  bool is_pseudo_ = false;
  std::optional<LineSettings> set_to_;
};

}  // namespace meterpipe::serial
