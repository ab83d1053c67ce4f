#include "dump/escapes.hpp"

#include <algorithm>

#include "base/hex.hpp"

namespace meterpipe::dump {
namespace {

bool is_octal(char c) { return c >= '0' && c <= '7'; }

// One escape behind the backslash at text[at]; how many characters it takes, 0: it is none.
std::size_t read_one(std::string_view text, std::size_t at, ByteVector& bytes) {
  if (at + 1 >= text.size()) return 0;
  const char c = text[at + 1];
  const auto digit_at = [&](std::size_t i) { return i < text.size() ? hex_digit(text[i]) : -1; };
  if (c == 'x' || c == 'X') {
    const int high = digit_at(at + 2), low = digit_at(at + 3);
    if (high < 0 || low < 0) return 0;
    bytes.push_back(static_cast<std::uint8_t>(high << 4 | low));
    return 4;
  }
  if (c == 'u') {  // \u00fa
    int value = 0;
    for (std::size_t i = 2; i < 6; ++i) {
      const int digit = digit_at(at + i);
      if (digit < 0) return 0;
      value = value << 4 | digit;
    }
    if (value > 0xff) return 0;
    bytes.push_back(static_cast<std::uint8_t>(value));
    return 6;
  }
  if (is_octal(c)) {
    int value = 0;
    std::size_t length = 1;
    for (; length < 4 && at + length < text.size() && is_octal(text[at + length]); ++length) {
      value = value * 8 + (text[at + length] - '0');
    }
    if (value > 0xff) return 0;
    bytes.push_back(static_cast<std::uint8_t>(value));
    return length;
  }
  constexpr std::string_view kLetters = "abtnvfre\\'\"`?";
  constexpr std::string_view kMeant = "\a\b\t\n\v\f\r\x1b\\'\"`?";
  const std::size_t letter = kLetters.find(c);
  if (letter == std::string_view::npos) return 0;
  bytes.push_back(static_cast<std::uint8_t>(kMeant[letter]));
  return 2;
}

// The string whose opening quote stands at `open`; end 0: it is none. It ends at the first quote
// from `least` on: some programs do not escape those inside.
EscapedText read_string(std::string_view line, std::size_t open, std::size_t least) {
  EscapedText text{{}, open, 0};
  const char quote = line[open];
  for (std::size_t at = open + 1; at < line.size();) {
    const auto c = static_cast<std::uint8_t>(line[at]);
    if (line[at] == quote && at >= least) {
      text.end = at + 1;
      return text;
    }
    if (line[at] == '\\') {
      const std::size_t length = read_one(line, at, text.bytes);
      if (length == 0) return text;
      at += length;
      continue;
    }
    if (c < 0x20 || c >= 0x7f) return text;
    text.bytes.push_back(c);
    ++at;
  }
  return text;
}

bool opens_string(char c) { return c == '\'' || c == '"' || c == '`'; }

// Whether a string may end here: letters, digits and escapes do not follow one.
bool closes(std::string_view line, std::size_t end) {
  return end >= line.size() ||
         std::string_view(" ,.:;+)]}>").find(line[end]) != std::string_view::npos;
}

// What stands right before a quote and belongs to it: the b of b'…'.
std::string_view mark_before(std::string_view line, std::size_t quote) {
  std::size_t from = quote;
  while (from > 0 && (line[from - 1] == 'b' || line[from - 1] == 'B' || line[from - 1] == 'r')) {
    --from;
  }
  return line.substr(from, quote - from);
}

// With the strings behind it that are of its kind, and nothing but commas, plus signs and blanks
// between: a list of pieces.
EscapedText read_list(std::string_view line, EscapedText text) {
  const std::string_view mark = mark_before(line, text.begin);
  // Without a mark what stands first may be a name.
  if (mark.empty() &&
      line.substr(text.begin, text.end - text.begin).find('\\') == std::string_view::npos) {
    return text;
  }
  for (;;) {
    std::size_t at = text.end;
    while (at < line.size() && std::string_view(" ,+").find(line[at]) != std::string_view::npos) {
      ++at;
    }
    if (at == text.end || !line.substr(at).starts_with(mark)) return text;
    at += mark.size();
    if (at >= line.size() || !opens_string(line[at])) return text;
    const EscapedText next = read_string(line, at, 0);
    if (next.end == 0) return text;
    append(text.bytes, next.bytes);
    text.end = next.end;
  }
}

}  // namespace

std::optional<EscapedText> read_escapes(std::string_view line, bool is_meant) {
  std::size_t first = std::string_view::npos, last = 0, count = 0;
  for (std::size_t at = line.find('\\'); at != std::string_view::npos;
       at = line.find('\\', at + 1)) {
    if (at + 3 >= line.size()) break;
    const char c = line[at + 1];
    const bool is_hex = c == 'x' && hex_digit(line[at + 2]) >= 0 && hex_digit(line[at + 3]) >= 0;
    const bool is_number = is_octal(c) && is_octal(line[at + 2]) && is_octal(line[at + 3]);
    const bool is_code = c == 'u' && line[at + 2] == '0' && line[at + 3] == '0';
    const bool is_line = c == 'r' && line.substr(at + 2, 2) == "\\n";
    if (!is_hex && !is_number && !is_code && !is_line) continue;
    first = std::min(first, at);
    last = at;
    ++count;
  }
  if (is_meant && count < 2) {
    for (std::size_t at = 0; at < line.size(); ++at) {
      if (!opens_string(line[at])) continue;
      EscapedText text = read_string(line, at, 0);
      if (text.end == 0) text = read_string(line, at, line.rfind(line[at]));
      if (text.end == 0) return std::nullopt;
      return read_list(line, std::move(text));
    }
    return std::nullopt;
  }
  if (count < 2) return std::nullopt;
  for (std::size_t at = 0; at < first; ++at) {
    if (!opens_string(line[at])) continue;
    EscapedText text = read_string(line, at, 0);
    const std::size_t behind = text.end;
    if (behind != 0) {
      text = read_list(line, std::move(text));
      if (text.end > last) return text;
    }
    // One before it: ('RX', b'…'). Otherwise a quote inside that is not escaped.
    if (behind == 0 || !closes(line, behind)) {
      text = read_string(line, at, line.rfind(line[at]));
      if (text.end > last) return text;
    }
    if (behind != 0) at = behind - 1;
  }
  return std::nullopt;
}

}  // namespace meterpipe::dump
