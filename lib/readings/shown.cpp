#include "readings/shown.hpp"

#include <bit>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "base/hex.hpp"
#include "base/reader.hpp"
#include "cosem/units.hpp"
#include "readings/p1_words.hpp"
#include "readings/text.hpp"

namespace meterpipe::readings {
namespace {

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

// Of a date or time type, whether all parts that its text has are given.
bool is_whole_date(Bytes b) {
  const int year = b[0] << 8 | b[1];
  return year != 0xffff && b[2] >= 1 && b[2] <= 12 && b[3] >= 1 && b[3] <= 31;
}
bool is_whole_time(Bytes b) { return b[0] <= 23 && b[1] <= 59 && b[2] <= 59; }

std::string date_or_time(Bytes b) {
  if (b.size() == cosem::kDateLength) {
    return fmt::format("{:04}-{:02}-{:02}", b[0] << 8 | b[1], b[2], b[3]);
  }
  return fmt::format("{:02}:{:02}:{:02}", b[0], b[1], b[2]);
}

// "10110"
std::string bit_text(Bytes b, std::uint32_t count) {
  std::string text;
  for (std::uint32_t i = 0; i < count; ++i) text += (b[i / 8] >> (7 - i % 8) & 1) != 0 ? '1' : '0';
  return text;
}

}  // namespace

std::optional<Decimal> detail::real_of(const axdr::Node& node, Bytes bytes) {
  Reader reader(bytes.subspan(node.offset, node.size));
  if (node.size == 4) return decimal_of_real(std::bit_cast<float>(reader.u32()));
  return decimal_of_real(std::bit_cast<double>(reader.unsigned_of(8)));
}

void correct(cosem::Clock& clock, const Value& value) {
  if (value.deviation == kDeviationAsSent) return;
  clock.deviation.reset();
  if (value.deviation != kDeviationUnknown) clock.deviation = value.deviation;
}

Shown shown_of(const axdr::Node& node, Bytes bytes) {
  Shown shown;
  shown.type = axdr::type_of(node.tag).name;
  shown.bytes = bytes.subspan(node.offset, node.size);
  const auto is = [&shown](ShownAs as, bool by_type = true) {
    shown.as = as;
    shown.by_type = by_type;
  };
  switch (node.tag) {
    case Tag::null_data:
    case Tag::dont_care: is(ShownAs::null); return shown;
    case Tag::array:
    case Tag::structure:
    case Tag::compact_array: is(ShownAs::container); return shown;
    case Tag::boolean:
      is(ShownAs::boolean);
      shown.truth = shown.bytes[0] != 0;
      return shown;
    case Tag::bit_string:
      is(ShownAs::bits);
      shown.bits = node.count;
      return shown;
    case Tag::date:
      if (is_whole_date(shown.bytes)) is(ShownAs::time);
      return shown;
    case Tag::time:
      if (is_whole_time(shown.bytes)) is(ShownAs::time);
      return shown;
    case Tag::octet_string:
    case Tag::date_time:
      if (!cosem::is_clock(shown.bytes)) break;
      is(ShownAs::clock, node.tag == Tag::date_time);
      shown.clock = cosem::parse_clock(shown.bytes);
      return shown;
    default: break;
  }
  if (const auto number = raw_number(node, bytes)) {
    is(ShownAs::number);
    shown.number = *number;
  } else if (const auto text = text_of(node, bytes)) {
    is(ShownAs::text, node.tag != Tag::octet_string);
    shown.text = *text;
  }
  return shown;
}

Shown shown_of(const Sent& sent) {
  Shown shown;
  shown.as = sent.is_number()  ? ShownAs::number
             : sent.is_nothing ? ShownAs::null
             : sent.is_clock   ? ShownAs::clock
             : sent.is_list    ? ShownAs::container
             : sent.is_bytes   ? ShownAs::bytes
                               : ShownAs::text;
  if (sent.is_bytes) shown.bytes = as_bytes(sent.raw);
  shown.by_type = true;
  shown.text = sent.value();
  shown.meaning = sent.meaning();
  shown.sent = &sent;
  shown.type = "p1";
  return shown;
}

std::string Shown::word(int scaler) const {
  switch (as) {
    case ShownAs::null: return "null";
    case ShownAs::boolean: return truth ? "true" : "false";
    case ShownAs::number:
      return text.empty() ? to_string(scaled(number, scaler)) : std::string(text);
    case ShownAs::clock:
      if (clock) return clock->iso();
      break;
    case ShownAs::time: return date_or_time(bytes);
    case ShownAs::bits: return bit_text(bytes, bits);
    case ShownAs::text: break;
    case ShownAs::container: return sent != nullptr ? words_of(sent->list) : to_hex(bytes);
    case ShownAs::bytes: return to_hex(bytes);
  }
  if (!meaning.empty()) return std::string(meaning);
  return as == ShownAs::text ? std::string(text) : to_hex(bytes);
}

std::string unit_of(const Value& value) {
  if (value.sent != nullptr) return std::string(value.sent->unit);
  if (!value.has_unit || value.unit == cosem::kNoUnit) return {};
  const std::string_view unit = cosem::unit_name(value.unit);
  return unit.empty() ? "unit " + std::to_string(value.unit) : std::string(unit);
}

}  // namespace meterpipe::readings
