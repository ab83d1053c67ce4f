#include "io/stats.hpp"

#include <sys/time.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <csignal>

#include "io/clock.hpp"
#include "io/log.hpp"
#include "io/signals.hpp"
#include "record/stats.hpp"

namespace meterpipe::io {
namespace {

Stats* g_current = nullptr;

}  // namespace

Stats::Stats(const StatsSettings& settings, Members members)
    : settings_(settings), members_(std::move(members)), started_us_(monotonic_us()) {
  g_current = this;
  Signals::on_report(&Stats::heard, &Stats::ending);
  // A write whose reader has gone fails then, and there is time for the last line: what writes to
  // standard output ends as by SIGPIPE itself (die_of_broken_pipe).
  if (settings_.wanted) ::signal(SIGPIPE, SIG_IGN);
  if (settings_.every_ms != 0) every(settings_.every_ms, [this] { write_line(); });
}

Stats::~Stats() {
  g_current = nullptr;
  const itimerval off{};
  if (!jobs_.empty()) setitimer(ITIMER_REAL, &off, nullptr);
  if (settings_.wanted) write_line();
}

void Stats::every(std::uint64_t ms, std::function<void()> job) {
  jobs_.push_back({ms, monotonic_ms() + static_cast<long long>(ms), std::move(job)});
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
    const long long now = monotonic_ms();
    if (now < job.due) continue;
    job.run();
    // Without running after what was missed while nobody waited.
    job.due = std::max(job.due + static_cast<long long>(job.every_ms), now + 1);
  }
  set_timer();
}

void Stats::set_timer() {
  const auto next = std::min_element(jobs_.begin(), jobs_.end(),
                                     [](const Job& a, const Job& b) { return a.due < b.due; });
  const long long left = std::max(1LL, next->due - monotonic_ms());
  itimerval once{};
  once.it_value = {left / 1000, left % 1000 * 1000};
  setitimer(ITIMER_REAL, &once, nullptr);
}

// One write, so that lines of several tools on one terminal do not mix. Nobody to tell if it fails.
void Stats::write_line() {
  Buffer line;
  json::Writer json(line);
  record::begin_stats(json, Log::tool(), wall_clock(), monotonic_us() - started_us_);
  members_(line);
  record::end_stats(json);
  // A reader of stderr that has gone ends nothing.
  struct sigaction ignore {
  }, before{};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, &before);
  std::size_t done = 0;
  while (done < line.size()) {
    const ssize_t n = ::write(STDERR_FILENO, line.data() + done, line.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    done += static_cast<std::size_t>(n);
  }
  sigaction(SIGPIPE, &before, nullptr);
}

}  // namespace meterpipe::io
