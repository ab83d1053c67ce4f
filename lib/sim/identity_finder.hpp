// Where a plain message says whose meter it is.
//
//   by code    0-b:96.1.x and 42.0.0 (serials, logical device name), a-b:0.0.x (numbers),
//              0-b:25.x to 35.x (addresses of modems, but the list's own 25.9.0); all strings and
//              numbers of the value
//   as text    0-b:96.13.x, messages to the consumer: nothing of them stays
//   by place   the meter number that the layout has; strings that no profile knows and that hold a
//              number of 5 digits and more
//   P1         the same codes, hex of a text or text; digits in the identification line; lines that
//              cannot be read
//
// The meter's type (0-0:96.1.7; Kamstrup 1-1:96.1.1) is no name of a meter and stays.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "link/frame.hpp"
#include "record/reading_maker.hpp"

namespace meterpipe::sim {

struct Found {
  enum class Kind : std::uint8_t {
    value,   // bytes or text as they are
    hex,     // hex digits of them
    number,  // an unsigned integer, big-endian
    bcd,     // digits, low byte first (wired M-Bus)
    bcd_high_first,
    nothing,      // a text of which nothing may stay
    nothing_hex,  // the same as hex digits
  } kind;
  std::size_t offset, size;
};

// The value that Identities knows: of hex its bytes, of numbers and BCD their digits.
ByteVector value_of(const Found& found, Bytes message);
// Puts another value of the same length in its place.
void put(const Found& found, Bytes value, std::span<std::uint8_t> message);

class IdentityFinder {
 public:
  IdentityFinder();

  // Of a plain APDU or a P1 telegram. Fails where it cannot be read: then it may hold anything.
  Result<std::vector<Found>> find(Bytes plain);

 private:
  void look_at(const record::Reading& reading, std::vector<Found>& out);
  void look_at_place(const record::Reading& reading, const readings::Value& value,
                     std::vector<Found>& out);
  void look_at_p1(const readings::P1Telegram& telegram, Bytes bytes, std::vector<Found>& out);

  record::ReadingMaker maker_;
  record::ApduRecord record_;
};

// Of a wired M-Bus meter's answer: offsets in the frame's data. Fails where it is enciphered.
Result<std::vector<Found>> find_in_rsp_ud(const link::Frame& frame);

}  // namespace meterpipe::sim
