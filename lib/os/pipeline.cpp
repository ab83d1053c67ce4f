#include "os/pipeline.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

#include "os/child.hpp"
#include "os/clock.hpp"
#include "os/signals.hpp"
#include "os/status.hpp"

namespace meterpipe::os {
namespace {

// How long the rest may take to hand on what it holds once one has ended, obis-mqtt waits for 10 s
// for its last acknowledgement; and then, asked to end.
constexpr long long kGraceMs = 20'000, kLastWordsMs = 3'000;
// So many bytes of a line that a program says without an end.
constexpr std::size_t kLongestLine = 65536;

int pidfd_of(pid_t pid) {
  const long fd = ::syscall(SYS_pidfd_open, pid, 0);
  return static_cast<int>(fd);
}

}  // namespace

Pipeline::Pipeline(std::vector<Stage> stages, Ends ends)
    : stages_(std::move(stages)), running_(stages_.size()) {
  int input = ends.own_input    ? STDIN_FILENO
              : ends.input >= 0 ? ::fcntl(ends.input, F_DUPFD_CLOEXEC, 3)
                                : open_nothing();
  if (input != STDIN_FILENO) open_.push_back(input);
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    const bool is_last = i + 1 == stages_.size();
    Pipe between, said;
    if (!is_last || ends.lines) between = make_pipe();
    if (stages_[i].said) said = make_pipe();
    for (const int fd : {between.read, between.write, said.read, said.write}) {
      if (fd >= 0) open_.push_back(fd);
    }
    const int last_output = ends.output >= 0 ? ends.output : STDOUT_FILENO;
    if (said.read >= 0) heard_.push_back({said.read, stages_[i].said});
    start(i, input, between.write >= 0 ? between.write : last_output, said.write);
    for (const int fd : {input, between.write, said.write}) {
      if (fd <= STDERR_FILENO) continue;
      ::close(fd);
      std::erase(open_, fd);
    }
    input = between.read;
  }
  if (ends.lines) heard_.push_back({input, std::move(ends.lines)});
}

void Pipeline::start(std::size_t i, int input, int output, int said) {
  const Stage& stage = stages_[i];
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) throw Fatal(kSoftware, "cannot start {}: {}", stage.name, std::strerror(errno));
  if (pid == 0) {
    ::setpgid(0, group_);
    // Whatever becomes of who started it, it ends; who has ended already cannot tell any more.
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) std::_Exit(kSoftware);
    put_on(input, STDIN_FILENO);
    put_on(output, STDOUT_FILENO);
    if (said >= 0) put_on(said, STDERR_FILENO);
    reset_signals();
    // Until it hears it, it does not end by it.
    (void)::signal(SIGUSR1, SIG_IGN);
    if (stage.path.empty()) {
      ::prctl(PR_SET_NAME, stage.name.c_str());
      for (const int fd : open_) {
        if (fd > STDERR_FILENO) ::close(fd);
      }
      std::_Exit(stage.body());
    }
    become(stage.path, stage.name, stage.words);
  }
  if (group_ == 0) group_ = pid;
  // Here, too: whoever of the two comes first.
  ::setpgid(pid, group_);
  running_[i].pid = pid;
  running_[i].pidfd = pidfd_of(pid);
  if (running_[i].pidfd < 0) {
    throw Fatal(kSoftware, "cannot watch {}: {} (Linux 5.3 or later is needed)", stage.name,
                std::strerror(errno));
  }
  open_.push_back(running_[i].pidfd);
}

Pipeline::~Pipeline() {
  // Nobody hears them any more: who writes need not wait.
  for (const Heard& heard : heard_) {
    if (heard.fd >= 0) ::close(heard.fd);
  }
  for (const int signal : {SIGTERM, SIGKILL}) {
    for (std::size_t i = 0; i < running_.size(); ++i) {
      if (running_[i].pid > 0 && !running_[i].status) send(i, signal);
    }
    const long long until = monotonic_ms() + (signal == SIGTERM ? kLastWordsMs : kGraceMs);
    while (monotonic_ms() < until) {
      for (std::size_t i = 0; i < running_.size(); ++i) reap(i);
      if (all_ended()) break;
      ::poll(nullptr, 0, 10);
    }
    if (all_ended()) break;
  }
  for (const Running& one : running_) {
    if (one.pidfd >= 0) ::close(one.pidfd);
  }
}

bool Pipeline::all_ended() const {
  return std::ranges::all_of(running_,
                             [](const Running& one) { return one.pid < 0 || one.status; });
}

// A stopped one hears nothing but SIGKILL until it goes on.
void Pipeline::send(std::size_t i, int signal) {
  running_[i].sent = signal;
  ::kill(running_[i].pid, signal);
  if (signal != SIGKILL) ::kill(running_[i].pid, SIGCONT);
}

bool Pipeline::reap(std::size_t i) {
  Running& one = running_[i];
  int status = 0;
  if (one.pid < 0 || one.status || ::waitpid(one.pid, &status, WNOHANG) != one.pid) return false;
  one.status = status;
  return true;
}

// Not so: what ended by a signal from here, or by SIGPIPE, since its reader has ended before it.
bool Pipeline::is_failure(std::size_t i) const {
  const int status = *running_[i].status;
  if (!WIFSIGNALED(status)) return WEXITSTATUS(status) != 0;
  const int signal = WTERMSIG(status);
  const bool is_last = i + 1 == running_.size();
  return signal != running_[i].sent && (signal != SIGPIPE || is_last);
}

void Pipeline::ended(std::size_t i) {
  if (!first_failed_ && is_failure(i)) first_failed_ = i;
  if (!ending_since_) ending_since_ = monotonic_ms();
  // Those before it would know when they write to it next, which may be never.
  for (std::size_t before = 0; before < i; ++before) {
    if (!running_[before].status && running_[before].sent == 0) send(before, SIGTERM);
  }
}

void Pipeline::hurry(long long now) {
  const long long since = now - *ending_since_;
  const int signal = since >= kGraceMs + kLastWordsMs ? SIGKILL : since >= kGraceMs ? SIGTERM : 0;
  for (std::size_t i = 0; i < running_.size(); ++i) {
    const bool is_new = signal == SIGKILL ? running_[i].sent != SIGKILL : running_[i].sent == 0;
    if (signal != 0 && !running_[i].status && is_new) send(i, signal);
  }
}

void Pipeline::listen(Heard& heard) {
  char room[4096];
  const ssize_t n = ::read(heard.fd, room, sizeof room);
  if (n > 0) heard.rest.append(room, static_cast<std::size_t>(n));
  std::string_view rest = heard.rest;
  for (std::size_t end = rest.find('\n'); end != rest.npos; end = rest.find('\n')) {
    heard.take(rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
  heard.rest.erase(0, heard.rest.size() - rest.size());
  if (!heard.rest.empty() && (n == 0 || heard.rest.size() > kLongestLine)) {
    heard.take(heard.rest);
    heard.rest.clear();
  }
  if (n == 0) {
    ::close(heard.fd);
    heard.fd = -1;
  }
}

void Pipeline::ask() {
  for (const Running& one : running_) {
    if (one.pid > 0 && !one.status) ::kill(one.pid, SIGUSR1);
  }
}

Pipeline::Outcome Pipeline::run(long long timeout_ms, const Timer& timer) {
  long long due = timer.every_ms > 0 ? monotonic_ms() + timer.every_ms : 0;
  const long long deadline = timeout_ms > 0 ? monotonic_ms() + timeout_ms : 0;
  bool timed_out = false;
  while (true) {
    std::vector<pollfd> fds;
    std::vector<Heard*> says;
    for (std::size_t i = 0; i < running_.size(); ++i) {
      if (!running_[i].status) fds.push_back({running_[i].pidfd, POLLIN, 0});
    }
    const std::size_t ends = fds.size();
    for (Heard& heard : heard_) {
      if (heard.fd < 0) continue;
      fds.push_back({heard.fd, POLLIN, 0});
      says.push_back(&heard);
    }
    // What they have said is heard to its end.
    if (ends == 0 && says.empty()) break;
    const long long now = monotonic_ms();
    const bool is_asked = Signals::received() != 0 || is_asked_to_end_;
    if (!ending_since_ && (is_asked || (deadline != 0 && now >= deadline))) {
      timed_out = !is_asked;
      ending_since_ = now;
      if (!running_.front().status) send(0, SIGTERM);
    }
    if (ending_since_) hurry(now);
    if (due != 0 && now >= due && !ending_since_) {
      timer.run();
      due = now + timer.every_ms;
      if (is_asked_to_end_) continue;
    }
    long long wait = ending_since_ ? 100 : -1;
    for (const long long at : {deadline, due}) {
      if (at != 0 && !ending_since_) wait = wait < 0 ? at - now : std::min(wait, at - now);
    }
    // Once asked to end, the signal that came must not end the wait at once again and again.
    if (ending_since_) {
      ::poll(fds.data(), fds.size(), static_cast<int>(wait));
    } else {
      Signals::wait(fds.data(), fds.size(), static_cast<int>(std::min(wait, 3'600'000LL)));
    }
    for (std::size_t k = 0; k < says.size(); ++k) {
      if (fds[ends + k].revents != 0) listen(*says[k]);
    }
    for (std::size_t i = 0; i < running_.size(); ++i) {
      if (reap(i)) ended(i);
    }
  }
  Outcome result = outcome();
  result.timed_out = timed_out;
  return result;
}

Pipeline::Outcome Pipeline::outcome() const {
  if (!first_failed_) return {};
  const int status = *running_[*first_failed_].status;
  const std::string how = WIFSIGNALED(status)
                              ? fmt::format("was ended by signal {} ({})", WTERMSIG(status),
                                            ::strsignal(WTERMSIG(status)))
                              : fmt::format("ended with status {}", WEXITSTATUS(status));
  return {shell_status(status), stages_[*first_failed_].name, how, false};
}

}  // namespace meterpipe::os
