// A pasted line as tokens: runs of hex digits with the marks of a number, and words. What stands
// between two tokens joins them; one kind of join all through is what makes a run of bytes.
//
//   digits  = hex-digit { hex-digit }
//   token   = digits | "0x" digits | "\x" digits | "x" 2 digits | "$" digits | "%" digits
//           | "&H" digits | digits "h" | "-" digits
//   word    = any other run of letters and digits, those of other alphabets among them
//
//   [12:34:56][D][uart:158]: <<< 0x68,0xFA    tokens 12 34 56, word D, word uart, 158, 68, FA
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace meterpipe::dump {

enum class Mark : std::uint8_t { none, c, escape, x, dollar, percent, basic, suffix };

struct Token {
  std::uint32_t begin = 0, end = 0;  // the digits
  std::uint32_t from = 0, to = 0;    // with the marks around them
  Mark mark = Mark::none;
  bool minus = false;
  bool after_word = false;  // a word stands between this and the token before it
  bool is_stamp = false;    // part of a date or a time

  std::size_t width() const { return end - begin; }
};

struct Lexed {
  std::string_view line;
  std::vector<Token> tokens;
  struct Word {
    std::uint32_t begin, end;
  };
  std::vector<Word> words;

  std::string_view digits(const Token& token) const {
    return line.substr(token.begin, token.width());
  }
  // What stands between this token and the next, as it is.
  std::string_view between(std::size_t index) const {
    return line.substr(tokens[index].to, tokens[index + 1].from - tokens[index].to);
  }
  // The same with each run of blanks as one: how many there are makes no other separator.
  std::string join(std::size_t index) const;
};

// The tokens' dates and times are marked (dump/stamps.hpp); `separator`: what stands between the
// bytes of the dump at hand, which makes no time.
Lexed lex(std::string_view line, std::string_view separator);

bool is_blank(char c);
bool is_decimal(std::string_view digits);
bool is_zero(std::string_view digits);
// Of the first 16 of them; nothing where one is none of this base.
std::optional<std::uint64_t> value_in(std::string_view digits, unsigned base);

// A blank or a mark of any alphabet at text[at]: its length, and whether it is a blank; 0 for
// letters and digits.
struct Sign {
  std::size_t length;
  bool is_blank;
};
Sign sign_at(std::string_view text, std::size_t at);

// Without the blanks around it, and the CR of a line's end.
std::string_view without_blanks(std::string_view text);

}  // namespace meterpipe::dump
