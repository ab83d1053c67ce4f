#include "dump/lexer.hpp"

#include <algorithm>

#include "base/hex.hpp"
#include "base/utf8.hpp"
#include "dump/stamps.hpp"

namespace meterpipe::dump {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_quote(char c) { return c == '\'' || c == '"' || c == '`'; }

std::uint32_t code_point(std::string_view sequence) {
  const auto first = static_cast<std::uint8_t>(sequence[0]);
  std::uint32_t code = sequence.size() == 2   ? first & 0x1f
                       : sequence.size() == 3 ? first & 0x0f
                                              : 7;
  for (const char c : sequence.substr(1)) code = code << 6 | (static_cast<std::uint8_t>(c) & 0x3f);
  return code;
}

bool all_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return hex_digit(c) >= 0; });
}

// One run of letters and digits of a line, on its way to tokens.
class RunReader {
 public:
  explicit RunReader(Lexed& lexed) : lexed_(lexed), line_(lexed.line) {}

  void take(std::size_t begin, std::size_t end) {
    const std::string_view run = line_.substr(begin, end - begin);
    const char before = begin > 0 ? line_[begin - 1] : ' ';
    if (all_hex(run) && !names_string(run, before, end)) {
      const Mark mark = before == '$' ? Mark::dollar : before == '%' ? Mark::percent : Mark::none;
      return add(begin, end, begin - (mark != Mark::none), end, mark);
    }
    const char first = run[0], second = run.size() > 1 ? run[1] : ' ';
    if (first == '0' && (second == 'x' || second == 'X')) {
      std::string_view digits = run.substr(2);
      if (!digits.empty() && (digits.back() == 'u' || digits.back() == 'U')) {
        digits.remove_suffix(1);  // of C
      }
      if (!digits.empty() && all_hex(digits)) {
        return add(begin + 2, begin + 2 + digits.size(), begin, end, Mark::c);
      }
    }
    if (take_chain(run, begin)) return;
    if (first == 'x' || first == 'X') {
      if (run.size() == 3 && all_hex(run.substr(1))) {
        const bool escaped = before == '\\';
        return add(begin + 1, end, begin - escaped, end, escaped ? Mark::escape : Mark::x);
      }
    }
    if (before == '&' && (first == 'H' || first == 'h') && all_hex(run.substr(1)) &&
        run.size() > 1 && run.size() <= 3) {
      return add(begin + 1, end, begin - 1, end, Mark::basic);
    }
    if ((run.size() > 1 && take_suffixed(run, begin, end)) || take_stamp(run, begin)) return;
    lexed_.words.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)});
    after_word_ = true;
  }

  void word_char() { after_word_ = true; }

 private:
  // b'…'
  bool names_string(std::string_view run, char before, std::size_t end) const {
    return (run == "b" || run == "B") && !is_quote(before) && end < line_.size() &&
           is_quote(line_[end]);
  }

  // 0x680xfa0x0; one alone is none: take() knows it.
  bool take_chain(std::string_view run, std::size_t begin) {
    if (!run.starts_with("0x") && !run.starts_with("0X")) return false;
    std::vector<std::size_t> starts;
    for (std::size_t at = 0; at < run.size();) {
      const std::size_t next = std::min(run.find(run.substr(0, 2), at + 3), run.size());
      const std::string_view digits = run.substr(at + 2, next - at - 2);
      if (digits.empty() || digits.size() > 2 || !all_hex(digits)) return false;
      starts.push_back(at);
      at = next;
    }
    for (std::size_t i = 0; i < starts.size(); ++i) {
      const std::size_t from = begin + starts[i];
      const std::size_t to = begin + (i + 1 < starts.size() ? starts[i + 1] : run.size());
      add(from + 2, to, from, to, Mark::c);
    }
    return true;
  }

  // 68h 0FAh, and offsets: 00000010h
  bool take_suffixed(std::string_view run, std::size_t begin, std::size_t end) {
    if (run.back() != 'h' && run.back() != 'H') return false;
    std::string_view digits = run.substr(0, run.size() - 1);
    const bool zero = digits.size() == 3 && digits[0] == '0';
    if (digits.size() == 3 && !zero) return false;
    if (digits.empty() || (digits.size() > 8 && digits.size() % 2 != 0) || !all_hex(digits)) {
      return false;
    }
    add(begin + zero, end - 1, begin, end, Mark::suffix);
    return true;
  }

  // The middle of 2022-02-04T16:43:20, and its end with a Z.
  bool take_stamp(std::string_view run, std::size_t begin) {
    std::size_t at = 0, pieces = 0;
    for (std::size_t i = 0; i < run.size(); ++i) {
      const char c = run[i];
      if (is_digit(c)) continue;
      const bool is_last = i + 1 == run.size();
      if (i == at || (c != 'T' && c != 't' && !(is_last && (c == 'Z' || c == 'z')))) return false;
      if (is_last && (c == 'T' || c == 't')) return false;
      at = i + 1;
      ++pieces;
    }
    if (pieces == 0 || pieces > 2) return false;
    at = 0;
    for (std::size_t i = 0; i <= run.size(); ++i) {
      if (i < run.size() && is_digit(run[i])) continue;
      if (i > at) {
        add(begin + at, begin + i, begin + at, begin + i, Mark::none);
        lexed_.tokens.back().is_stamp = true;
      }
      at = i + 1;
    }
    return true;
  }

  void add(std::size_t begin, std::size_t end, std::size_t from, std::size_t to, Mark mark) {
    Token token;
    token.begin = static_cast<std::uint32_t>(begin);
    token.end = static_cast<std::uint32_t>(end);
    token.from = static_cast<std::uint32_t>(from);
    token.to = static_cast<std::uint32_t>(to);
    token.mark = mark;
    token.after_word = after_word_;
    if (from > 0 && line_[from - 1] == ')') take_cast(token, 1);
    if (from > 1 && mark == Mark::c && line_.substr(from - 2, 2) == ") ") take_cast(token, 2);
    // A minus stands before its number, with nothing that it could join before it.
    if (mark == Mark::none && from > 0 && line_[from - 1] == '-') {
      const char before = from > 1 ? line_[from - 2] : ' ';
      if (is_decimal(line_.substr(begin, end - begin)) &&
          (is_blank(before) || before == ',' || before == '[' || before == '(' || before == '{')) {
        token.minus = true;
        --token.from;
      }
    }
    lexed_.tokens.push_back(token);
    after_word_ = false;
  }

  // (byte)0x68, (byte) 0x68
  void take_cast(Token& token, std::size_t between) {
    const std::size_t open = line_.rfind('(', token.from);
    if (open == std::string_view::npos || lexed_.words.empty()) return;
    const Lexed::Word word = lexed_.words.back();
    if (word.begin != open + 1 || word.end + between != token.from) return;
    lexed_.words.pop_back();
    token.from = static_cast<std::uint32_t>(open);
    const std::size_t before = lexed_.tokens.empty() ? 0 : lexed_.tokens.back().to;
    token.after_word = !lexed_.words.empty() && lexed_.words.back().begin >= before;
  }

  Lexed& lexed_;
  std::string_view line_;
  bool after_word_ = false;
};

}  // namespace

bool is_blank(char c) { return c == ' ' || c == '\t'; }

bool is_decimal(std::string_view digits) {
  return std::all_of(digits.begin(), digits.end(), is_digit);
}

bool is_zero(std::string_view digits) {
  return digits.find_first_not_of('0') == std::string_view::npos;
}

std::optional<std::uint64_t> value_in(std::string_view digits, unsigned base) {
  std::uint64_t value = 0;
  for (const char c : digits.substr(0, 16)) {
    const int digit = hex_digit(c);
    if (digit < 0 || static_cast<unsigned>(digit) >= base) return std::nullopt;
    value = value * base + static_cast<std::uint64_t>(digit);
  }
  return value;
}

Sign sign_at(std::string_view text, std::size_t at) {
  const char c = text[at];
  const auto byte = static_cast<std::uint8_t>(c);
  if (byte < 0x80) {
    if (is_digit(c) || is_letter(c)) return {0, false};
    return {1, is_blank(c) || byte < 0x20};
  }
  const std::size_t length = utf8_sequence(text, at);
  if (length == 0) return {byte == 0xa0 ? std::size_t{1} : std::size_t{0}, byte == 0xa0};
  const std::uint32_t code = code_point(text.substr(at, length));
  // Spaces; punctuation of Latin-1; dashes, dots and quotes; arrows; frames; CJK blank; BOM.
  if (code == 0xa0 || code == 0x3000 || code == 0xfeff || (code >= 0x2000 && code <= 0x200f) ||
      code == 0x202f) {
    return {length, true};
  }
  const bool is_mark =
      (code > 0xa0 && code < 0xc0 && code != 0xaa && code != 0xb5 && code != 0xba) ||
      code == 0xd7 || (code >= 0x2010 && code <= 0x206f) || (code >= 0x2190 && code <= 0x27bf);
  return {is_mark ? length : 0, false};
}

std::string_view without_blanks(std::string_view text) {
  while (!text.empty()) {
    const Sign sign = sign_at(text, 0);
    if (!sign.is_blank) break;
    text.remove_prefix(sign.length);
  }
  while (!text.empty() && (is_blank(text.back()) || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

std::string Lexed::join(std::size_t index) const {
  std::string text;
  const std::string_view raw = between(index);
  for (std::size_t at = 0; at < raw.size();) {
    const Sign sign = sign_at(raw, at);
    const std::size_t length = std::max<std::size_t>(sign.length, 1);
    if (!sign.is_blank) {
      text += raw.substr(at, length);
    } else if (text.empty() || text.back() != ' ') {
      text += ' ';
    }
    at += length;
  }
  return text;
}

Lexed lex(std::string_view line, std::string_view separator) {
  Lexed lexed;
  lexed.line = line;
  RunReader runs(lexed);
  for (std::size_t at = 0; at < line.size();) {
    if (const Sign sign = sign_at(line, at); sign.length != 0) {
      at += sign.length;
      continue;
    }
    std::size_t end = at;
    while (end < line.size() && (is_digit(line[end]) || is_letter(line[end]))) ++end;
    if (end == at) {  // a letter of another alphabet
      const std::size_t length = std::max<std::size_t>(utf8_sequence(line, at), 1);
      lexed.words.push_back(
          {static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at + length)});
      runs.word_char();
      at += length;
      // Digits behind it belong to the same word: für, Zähler.
      while (at < line.size() && (is_digit(line[at]) || is_letter(line[at]))) ++at;
      continue;
    }
    runs.take(at, end);
    at = end;
  }
  mark_stamps(lexed, separator);
  return lexed;
}

}  // namespace meterpipe::dump
