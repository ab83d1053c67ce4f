#include "io/signals.hpp"

#include <unistd.h>
#include <cerrno>
#include <cstdlib>

namespace meterpipe::io {
namespace {

volatile std::sig_atomic_t g_received = 0;
sigset_t g_while_waiting;

void remember(int signal) { g_received = signal; }

void raise_by_default(int signal) {
  std::signal(signal, SIG_DFL);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal);
  sigprocmask(SIG_UNBLOCK, &only, nullptr);
  std::raise(signal);
}

}  // namespace

void Signals::install() {
  sigset_t ours;
  sigemptyset(&ours);
  sigaddset(&ours, SIGINT);
  sigaddset(&ours, SIGTERM);
  sigprocmask(SIG_BLOCK, &ours, &g_while_waiting);
  sigdelset(&g_while_waiting, SIGINT);
  sigdelset(&g_while_waiting, SIGTERM);
  // A file that may not grow any more is an error of write(2), which is told.
  ::signal(SIGXFSZ, SIG_IGN);
  struct sigaction action {};
  action.sa_handler = remember;
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM}) {
    struct sigaction before {};
    sigaction(signal, nullptr, &before);
    // A shell starts background jobs with SIGINT ignored: leave it so.
    if (before.sa_handler != SIG_IGN) sigaction(signal, &action, nullptr);
  }
}

int Signals::received() { return g_received; }

int Signals::wait(pollfd* fds, nfds_t count, int timeout_ms) {
  timespec timeout{timeout_ms / 1000, timeout_ms % 1000 * 1000000L};
  const int ready = ppoll(fds, count, timeout_ms < 0 ? nullptr : &timeout, &g_while_waiting);
  // Linux lets signals in only where ppoll finds nothing ready: a busy input would shut them out.
  if (ready > 0) {
    const timespec now{};
    ppoll(nullptr, 0, &now, &g_while_waiting);
  }
  return ready;
}

ssize_t Signals::write(int fd, const void* data, std::size_t size) {
  sigset_t before;
  sigprocmask(SIG_SETMASK, &g_while_waiting, &before);
  const ssize_t n = ::write(fd, data, size);
  const int error = errno;
  sigprocmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return n;
}

void Signals::raise_again() {
  if (g_received != 0) raise_by_default(g_received);
}

void die_of_broken_pipe() {
  raise_by_default(SIGPIPE);
  std::_Exit(128 + SIGPIPE);
}

}  // namespace meterpipe::io
