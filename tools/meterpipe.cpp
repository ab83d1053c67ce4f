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
#include "meterpipe/first.hpp"
#include "meterpipe/importing.hpp"
#include "meterpipe/printing.hpp"
#include "meterpipe/running.hpp"
#include "meterpipe/service_folders.hpp"
#include "meterpipe/starting.hpp"
#include "meterpipe/unit_files.hpp"
#include "meterpipe/watching.hpp"
#include "os/log.hpp"
#include "os/status.hpp"

namespace meterpipe {
namespace {

// A command, and how many words it takes behind it.
struct Command {
  std::string_view name;
  std::size_t fewest, most;
};
constexpr std::array kCommands{
    Command{"first", 0, 2},     Command{"run", 1, 1},     Command{"once", 1, 1},
    Command{"check", 1, 1},     Command{"watch", 1, 1},   Command{"log", 1, 1},
    Command{"init", 1, 1},      Command{"units", 1, 1},   Command{"import", 2, 2},
    Command{"operators", 0, 1}, Command{"options", 0, 1},
};

std::vector<std::string> command_names() {
  std::vector<std::string> names;
  for (const Command& command : kCommands) names.emplace_back(command.name);
  return names;
}

struct Settings {
  cli::Common common;
  std::vector<std::string> words;
  std::vector<std::string> set;
  std::string operator_name;
  std::string timeout = "2m";
  bool dry_run = false, by_timer = false;
  std::string log;
  std::uint64_t log_size = 10'000'000, log_files = 5;

  void add_to(cli::Options& options) {
    options.positional(
        "COMMAND", words,
        "first [PORT [KEYFILE]]: one message as a table, or what is wrong; run NAME|FILE: the five "
        "programs as one pipe; once NAME|FILE: one reading to the broker; "
        "check NAME|FILE: file, port, keys and broker, without publishing; watch NAME|FILE: the "
        "values live in the terminal; log NAME|FILE: keep "
        "what comes off the line, and nothing else; init NAME|FILE: five questions, and the file; "
        "import OLDFILE NAME|FILE: the file of smart-meter-mbus-dlms as ours; units "
        "NAME: its service under systemd; operators [NAME]: "
        "those that are known, with adapter, wiring and key; options [PROGRAM]: what can be set in "
        "a file");
    options.list("--set", set, "KEY=VALUE",
                 "one setting instead of the file's; [PROGRAM] KEY is PROGRAM.KEY");
    options.value("--operator", operator_name, "OPERATOR",
                  "the preset of the meter's operator, see the command operators");
    options.value("--timeout", timeout, "TIME",
                  "once, first: how long to wait for a message (default 2m)");
    options.value("--log", log, "FILE", "keep what comes off the line there, too, to be replayed");
    options.number("--log-size", log_size, "BYTES",
                   "where the file becomes FILE.1 and a new one begins (default 10000000)");
    options.number("--log-files", log_files, "N", "so many older ones stay (default 5)");
    options.flag("--once", by_timer,
                 "units: a reading every quarter of an hour, by a timer, instead of always");
    options.flag("--dry-run", dry_run, "init, import, units: show what would be written and done");
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
  for (const std::string_view name : {"set\t", "once\t", "dry-run\t"}) {
    const std::size_t at = table.find(name);
    table.erase(at, table.find('\n', at) + 1 - at);
  }
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
  runner::print(text);
  return os::kOk;
}

int show_operators(const std::vector<std::string>& words) {
  std::string text = config::table_of(config::operators());
  if (words.size() >= 2) {
    const config::Operator* const one = config::find_operator(words[1]);
    if (one == nullptr) {
      cli::usage_error("operators: '{}' is none of those that `meterpipe operators` lists{}",
                       words[1], config::operator_meant(words[1]));
    }
    text = config::described(*one);
  }
  runner::print(text);
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

runner::FirstLook first_look(const Settings& settings) {
  runner::FirstLook look;
  if (settings.words.size() > 1) look.port = settings.words[1];
  if (settings.words.size() > 2) look.keys = settings.words[2];
  look.timeout_ms = Settings::timeout_ms(settings.timeout);
  const auto bad_operator = [&settings] {
    cli::usage_error("--operator: '{}' is none of those that `meterpipe operators` lists{}",
                     settings.operator_name, config::operator_meant(settings.operator_name));
  };
  if (!settings.operator_name.empty()) {
    look.preset = config::find_operator(settings.operator_name);
    if (look.preset == nullptr) bad_operator();
  }
  for (const std::string& one : settings.set) {
    if (!one.starts_with("line=")) cli::usage_error("--set: first takes line=LINE alone");
    look.line = one.substr(5);
  }
  return look;
}

// What is to be written is held against the programs like what somebody else has written.
void check_new(const std::string& path, const std::string& text) {
  runner::check_by_programs(runner::parsed(path, text, {}, own_table()));
}

const Command& command_of(const std::vector<std::string>& words) {
  const auto names = command_names();
  if (words.empty()) cli::usage_error("a command is missing: one of {}", fmt::join(names, ", "));
  const auto found = std::ranges::find(kCommands, words[0], &Command::name);
  if (found == kCommands.end()) {
    cli::usage_error("'{}' is none of {}{}", words[0], fmt::join(names, ", "),
                     did_you_mean(words[0], names));
  }
  if (words.size() > found->most + 1) {
    cli::usage_error("{}: '{}' is one argument too many", words[0], words[found->most + 1]);
  }
  if (words.size() < found->fewest + 1 || (found->fewest != 0 && words.back().empty())) {
    cli::usage_error("{}: the name of a meter is missing, or its file", words[0]);
  }
  return *found;
}

// An option that a command would not heed is a mistake: what it says would not be done.
void check_options_of(std::string_view command, const cli::Options& options) {
  struct Of {
    const char* option;
    std::string_view commands;
  };
  // A service reads its file, and nothing that was said here.
  constexpr std::string_view kWithFile = " run once check watch log ";
  constexpr std::array kOf{Of{"--timeout", " once first "},
                           Of{"--dry-run", " init import units "},
                           Of{"--once", " units "},
                           Of{"--set", " first run once check watch log "},
                           Of{"--operator", " first run once check watch log "},
                           Of{"--log", kWithFile},
                           Of{"--log-size", kWithFile},
                           Of{"--log-files", kWithFile}};
  for (const auto& [option, commands] : kOf) {
    if (!options.given(option)) continue;
    if (commands.find(fmt::format(" {} ", command)) != commands.npos) continue;
    cli::usage_error("{}: {} has none", option, command);
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
  const Command& command = command_of(settings.words);
  check_options_of(command.name, options);
  if (command.name == "operators") return show_operators(settings.words);
  if (command.name == "options") return show_options(settings.words);
  if (command.name == "first") return runner::first(first_look(settings));
  if (command.name == "import") {
    return runner::import_file(settings.words[1], settings.words[2], settings.dry_run, check_new);
  }
  if (command.name == "init") {
    return runner::init(settings.words[1], settings.dry_run, check_new);
  }
  auto set = settings.set;
  add_own(set, options, settings);
  runner::Configuration configuration = runner::load(settings.words[1], set, own_table());
  if (command.name == "run" || command.name == "once" || command.name == "log") {
    runner::prepare_service_folders(configuration, command.name == "log" ? "log" : "");
  }
  const config::Settings& known = configuration.settings;
  const auto number = [&known](std::string_view name, std::uint64_t other) {
    const auto value = known.value(runner::kSelf, name);
    return value ? std::stoull(*value) : other;
  };
  const runner::LogSettings log{known.value(runner::kSelf, "log").value_or(""),
                                number("log-size", settings.log_size),
                                number("log-files", settings.log_files)};

  if (command.name != "units") runner::use_credentials(configuration);
  runner::check_by_programs(configuration);
  if (command.name == "check") return runner::check(configuration);
  if (command.name == "units") {
    return runner::install_units(
        configuration, settings.by_timer ? runner::Service::now_and_then : runner::Service::always,
        settings.dry_run);
  }
  if (command.name == "log") return runner::keep_log(configuration, log);
  if (command.name == "watch") return runner::watch(configuration, log.file);
  if (command.name == "run") return runner::run(configuration, log);
  return runner::once(
      configuration, log,
      Settings::timeout_ms(known.value(runner::kSelf, "timeout").value_or(settings.timeout)));
}

}  // namespace
}  // namespace meterpipe

int main(int argc, char** argv) {
  return meterpipe::cli::run_tool("meterpipe", [&] { return meterpipe::run(argc, argv); });
}
