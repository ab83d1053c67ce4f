// What an SML file says: the lists of values in its GetList responses (BSI TR-03109-1, Annex IV).
//
//   file    = { message 00… }
//   message = 76 transaction group abort 72 tag body crc 00
//   body    = 77 client server name time { entry } signature time     tag 0701
//           | 74 server number text details                           tag ff01, an attention
//   entry   = 77 OBIS status time unit scaler value signature
//
// Every element begins with its type and length (TL): bit 7 another byte of length follows, bits 6
// to 4 the type, 0 octets, 4 boolean, 5 integer, 6 unsigned, 7 list; the length counts the TL's own
// bytes, a list's its elements. 01 is an element that is absent, 00 the end of a message. Integers
// have as few bytes as they need.
//
// All is read as elements first, of whatever shape; what is a list of values is told from its tag.
// Meters that break the rules: Holley DTZ541 leaves out the choice before its times and has another
// CRC in its messages (the file's counts alone, see fits_sml()); DZG DVS74 sends powers from 1.28 W
// to 2.55 W as signed numbers of one byte, those from 327.68 W to 655.35 W of two, so that a
// negative one of these is in doubt.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"

namespace meterpipe::wired {

struct SmlEntry {
  std::array<std::uint8_t, 6> obis{};
  std::optional<std::uint64_t> status;
  std::optional<std::uint8_t> unit;  // of the DLMS list
  std::int8_t scaler = 0;
  enum class Type : std::uint8_t {
    absent,
    octets,
    boolean,
    signed_integer,
    unsigned_integer,
    list
  };
  Type type = Type::absent;
  ByteVector bytes;  // of the value, as sent
  bool doubtful_sign = false;
};

struct SmlTime {
  // Seconds since the meter was started; of UTC; of local time.
  enum class Kind : std::uint8_t { index, utc, local } kind = Kind::index;
  std::uint32_t seconds = 0;
  std::int16_t offset = 0, season = 0;  // of local time to UTC, in minutes
};

struct SmlList {
  ByteVector server, name;
  std::optional<SmlTime> time;
  std::vector<SmlEntry> entries;
};

bool is_sml(Bytes bytes);

// A file from its first escape to its CRC, which is checked. no_values: it holds no list.
Result<std::vector<SmlList>> parse_sml(Bytes file);

// What a message with this tag is, with its article; empty for one that no meter sends.
std::string_view sml_message(std::uint64_t tag);

// The number on the meter, 1DZG0042082910, of a server id of ten bytes (DIN 43863-5); else its
// text; else empty.
std::string number_of_server(Bytes server);

}  // namespace meterpipe::wired
