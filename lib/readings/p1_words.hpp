// What stands between the parentheses of a telegram's line: numbers, quantities, times, hex digits.
//
//   number   = [ "-" | "+" ] digit { digit } [ "." digit { digit } ]
//   quantity = number "*" unit                  000123.450*kWh    0000.314*kVAr
//            | number [ " " ] unit              000123.450kWh: only where the unit is a known one
//   time     = YYMMDDhhmmss [ "S" | "W" ]       210929114730S
//   list     = [ count ] { "(" code ")" } { "(" time ")" [ "(" time ")" ] "(" quantity ")" }
//
//   0-0:98.1.0(2)(1-0:1.6.0)(1-0:1.6.0)(230201000000W)(230117224500W)(04.329*kW)(230301000000W)…
//              Belgium: the peak of each month; when it was stored, when it was, how much
//   1-0:99.97.0(1)(0-0:96.7.19)(101208152415W)(0000000240*s)      power failures: when, how long
//   0-0:98.1.0(221001000000S)(000010.777*kWh)(000002.500*kWh)…    Hungary: one time for all
//
// Units come in any case and with blanks, cosem::spelled_unit() says which they are.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cosem/units.hpp"
#include "readings/value.hpp"

namespace meterpipe::readings {

bool are_digits(std::string_view text);
std::string_view without_blanks(std::string_view text);  // around it

// Without the blanks around it and the zeros in front, with all other digits.
std::optional<std::string> p1_number(std::string_view text);

struct P1Quantity {
  std::string number;
  std::string_view unit;
};
// `expected`: what the code measures. `starless`: whether the star may be missing. A text that is
// no UTF-8 has a unit that is known (in Latin-1), or is no quantity.
std::optional<P1Quantity> p1_quantity(std::string_view text, cosem::Quantity expected,
                                      bool starless);

struct P1Time {
  std::string iso;
  bool summer = false;
};
// Twelve digits, and a season or not, whatever they say.
bool is_time_like(std::string_view text);
// YY is 2000 to 2069: 70 to 99 is no year of a P1 port but a clock not set.
std::optional<P1Time> p1_time(std::string_view text);
// The same behind a value, where IEC 62056-21 has it: also YYMMDDhhmm, a digit for the season in
// front of it or of the twelve (1 summer), and [20]21-11-05 17:45[:00].
std::optional<P1Time> p1_time_behind(std::string_view text);
// What has the form of one, whatever it says: also 0000000000, 2009-10-31 and 09.11.05 17:45.
bool is_time_like_behind(std::string_view text);

// The text whose hex this is, where it is one.
std::optional<std::string> text_of_hex(std::string_view digits);

// ER11, (ER11): a meter has no value for its code (IEC 62056-21, 6.3.5: error message). The word.
std::optional<std::string_view> error_word(std::string_view text);

// The list that the groups of a line are; false: they are none.
bool p1_list(const std::vector<std::string_view>& groups, Sent& sent);

// A list for people: "2023-01-17T22:45:00 4.329 kW; …".
std::string words_of(const std::vector<SentEntry>& list);

}  // namespace meterpipe::readings
