// One pasted line taken apart: what stands before the bytes, the bytes, what stands behind them.
//
//   row    = [ prefix ] [ column ] run [ suffix ]
//   run    = token { join token }      the longest one whose joins are alike; in groups of four and
//                                      more bytes, too, with another join between the groups
//   column = token                     an offset or a number of another width than the run's tokens
//   suffix = characters | comment | closing marks | "(" remark ")"
//
//   [16:58:09.395][V][dlms_meter:157]: 68FAFA68      prefix and run
//   00000010  00 00 09 81  f8 20 00 00  |..... ..|   column, run, characters
//   {0x68, 0xFA, 0xFA};                              marks, run, marks
//
// A line alone decides what it can; what only several lines tell is dump/rows.hpp.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "dump/lexer.hpp"

namespace meterpipe::dump {

struct Row {
  Lexed lexed;                        // of the line without its characters and comment
  std::size_t first = 0, last = 0;    // tokens of the run; equal: there is none
  std::string separator;              // the join of the run, empty for a single token
  std::optional<std::size_t> column;  // the token before the run that stands for no byte
  bool is_bare = false;               // no words, no times, no numbers besides a column
  bool is_enclosed = false;           // the run stands in quotes or brackets
  bool is_sure = false;               // so many bytes that this is no prose
  bool has_characters = false;
  bool is_ruler = false;  // 00 01 02 … 0F over the columns
  bool goes_on = false;   // a comma or a backslash behind the run
  std::optional<Error> fault;

  bool has_run() const { return first != last; }
  const Token& token(std::size_t index) const { return lexed.tokens[index]; }
  // Up to the run and its column.
  std::string_view prefix() const;
  std::string_view suffix() const;
};

// What the row before it in the same dump was like.
struct Hints {
  std::string_view separator;
  std::size_t column_width = 0;  // of its offset; 0: it had none
};
Row take_apart(std::string_view line, const Hints& hints);

// How many bytes a token stands for.
std::size_t bytes_of(const Token& token);

// The prefix with each number as 0 and without blanks: lines of one log have the same.
std::string shape_of(std::string_view prefix);

// Dots, or dots and how many more there are: what was there has been left out.
bool is_gap(std::string_view line);

}  // namespace meterpipe::dump
