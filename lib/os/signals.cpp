#include "os/signals.hpp"

#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "os/clock.hpp"

namespace meterpipe::os {
namespace {

constexpr int kOurs[] = {SIGINT, SIGTERM, SIGUSR1, SIGALRM};

volatile std::sig_atomic_t g_received = 0;
sigset_t g_while_waiting;

volatile std::sig_atomic_t g_asked = 0, g_timer = 0;
void (*g_heard)(bool asked) = nullptr;
void (*g_ending)() = nullptr;

void remember(int signal) {
  if (signal == SIGUSR1) {
    g_asked = 1;
  } else if (signal == SIGALRM) {
    g_timer = 1;
  } else {
    g_received = signal;
  }
}

// Outside of handlers. As long as nobody listens it is kept.
void report() {
  if ((g_asked == 0 && g_timer == 0) || g_heard == nullptr) return;
  const int error = errno;
  const bool asked = g_asked != 0;
  g_asked = 0;
  g_timer = 0;
  g_heard(asked);
  errno = error;
}

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
  for (const int signal : kOurs) sigaddset(&ours, signal);
  sigprocmask(SIG_BLOCK, &ours, &g_while_waiting);
  for (const int signal : kOurs) sigdelset(&g_while_waiting, signal);
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
  for (const int signal : {SIGUSR1, SIGALRM}) sigaction(signal, &action, nullptr);
}

void Signals::on_report(void (*heard)(bool asked), void (*ending)()) {
  g_heard = heard;
  g_ending = ending;
}

int Signals::received() { return g_received; }

int Signals::wait(pollfd* fds, nfds_t count, int timeout_ms) {
  const long long until = timeout_ms > 0 ? monotonic_ms() + timeout_ms : 0;
  for (long long left = timeout_ms;;) {
    timespec timeout{left / 1000, left % 1000 * 1000000L};
    const int ready = ppoll(fds, count, timeout_ms < 0 ? nullptr : &timeout, &g_while_waiting);
    // Linux lets signals in only where ppoll finds nothing ready: a busy input would shut them out.
    if (ready > 0) {
      const timespec now{};
      ppoll(nullptr, 0, &now, &g_while_waiting);
    }
    report();
    if (ready >= 0 || errno != EINTR || g_received != 0) return ready;
    if (timeout_ms > 0) left = std::max(0LL, until - monotonic_ms());
  }
}

ssize_t Signals::write(int fd, const void* data, std::size_t size) {
  for (;;) {
    sigset_t before;
    sigprocmask(SIG_SETMASK, &g_while_waiting, &before);
    if (g_heard == nullptr || (g_asked == 0 && g_timer == 0)) {
      const ssize_t n = ::write(fd, data, size);
      const int error = errno;
      sigprocmask(SIG_SETMASK, &before, nullptr);
      errno = error;
      report();
      if (n >= 0 || errno != EINTR || g_received != 0) return n;
    } else {  // it came before: now, since the write may take as long as it likes
      sigprocmask(SIG_SETMASK, &before, nullptr);
      report();
    }
  }
}

void Signals::raise_again() {
  if (g_received != 0) raise_by_default(g_received);
}

void die_of_broken_pipe() {
  if (g_ending != nullptr) g_ending();
  raise_by_default(SIGPIPE);
  std::_Exit(128 + SIGPIPE);
}

}  // namespace meterpipe::os
