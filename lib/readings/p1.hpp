// A telegram of a P1 port (DSMR 2 to 5, its like in Austria, Belgium, Luxembourg, Sweden, Slovenia;
// IEC 62056-21 mode D): lines of text.
//
//   /EST5\253717584_A                              identification
//
//   0-0:1.0.0(210929114730S)                       CODE(value)
//   1-0:1.8.0(014159934*Wh)                        CODE(number*unit)
//   0-1:24.2.1(101209112500W)(12785.123*m3)        CODE(time)(number*unit): of a sub-meter
//   1-0:1.6.0(08.796*kW)(260102010000)             CODE(number*unit)(time): a peak
//   1-0:99.97.0(1)(0-0:96.7.19)(101208152415W)(0000000240*s)    a list, see p1_words.hpp
//   0-1:24.3.0(090212160000)(00)(60)(1)(0-1:24.2.1)(m3)         DSMR 2 and 3: the unit last, and
//   (00000.000)                                                 the value on the next line
//   !EEE5                                          CRC-16/ARC of all up to the !, or nothing
//
// Times are local; S and W say summer and winter and not which zone: no offset is claimed. YY is
// 2000 to 2069; what is no day of the calendar stays text and is no time.
// Equipment identifiers (C = 96, D = 1; 42) and messages (96.13) are sent as the hex of their
// text. What real meters do instead: identifiers as plain text (Sweden), no CRC (Iskra, Slovenia),
// codes without medium and channel; a sub-meter's time that is not set (632525252525S, or nothing),
// and with it, where it was not read or cannot be reached, (632525252525S)(00000.000) or
// (700101010000W)(00000000) in place of a value, which is null; powers and volumes without a unit;
// Hungary two thresholds of the fuse in one line, of which the first is the value and `raw` has
// both. Several numbers in any other line are a bad line: which one is the value nobody says. A
// line that cannot be read costs its own value.
//
// Units come in any case, with blanks, without the star, a cubic metre in Latin-1; codes with F
// behind a dot (21.7.0.255); text over several lines; a message of FF bytes. IEC 62056-21 (eBZ DD3,
// EasyMeter Q3D, Logarex, L+G ZMF) adds letters and codes without a tariff, C.1.0(5), F.F(00),
// 0.0(…), several values on a line, and error words: 1.8.0((ER11)). Heat meters (L+G Ultraheat)
// have codes of their own in this form, and no names here. A meter whose number is zeros has none
// (0-0:96.1.1(0): a heat meter's gateway); 0.0.0 is one where there is nothing better.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "readings/profile.hpp"
#include "readings/value.hpp"

namespace meterpipe::readings {

struct P1BadLine {
  std::size_t number = 0;  // of the line, from 1
  Bytes bytes;
};

struct P1Telegram {
  P1Telegram() = default;
  P1Telegram(const P1Telegram&) = delete;  // a copy's values would refer to what this one keeps
  P1Telegram& operator=(const P1Telegram&) = delete;
  P1Telegram(P1Telegram&&) = default;
  P1Telegram& operator=(P1Telegram&&) = default;

  std::string_view ident;  // behind the /
  std::vector<Value> values;
  std::vector<Sent> sent;             // what the values refer to; in the order of the lines
  std::vector<P1BadLine> bad;         // one after the other they are one
  std::optional<std::size_t> clock;   // 0-0:1.0.0
  std::optional<std::size_t> number;  // of the meter
};

inline bool is_p1(Bytes bytes) { return !bytes.empty() && bytes[0] == '/'; }

// Gives numbers without a unit those of a profile's codes, 1-0:4.7.0(00.007) with `4.7.0 3 var` is
// 7 var; what has a unit keeps it. Whether there was one to be given.
bool give_units(P1Telegram& telegram, const std::vector<CodeRule>& codes);

// Each value has its code and what was sent. Views belong to `bytes`. Fails where the end is
// missing, or where `check` is set and there is a CRC that does not fit.
Result<void> parse_p1(Bytes bytes, bool check, P1Telegram& out);

}  // namespace meterpipe::readings
