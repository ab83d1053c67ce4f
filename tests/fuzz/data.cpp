// Data (lib/axdr): a tree's nodes stand in the bytes and in each other; what was read is written
// again as the standard says and read as the same; what is cut is an error with its place.
#include <algorithm>

#include "axdr/tree.hpp"
#include "fuzz/fuzz.hpp"
#include "json/fields.hpp"
#include "readings/infer.hpp"
#include "sim/axdr.hpp"
#include "support/random_data.hpp"
#include "views/data_json.hpp"

namespace meterpipe::fuzz {

namespace {

void check_nodes(const axdr::Nodes& nodes, Bytes bytes) {
  REQUIRE(nodes.size() > 0);
  REQUIRE(nodes[0].next == nodes.size());
  std::vector<std::size_t> ends;  // of the containers that are open
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const axdr::Node& node = nodes[i];
    while (!ends.empty() && ends.back() == i) ends.pop_back();
    REQUIRE(node.next > i);
    REQUIRE(node.next <= (ends.empty() ? nodes.size() : ends.back()));
    REQUIRE(node.start <= node.offset);
    REQUIRE(node.offset <= bytes.size());
    REQUIRE(node.size <= bytes.size() - node.offset);
    if (!axdr::is_container(node)) {
      REQUIRE(node.next == i + 1);
      continue;
    }
    ends.push_back(node.next);
    std::size_t count = 0;
    for (std::size_t child = i + 1; child < node.next; child = nodes[child].next) ++count;
    REQUIRE(count == node.count);
  }
}

// False: there is a type in it that is not written again here.
bool value_of(const axdr::Nodes& nodes, std::size_t at, Bytes bytes, test::Value& value) {
  const axdr::Node& node = nodes[at];
  value.tag = node.tag;
  if (node.tag == axdr::Tag::compact_array || node.tag == axdr::Tag::descriptor) return false;
  if (!axdr::is_container(node)) {
    const Bytes content = bytes.subspan(node.offset, node.size);
    value.content.assign(content.begin(), content.end());
    // Truth is written as 01, and bits behind the last as they came.
    if (node.tag == axdr::Tag::boolean) value.content[0] = value.content[0] != 0 ? 1 : 0;
    if (node.tag == axdr::Tag::bit_string) value.bits = node.count;
    return true;
  }
  for (std::size_t child = at + 1; child < node.next; child = nodes[child].next) {
    value.elements.emplace_back();
    if (!value_of(nodes, child, bytes, value.elements.back())) return false;
  }
  return true;
}

}  // namespace

void check(Bytes input) {
  axdr::Nodes nodes;
  const auto end = axdr::parse(input, 0, nodes);
  const bool exact = axdr::ends_exactly(input, 0);
  if (exact) REQUIRE(end.has_value());
  if (exact) REQUIRE(*end == input.size());
  if (!end) {
    REQUIRE(end.error().offset <= input.size());
  } else {
    REQUIRE(*end <= input.size());
    check_nodes(nodes, input);
    test::Value value;
    if (value_of(nodes, 0, input, value)) {
      ByteVector again;
      sim::DataWriter writer(again);
      test::write(writer, value);
      axdr::Nodes second;
      const auto second_end = axdr::parse(again, 0, second);
      REQUIRE(second_end.has_value());
      REQUIRE(*second_end == again.size());
      REQUIRE(test::difference(value, again, second, 0) == "");
    }
    const std::size_t cut = static_cast<std::size_t>(chance_of(input).below(*end));
    axdr::Nodes part;
    const auto cut_end = axdr::parse(input.first(cut), 0, part);
    REQUIRE_FALSE(cut_end.has_value());
    REQUIRE(cut_end.error().offset <= cut);
  }

  axdr::Nodes all;
  if (!axdr::parse_all(input, 0, all)) {
    // Of a list that only some meters send a part may be whole in the standard's way.
    const bool is_untagged = axdr::begins_untagged_list(input, 0).value_or(true);
    REQUIRE_FALSE((end.has_value() && *end == input.size() && !is_untagged));
    return;
  }
  check_nodes(all, input);
  Buffer text;
  json::Writer json(text);
  json.begin_object();
  json.key("data");
  REQUIRE(views::write_data_tree(json, all, 0, input) == all.size());
  json.end_object();
  json::Fields fields;
  REQUIRE(fields.parse(text.view()).has_value());

  readings::Inferred inferred;
  readings::infer(all, input, inferred);
  if (inferred.clock) REQUIRE(*inferred.clock < inferred.values.size());
  if (inferred.number) REQUIRE(*inferred.number < inferred.values.size());
}

}  // namespace meterpipe::fuzz
