// The check of a P1 telegram (DSMR P1 companion standard 5.2.2): CRC-16/ARC over all from `/` to
// `!`; and the season of its times.
//
//   /ISK5\2M550T-1012 CR LF … 1-0:1.8.1(000001.000*kWh) CR LF !EF2F CR LF
//
// Logs that lost the CR of each line have the CRC of the telegram as it was sent, with the CR. Some
// meters write the CRC without its zeros in front, `!EC0`; others write none and have a NUL or
// another byte of no text behind the `!`.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"

namespace meterpipe {

// `told`: from `/` to `!`, both with it. The CRC of the telegram as the meter sent it: where no
// line has a CR, each line feed counts as CR LF.
std::uint16_t telegram_crc(Bytes told);

// What is written for the CRC at the start of `behind`, which is what follows the `!`: up to four
// characters; empty: there is none. They may be damaged, and no hex digits.
std::string_view written_crc(std::string_view behind);

// Whether `written` is the CRC of the bytes as they stand, or as the meter sent them.
bool fits_telegram(Bytes told, std::string_view written);

// Of summer or winter time, where a time in a telegram says so (6.4: TST): 260302070000W.
constexpr std::optional<bool> season_of(std::string_view sent) {
  if (sent.ends_with('S')) return true;
  if (sent.ends_with('W')) return false;
  return std::nullopt;
}

// A byte that may stand behind the CRC or the `!` and says nothing: a blank, a NUL, an end of text,
// FF. No frame of another link begins with one, but for the wrapper's 00 01.
constexpr bool is_telegram_fill(unsigned char c) {
  return c == ' ' || c == '\t' || c == 0x00 || c == 0x03 || c == 0x04 || c == 0x1a || c == 0xff;
}

}  // namespace meterpipe
