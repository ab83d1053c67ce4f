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
  switch (level) {
    case Level::error:
      return "error";
    case Level::warning:
      return "warning";
    case Level::info:
      return "info";
    case Level::debug:
    case Level::trace:
      return "debug";
  }
  return "";
}

}  // namespace

void Log::open(std::string_view tool, Level up_to) {
  state() = {std::string(tool), up_to, stderr_is_journal()};
}

std::string_view Log::tool() { return state().tool; }

bool Log::enabled(Level level) { return level <= state().up_to; }

// A message may quote what came off a line or out of a file: a terminal must not obey it.
static std::string harmless(std::string_view message) {
  std::string text;
  for (std::size_t at = 0; at < message.size();) {
    const std::size_t n = utf8_sequence(message, at);
    const std::string_view one = message.substr(at, n == 0 ? 1 : n);
    if (is_printable_utf8(one)) {
      text += one;
    } else {
      for (const char c : one) text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
    at += one.size();
  }
  return text;
}

void Log::write(Level level, std::string_view quoting) {
  if (!enabled(level)) return;
  const std::string message = harmless(quoting);
  const std::string line =
      state().journal ? fmt::format("<{}>{}: {}\n", static_cast<int>(std::min(level, Level::debug)),
                                    state().tool, message)
                      : fmt::format("{}: {}: {}\n", state().tool, word(level), message);
  // One write, so that lines of several tools on one terminal do not mix. Nobody to tell if it
  // fails.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace meterpipe::os
