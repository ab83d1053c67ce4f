#include "readings/scaler_unit.hpp"

#include <algorithm>
#include <limits>
#include <map>

#include "cosem/classes.hpp"
#include "cosem/units.hpp"
#include "readings/descriptor.hpp"

namespace meterpipe::readings {
namespace {

using axdr::is_scaler_unit;
using axdr::Nodes;

bool is_number(const Node& node) {
  return axdr::type_of(node.tag).number != axdr::Number::none && node.tag != Tag::enum_;
}

std::optional<std::int8_t> scaler_in(const Node& node, Bytes bytes) {
  if (node.tag != Tag::integer && node.tag != Tag::long_) return std::nullopt;
  const Decimal number = axdr::integer_of(node, bytes);
  const auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int8_t>::max());
  if (number.magnitude > most + (number.negative ? 1 : 0)) return std::nullopt;
  const int scaler = static_cast<int>(number.magnitude);
  return static_cast<std::int8_t>(number.negative ? -scaler : scaler);
}

std::optional<std::uint8_t> unit_in(const Node& node, Bytes bytes) {
  if (node.tag != Tag::enum_ && node.tag != Tag::unsigned_) return std::nullopt;
  const std::uint8_t unit = bytes[node.offset];
  if (unit != cosem::kNoUnit && cosem::unit_name(unit).empty()) return std::nullopt;
  return unit;
}

// In either order.
std::optional<ScalerUnit> both(const Node& one, const Node& other, Bytes bytes) {
  for (const auto& [first, second] : {std::pair(&one, &other), std::pair(&other, &one)}) {
    const auto scaler = scaler_in(*first, bytes);
    const auto unit = unit_in(*second, bytes);
    if (scaler && unit) return ScalerUnit{*scaler, *unit};
  }
  return std::nullopt;
}

// 0-b:1.0.e: what stands right behind it is its time.
bool is_clock_code(const cosem::Obis& code) { return code.a == 0 && code.c == 1 && code.d == 0; }

void give(Value& value, std::int8_t scaler, std::uint8_t unit) {
  value.has_unit = true;
  value.scaler = scaler;
  value.unit = unit;
}

// The attribute of one register, as it was sent: whole, or scaler and unit as elements 1 and 2.
struct Attribute {
  std::optional<std::int8_t> scaler;
  std::uint8_t unit = cosem::kNoUnit;
  std::vector<std::size_t> sent_as;  // indices of values
};

}  // namespace

std::optional<ScalerUnit> other_scaler_unit(const Nodes& nodes, Bytes bytes, std::uint32_t at,
                                            std::uint32_t end) {
  if (at >= end) return std::nullopt;
  const Node& node = nodes[at];
  if (node.tag == Tag::structure || node.tag == Tag::array) {
    if (node.count != 2 || node.next != at + 3) return std::nullopt;
    auto found = both(nodes[at + 1], nodes[at + 2], bytes);
    if (found) found->next = node.next;
    return found;
  }
  if (node.next >= end) return std::nullopt;
  const Node& behind = nodes[node.next];
  // Two bare numbers say what they are by their types alone.
  if (!(node.tag == Tag::integer && behind.tag == Tag::enum_) &&
      !(node.tag == Tag::enum_ && behind.tag == Tag::integer)) {
    return std::nullopt;
  }
  auto found = both(node, behind, bytes);
  if (found) {
    found->next = behind.next;
    found->elements = 2;
  }
  return found;
}

std::optional<ScaledNumber> number_in_entry(const Nodes& nodes, Bytes bytes, std::uint32_t entry) {
  const Node& whole = nodes[entry];
  const Node& name = nodes[entry + 1];
  if (is_clock_code(cosem::Obis::of(bytes.subspan(name.offset, name.size)))) return std::nullopt;
  const std::uint32_t first = name.next;
  std::uint32_t scaler_unit = 0, before = 0, last = entry + 1;
  for (std::uint32_t i = first; i < whole.next; last = i, i = nodes[i].next) {
    if (is_logical_name(nodes[i], bytes, true)) return std::nullopt;  // another name's
    if (!is_scaler_unit(nodes, i)) continue;
    if (scaler_unit != 0) return std::nullopt;
    scaler_unit = i;
    before = last;
  }
  if (scaler_unit == 0 || before == first) return std::nullopt;
  if (scaler_unit == first) {
    const std::uint32_t number = nodes[first].next;
    const bool is_last = number < whole.next && nodes[number].next == whole.next;
    if (!is_last || !is_number(nodes[number])) return std::nullopt;
    return ScaledNumber{number, 0, scaler_unit};
  }
  if (!is_number(nodes[before])) return std::nullopt;
  if (nodes[first].tag == nodes[before].tag && nodes[first].next == before) {
    return ScaledNumber{first, before, scaler_unit};
  }
  for (std::uint32_t i = first; i < before; i = nodes[i].next) {
    // A number as wide may be the value as well.
    if (is_number(nodes[i]) && nodes[i].size >= nodes[before].size) return std::nullopt;
  }
  return ScaledNumber{before, 0, scaler_unit};
}

void pair_scalers(const Nodes& nodes, Bytes bytes, std::vector<Value>& values) {
  std::map<std::uint64_t, Attribute> sent;  // ordered: nobody chooses its collisions
  const auto key = [](const Value& value) {
    return value.obis->packed() << 16 | value.interface_class;
  };
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Value& value = values[i];
    if (!value.obis || value.attribute == 0 ||
        value.attribute != cosem::scaler_attribute(value.interface_class)) {
      continue;
    }
    const Node& node = nodes[value.node];
    if (value.index == 0 && is_scaler_unit(nodes, value.node)) {
      Attribute& attribute = sent[key(value)];
      if (attribute.scaler) continue;
      attribute.scaler = scaler_in(nodes[value.node + 1], bytes);
      attribute.unit = bytes[nodes[value.node + 2].offset];
      attribute.sent_as.push_back(i);
    } else if (value.index == 1 && node.tag == Tag::integer) {
      Attribute& attribute = sent[key(value)];
      if (attribute.scaler) continue;
      attribute.scaler = scaler_in(node, bytes);
      attribute.sent_as.push_back(i);
    } else if (value.index == 2 && node.tag == Tag::enum_) {
      Attribute& attribute = sent[key(value)];
      if (attribute.unit != cosem::kNoUnit) continue;
      attribute.unit = bytes[node.offset];
      attribute.sent_as.push_back(i);
    }
  }
  if (sent.empty()) return;
  std::vector<bool> used(values.size());
  for (Value& value : values) {
    if (!value.obis || cosem::scaler_attribute(value.interface_class) == 0) continue;
    // Current and last average of a demand register have the scaler of both.
    const bool demand = value.interface_class == cosem::kDemandRegister && value.attribute == 3;
    if (value.attribute != cosem::kValueAttribute && !demand) continue;
    const auto found = sent.find(key(value));
    if (found == sent.end() || !found->second.scaler) continue;
    give(value, *found->second.scaler, found->second.unit);
    for (const std::size_t i : found->second.sent_as) used[i] = true;
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < used.size(); ++i) {
    if (!used[i]) values[kept++] = values[i];
  }
  values.resize(kept);
}

}  // namespace meterpipe::readings
