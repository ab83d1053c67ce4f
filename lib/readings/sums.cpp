#include "readings/sums.hpp"

#include <algorithm>
#include <limits>
#include <optional>

#include "readings/profile.hpp"

namespace meterpipe::readings {
namespace {

// Beyond this no meter counts; the sum of a few stays within 64 bits.
constexpr std::uint64_t kLargest = 1'000'000'000'000'000;
constexpr std::int64_t kTooLarge = std::numeric_limits<std::int64_t>::max();

struct Number {
  std::int64_t value = 0;
  int exponent = 0;
};

std::optional<Number> number_of(const cosem::Obis& code, const axdr::Nodes& nodes, Bytes bytes,
                                const std::vector<Value>& values) {
  const auto found = std::ranges::find_if(
      values, [&](const Value& value) { return value.obis && *value.obis == code; });
  if (found == values.end()) return std::nullopt;
  const axdr::Node& node = nodes[found->node];
  if (!is_integer(node)) return std::nullopt;
  const Decimal raw = axdr::integer_of(node, bytes);
  // What no meter counts fits no sum.
  if (raw.magnitude > kLargest) return Number{kTooLarge, 0};
  const auto magnitude = static_cast<std::int64_t>(raw.magnitude);
  return Number{raw.negative ? -magnitude : magnitude, found->scaler};
}

}  // namespace

bool holds(const Sum& sum, const axdr::Nodes& nodes, Bytes bytes,
           const std::vector<Value>& values) {
  std::vector<Number> terms;
  for (const auto* side : {&sum.left, &sum.right}) {
    for (const Term& term : *side) {
      auto number = number_of(term.code, nodes, bytes, values);
      if (!number) return true;
      if (number->value == kTooLarge) return false;
      if (term.minus != (side == &sum.right)) number->value = -number->value;
      terms.push_back(*number);
    }
  }
  int finest = terms.front().exponent;
  for (const Number& term : terms) finest = std::min(finest, term.exponent);
  std::int64_t difference = 0, allowed = 0;
  for (const Number& term : terms) {
    std::int64_t unit = 1;
    for (int i = term.exponent; i > finest; --i) {
      unit *= 10;
      if (unit > static_cast<std::int64_t>(kLargest)) return false;
    }
    std::int64_t part = 0;
    if (__builtin_mul_overflow(term.value, unit, &part) ||
        __builtin_add_overflow(difference, part, &difference)) {
      return false;
    }
    allowed += unit;
  }
  return difference <= allowed && difference >= -allowed;
}

}  // namespace meterpipe::readings
