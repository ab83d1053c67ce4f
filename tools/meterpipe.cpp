// meterpipe: the five programs as one command, by one configuration file (meterpipe.conf(5)). It
// starts and watches them and decodes nothing itself; its commands stand in the folder beside this
// file.

#include <array>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/nearest.hpp"
#include "cli/common.hpp"
#include "cli/options.hpp"
#include "config/operators.hpp"
#include "meterpipe/checking.hpp"
#include "meterpipe/configuration.hpp"
#include "meterpipe/running.hpp"
#include "os/log.hpp"
#include "os/status.hpp"

namespace meterpipe {
namespace {

constexpr std::array<std::string_view, 5> kCommands{"run", "once", "check", "operators", "options"};

struct Settings {
  cli::Common common;
  std::vector<std::string> words;
  std::vector<std::string> set;
  std::string operator_name;
  std::string timeout = "2m";
  std::string log;
  std::uint64_t log_size = 10'000'000, log_files = 5;

  void add_to(cli::Options& options) {
    options.positional(
        "COMMAND", words,
        "run NAME|FILE: the five programs as one pipe; once NAME|FILE: one reading to the broker; "
        "check NAME|FILE: file, port, keys and broker, without publishing; operators [NAME]: those "
        "that are known, with adapter, wiring and key; options [PROGRAM]: what can be set in a "
        "file");
    options.list("--set", set, "KEY=VALUE",
                 "one setting instead of the file's; [PROGRAM] KEY is PROGRAM.KEY");
    options.value("--operator", operator_name, "OPERATOR",
                  "the preset of the meter's operator, see the command operators");
    options.value("--timeout", timeout, "TIME", "once: how long to wait for it (default 2m)");
    options.value("--log", log, "FILE", "keep what comes off the line there, too, to be replayed");
    options.number("--log-size", log_size, "BYTES",
                   "where the file becomes FILE.1 and a new one begins (default 10000000)");
    options.number("--log-files", log_files, "N", "so many older ones stay (default 5)");
    cli::add_log_options(options, common);
  }

  void check() const {
    if (timeout_ms(timeout) == 0) cli::usage_error("--timeout: longer than 0");
    if (log_size < 1000) cli::usage_error("--log-size: {} are less than 1000", log_size);
  }

  static long long timeout_ms(const std::string& text) {
    return static_cast<long long>(cli::parse_duration_ms("--timeout", text));
  }
};

// What this program takes from a file: all but what a file cannot say.
std::string own_table() {
  Settings settings;
  cli::Options options(std::string(runner::kSelf), "");
  settings.add_to(options);
  std::string table = options.table();
  const std::size_t set = table.find("set\t");
  table.erase(set, table.find('\n', set) + 1 - set);
  return table;
}

int show_options(const std::vector<std::string>& words) {
  const auto programs = runner::ask_programs(own_table());
  bool found = words.size() < 2;
  std::string text;
  for (const config::Program& program : programs) {
    if (words.size() >= 2 && program.name != words[1]) continue;
    found = true;
    text += fmt::format("[{}]\n", program.name);
    for (const config::Option& option : program.options) {
      text += fmt::format("{}\t{}\t{}\t{}\n", option.name, option.kind, option.value, option.help);
    }
  }
  if (!found) {
    std::vector<std::string> names;
    for (const config::Program& program : programs) names.push_back(program.name);
    cli::usage_error("options: '{}' is none of {}{}", words[1], fmt::join(names, ", "),
                     did_you_mean(words[1], names));
  }
  std::fputs(text.c_str(), stdout);
  return os::kOk;
}

int show_operators(const std::vector<std::string>& words) {
  std::string text = config::table_of(config::operators());
  if (words.size() >= 2) {
    const config::Operator* const one = config::find_operator(words[1]);
    if (one == nullptr) {
      cli::usage_error("operators: '{}' is none of those that are known{}", words[1],
                       did_you_mean(words[1], runner::operator_names()));
    }
    text = config::described(*one);
  }
  std::fputs(text.c_str(), stdout);
  return os::kOk;
}

// The settings of the command line go before those of the file, also where they stand for all.
void add_own(std::vector<std::string>& set, const cli::Options& options, const Settings& settings) {
  if (options.given("--quiet")) set.push_back("quiet=true");
  if (options.given("--verbose")) set.push_back(fmt::format("verbose={}", settings.common.verbose));
  if (options.given("--no-sandbox")) set.push_back("no-sandbox=true");
  const std::array<std::pair<std::string_view, std::string>, 5> own{
      {{"operator", settings.operator_name},
       {"timeout", settings.timeout},
       {"log", settings.log},
       {"log-size", std::to_string(settings.log_size)},
       {"log-files", std::to_string(settings.log_files)}}};
  for (const auto& [name, value] : own) {
    if (options.given(fmt::format("--{}", name))) {
      set.push_back(fmt::format("meterpipe.{}={}", name, value));
    }
  }
}

int run(int argc, char** argv) {
  Settings settings;
  cli::Options options(std::string(runner::kSelf),
                       "Runs the pipe of a meter by one configuration file, see "
                       "meterpipe.conf(5).");
  settings.add_to(options);
  options.parse(argc, argv);
  cli::apply_log_options(std::string(runner::kSelf), settings.common);
  settings.check();
  options.checked();
  if (settings.words.empty()) {
    cli::usage_error("a command is missing: one of {}", fmt::join(kCommands, ", "));
  }
  const std::string& command = settings.words[0];
  if (std::ranges::find(kCommands, command) == kCommands.end()) {
    cli::usage_error("'{}' is none of {}{}", command, fmt::join(kCommands, ", "),
                     did_you_mean(command, kCommands));
  }
  if (settings.words.size() > 2) {
    cli::usage_error("{}: '{}' is one argument too many", command, settings.words[2]);
  }
  if (options.given("--timeout") && command != "once") {
    cli::usage_error("--timeout: {} has none", command);
  }
  if (command == "operators") return show_operators(settings.words);
  if (command == "options") return show_options(settings.words);
  if (settings.words.size() < 2) {
    cli::usage_error("{}: the name of a meter is missing, or its file", command);
  }
  auto set = settings.set;
  add_own(set, options, settings);
  runner::Configuration configuration = runner::load(settings.words[1], set, own_table());
  const config::Settings& known = configuration.settings;
  const auto number = [&known](std::string_view name, std::uint64_t other) {
    const auto value = known.value(runner::kSelf, name);
    return value ? std::stoull(*value) : other;
  };
  const runner::LogSettings log{known.value(runner::kSelf, "log").value_or(""),
                                number("log-size", settings.log_size),
                                number("log-files", settings.log_files)};

  runner::check_by_programs(configuration);
  if (command == "check") return runner::check(configuration);
  if (command == "run") return runner::run(configuration, log);
  return runner::once(
      configuration, log,
      Settings::timeout_ms(known.value(runner::kSelf, "timeout").value_or(settings.timeout)));
}

}  // namespace
}  // namespace meterpipe

int main(int argc, char** argv) {
  return meterpipe::cli::run_tool("meterpipe", [&] { return meterpipe::run(argc, argv); });
}
