#include "meterpipe/watching.hpp"

#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "meterpipe/counts.hpp"
#include "meterpipe/line_of_wire.hpp"
#include "meterpipe/picture.hpp"
#include "meterpipe/printing.hpp"
#include "os/child.hpp"
#include "os/clock.hpp"
#include "os/log.hpp"
#include "os/pipeline.hpp"
#include "os/processes.hpp"
#include "os/status.hpp"
#include "serial/holder.hpp"

namespace meterpipe::runner {
namespace {

constexpr long long kRedrawMs = 200;
constexpr std::size_t kKeptWords = 10;  // of the programs, for the end

bool has_terminal() {
  const char* const kind = ::getenv("TERM");
  return ::isatty(STDOUT_FILENO) == 1 && kind != nullptr && std::string_view(kind) != "dumb";
}

// The terminal, while it is drawn on: its other screen, without a cursor, and what is typed does
// not show. It is as before when this ends.
class Screen {
 public:
  Screen() {
    // Who is in the background may not set it.
    changed_ = ::tcgetpgrp(STDIN_FILENO) == ::getpgrp() && ::tcgetattr(STDIN_FILENO, &before_) == 0;
    if (changed_) {
      termios silent = before_;
      silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
      silent.c_cc[VSUSP] = 0;  // stopped, it would leave the shell on the other screen
      ::tcsetattr(STDIN_FILENO, TCSANOW, &silent);
    }
    print("\033[?1049h\033[?25l");
  }
  ~Screen() {
    try {
      print("\033[?25h\033[?1049l");
    } catch (const os::Fatal&) {  // it is gone
    }
    if (changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  static std::size_t width() { return size().ws_col; }
  // In place, so that nothing flickers.
  static void draw(std::vector<std::string> lines) {
    lines.resize(std::min<std::size_t>(lines.size(), size().ws_row));
    std::string text = "\033[H";
    for (std::size_t i = 0; i < lines.size(); ++i) {
      text += fmt::format("{}{}\033[K", i == 0 ? "" : "\r\n", lines[i]);
    }
    print(text + "\033[J");
  }

 private:
  static winsize size() {
    winsize found{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &found) != 0 || found.ws_col == 0 || found.ws_row == 0) {
      found.ws_col = 80;
      found.ws_row = 24;
    }
    return found;
  }

  bool changed_ = false;
  termios before_{};
};

// Whether a run reads the port. Throws a Fatal 74 where another program does, or nothing tells what
// the run reads.
bool is_beside_run(const Configuration& configuration, const std::string& log) {
  const auto port = configuration.settings.value("mbus-read", "port");
  if (!port || *port == "-") return false;
  if (port->find("://") != std::string::npos) {
    // A connection is free, maybe; its log is not.
    return !log.empty() && !os::with_open(log).empty();
  }
  const auto holders = serial::holders(*port);
  if (holders.empty()) return false;
  if (holders.front().name != "mbus-read") {
    throw os::Fatal(os::kIoError, "{}: is held by {}", *port, serial::describe(holders));
  }
  if (log.empty()) {
    throw os::Fatal(os::kIoError,
                    "{}: is read by {}: to watch beside it, let it keep a log, which is read then: "
                    "log = \"FILE\" in {}",
                    *port, serial::describe(holders), configuration.file);
  }
  return true;
}

std::vector<os::Stage> stages_to_watch(const Configuration& configuration, const std::string& log) {
  std::vector<os::Stage> stages;
  for (const std::string_view stage : kStages) {
    const bool is_first = stage == kStages.front();
    if (stage == kStages.back() || (is_first && !log.empty())) continue;
    const std::string name(stage);
    std::vector<std::string> left_out{"--stats"};
    // The counters are the run's.
    if (name == "dlms-decrypt") left_out.insert(left_out.end(), {"--counter-state", "--replay"});
    stages.push_back(
        {name, os::beside_us(name), without(configuration.settings.words(name), left_out)});
  }
  if (!log.empty()) {
    auto& words = stages.front().words;
    words.insert(words.end(), {"--follow", log});
  }
  return stages;
}

}  // namespace

int watch(Configuration& configuration, const std::string& log) {
  config::Settings& settings = configuration.settings;
  const bool is_beside = is_beside_run(configuration, log);
  if (settings.value("mbus-read", "port")) settings.set_default("mbus-read", "wait", "true");
  const std::string source =
      is_beside ? log
                : settings.value("mbus-read", "port")
                      .value_or(settings.value("mbus-read", "replay").value_or("-"));
  Picture picture(fmt::format("{}: {}, ^C ends it", configuration.name, source));
  std::optional<Screen> screen;
  if (has_terminal()) screen.emplace();
  std::deque<std::string> words;
  const auto note = [&](std::string_view line) {
    if (!screen) return os::Log::relay(line);
    picture.note(line);
    words.emplace_back(line);
    if (words.size() > kKeptWords) words.pop_front();
  };
  const Micros start = os::wall_clock();
  const auto take = [&](std::string_view record) {
    const bool is_new = picture.take(record, os::wall_clock());
    if (!is_new) return;
    picture.note("");
    // What the log has of the time before fills the line of power, and is no news.
    if (!screen && (!is_beside || picture.last_time() >= start)) say(picture.last_line());
  };
  const auto draw = [&] {
    if (screen) Screen::draw(picture.lines(os::wall_clock(), Screen::width()));
  };
  draw();
  const auto port = settings.value("mbus-read", "port");
  const auto replay = settings.value("mbus-read", "replay");
  PresetLine preset(configuration);
  std::string warning;  // stands where the screen was
  const auto attempt = [&](long long) -> PresetLine::Attempt {
    Counts counts;
    // Beside a run it is that which finds it out.
    const bool may_yield = !is_beside && preset.may_yield();
    auto stages = stages_to_watch(configuration, is_beside ? log : "");
    for (os::Stage& stage : stages) {
      const bool is_counted = stage.name == "mbus-read" || stage.name == "mbus-frame";
      if (may_yield && is_counted) stage.words.emplace_back("--stats");
      stage.said = [&, may_yield, name = stage.name](std::string_view said) {
        if (!may_yield || !counts.take(name, said)) note(said);
      };
    }
    os::Pipeline pipeline(
        std::move(stages),
        {.own_input = !is_beside && (port == "-" || replay == "-"), .lines = take});
    bool is_wrong = false;
    const auto look =
        may_yield ? preset.look(pipeline, counts, 0, is_wrong) : os::Pipeline::Timer();
    const auto outcome = pipeline.run(0, {kRedrawMs, [&] {
                                            draw();
                                            if (look.run) look.run();
                                          }});
    return {outcome, is_wrong};
  };
  const auto outcome =
      preset.run({.attempt = attempt,
                  .take = [&](const std::string& found) { set_line(settings, found); },
                  .timer = {kRedrawMs, draw},
                  .say =
                      [&](os::Level level, const std::string& text) {
                        if (!screen && os::Log::enabled(level)) os::Log::write(level, text);
                        picture.note(text);
                        if (level == os::Level::warning) warning = text;
                      }});
  if (screen) {
    screen.reset();
    // What was seen last stays.
    for (const std::string& line : picture.lines(os::wall_clock(), Screen::width())) say(line);
    if (!warning.empty()) os::log_warning("{}", warning);
  }
  if (outcome.failed.empty()) return outcome.status;
  for (const std::string& line : words) os::Log::relay(line);
  os::log_error("{} {}, and with it the others", outcome.failed, outcome.how);
  return outcome.status;
}

}  // namespace meterpipe::runner
