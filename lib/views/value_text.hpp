// A decoded value's number or text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "axdr/tree.hpp"
#include "base/bytes.hpp"
#include "base/decimal.hpp"
#include "readings/infer.hpp"

namespace meterpipe::views {

// The raw number of a node: an integer as it is, a real as the shortest decimal that reads back as
// the same real; nullopt for what is no number (and for NaN and infinities).
std::optional<Decimal> number_of(const axdr::Node& node, Bytes bytes);

// raw * 10^scaler, exactly.
inline Decimal scaled(const Decimal& raw, int scaler) {
  return {raw.magnitude, raw.exponent + scaler, raw.negative};
}

// A date, time or date-time type as ISO 8601 text; nullopt where parts are not specified.
std::optional<std::string> date_or_time(const axdr::Node& node, Bytes bytes);

// A bit-string as its bits, "10110".
std::string bits_of(const axdr::Node& node, Bytes bytes);

}  // namespace meterpipe::views
