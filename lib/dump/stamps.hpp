// Dates and times in front of bytes, so that none of them becomes data.
//
//   stamp = [ date ] [ time ] [ zone ]      the tokens of one piece without blanks
//   date  = YYYY-MM-DD | DD.MM.YYYY | DD/MM/YY | YYYYMMDD …
//   time  = HH:MM [ ":" SS [ "." fraction ] ] | HH.MM.SS [ "." fraction ] | HHMMSS
//   count = digits "." 3, 6 or 9 digits     seconds since something
//
//   21:14:11    2017-09-12    23.18.43.731    1644000000.123    04.02.2022-16:43
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "dump/lexer.hpp"

namespace meterpipe::dump {

void mark_stamps(Lexed& lexed, std::string_view separator);

// A number that stands alone and can be a time: seconds since 1970 or parts of them, YYYYMMDD,
// HHMMSS, YYYYMMDDHHMMSS.
bool can_be_stamp(std::string_view digits);

// The ISO 8601 time in what stands before the bytes, in the records' form; without an offset it
// counts as UTC. Empty: there is none.
std::string iso_time(std::string_view prefix);

}  // namespace meterpipe::dump
