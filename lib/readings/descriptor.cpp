#include "readings/descriptor.hpp"

#include "cosem/classes.hpp"

namespace meterpipe::readings {
namespace {

using axdr::is_scaler_unit;
using axdr::Node;
using axdr::Nodes;
using axdr::Tag;

constexpr std::int8_t kHighestAttribute = 0x20;
constexpr std::uint32_t kNameSize = 6, kHead = 3;  // class, name, attribute

bool is_zero(const Node& node, Bytes bytes) { return axdr::integer_of(node, bytes).magnitude == 0; }

// A register's value is no structure: a data index that picks an element of it can only be 0.
bool has_elements(std::uint16_t interface_class, std::int8_t attribute) {
  if (cosem::scaler_attribute(interface_class) == 0) return true;
  const bool last_average = interface_class == cosem::kDemandRegister && attribute == 3;
  return attribute != cosem::kValueAttribute && !last_average;
}

// `count` fields from class to the last one, the class at `first`.
std::optional<Described> fields(const Nodes& nodes, Bytes bytes, std::uint32_t first,
                                std::uint32_t count) {
  if (count < 4 || count > 6) return std::nullopt;
  const std::uint32_t fourth = first + kHead;
  const std::uint32_t fifth = nodes[fourth].next;
  const bool is_index = nodes[fourth].tag == Tag::long_unsigned;
  const std::uint16_t interface_class = class_at(nodes, bytes, first);
  const std::int8_t attribute = attribute_at(nodes, bytes, first);
  if (count == 4) {
    const bool doubtful =
        is_index && (has_elements(interface_class, attribute) || is_zero(nodes[fourth], bytes));
    return Described{fourth, 0, 0, doubtful, fifth};
  }
  const std::uint32_t sixth = nodes[fifth].next;
  if (count == 6) {
    if (!is_index || !is_scaler_unit(nodes, sixth)) return std::nullopt;
    return Described{fifth, fourth, sixth, false, nodes[sixth].next};
  }
  if (is_scaler_unit(nodes, fifth) &&
      !(is_index && attribute == cosem::scaler_attribute(interface_class))) {
    return Described{fourth, 0, fifth, false, sixth};
  }
  // A container there is the restriction of an entry, unless it is the scaler and unit or the
  // object whole.
  const bool is_value = !is_container(nodes[fifth]) || is_scaler_unit(nodes, fifth) ||
                        is_whole_object(nodes, bytes, fifth,
                                        cosem::Obis::of(bytes.subspan(nodes[first + 1].offset, 6)));
  if (!is_index || !is_value) return std::nullopt;
  return Described{fifth, fourth, 0, false, sixth};
}

}  // namespace

std::uint16_t class_at(const Nodes& nodes, Bytes bytes, std::uint32_t first) {
  return static_cast<std::uint16_t>(axdr::integer_of(nodes[first], bytes).magnitude);
}

std::int8_t attribute_at(const Nodes& nodes, Bytes bytes, std::uint32_t first) {
  return static_cast<std::int8_t>(bytes[nodes[first + 2].offset]);
}

bool detail::begins_descriptor(const Nodes& nodes, Bytes bytes, std::uint32_t structure) {
  const Node& node = nodes[structure];
  if (node.next < structure + 1 + kHead || !is_logical_name(nodes[structure + 2], bytes, false)) {
    return false;
  }
  const bool is_long = nodes[structure + 1].tag == Tag::long_unsigned;
  const Node& third = nodes[structure + 3];
  if (third.tag != Tag::integer &&
      !(third.tag == Tag::unsigned_ && is_long && node.count > kHead)) {
    return false;
  }
  const std::int8_t attribute = attribute_at(nodes, bytes, structure + 1);
  return (attribute != 0 || (is_long && node.count > kHead)) && attribute <= kHighestAttribute &&
         class_at(nodes, bytes, structure + 1) != 0;
}

std::optional<Described> described(const Nodes& nodes, Bytes bytes, std::uint32_t structure) {
  return fields(nodes, bytes, structure + 1, nodes[structure].count);
}

bool begins_flat_descriptor(const Nodes& nodes, Bytes bytes, std::uint32_t first,
                            std::uint32_t end) {
  return first + 2 < end && nodes[first].tag == Tag::long_unsigned &&
         is_logical_name(nodes[first + 1], bytes, false) && nodes[first + 2].tag == Tag::integer &&
         attribute_at(nodes, bytes, first) <= kHighestAttribute &&
         class_at(nodes, bytes, first) != 0;
}

std::optional<Described> described_flat(const Nodes& nodes, Bytes bytes, std::uint32_t first,
                                        std::uint32_t end) {
  const std::uint32_t fourth = first + kHead;
  if (fourth >= end || begins_flat_descriptor(nodes, bytes, fourth, end)) return std::nullopt;
  const std::uint32_t fifth = nodes[fourth].next;
  const auto stands_alone = [&](std::uint32_t at) {
    return at >= end || begins_flat_descriptor(nodes, bytes, at, end) ||
           is_logical_name(nodes[at], bytes, true);
  };
  std::uint32_t count = 4;
  if (!stands_alone(fifth)) {
    const bool may_be_index =
        nodes[fourth].tag == Tag::long_unsigned &&
        (has_elements(class_at(nodes, bytes, first), attribute_at(nodes, bytes, first)) ||
         is_zero(nodes[fourth], bytes));
    const std::uint32_t sixth = nodes[fifth].next;
    if (is_scaler_unit(nodes, fifth)) {
      count = 5;
    } else if (may_be_index) {
      count = sixth < end && is_scaler_unit(nodes, sixth) ? 6 : 5;
    }
  }
  if (auto found = fields(nodes, bytes, first, count)) return found;
  return fields(nodes, bytes, first, 4);
}

bool is_whole_object(const Nodes& nodes, Bytes bytes, std::uint32_t node, const cosem::Obis& name) {
  const Node& whole = nodes[node];
  if (whole.tag != Tag::structure || whole.count < 2 || node + 1 >= whole.next) return false;
  const Node& first = nodes[node + 1];
  return first.tag == Tag::octet_string && first.size == kNameSize &&
         cosem::Obis::of(bytes.subspan(first.offset, first.size)) == name;
}

}  // namespace meterpipe::readings
