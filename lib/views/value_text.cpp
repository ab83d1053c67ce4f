#include "views/value_text.hpp"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "base/reader.hpp"
#include "cosem/clock.hpp"

namespace meterpipe::views {
namespace {

using axdr::Tag;

// d.ddde±x, as to_chars writes the shortest form, without its exponent letter.
std::optional<Decimal> decimal_of(std::string_view scientific) {
  Decimal value;
  std::size_t at = 0;
  if (at < scientific.size() && scientific[at] == '-') {
    value.negative = true;
    ++at;
  }
  bool fraction = false;
  for (; at < scientific.size() && scientific[at] != 'e'; ++at) {
    if (scientific[at] == '.') {
      fraction = true;
      continue;
    }
    value.magnitude = value.magnitude * 10 + static_cast<std::uint64_t>(scientific[at] - '0');
    if (fraction) --value.exponent;
  }
  int exponent = 0;
  if (at < scientific.size()) {
    const char* start = scientific.data() + at + 1;
    if (*start == '+') ++start;
    std::from_chars(start, scientific.data() + scientific.size(), exponent);
  }
  value.exponent += exponent;
  return value;
}

template <class Real>
std::optional<Decimal> decimal_of_real(Real real) {
  if (!std::isfinite(real)) return std::nullopt;
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, real, std::chars_format::scientific).ptr;
  auto value = decimal_of({text, static_cast<std::size_t>(end - text)});
  // 2300 rather than 23 * 10^2: the shortest mantissa with its zeros, where they fit.
  while (value->exponent > 0 && value->magnitude < 1'000'000'000'000'000'00ULL) {
    value->magnitude *= 10;
    --value->exponent;
  }
  return value;
}

}  // namespace

std::optional<Decimal> number_of(const axdr::Node& node, Bytes bytes) {
  switch (axdr::type_of(node.tag).number) {
    case axdr::Number::none:
      return std::nullopt;
    case axdr::Number::signed_integer:
    case axdr::Number::unsigned_integer:
      return axdr::integer_of(node, bytes);
    case axdr::Number::real:
      break;
  }
  Reader reader(bytes.subspan(node.offset, node.size));
  if (node.size == 4) return decimal_of_real(std::bit_cast<float>(reader.u32()));
  return decimal_of_real(std::bit_cast<double>(reader.unsigned_of(8)));
}

std::optional<std::string> date_or_time(const axdr::Node& node, Bytes bytes) {
  const Bytes b = bytes.subspan(node.offset, node.size);
  if (node.tag == Tag::date_time) {
    const auto clock = cosem::parse_clock(b);
    return clock ? std::optional(clock->iso()) : std::nullopt;
  }
  if (node.tag == Tag::date) {
    const int year = b[0] << 8 | b[1];
    if (year == 0xffff || b[2] < 1 || b[2] > 12 || b[3] < 1 || b[3] > 31) return std::nullopt;
    return fmt::format("{:04}-{:02}-{:02}", year, b[2], b[3]);
  }
  if (node.tag == Tag::time) {
    if (b[0] > 23 || b[1] > 59 || b[2] > 59) return std::nullopt;
    return fmt::format("{:02}:{:02}:{:02}", b[0], b[1], b[2]);
  }
  return std::nullopt;
}

std::string bits_of(const axdr::Node& node, Bytes bytes) {
  const Bytes b = bytes.subspan(node.offset, node.size);
  std::string text;
  for (std::uint32_t i = 0; i < node.count; ++i) {
    text += (b[i / 8] >> (7 - i % 8) & 1) != 0 ? '1' : '0';
  }
  return text;
}

}  // namespace meterpipe::views
