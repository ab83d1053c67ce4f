// What can be set of a program, as the program itself tells it: `PROGRAM --describe-options`, a
// line an option (cli/options.hpp). No list of options stands anywhere else.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace meterpipe::config {

struct Option {
  std::string name;   // without dashes: the key in a file
  std::string kind;   // flag, toggle, count, text, number, list, choice, flag-or-time
  std::string value;  // what stands for the value: TIME, FILE, json|hex
  std::string help;

  bool operator==(const Option&) const = default;
  // Of a choice.
  std::vector<std::string> choices() const;
  // Whether its value names a file: relative ones are meant from where the settings stand.
  bool is_file() const { return value == "FILE" || value.starts_with("FILE|"); }
};

struct Program {
  std::string name;
  std::vector<Option> options;

  const Option* find(std::string_view option) const;
};

std::vector<Option> parse_options(std::string_view table);

}  // namespace meterpipe::config
