// A serial line that is a pty: the meter writes at the line's rate whether anybody reads or not, as
// a real one does. What is sent while nobody listens, or faster than the reader reads, is lost.
#pragma once

#include <termios.h>
#include <cstdint>
#include <string>

#include "base/bytes.hpp"

namespace meterpipe::os {

class PtyLine {
 public:
  // Opens a pty and makes the symbolic link `link` to its slave. A symbolic link that stands there
  // is replaced, anything else is left: Fatal 74.
  // `bits`: of a byte on the line, with start, parity and stop bits.
  PtyLine(std::string link, std::uint32_t baud, std::uint32_t bits);
  // Gives a reader a moment for what it has not read yet, removes the link, hangs up.
  ~PtyLine();
  PtyLine(const PtyLine&) = delete;
  PtyLine& operator=(const PtyLine&) = delete;

  // These two return false when a signal has come. A reader is there when it has the line open and
  // has set it, or has left it as it was for two seconds.
  bool wait_for_reader();
  bool send(Bytes bytes);

  // For who answers: what a reader has written, waited for so long at most; nothing after a signal.
  ByteVector receive(std::int64_t timeout_us);
  // Bytes whose time it is, at once.
  void give(Bytes bytes) { put(bytes); }
  int fd() const { return master_; }

  std::uint64_t lost() const { return lost_; }

 private:
  bool has_reader() const;
  bool is_set() const;
  std::int64_t micros(std::size_t bytes) const;
  void put(Bytes bytes);
  void drain() const;
  void drain_unseen(long long until) const;

  std::string link_;
  std::string slave_;
  std::int64_t baud_, bits_;
  int master_ = -1;
  termios untouched_{};  // as the line is before a reader sets it
  std::uint64_t lost_ = 0;
};

// Sleeps until monotonic_ms() reaches `until`; false: a signal has come.
bool sleep_until(long long until);

}  // namespace meterpipe::os
