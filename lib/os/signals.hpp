// SIGINT and SIGTERM as a flag that waits can see. They are blocked except while a wait (ppoll)
// runs, so that none slips in between a look at the flag and the wait. SIGUSR1 and SIGALRM are let
// in at the same places; they never end anything, nor do they show in what wait() and write()
// return.
#pragma once

#include <csignal>
#include <optional>

#include <poll.h>
#include <sys/types.h>

namespace meterpipe::os {

// How long a program may go on after SIGINT or SIGTERM to finish what it holds.
inline constexpr int kPatienceMs = 2000;

class Signals {
 public:
  // Blocks all four and installs the handlers. Once, at the start of main.
  static void install();
  // The signal that came, or 0.
  static int received();
  // heard: called, from inside wait() and write() and not from a handler, when SIGUSR1 (asked) or
  // SIGALRM has come. ending: before the process ends by SIGPIPE.
  static void on_report(void (*heard)(bool asked), void (*ending)());
  // ppoll with the signals let in. timeout_ms < 0 waits for ever. -1 with EINTR after a signal.
  static int wait(pollfd* fds, nfds_t count, int timeout_ms);
  // write(2) with the signals let in: -1 with EINTR after a signal.
  static ssize_t write(int fd, const void* data, std::size_t size);
  // Restores the default action of the signal that came and raises it; returns if none came.
  static void raise_again();
};

// Ends this process as if by SIGPIPE, silently, even where the parent ignores SIGPIPE.
[[noreturn]] void die_of_broken_pipe();

}  // namespace meterpipe::os
