#include "meterpipe/asking.hpp"

#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "cli/options.hpp"
#include "meterpipe/printing.hpp"
#include "os/files.hpp"
#include "os/signals.hpp"

namespace meterpipe::runner {
namespace {

// While it is there, what is typed does not show. It cannot be stopped (^Z): the shell that takes
// it up again has a terminal that shows.
class NoEcho {
 public:
  explicit NoEcho(bool wanted) {
    changed_ = wanted && ::tcgetattr(STDIN_FILENO, &before_) == 0;
    if (!changed_) return;
    termios hidden = before_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    stop_ = std::signal(SIGTSTP, SIG_IGN);
  }
  ~NoEcho() {
    if (!changed_) return;
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    (void)std::signal(SIGTSTP, stop_);
    (void)os::write_all(STDOUT_FILENO, "\n");  // what is typed does not show, its end neither
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

 private:
  bool changed_ = false;
  termios before_{};
  void (*stop_)(int) = SIG_DFL;
};

// Byte by byte: what follows is for the next question, or for another program. A key that
// interrupts ends it like the end of the answers.
bool read_line(std::string& line) {
  line.clear();
  while (true) {
    pollfd fd{STDIN_FILENO, POLLIN, 0};
    if (os::Signals::wait(&fd, 1, -1) < 0 || os::Signals::received() != 0) return false;
    char c = 0;
    const ssize_t n = ::read(STDIN_FILENO, &c, 1);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n <= 0) return !line.empty();
    if (c == '\n') return true;
    line += c;
  }
}

}  // namespace

std::string ask(const std::string& question, const std::string& otherwise,
                const std::function<std::string(const std::string&)>& wrong, Echo echo) {
  while (true) {
    print(question);
    std::string answer;
    bool is_there = false;
    {
      const NoEcho hidden(echo == Echo::hidden);
      is_there = read_line(answer);
    }
    if (!is_there) {
      print("\n");
      cli::usage_error("the answers ended before the last question; nothing is written");
    }
    while (!answer.empty() && (answer.back() == ' ' || answer.back() == '\r')) answer.pop_back();
    answer.erase(0, answer.find_first_not_of(' '));
    if (answer.empty()) answer = otherwise;
    const std::string trouble = wrong ? wrong(answer) : "";
    if (trouble.empty()) return answer;
    say(trouble);
  }
}

}  // namespace meterpipe::runner
