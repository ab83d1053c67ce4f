// The data records of a wired M-Bus message (EN 13757-3, 6): what the meter has measured.
//
//   message = { 2F } { DIF DIFE… VIB DATA } [ 0F MAKER… | 1F MAKER… ]
//   DIF     = E S FF DDDD     E another byte follows, S storage bit 0, FF function, DDDD the data
//   DIFE    = E U TT SSSS     subunit, tariff, storage: each byte has the next higher bits
//
//   0c 13 67 45 23 01           BCD of 8 digits, volume 10^-3 m3: 1234.567
//   84 40 86 3c d1 01 00 00     32 bits, subunit 1, energy in kWh, backward: 465 kWh
//   02 fc 03 48 52 25 74 d4 11  16 bits, unit in words: 45.64 %RH
//
// 0F: the rest is the maker's. 1F: the same, and another telegram follows. Data have their low byte
// first; in CI 76 the high one.
//
// Real meters: BCD with hex digits in a state of error (Elster F96, ABB F95), F in its first digit
// for a minus (Techem, Landis+Gyr); 80…00 where there is no value (Zenner C5); NaN (Schneider
// iEM3135); times marked invalid (Relay PadPuls2); times as twelve BCD digits (ABB). Such values
// are none, and it is said why. What does not go out even with the last byte is malformed as a
// whole: no value of it is to be trusted.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/decimal.hpp"
#include "base/error.hpp"
#include "wired/header.hpp"
#include "wired/vif.hpp"

namespace meterpipe::wired {

enum class Function : std::uint8_t { instantaneous, maximum, minimum, error };
std::string_view name(Function function);

struct Record {
  // As sent. Of the fixed structure there are no dib and vib.
  Bytes dib, vib, data;
  std::string key;   // dib and vib in hex, -2 behind it for a second one of them
  std::string name;  // that its maker gives it, see profiles/; or empty
  Function function = Function::instantaneous;
  std::uint64_t storage = 0;
  std::uint32_t tariff = 0, subunit = 0;
  Meaning meaning;
  std::string_view type;  // "A" to "M", "text", "binary", "bcd"; empty for no data

  enum class Is : std::uint8_t { nothing, number, text } is = Is::nothing;
  Decimal number;
  std::string text;      // text, digits that are no number, a time as ISO 8601, binary as hex
  std::string_view why;  // there is no value: "no-data", "invalid-time"; or empty
  bool is_time = false;  // `text` is a date and time of day
  bool summer = false;   // of it
};

struct Telegram {
  Header header;
  std::vector<Record> records;
  bool more = false;  // 1F: others follow
  bool has_tail = false;
  std::uint8_t tail = 0;  // the DIF that ends the records
  Bytes maker;            // what stands behind it
};

// `data` stands behind CI; records refer to it. Errors have their offset in `data`.
Result<Telegram> parse_telegram(std::uint8_t ci, Bytes data);
// Of records alone, deciphered for example.
Result<void> parse_records(Bytes data, std::size_t begin, Telegram& telegram);

// Records with the same key, from the first to the last: the second gets "-2".
void number_keys(std::vector<Record>& records, std::size_t from = 0);

}  // namespace meterpipe::wired
