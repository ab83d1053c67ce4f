#include "views/data_json.hpp"

namespace meterpipe::views {

using readings::Shown;
using readings::ShownAs;

void write_data(json::Writer& json, const Shown& shown) {
  switch (shown.as) {
    case ShownAs::null: return json.null();
    case ShownAs::boolean: return json.boolean(shown.truth);
    case ShownAs::number: return json.decimal(shown.number);
    case ShownAs::bits: return json.string(shown.word());
    case ShownAs::text:
      if (shown.by_type) return json.string(shown.text);
      break;
    case ShownAs::clock:
    case ShownAs::time:
    case ShownAs::container:
    case ShownAs::bytes: break;
  }
  json.hex(shown.bytes);
}

std::uint32_t write_data_tree(json::Writer& json, const axdr::Nodes& nodes, std::uint32_t index,
                              Bytes bytes) {
  const axdr::Node& node = nodes[index];
  json.begin_object();
  json.key(axdr::type_of(node.tag).name);
  if (is_container(node)) {
    json.begin_array();
    for (std::uint32_t i = index + 1; i < node.next;) i = write_data_tree(json, nodes, i, bytes);
    json.end_array();
  } else {
    write_data(json, readings::shown_of(node, bytes));
  }
  json.end_object();
  return node.next;
}

}  // namespace meterpipe::views
