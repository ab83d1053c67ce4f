// What passes through is also kept in a file that turns over: FILE is written to its end, becomes
// FILE.1, that one FILE.2, and so on; the oldest goes. Whole lines only are in a file: one that the
// disk has no room for is taken back, and what a crash has left of one is closed. What passes
// through does not wait for a disk that is full: that is said once, and once more when it is kept
// again.
#pragma once

#include <cstdint>
#include <string>

namespace meterpipe::io {

struct CaptureLog {
  std::string file;
  std::uint64_t bytes = 0;  // of a file, before the next one begins
  std::uint64_t files = 0;  // older ones beside it; 0: none

  // From standard input to standard output until its end; a status. In a process of its own: it
  // takes SIGTERM, and answers SIGUSR1 with a line on standard error, as programs do that count.
  int run() const;
};

// To write at its end, and made where it is not there; -1: not, with errno.
int open_capture_log(const std::string& file);

}  // namespace meterpipe::io
