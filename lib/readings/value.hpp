// A value of a message: its code, its place, and where its contents stand: in a node of the A-XDR
// tree, or in the line of a P1 telegram. shown.hpp tells what it is.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "axdr/nodes.hpp"
#include "cosem/obis.hpp"
#include "cosem/value_groups.hpp"

namespace meterpipe::readings {

using axdr::Node;
using axdr::Tag;

// A line of a list that a telegram's value is: a peak of a month, a power failure.
struct SentEntry {
  std::optional<cosem::Obis> obis;  // what it is of, where the list says so
  std::string number;               // a JSON number with all its digits
  std::string_view unit;            // as we write it; or empty
  std::string at;                   // ISO local time of the number; empty: what was sent is none
  std::string_view at_raw;          // as sent
  bool summer = false;              // of `at`: with S
  std::string stored;               // when it came into the list: the end of its month; or empty
};

// The contents of a telegram's line, 1-0:1.8.0(014159934*Wh). The views belong to its bytes, a unit
// that we write in another way to no one.
struct Sent {
  std::string_view raw;     // as sent, between the parentheses
  std::string plain;        // `raw` without ends of lines, inner brackets, blanks around; or empty
  std::string number;       // a JSON number with all its digits; empty: it is none
  std::string_view unit;    // of the number, as we write it, or empty
  std::string text;         // what hex digits say in ASCII, or empty
  std::string at;           // ISO local time, of a sub-meter's value or the clock's; or empty
  std::string_view at_raw;  // what stood in its place, also where it is no time
  bool is_clock = false;    // `raw` is a time, `at` its reading
  bool summer = false;      // with S; of `at`, where there is one
  bool is_bytes = false;    // `raw` is no text
  bool is_list = false;     // it is `list`, which may be empty
  bool is_nothing = false;  // `raw` stands for no value: of a sub-meter that was not read
  bool doubtful_count = false;  // the list has another length than it says
  std::vector<SentEntry> list;

  bool is_number() const { return !number.empty(); }
  // The number, or the text as sent.
  std::string_view value() const {
    return is_number() ? std::string_view(number) : plain.empty() ? raw : std::string_view(plain);
  }
  // What it says besides: the text of hex digits, the time of a clock; or empty.
  std::string_view meaning() const {
    return !text.empty() ? std::string_view(text) : is_clock ? std::string_view(at) : "";
  }
  // For people.
  std::string_view words() const { return meaning().empty() ? value() : meaning(); }
};

// What a clock's deviation stands for where the meter sends a wrong one.
inline constexpr std::int16_t kDeviationAsSent = 0x7fff, kDeviationUnknown = -0x8000;

// Where in the body a value stands: 3, 3.2, 3.2.1.
struct Place {
  static constexpr std::size_t kBelow = 4;

  std::uint32_t pos = 0;    // among the elements of the body, from 0
  std::uint32_t place = 0;  // in a structure or array that this element is, from 1; 0: itself
  std::array<std::uint16_t, kBelow> below{};  // the same in those inside of that one

  // Of its element `index`, from 0. There must be room for it.
  Place inside(std::uint32_t index) const {
    Place out = *this;
    if (place == 0) {
      out.place = index + 1;
    } else {
      *std::ranges::find(out.below, 0) =
          static_cast<std::uint16_t>(std::min<std::uint32_t>(index + 1, 0xffff));
    }
    return out;
  }
  bool has_room() const { return below.back() == 0; }
  bool operator==(const Place&) const = default;
};

struct Value : Place {
  std::optional<cosem::Obis> obis;
  // A telegram sent it without medium and channel: it is 1-0 here, 6-0 of heat.
  bool short_code = false;
  cosem::Medium channel = cosem::Medium::other;  // of a sub-meter's in a telegram: its device
  std::uint32_t node = 0;  // index of the value's node, where nothing is `sent`
  bool has_unit = false;   // a {scaler, unit} stood behind it
  std::int8_t scaler = 0;
  std::uint8_t unit = 255;
  // Of an object list or a descriptor; class 0: the body does not say.
  std::int8_t attribute = 0;
  std::uint16_t interface_class = 0;
  std::uint16_t index = 0;  // data index: 0, or which element of a structure this is
  std::int16_t deviation = kDeviationAsSent;  // of a clock, in minutes, in place of its own
  const Sent* sent = nullptr;                 // of a telegram's value; the telegram keeps it
};

}  // namespace meterpipe::readings
