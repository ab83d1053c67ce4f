#include "os/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

#include "os/clock.hpp"
#include "os/files.hpp"
#include "os/log.hpp"
#include "os/signals.hpp"
#include "os/status.hpp"

namespace meterpipe::os {
namespace {

// What one that was asked to end has for it.
constexpr long long kLastMs = 3'000;

}  // namespace

Pipe make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    throw Fatal(kSoftware, "cannot make a pipe: {}", std::strerror(errno));
  }
  return {ends[0], ends[1]};
}

int open_nothing() {
  const int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw file_error("/dev/null", errno);
  return fd;
}

void reset_signals() {
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1, SIGALRM, SIGPIPE, SIGXFSZ}) {
    (void)::signal(signal, SIG_DFL);
  }
}

// Onto 0, 1 or 2; a descriptor that stands there already must lose its mark, too.
void put_on(int fd, int to) {
  if (fd == to) {
    ::fcntl(fd, F_SETFD, 0);
  } else {
    ::dup2(fd, to);
  }
}

int shell_status(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void become(const std::string& path, const std::string& name,
            const std::vector<std::string>& words) {
  std::vector<char*> pointers{const_cast<char*>(name.c_str())};
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  ::execv(path.c_str(), pointers.data());
  write_all(STDERR_FILENO, Log::line(Level::error, fmt::format("{}: cannot be started: {}", path,
                                                               std::strerror(errno))));
  std::_Exit(kSoftware);
}

Captured capture(const std::string& path, const std::vector<std::string>& words,
                 long long timeout_ms, const std::function<bool(const std::string&)>& enough) {
  const Pipe out = make_pipe(), err = make_pipe();
  const int nothing = open_nothing();
  const pid_t pid = ::fork();
  if (pid < 0) throw Fatal(kSoftware, "cannot start {}: {}", path, std::strerror(errno));
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    put_on(nothing, STDIN_FILENO);
    put_on(out.write, STDOUT_FILENO);
    put_on(err.write, STDERR_FILENO);
    reset_signals();
    // Words for people are wanted, not those for a journal.
    ::unsetenv("JOURNAL_STREAM");
    become(path, base_name(path), words);
  }
  for (const int fd : {nothing, out.write, err.write}) ::close(fd);
  Captured captured;
  const long long deadline = monotonic_ms() + timeout_ms;
  bool is_asked = false;
  std::vector<std::pair<int, std::string*>> from{{out.read, &captured.out},
                                                 {err.read, &captured.err}};
  while (!from.empty()) {
    std::vector<pollfd> fds;
    for (const auto& [fd, text] : from) fds.push_back({fd, POLLIN, 0});
    const long long left = deadline - monotonic_ms();
    const bool is_over = left <= 0 || Signals::received() != 0;
    if (!is_asked && (is_over || (enough && enough(captured.err)))) {
      captured.timed_out = is_over;
      is_asked = true;
      ::kill(pid, SIGTERM);
    }
    if (left <= -kLastMs) ::kill(pid, SIGKILL);
    const int wait = is_asked ? 100 : static_cast<int>(std::clamp(left, 0LL, 3'600'000LL));
    is_asked ? ::poll(fds.data(), fds.size(), wait) : Signals::wait(fds.data(), fds.size(), wait);
    for (std::size_t i = fds.size(); i-- > 0;) {
      if (fds[i].revents == 0) continue;
      char room[4096];
      const ssize_t n = ::read(from[i].first, room, sizeof room);
      if (n > 0) {
        from[i].second->append(room, static_cast<std::size_t>(n));
      } else {
        ::close(from[i].first);
        from.erase(from.begin() + static_cast<std::ptrdiff_t>(i));
      }
    }
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  captured.status = shell_status(status);
  return captured;
}

std::string beside_us(const std::string& program) {
  char path[4096] = {};
  const ssize_t size = ::readlink("/proc/self/exe", path, sizeof path - 1);
  return size > 0 ? folder_of(std::string(path, static_cast<std::size_t>(size))) + program
                  : program;
}

}  // namespace meterpipe::os
