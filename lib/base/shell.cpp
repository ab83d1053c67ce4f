#include "base/shell.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace meterpipe {

std::string shell_word(std::string_view word) {
  const auto is_plain = [](char c) {
    return is_letter_or_digit(static_cast<unsigned char>(c)) ||
           std::string_view("/._-+:,@%").find(c) != std::string_view::npos;
  };
  if (!word.empty() && std::ranges::all_of(word, is_plain)) return std::string(word);
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

}  // namespace meterpipe
