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
};

template <class... Args>
void log_error(fmt::format_string<Args...> format, Args&&... args) {
  Log::write(Level::error, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void log_warning(fmt::format_string<Args...> format, Args&&... args) {
  Log::write(Level::warning, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void log_info(fmt::format_string<Args...> format, Args&&... args) {
  Log::write(Level::info, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void log_debug(fmt::format_string<Args...> format, Args&&... args) {
  if (Log::enabled(Level::debug)) {
    Log::write(Level::debug, fmt::format(format, std::forward<Args>(args)...));
  }
}

template <class... Args>
void log_trace(fmt::format_string<Args...> format, Args&&... args) {
  if (Log::enabled(Level::trace)) {
    Log::write(Level::trace, fmt::format(format, std::forward<Args>(args)...));
  }
}

}  // namespace meterpipe::os
