// What a value of a wired M-Bus record is: the VIF, its extensions (VIFE) and a plain-text unit
// (EN 13757-3, 6.3 to 6.5 and annexes).
//
//   vib = VIF VIFE…                   bit 7: another byte follows
//       | FD VIFE… | FB VIFE…         the first VIFE is a code of another table
//       | FD FD VIFE…                 and here of one more, which is left without a meaning
//       | 7C LEN TEXT                 the unit in words, its last character first
//       | FC VIFE… LEN TEXT           since 2013
//       | FC LEN TEXT VIFE…           before, and in most meters (Elvaco, Elster, libmbus)
//       | FF VIFE…                    the maker's own
//
// The order of FC is told from the bytes: a length of 1 to 3F, so many printable characters and a
// byte behind them are the old one. A VIFE 7F says that all behind it is the maker's: nothing there
// may scale the value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/decimal.hpp"
#include "base/error.hpp"

namespace meterpipe::wired {

// How its data are read.
enum class Form : std::uint8_t {
  number,           // type B
  unsigned_number,  // type C
  bits,             // type D
  digits,           // a number whose zeros in front count: fabrication number
  time,             // G, F, I, J or M by its length
  opaque,           // types without a meaning here (K, L): hex
  secret,           // a key: nothing of it is shown
};

struct Meaning {
  std::string quantity;  // "volume-flow"; "reserved-fd-7c" for a code without a meaning
  std::string unit;      // or empty
  int exponent = 0;      // the value is data * 10^exponent + what is added
  Form form = Form::number;
  std::vector<std::string> qualifiers;
  std::vector<Decimal> added;
  std::string_view no_value;  // why there is none: "no-data"; or empty
  std::string maker;          // the maker's bytes behind 7F, or behind FF, in hex
  bool is_text = false;       // the unit is the meter's own words
  bool is_changed = false;    // an extension makes it another quantity
};

// `rest` begins with the VIF; `size` becomes how many bytes it is. Offsets of errors count from
// `rest`.
Result<Meaning> read_vib(Bytes rest, std::size_t& size);

}  // namespace meterpipe::wired
