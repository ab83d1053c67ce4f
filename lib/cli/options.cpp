#include "cli/options.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <exception>
#include <new>
#include <unordered_set>

#include <CLI/CLI.hpp>

#include "base/key_like.hpp"
#include "base/nearest.hpp"
#include "base/whole_number.hpp"
#include "cli/help.hpp"
#include "os/log.hpp"
#include "os/memory.hpp"
#include "os/signals.hpp"
#include "os/status.hpp"

namespace meterpipe::cli {

struct FlagOrTime {
  std::string name;
  std::string text;  // "true" without a time
  bool& given;
  std::uint64_t& every_ms;
};

struct Rule {
  enum class What { needs, excludes, excludes_groups } what;
  std::string option;
  std::vector<std::string> others;  // options or headings
  std::string reason;
};

namespace {

// What stands behind an option's names.
std::string metavar_of(const CLI::Option& option) {
  return option.get_option_text().empty() ? option.get_type_name() : option.get_option_text();
}

}  // namespace

struct Options::Impl {
  std::string tool, summary, heading = "Options";
  std::optional<CLI::App> app{std::in_place};
  // Both "--name" and "-n" of what the command line had; asked often, and the app's own search is
  // a linear one.
  std::unordered_set<std::string> given;
  std::deque<FlagOrTime> flags_or_times;
  std::vector<Rule> rules;

  struct Declared {
    const CLI::Option* option;
    std::string_view kind;
  };
  std::vector<Declared> declared;  // but for arguments
  bool only_checks = false;

  std::string help() const;
  std::vector<std::string> names() const;  // of all options, "--name"
};

Options::Options(std::string tool, std::string summary) : impl_(std::make_unique<Impl>()) {
  impl_->tool = std::move(tool);
  impl_->summary = std::move(summary);
  impl_->app->name(impl_->tool);
  impl_->app->set_help_flag("-h,--help", "print this help and exit");
  impl_->app->set_version_flag("-V,--version", impl_->tool + " " METERPIPE_VERSION,
                               "print the version and exit");
}

Options::~Options() = default;

// CLI11 marks the --no- of a toggle so.
constexpr std::string_view kNegated = "{false}";

std::string Options::Impl::help() const {
  std::vector<HelpRow> rows, last;
  std::string usage = tool + " [OPTIONS]";
  for (const CLI::Option* option : app->get_options()) {
    HelpRow row{option->get_group(), option->get_name(option->get_positional(), true),
                option->get_description()};
    for (auto at = row.names.find(kNegated); at != std::string::npos;
         at = row.names.find(kNegated)) {
      row.names.erase(at, kNegated.size());
    }
    if (option->get_positional()) {
      row.group = "Arguments";
      usage += " [" + row.names + (option->get_items_expected_max() > 1 ? "...]" : "]");
    } else if (const std::string metavar = metavar_of(*option); !metavar.empty()) {
      row.names += ' ' + metavar;
    }
    // What every program has comes last.
    (option->get_name() == "--help" || option->get_name() == "--version" ? last : rows)
        .push_back(std::move(row));
  }
  for (HelpRow& row : last) {
    row.group = rows.empty() ? "Options" : rows.back().group;
    rows.push_back(std::move(row));
  }
  std::stable_partition(rows.begin(), rows.end(),
                        [](const HelpRow& row) { return row.group == "Arguments"; });
  return help_text(usage, summary, rows);
}

std::vector<std::string> Options::Impl::names() const {
  std::vector<std::string> all;
  for (const CLI::Option* option : app->get_options()) {
    for (const std::string& name : option->get_lnames()) all.push_back("--" + name);
  }
  return all;
}

void Options::group(const std::string& heading) { impl_->heading = heading; }

void Options::declare(CLI::Option* option, std::string_view kind) {
  option->group(impl_->heading);
  impl_->declared.push_back({option, kind});
}

void Options::flag(const std::string& names, bool& target, const std::string& help) {
  declare(impl_->app->add_flag(names, target, help), "flag");
}

void Options::toggle(const std::string& name, bool& target, const std::string& help) {
  declare(impl_->app->add_flag("--" + name + ",!--no-" + name, target, help), "toggle");
}

void Options::count(const std::string& names, int& target, const std::string& help) {
  // Bound to a number, CLI11 2.4 takes a flag that was not given as given with 0.
  const auto set = [&target](std::int64_t times) { target = static_cast<int>(times); };
  declare(impl_->app->add_flag_function(names, set, help), "count");
}

void Options::text(const std::string& names, const std::string& metavar, const std::string& help,
                   std::string_view kind, const std::function<void(const std::string&)>& set) {
  CLI::Option* const option = impl_->app->add_option_function<std::string>(names, set, help);
  declare(option->type_name(metavar), kind);
}

void Options::value(const std::string& names, std::string& target, const std::string& metavar,
                    const std::string& help) {
  declare(impl_->app->add_option(names, target, help)->type_name(metavar), "text");
}

namespace {

std::uint64_t parse_number(const std::string& names, const std::string& text) {
  const auto value = whole_number<std::uint64_t>(text);
  if (!value)
    throw CLI::ValidationError(fmt::format("{}: '{}' is not a whole number", names, text));
  return *value;
}

}  // namespace

void Options::number(const std::string& names, std::uint64_t& target, const std::string& metavar,
                     const std::string& help) {
  text(names, metavar, help, "number",
       [&target, names](const std::string& text) { target = parse_number(names, text); });
}

void Options::number(const std::string& names, std::optional<std::uint64_t>& target,
                     const std::string& metavar, const std::string& help) {
  text(names, metavar, help, "number",
       [&target, names](const std::string& text) { target = parse_number(names, text); });
}

void Options::list(const std::string& names, std::vector<std::string>& target,
                   const std::string& metavar, const std::string& help) {
  declare(impl_->app->add_option(names, target, help)
              ->type_name(metavar)
              ->expected(1)
              ->allow_extra_args(false)
              ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll),
          "list");
}

void Options::choice(const std::string& names, std::string& target,
                     const std::vector<std::string>& choices, const std::string& help) {
  chosen(names, choices, help, [&target](const std::string& text) { target = text; });
}

void Options::chosen(const std::string& names, const std::vector<std::string>& choices,
                     const std::string& help, std::function<void(const std::string&)> set) {
  std::string metavar;
  for (const std::string& one : choices) metavar += (metavar.empty() ? "" : "|") + one;
  text(names, metavar, help, "choice",
       [set = std::move(set), choices, metavar, names](const auto& text) {
         if (std::ranges::find(choices, text) == choices.end()) {
           throw CLI::ValidationError(fmt::format("{}: '{}' is none of {}{}", names, text, metavar,
                                                  did_you_mean(text, choices)));
         }
         set(text);
       });
}

void Options::flag_or_time(const std::string& name, bool& given, std::uint64_t& every_ms,
                           const std::string& help) {
  auto& one = impl_->flags_or_times.emplace_back(FlagOrTime{name, {}, given, every_ms});
  declare(impl_->app->add_flag(name, one.text, help)
              ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
              ->option_text("[TIME]"),
          "flag-or-time");
}

namespace {

// duration = digits [ "." digits ] [ "ms" | "s" | "m" | "min" | "h" | "d" ]
bool is_duration(std::string_view text) {
  const auto skip_digits = [&text] {
    const std::size_t n = std::min(text.find_first_not_of("0123456789"), text.size());
    text.remove_prefix(n);
    return n != 0;
  };
  if (!skip_digits()) return false;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (!skip_digits()) return false;
  }
  constexpr std::array<std::string_view, 7> kUnits{"", "ms", "s", "m", "min", "h", "d"};
  return std::ranges::find(kUnits, text) != kUnits.end();
}

// What CLI11 cannot tell: a word behind such a flag is its time or it is not. What stands behind
// "--name=" is the value also where that is nothing: CLI11 would take the next word.
std::vector<std::string> words_to_parse(int argc, char** argv, const std::deque<FlagOrTime>& flags,
                                        const std::function<bool(std::string_view)>& takes_value) {
  std::vector<std::string> words;
  for (int i = 0; i < argc; ++i) {
    words.emplace_back(argv[i]);
    if (words.back() == "--") {
      words.insert(words.end(), argv + i + 1, argv + argc);
      break;
    }
    for (const FlagOrTime& flag : flags) {
      if (words.back() == flag.name + '=') parse_duration_ms(flag.name, "");  // says what is wrong
    }
    if (std::string& word = words.back(); i != 0 && word.starts_with("--") && word.ends_with('=')) {
      if (takes_value(std::string_view(word).substr(2, word.size() - 3))) {
        word.pop_back();
        words.emplace_back();
        continue;
      }
    }
    const bool may_have = std::ranges::any_of(
        flags, [&](const FlagOrTime& flag) { return flag.name == words.back(); });
    if (i != 0 && may_have && i + 1 < argc && is_duration(argv[i + 1])) {
      words.back().append(1, '=').append(argv[++i]);
    }
  }
  return words;
}

// What CLI11 says of a command line, in the words of ours; never a value, which may be a secret.
std::string said_of(const CLI::ParseError& error, const CLI::App& app) {
  std::string text = error.what();
  for (char& c : text) {
    if (c == '\n') c = ' ';
  }
  const std::size_t at = text.find("--");
  if (at == std::string::npos) return text;
  const std::string name = text.substr(at, text.find_first_of(": =", at) - at);
  if (dynamic_cast<const CLI::ConversionError*>(&error) != nullptr) {
    return fmt::format("{} takes no value", name);
  }
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) == nullptr) return text;
  if (text.find("At Most") != std::string::npos) {
    return fmt::format("{} stands more than once, and takes one value", name);
  }
  const CLI::Option* const option = app.get_option_no_throw(name);
  return fmt::format("{}: its value is missing ({})", name,
                     option == nullptr ? "" : metavar_of(*option));
}

}  // namespace

void Options::positional(const std::string& name, std::vector<std::string>& target,
                         const std::string& help) {
  impl_->app->add_option(name, target, help)->type_name("");
}

void Options::needs(const std::string& option, const std::vector<std::string>& others) {
  impl_->rules.push_back({Rule::What::needs, option, others, {}});
}

void Options::excludes(const std::string& option, const std::vector<std::string>& others) {
  impl_->rules.push_back({Rule::What::excludes, option, others, {}});
}

void Options::excludes_groups(const std::string& option, const std::vector<std::string>& headings,
                              const std::string& reason) {
  impl_->rules.push_back({Rule::What::excludes_groups, option, headings, reason});
}

bool Options::stands(const std::string& name) const {
  if (name.starts_with("--no-")) {
    const std::string toggle = "--" + name.substr(5);
    if (given(toggle)) return typed(toggle) == name;
  }
  return given(name);
}

void Options::check_rules() const {
  for (const Rule& rule : impl_->rules) {
    if (!stands(rule.option)) continue;
    switch (rule.what) {
      case Rule::What::needs:
        if (std::ranges::none_of(rule.others,
                                 [this](const std::string& other) { return stands(other); })) {
          usage_error("{} says nothing without {}", typed(rule.option),
                      fmt::join(rule.others, " or "));
        }
        break;
      case Rule::What::excludes:
        for (const std::string& other : rule.others) {
          if (!stands(other)) continue;
          usage_error("{} and {} exclude each other", rule.option, other);
        }
        break;
      case Rule::What::excludes_groups:
        for (const CLI::Option* option : impl_->app->get_options()) {
          const bool of_group =
              std::ranges::find(rule.others, option->get_group()) != rule.others.end();
          if (option->count() == 0 || !of_group || option->get_lnames().empty()) continue;
          usage_error("{} says nothing about {}: {}", typed("--" + option->get_lnames().front()),
                      rule.option, rule.reason);
        }
        break;
    }
  }
}

namespace {

// The names that CLI11 did not know, with the ones that may have been meant.
std::string unknown_options(const std::vector<std::string>& words,
                            const std::vector<std::string>& known) {
  std::string text;
  for (const std::string& word : words) {
    text += text.empty() ? "" : ", ";
    if (!word.starts_with("-") || word == "-") {
      text += fmt::format("'{}' is one argument too many", without_key(word));
      continue;
    }
    const std::string name = word.substr(0, word.find('='));
    text += fmt::format("{} is no option{}", without_key(name), did_you_mean(name, known));
  }
  return text;
}

}  // namespace

std::string Options::table() const {
  std::string text;
  for (const auto& [option, kind] : impl_->declared) {
    text += fmt::format("{}\t{}\t{}\t{}\n", option->get_lnames().front(), kind,
                        kind == "flag" ? "" : metavar_of(*option), option->get_description());
  }
  return text;
}

void Options::checked() const {
  if (impl_->only_checks) throw Exit{os::kOk, ""};
}

void Options::parse(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--describe-options") throw Exit{os::kOk, table()};
  if (argc >= 2 && std::string_view(argv[1]) == "--check-options") {
    impl_->only_checks = true;
    argv[1] = argv[0];
    --argc, ++argv;
  }
  const auto takes_value = [this](std::string_view name) {
    return std::ranges::any_of(impl_->declared, [name](const Impl::Declared& one) {
      const auto& [option, kind] = one;
      const bool is_flag = kind == "flag" || kind == "toggle" || kind == "count";
      return !is_flag && kind != "flag-or-time" && option->get_lnames().front() == name;
    });
  };
  const std::vector<std::string> words =
      words_to_parse(argc, argv, impl_->flags_or_times, takes_value);
  std::vector<const char*> pointers;
  for (const std::string& word : words) pointers.push_back(word.c_str());
  try {
    impl_->app->parse(static_cast<int>(pointers.size()), pointers.data());
  } catch (const CLI::CallForHelp&) {
    throw Exit{os::kOk, impl_->help()};
  } catch (const CLI::CallForVersion&) {
    throw Exit{os::kOk, impl_->tool + " " METERPIPE_VERSION "\n"};
  } catch (const CLI::ExtrasError&) {
    usage_error(unknown_options(impl_->app->remaining(), impl_->names()));
  } catch (const CLI::ParseError& error) {
    usage_error(said_of(error, *impl_->app));
  }
  for (const CLI::Option* option : impl_->app->get_options()) {
    if (option->count() == 0) continue;
    // As of "$KEYS" that nobody has set: what it was to do would not be done, without a word.
    if (option->get_type_name() == "FILE" &&
        std::ranges::find(option->results(), "") != option->results().end()) {
      usage_error("{}: the name of a file is missing", option->get_name());
    }
    for (const std::string& name : option->get_lnames()) impl_->given.insert("--" + name);
    for (const std::string& name : option->get_snames()) impl_->given.insert("-" + name);
  }
  for (FlagOrTime& flag : impl_->flags_or_times) {
    flag.given = given(flag.name);
    if (!flag.given || flag.text == "true") continue;
    flag.every_ms = parse_duration_ms(flag.name, flag.text);
    if (flag.every_ms == 0) usage_error("{}: '{}' is less than 1ms", flag.name, flag.text);
  }
  check_rules();
}

void Options::let_go() {
  impl_->app.reset();
  os::give_back_code();
}

bool Options::given(const std::string& name) const { return impl_->given.contains(name); }

std::string Options::typed(const std::string& name) const {
  const auto results = impl_->app->get_option(name)->results();
  const bool off = !results.empty() && results.back() == "false" && name.starts_with("--");
  return off ? "--no-" + name.substr(2) : name;
}

void usage_error(const std::string& message) { throw Exit{os::kUsage, message}; }

std::uint64_t parse_duration_ms(const std::string& option, const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string unit(end, text.data() + text.size());
  const double factor = unit == "ms"                   ? 1
                        : unit.empty() || unit == "s"  ? 1000
                        : unit == "m" || unit == "min" ? 60'000
                        : unit == "h"                  ? 3'600'000
                        : unit == "d"                  ? 86'400'000
                                                       : 0;
  if (error != std::errc() || factor == 0 || !(value >= 0) || value * factor > 1e15) {
    usage_error("{}: '{}' is no duration (500ms, 60s, 5m, 1h)", option, text);
  }
  return static_cast<std::uint64_t>(std::llround(value * factor));
}

namespace {

// A tool started with `<&-` or `>&-` must not take a file or a socket of its own for standard input
// or output: what is closed is filled with something that neither reads nor writes.
void fill_standard_streams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(fd, F_GETFD) != -1) continue;
    const int opened = ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    if (opened != fd && opened >= 0) ::close(opened);
  }
}

constexpr const char* kNoMemory =
    "out of memory: there is no more, or a limit (ulimit -v) allows no more";
// Where there is no memory even for an exception, the library terminates the program without one.
// Also before main: nothing here takes memory or waits for what is made there.
[[noreturn]] void end_terminated() {
  constexpr std::size_t kEnough = 64 * 1024;
  if (std::current_exception() != nullptr || std::malloc(kEnough) != nullptr) std::abort();
  const char* const name = program_invocation_short_name;
  for (const char* const part : {name, ": error: ", kNoMemory, "\n"}) {
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, part, std::strlen(part));
  }
  std::_Exit(os::kSoftware);
}

// Before what this program makes before main, which is from 65536 on.
[[gnu::constructor(1000)]] void hear_termination() { std::set_terminate(end_terminated); }

}  // namespace

int run_tool(const std::string& tool, const std::function<int()>& body) {
  fill_standard_streams();
  os::Log::open(tool, os::Level::info);
  os::Signals::install();
  int status = os::kSoftware;
  try {
    status = body();
  } catch (const Exit& exit) {
    if (exit.status == os::kOk) {
      static_cast<void>(std::fwrite(exit.text.data(), 1, exit.text.size(), stdout));
      if (std::fflush(stdout) == 0) return os::kOk;
      os::log_error("cannot write to standard output: {}", std::strerror(errno));
      return os::kIoError;
    }
    // Who was interrupted at a question knows why the answers have ended.
    os::Signals::raise_again();
    os::log_error("{} (see {} --help)", exit.text, tool);
    return exit.status;
  } catch (const os::Fatal& fatal) {
    os::log_error("{}", fatal.what());
    status = fatal.status();
  } catch (const std::bad_alloc&) {  // by now the body has given back what it had
    os::log_error("{}", kNoMemory);
  } catch (const std::exception& bug) {
    os::log_error("unexpected: {} (please report this)", bug.what());
  }
  os::Signals::raise_again();
  return status;
}

}  // namespace meterpipe::cli
