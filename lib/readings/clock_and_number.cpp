// Which value of a body is its clock, and which the number of the meter.
#include <algorithm>

#include "base/ascii.hpp"
#include "cosem/classes.hpp"
#include "cosem/clock.hpp"
#include "readings/infer.hpp"
#include "readings/text.hpp"

namespace meterpipe::readings {
namespace {

constexpr cosem::Obis kClockCode{0, 0, 1, 0, 0, 255}, kNumberCode{0, 0, 96, 1, 0, 255},
    kSecondNumber{0, 0, 96, 1, 1, 255}, kDeviceName{0, 0, 42, 0, 0, 255};

// A clock of which the body says that it is none (begin of daylight saving is one of the clock's
// attributes, too), or which stands inside an element, where it is the time of that: a capture
// time. Where an object list does not fit, any time may be at any place.
bool may_be_time(const Value& value, bool misfit) {
  if (value.obis) {
    return *value.obis == kClockCode &&
           (value.interface_class == 0 ||
            (value.interface_class == cosem::kClock && value.attribute == cosem::kTimeAttribute));
  }
  return value.place == 0 && !misfit;
}

// One whose date, hour and minute are specified; the rest of parse_clock's work is done for the one
// that is taken.
bool is_time(Bytes bytes) {
  constexpr std::uint8_t kAny = 0xff;
  return cosem::is_clock(bytes) && (bytes[0] != kAny || bytes[1] != kAny) && bytes[2] <= 12 &&
         bytes[3] != kAny && bytes[5] != kAny && bytes[6] != kAny;
}

// What can be a number by place, behind the last code: units and states of a list are texts, too.
bool can_be_number(std::string_view text) {
  constexpr auto kFewestDigits = 4;
  return std::ranges::count_if(text, is_digit) >= kFewestDigits;
}

}  // namespace

std::optional<Decimal> number_of_meter(const Value& value, const axdr::Nodes& nodes, Bytes bytes) {
  const Node& node = nodes[value.node];
  if (!value.obis || *value.obis != kNumberCode || value.has_unit ||
      (value.attribute != 0 && value.attribute != cosem::kValueAttribute)) {
    return std::nullopt;
  }
  if (!is_integer(node)) return std::nullopt;
  const Decimal number = axdr::integer_of(node, bytes);
  if (number.magnitude == 0 || number.negative) return std::nullopt;
  return number;
}

void find_clock_and_number(const axdr::Nodes& nodes, Bytes bytes, Inferred& out) {
  const auto is_text = [&](const Value& value) {
    const auto text = text_of(nodes[value.node], bytes);
    return text && !text->empty();
  };
  out.clock.reset();
  out.number.reset();
  std::optional<std::size_t> placed_clock, second, device, electricity;
  for (std::size_t i = 0; i < out.values.size(); ++i) {
    const Value& value = out.values[i];
    const Node& node = nodes[value.node];
    if (value.obis && value.obis->a == 0 && !out.number) {
      if (*value.obis == kNumberCode && (is_text(value) || number_of_meter(value, nodes, bytes))) {
        out.number = i;
      }
      if (*value.obis == kSecondNumber && !second && is_text(value)) second = i;
      if (*value.obis == kDeviceName && !device && is_text(value)) device = i;
    }
    // Kamstrup's number is that of the electricity meter, on any channel: 1-1:0.0.5.
    if (value.obis && value.obis->c == 0 && value.obis->a == 1 && value.obis->d == 0 &&
        (value.obis->e == 0 || value.obis->e == 5) && !electricity && is_text(value)) {
      electricity = i;
    }
    if (node.size != cosem::kClockLength ||
        (node.tag != Tag::octet_string && node.tag != Tag::date_time) ||
        (value.obis ? out.clock : placed_clock) || !may_be_time(value, out.misfit.has_value()) ||
        !is_time(bytes.subspan(node.offset, node.size))) {
      continue;
    }
    (value.obis ? out.clock : placed_clock) = i;
  }
  if (!out.clock) out.clock = placed_clock;
  if (out.number || out.values.empty()) return;
  // Netz NÖ and Steiermark end their list with the number, by place.
  const bool by_name = out.layout == Layout::flat || out.layout == Layout::pairs;
  if (by_name && !out.values.back().obis && out.clock != out.values.size() - 1 &&
      can_be_number(text_of(nodes[out.values.back().node], bytes).value_or(""))) {
    out.number = out.values.size() - 1;
  } else {
    out.number = second ? second : device ? device : electricity;
  }
}

}  // namespace meterpipe::readings
