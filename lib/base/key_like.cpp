#include "base/key_like.hpp"

#include "base/hex.hpp"

namespace meterpipe {

std::size_t harmless_part(std::string_view text, std::size_t most) {
  std::size_t run = 0, begin = 0;
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (hex_digit(c) >= 0) {
      if (run++ == 0) begin = at;
      if (run >= most) return begin;
      continue;
    }
    // 0x68 \x68 68h
    const char before = at > 0 ? text[at - 1] : ' ';
    const bool is_mark =
        (c == 'x' || c == 'X') ? before == '0' || before == '\\'
        : (c == 'h' || c == 'H')
            ? hex_digit(before) >= 0 && (at + 1 == text.size() || !is_letter(text[at + 1]))
            : !is_letter(c);
    if (!is_mark) run = 0;
  }
  return text.size();
}

bool looks_like_key(std::string_view text) {
  constexpr std::size_t kMostOfKey = 24;
  return harmless_part(text, kMostOfKey) < text.size();
}

std::string without_key(const std::string& text) {
  return looks_like_key(text) ? "(not shown: it looks like a key)" : text;
}

}  // namespace meterpipe
