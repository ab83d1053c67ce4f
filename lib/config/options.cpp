#include "config/options.hpp"

#include "base/pieces.hpp"

namespace meterpipe::config {

std::vector<std::string> Option::choices() const {
  std::vector<std::string> all;
  for (std::string_view rest = value; !rest.empty();) all.emplace_back(take_piece(rest, '|'));
  return all;
}

const Option* Program::find(std::string_view option) const {
  for (const Option& one : options) {
    if (one.name == option) return &one;
  }
  return nullptr;
}

std::vector<Option> parse_options(std::string_view table) {
  std::vector<Option> options;
  while (!table.empty()) {
    std::string_view line = take_piece(table, '\n');
    Option option;
    option.name = take_piece(line, '\t');
    option.kind = take_piece(line, '\t');
    option.value = take_piece(line, '\t');
    option.help = line;
    if (!option.name.empty()) options.push_back(std::move(option));
  }
  return options;
}

}  // namespace meterpipe::config
