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
  // Whether it is a part of another option, "of --readout: …": then a key that stands for all
  // programs means it only where no program has an option of this name by itself.
  bool is_of_another() const { return help.starts_with("of --"); }
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
