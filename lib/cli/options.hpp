// Command lines: the one folder that sees CLI11. Usage errors are one line on stderr and 64; help
// and version that were asked for go to stdout and 0.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace CLI {
class Option;
}

namespace meterpipe::cli {

// A word of a choice, and what it means.
template <class Meaning>
struct Word {
  std::string_view word;
  Meaning meaning;
};

class Options {
 public:
  Options(std::string tool, std::string summary);
  ~Options();

  // The heading in --help of what is added from here on; "Options" without one.
  void group(const std::string& heading);

  // names: "-k,--keys"; metavar: what the help shows for the value.
  void flag(const std::string& names, bool& target, const std::string& help);
  // --NAME and --no-NAME, the last one wins.
  void toggle(const std::string& name, bool& target, const std::string& help);
  void count(const std::string& names, int& target, const std::string& help);  // -vv
  void value(const std::string& names, std::string& target, const std::string& metavar,
             const std::string& help);
  void number(const std::string& names, std::uint64_t& target, const std::string& metavar,
              const std::string& help);
  void number(const std::string& names, std::optional<std::uint64_t>& target,
              const std::string& metavar, const std::string& help);
  void list(const std::string& names, std::vector<std::string>& target, const std::string& metavar,
            const std::string& help);  // may be given several times
  void choice(const std::string& names, std::string& target,
              const std::vector<std::string>& choices, const std::string& help);
  // The same by a table of Word, which must outlive the options.
  template <class Meaning, class Words>
  void choice(const std::string& names, Meaning& target, const Words& words,
              const std::string& help) {
    std::vector<std::string> choices;
    for (const auto& [word, meaning] : words) choices.emplace_back(word);
    chosen(names, choices, help, [&target, &words](const std::string& text) {
      for (const auto& [word, meaning] : words) {
        if (text == word) target = meaning;
      }
    });
  }
  // A flag that may have a duration: NAME, NAME=TIME, or NAME TIME where the next word is nothing
  // but a duration (5, 500ms, 1m). Without one `every_ms` stays 0.
  void flag_or_time(const std::string& name, bool& given, std::uint64_t& every_ms,
                    const std::string& help);
  void positional(const std::string& name, std::vector<std::string>& target,
                  const std::string& help);

  // Rules between options that were added before; parse() holds the command line against them. An
  // option stands for itself, "--no-check" for a toggle that was turned off.
  //   needs: the option says nothing without one of the others.
  void needs(const std::string& option, const std::vector<std::string>& others);
  void excludes(const std::string& option, const std::vector<std::string>& others);
  // No option of these groups goes with it; `reason` stands behind both names in the message.
  void excludes_groups(const std::string& option, const std::vector<std::string>& headings,
                       const std::string& reason);

  // Adds -h and -V, parses; throws Exit for help, version and usage errors. As the first word,
  //   --describe-options   prints what can be set, see table(), and ends with 0;
  //   --check-options      lets checked() end the program: what follows is checked and nothing
  //   done.
  // With these two another program knows the options of this one; --help does not show them.
  void parse(int argc, char** argv);
  // Behind the last check that needs nothing but the command line.
  void checked() const;
  // An option a line but for --help, --version and arguments: name without dashes, kind (flag,
  // toggle, count, text, number, list, choice, flag-or-time), what the help shows for the value,
  // and the help, with tabs between.
  std::string table() const;
  bool given(const std::string& name) const;  // "--keys"
  // As it was typed: --no-NAME of a toggle that was turned off.
  std::string typed(const std::string& name) const;
  // Nothing but given() is asked from here on: the memory of the rest is free for the work.
  void let_go();

 private:
  // An option whose value goes to `set`.
  void text(const std::string& names, const std::string& metavar, const std::string& help,
            std::string_view kind, const std::function<void(const std::string&)>& set);
  void chosen(const std::string& names, const std::vector<std::string>& choices,
              const std::string& help, std::function<void(const std::string&)> set);
  void declare(CLI::Option* option, std::string_view kind);
  void check_rules() const;
  // Whether an option stands as it is written here, see needs().
  bool stands(const std::string& name) const;

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Thrown by Options::parse: print `text` to stdout (status 0) or stderr, end with `status`.
struct Exit {
  int status;
  std::string text;
};

// A duration such as 60s, 500ms, 5m, 1h or plain seconds, in milliseconds; throws Exit 64.
std::uint64_t parse_duration_ms(const std::string& option, const std::string& text);
inline std::int64_t parse_duration_us(const std::string& option, const std::string& text) {
  return static_cast<std::int64_t>(parse_duration_ms(option, text)) * 1000;
}

// A usage error found after parsing; with arguments as fmt::format has it.
[[noreturn]] void usage_error(const std::string& message);
template <class First, class... Rest>
[[noreturn]] void usage_error(fmt::format_string<First, Rest...> format, First&& first,
                              Rest&&... rest) {
  usage_error(fmt::format(format, std::forward<First>(first), std::forward<Rest>(rest)...));
}

// Runs a tool: signals, log, exceptions to statuses, the signal raised again at the end.
int run_tool(const std::string& tool, const std::function<int()>& body);

}  // namespace meterpipe::cli
