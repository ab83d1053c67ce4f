// Messages of the process, on stderr: `tool: level: what (why)`, or `<3>…` under journald. Trouble
// with the data is a record instead (record/records.hpp).
#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

namespace meterpipe::os {

// As syslog counts; trace is what libraries say of themselves, for syslog debug, too.
enum class Level : int { error = 3, warning = 4, info = 6, debug = 7, trace = 8 };

class Log {
 public:
  // Who speaks, and up to which level: quiet is errors only, info is the default.
  static void open(std::string_view tool, Level up_to);
  static std::string_view tool();
  static bool enabled(Level level);
  static void write(Level level, std::string_view message);
  // A line of another program, which it wrote into a pipe: as it would have written it here.
  static void relay(std::string_view line);
  // What write() writes.
  static std::string line(Level level, std::string_view message);
};

// log_error("{}: {}", name, why), as fmt::format has it.
template <Level level>
struct Logger {
  template <class... Args>
  void operator()(fmt::format_string<Args...> format, Args&&... args) const {
    if (Log::enabled(level)) Log::write(level, fmt::format(format, std::forward<Args>(args)...));
  }
};
inline constexpr Logger<Level::error> log_error{};
inline constexpr Logger<Level::warning> log_warning{};
inline constexpr Logger<Level::info> log_info{};
inline constexpr Logger<Level::debug> log_debug{};
inline constexpr Logger<Level::trace> log_trace{};

}  // namespace meterpipe::os
