// Where a plain message says whose meter it is.
//
//   by code    0-b:96.1.x and 42.0.0 (serials, logical device name), a-b:0.0.x (numbers),
//              0-b:2.0.x to 2.2.x, 0-b:25.x to 35.x (numbers and addresses of modems, but the
//              list's own 25.9.0), attribute 6 of class 72 (a sub-meter's number at 0-b:24.1.0);
//              all of the value, whatever its type
//   as text    0-b:96.13.x, messages to the consumer: nothing of them stays
//   by place   the meter number that the layout has; strings that no profile knows and that hold a
//              number of 5 digits and more; there also bytes that are no text, no name and no time
//   other      strings with 5 digits and more under codes that measure nothing (0-0:94.49.0,
//   codes      0-0:96.50.1), but for firmware and parameters (0.2.x and all of C = 0), tariffs
//              (96.14), status words, failures and counts (96.2 to 96.12, 97), logs (98, 99), times
//   P1         the same codes, hex of a text or text; digits in the identification line; lines that
//              cannot be read
//
// The meter's type (0-0:96.1.7; Kamstrup 1-1:96.1.1) is no name of a meter and stays.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "decode/reading_maker.hpp"
#include "link/frame.hpp"

namespace meterpipe::share {

struct Found {
  enum class Kind : std::uint8_t {
    value,   // bytes or text as they are
    hex,     // hex digits of them
    number,  // an integer, big-endian, not negative
    bcd,     // digits, low byte first (wired M-Bus)
    bcd_high_first,
    nothing,      // a text of which nothing may stay
    nothing_hex,  // the same as hex digits
  } kind;
  std::size_t offset, size;
  // A value spread over elements of so many bytes with `gap` bytes between them; 0: in one piece.
  std::size_t element = 0, gap = 0;

  // Of the value's byte `i` in the message.
  std::size_t place(std::size_t i) const {
    return offset + i + (element == 0 ? 0 : i / element * gap);
  }
};

// The value that Identities knows: of hex its bytes, of numbers and BCD their digits.
ByteVector value_of(const Found& found, Bytes message);
// Puts another value of the same length in its place.
void put(const Found& found, Bytes value, std::span<std::uint8_t> message);

// Where else a name may stand: strings and integers that are not the value of a code that measures;
// all of a message that carries no values.
struct OpenPlace {
  enum class Kind : std::uint8_t { text, integer, anything } kind;
  std::size_t offset, size;
};

struct Finds {
  std::vector<Found> found;
  std::vector<OpenPlace> open;
};

class IdentityFinder {
 public:
  IdentityFinder();

  // Of a plain APDU or a P1 telegram. Fails where it cannot be read: then it may hold anything.
  Result<Finds> find(Bytes plain);

  // What one says and the other does not, of all that is in none of the places of `finds`; nothing
  // where they agree.
  std::optional<std::string> difference(Bytes before, Bytes after, const Finds& finds);

 private:
  Result<decode::DecodedMessage*> read(Bytes plain, decode::ReadingMaker& maker,
                                       record::ApduRecord& record);
  void look_at(const decode::DecodedMessage& reading, Finds& out);
  void look_at_identity(const decode::DecodedMessage& reading, const readings::Value& value,
                        std::vector<Found>& out);
  void look_at_string(const decode::DecodedMessage& reading, const readings::Value& value,
                      const axdr::Node& node, std::vector<Found>& out);

  decode::ReadingMaker maker_, other_;
  record::ApduRecord record_, other_record_;
};

// Of a wired M-Bus meter's answer: offsets in the frame's data; what is its maker's own is open.
// Fails where it is enciphered or cannot be read.
Result<Finds> find_in_rsp_ud(const link::Frame& frame);

}  // namespace meterpipe::share
