// A body of a message and what is inferred of it, with its values as lines of text.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "axdr/tree.hpp"
#include "readings/infer.hpp"
#include "readings/profile.hpp"
#include "support/text.hpp"
#include "views/value_names.hpp"

namespace meterpipe::test {

using Lines = std::vector<std::string>;

// "1-0:1.8.0 3/2[1] 1001 -1 30": the code, class and attribute and data index where the message
// names them, the integer or else the type, scaler and unit where it has them. "@4.1 5": by place.
inline std::string line_of(const readings::Value& value, const axdr::Nodes& nodes, Bytes bytes) {
  std::string line = value.obis ? cosem::to_string(*value.obis) : '@' + views::place_of(value);
  if (value.interface_class != 0) {
    line += ' ' + std::to_string(value.interface_class) + '/' + std::to_string(value.attribute);
  }
  if (value.index != 0) line += '[' + std::to_string(value.index) + ']';
  const axdr::Node& node = nodes[value.node];
  const axdr::Type& type = axdr::type_of(node.tag);
  const bool is_integer = type.number != axdr::Number::none && type.number != axdr::Number::real;
  line += ' ' + (is_integer ? to_string(axdr::integer_of(node, bytes)) : std::string(type.name));
  if (value.has_unit) {
    line += ' ' + std::to_string(value.scaler) + ' ' + std::to_string(value.unit);
  }
  return line;
}

struct Body {
  ByteVector bytes;
  axdr::Nodes nodes;
  readings::Inferred inferred;

  explicit Body(ByteVector body) : bytes(std::move(body)) {
    REQUIRE(axdr::parse_all(bytes, 0, nodes).has_value());
    infer(nodes, bytes, inferred);
  }
  explicit Body(std::string_view text) : Body(hex(text)) {}

  Lines lines_of(const std::vector<readings::Value>& values) const {
    Lines lines;
    for (const readings::Value& value : values) lines.push_back(line_of(value, nodes, bytes));
    return lines;
  }
  Lines lines() const { return lines_of(inferred.values); }
  readings::Message message(bool tagged = false) const { return {nodes, bytes, inferred, tagged}; }
};

inline const std::string kClock = " 09 0c 07ea0b160712000000ffc400 ";  // 2026-11-22 18:00:00 +1

}  // namespace meterpipe::test
