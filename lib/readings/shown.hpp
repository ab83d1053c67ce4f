// What a value is shown as. Every view asks here, so that a value is the same thing in all of them:
//
//   null       null-data, dont-care; a telegram's sub-meter that was not read
//   boolean
//   number     an integer or a real; digits of a telegram. A real that is no number is bytes.
//   clock      a date-time, or an octet-string of twelve bytes that can be one; a telegram's clock
//   time       a date or a time all of whose parts are given
//   bits       a bit-string
//   text       a string that is printable UTF-8 without the blanks and NULs that pad it
//   container  an array, a structure or a compact-array; a list in a telegram
//   bytes      what is left: it is shown in hex
//
// Views differ in how much of this they use: those that name the type beside the value show what
// `by_type` says and leave all else in hex.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "axdr/tree.hpp"
#include "base/bytes.hpp"
#include "base/decimal.hpp"
#include "cosem/clock.hpp"
#include "readings/value.hpp"

namespace meterpipe::readings {

enum class ShownAs : std::uint8_t {
  null,
  boolean,
  number,
  clock,
  time,
  bits,
  text,
  container,
  bytes,
};

// The pieces of it that views need. All is borrowed from the message.
struct Shown {
  ShownAs as = ShownAs::bytes;
  bool by_type = false;    // the type says so; else the bytes look like it
  bool truth = false;      // of a boolean
  std::uint32_t bits = 0;  // how many a bit-string has
  Bytes bytes;             // of a node: its contents
  Decimal number;          // of a node: as sent, without its scaler
  // Of a node; nothing where date, hour or minute are not specified.
  std::optional<cosem::Clock> clock;
  // Of a string its text; of a telegram the value: a number with all its digits, else as sent.
  std::string_view text;
  std::string_view meaning;    // of `text`, where there is more: that of hex digits, a clock's time
  const Sent* sent = nullptr;  // of a telegram: what was sent, a time that belongs to the value
  std::string_view type;       // as records name it: "long-unsigned", "p1"

  // In one word for people, a number times 10^scaler. What is bytes, a container or not specified
  // is its hex.
  std::string word(int scaler = 0) const;
};

// Gives a clock the deviation that stands for its own.
void correct(cosem::Clock& clock, const Value& value);

Shown shown_of(const axdr::Node& node, Bytes bytes);
Shown shown_of(const Sent& sent);
inline Shown shown_of(const Value& value, const axdr::Nodes& nodes, Bytes bytes) {
  if (value.sent != nullptr) return shown_of(*value.sent);
  Shown shown = shown_of(nodes[value.node], bytes);
  if (value.deviation != kDeviationAsSent && shown.clock) correct(*shown.clock, value);
  return shown;
}

// "Wh", "unit 77" for one that is not in the list, a telegram's as sent; "" for none. Numbers have
// a unit; what is null or text has none, whatever stands behind it.
std::string unit_of(const Value& value);

namespace detail {
// The shortest decimal that reads back as the same real.
std::optional<Decimal> real_of(const axdr::Node& node, Bytes bytes);
}  // namespace detail

// Whether a node is shown as a number, and which one: shown_of() asks the same. Nothing for NaN and
// infinities.
inline std::optional<Decimal> raw_number(const axdr::Node& node, Bytes bytes) {
  switch (axdr::type_of(node.tag).number) {
    case axdr::Number::none: return std::nullopt;
    case axdr::Number::signed_integer:
    case axdr::Number::unsigned_integer: return axdr::integer_of(node, bytes);
    case axdr::Number::real: break;
  }
  return detail::real_of(node, bytes);
}
// nullopt for a telegram's, which is text.
inline std::optional<Decimal> raw_number(const Value& value, const axdr::Nodes& nodes,
                                         Bytes bytes) {
  if (value.sent != nullptr) return std::nullopt;
  return raw_number(nodes[value.node], bytes);
}

// raw * 10^scaler, exactly.
inline Decimal scaled(const Decimal& raw, int scaler) {
  return {raw.magnitude, raw.exponent + scaler, raw.negative};
}

}  // namespace meterpipe::readings
