#include "os/log.hpp"

#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "base/utf8.hpp"

namespace meterpipe::os {
namespace {

struct State {
  std::string tool = "meterpipe";
  Level up_to = Level::info;
  bool journal = false;
};

State& state() {
  static State instance;
  return instance;
}

// systemd.exec(5): $JOURNAL_STREAM is device:inode of the stream, if stderr is it.
bool stderr_is_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  if (stream == nullptr) return false;
  unsigned long long device = 0, inode = 0;
  if (std::sscanf(stream, "%llu:%llu", &device, &inode) != 2) return false;
  struct stat status {};
  return fstat(STDERR_FILENO, &status) == 0 && status.st_dev == device && status.st_ino == inode;
}

std::string_view word(Level level) {
  return level == Level::error     ? "error"
         : level == Level::warning ? "warning"
         : level == Level::info    ? "info"
                                   : "debug";
}

}  // namespace

void Log::open(std::string_view tool, Level up_to) {
  state() = {std::string(tool), up_to, stderr_is_journal()};
}

std::string_view Log::tool() { return state().tool; }

bool Log::enabled(Level level) { return level <= state().up_to; }

std::string Log::line(Level level, std::string_view quoting) {
  // It may quote what came off a line or out of a file: a terminal must not obey it.
  const std::string message = printable_utf8(quoting);
  return state().journal
             ? fmt::format("<{}>{}: {}\n", static_cast<int>(std::min(level, Level::debug)),
                           state().tool, message)
             : fmt::format("{}: {}: {}\n", state().tool, word(level), message);
}

void Log::relay(std::string_view line) {
  std::string text(line);
  for (const Level level : {Level::error, Level::warning, Level::info, Level::debug}) {
    const std::string mark = fmt::format(": {}: ", word(level));
    const std::size_t at = text.find(mark);
    // Behind the name of a program, not within what it says.
    if (!state().journal || at == std::string::npos || text.find(' ') < at) continue;
    text = fmt::format("<{}>{}: {}", static_cast<int>(level), text.substr(0, at),
                       text.substr(at + mark.size()));
    break;
  }
  text += '\n';
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

void Log::write(Level level, std::string_view message) {
  if (!enabled(level)) return;
  // One write, so that lines of several tools on one terminal do not mix. Nobody to tell if it
  // fails.
  const std::string text = line(level, message);
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace meterpipe::os
