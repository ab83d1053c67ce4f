// An attribute by its descriptor, with tags, and what stands behind it:
//
//   12 0003 09 06 0100010700ff 0f 02    class 3, logical name 1-0:1.7.0, attribute 2
//   [12 0000]                           data index
//   06 0000019c                         its value
//   [02 02 0f 00 16 1b]                 scaler and unit
//
// as a structure of its own, or flat among other elements. Without the value it is an entry of an
// object list (readings/object_list.hpp). The attribute is never a value of that logical name.
//
// The value of attribute 0 is the object whole: a structure of its attributes, the logical name
// first. The value of a register may be a structure, too: {value, {scaler, unit}}.
#pragma once

#include <cstdint>
#include <optional>

#include "axdr/tree.hpp"
#include "base/bytes.hpp"
#include "cosem/obis.hpp"

namespace meterpipe::readings {

// What stands behind class, name and attribute: indices of nodes; 0: none.
struct Described {
  std::uint32_t value = 0, index = 0, scaler_unit = 0;
  bool doubtful = false;   // the value may be a data index, and this an entry of an object list
  std::uint32_t next = 0;  // the node behind it
};

// An octet-string of 6 that can be a logical name. `strict` where any octet-string may stand: a
// present value of a known medium.
inline bool is_logical_name(const axdr::Node& node, Bytes bytes, bool strict) {
  constexpr std::uint8_t kHighestMedium = 15, kPresent = 255, kHighestStored = 126;
  if (node.tag != axdr::Tag::octet_string || node.size != 6) return false;
  const std::uint8_t* b = bytes.data() + node.offset;
  return b[0] <= kHighestMedium && (b[5] == kPresent || (!strict && b[5] <= kHighestStored));
}

// Whether class, name and attribute begin a structure, and more stands behind them or nothing.
namespace detail {
bool begins_descriptor(const axdr::Nodes& nodes, Bytes bytes, std::uint32_t structure);
}
// Inline: it is asked of each element, and mostly answered by the first look.
inline bool begins_descriptor(const axdr::Nodes& nodes, Bytes bytes, std::uint32_t structure) {
  const axdr::Node& node = nodes[structure];
  if (node.tag != axdr::Tag::structure || node.count < 3) return false;
  const axdr::Tag first = nodes[structure + 1].tag;
  return (first == axdr::Tag::long_unsigned || first == axdr::Tag::unsigned_) &&
         detail::begins_descriptor(nodes, bytes, structure);
}
// The structure's fields; nullopt where they are more or fewer than those above.
std::optional<Described> described(const axdr::Nodes& nodes, Bytes bytes, std::uint32_t structure);

// The same flat: class, name and attribute at `first`, before the node `end`. A class has 16 bits
// here.
bool begins_flat_descriptor(const axdr::Nodes& nodes, Bytes bytes, std::uint32_t first,
                            std::uint32_t end);
// nullopt where no value is behind them.
std::optional<Described> described_flat(const axdr::Nodes& nodes, Bytes bytes, std::uint32_t first,
                                        std::uint32_t end);

// Of the node of the class, the name behind it and the attribute behind that.
std::uint16_t class_at(const axdr::Nodes& nodes, Bytes bytes, std::uint32_t first);
std::int8_t attribute_at(const axdr::Nodes& nodes, Bytes bytes, std::uint32_t first);

// Whether the node is a structure that begins with this logical name and has more in it.
bool is_whole_object(const axdr::Nodes& nodes, Bytes bytes, std::uint32_t node,
                     const cosem::Obis& name);

}  // namespace meterpipe::readings
