#include "io/stats.hpp"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>
#include <algorithm>
#include <csignal>

#include "os/clock.hpp"
#include "os/log.hpp"
#include "os/signals.hpp"

namespace meterpipe::io {
namespace {

Stats* g_current = nullptr;

// Whether a write of so many bytes is taken whole. A pipe that poll calls writable has a free page
// and takes PIPE_BUF bytes in one piece (pipe(7)); of more room it tells only when it is empty.
bool has_room(int fd, bool is_pipe, std::size_t size) {
  pollfd ready{fd, POLLOUT, 0};
  if (::poll(&ready, 1, 0) <= 0 || (ready.revents & POLLOUT) == 0) return false;
  if (!is_pipe || size <= PIPE_BUF) return true;
  int waiting = 0;
  return ::ioctl(fd, FIONREAD, &waiting) == 0 && waiting == 0 &&
         ::fcntl(fd, F_GETPIPE_SZ) >= static_cast<int>(size);
}

// Another description of the same pipe or terminal that does not wait; standard error's own is
// shared with the other programs of the pipe, so its flags are left as they are. Between poll and
// write one of them may take the room.
int open_without_waiting() {
  return ::open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

// Whether all of it was written. SIGPIPE is the caller's business. `own`: see above, or -1.
bool write_at_once(std::string_view text, int own) {
  struct stat status {};
  if (::fstat(STDERR_FILENO, &status) != 0) return false;
  const auto all = [&text](ssize_t n) { return n == static_cast<ssize_t>(text.size()); };
  if (S_ISSOCK(status.st_mode)) {
    return all(::send(STDERR_FILENO, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
  }
  const bool is_pipe = S_ISFIFO(status.st_mode);
  if (!is_pipe && !S_ISCHR(status.st_mode)) {  // a file
    return all(::write(STDERR_FILENO, text.data(), text.size()));
  }
  if (!has_room(STDERR_FILENO, is_pipe, text.size())) return false;
  return all(::write(own < 0 ? STDERR_FILENO : own, text.data(), text.size()));
}

}  // namespace

Stats::Stats(const StatsSettings& settings, Line line)
    : settings_(settings),
      line_(std::move(line)),
      started_us_(os::monotonic_us()),
      own_stderr_(open_without_waiting()) {
  g_current = this;
  os::Signals::on_report(&Stats::heard, &Stats::ending);
  // A write whose reader has gone fails then, and there is time for the last line: what writes to
  // standard output ends as by SIGPIPE itself (die_of_broken_pipe).
  if (settings_.wanted) static_cast<void>(::signal(SIGPIPE, SIG_IGN));
  if (settings_.every_ms != 0) every(settings_.every_ms, [this] { write_line(); });
}

Stats::~Stats() {
  g_current = nullptr;
  const itimerval off{};
  if (!jobs_.empty()) setitimer(ITIMER_REAL, &off, nullptr);
  if (settings_.wanted) write_line();
  if (own_stderr_ >= 0) ::close(own_stderr_);
}

void Stats::every(std::uint64_t ms, std::function<void()> job) {
  jobs_.push_back({ms, os::monotonic_ms() + static_cast<long long>(ms), std::move(job)});
  set_timer();
}

void Stats::heard(bool asked) {
  if (g_current == nullptr) return;
  if (asked) g_current->write_line();
  g_current->run_due();
}

// SIGPIPE is how most programs of a pipe end when a later one has what it wanted.
void Stats::ending() {
  if (g_current == nullptr || !g_current->settings_.wanted) return;
  g_current->write_line();
  g_current = nullptr;
}

void Stats::run_due() {
  if (jobs_.empty()) return;
  for (Job& job : jobs_) {
    const long long now = os::monotonic_ms();
    if (now < job.due) continue;
    job.run();
    // Without running after what was missed while nobody waited.
    job.due = std::max(job.due + static_cast<long long>(job.every_ms), now + 1);
  }
  set_timer();
}

void Stats::set_timer() {
  const auto next = std::ranges::min_element(jobs_, {}, &Job::due);
  const long long left = std::max(1LL, next->due - os::monotonic_ms());
  itimerval once{};
  once.it_value = {left / 1000, left % 1000 * 1000};
  setitimer(ITIMER_REAL, &once, nullptr);
}

// One write, so that lines of several tools on one terminal do not mix. INT and TERM are not heard
// meanwhile, so it must not wait.
void Stats::write_line() {
  Buffer line;
  line_(line, os::Log::tool(), os::wall_clock(), os::monotonic_us() - started_us_, missed_);
  // A reader of stderr that has gone ends nothing.
  struct sigaction ignore {
  }, before{};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, &before);
  missed_ = write_at_once(line.view(), own_stderr_) ? 0 : missed_ + 1;
  sigaction(SIGPIPE, &before, nullptr);
}

}  // namespace meterpipe::io
