// What --suggest-profile writes: a profile that names nothing, for a person to fill in.

#include <fmt/format.h>

#include "axdr/nodes.hpp"
#include "base/hex.hpp"

#include "readings/profile.hpp"
#include "readings/text.hpp"

namespace meterpipe::readings {
namespace {

constexpr std::size_t kShown = 40;  // of a value

std::string value_of(const Node& node, Bytes bytes) {
  if (is_container(node)) return fmt::format("{} elements", node.count);
  if (is_integer(node)) return to_string(axdr::integer_of(node, bytes));
  const auto found = text_of(node, bytes);
  std::string text =
      found ? '"' + std::string(*found) + '"' : to_hex(bytes.subspan(node.offset, node.size));
  if (text.size() > kShown) {
    std::size_t end = kShown;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    text = text.substr(0, end) + "…";
  }
  return text;
}

// The elements behind the list's own name, each with those inside it.
template <class Visit>
void each_place(const Message& message, Visit visit) {
  const Node& root = message.nodes[message.inferred.root];
  std::uint32_t pos = 0;
  for (std::uint32_t i = message.inferred.root + 1; i < root.next; i = message.nodes[i].next) {
    if (pos != 0 || !message.inferred.list) {
      visit(fmt::format("{}", pos), message.nodes[i]);
      std::uint32_t place = 0;
      for (std::uint32_t k = i + 1; k < message.nodes[i].next; k = message.nodes[k].next) {
        visit(fmt::format("{}.{}", pos, ++place), message.nodes[k]);
      }
    }
    ++pos;
  }
}

}  // namespace

std::string shape_of(const Message& message) {
  std::string shape = message.inferred.list ? cosem::to_string(*message.inferred.list) : "";
  if (message.inferred.elements == 0) return shape;
  each_place(message, [&](const std::string& place, const Node& node) {
    shape += fmt::format(" {}:{}", place, static_cast<int>(node.tag));
  });
  return shape;
}

std::string skeleton(const Message& message, std::size_t number) {
  std::string out = fmt::format("profile suggested-{}\n", number);
  out += "about a list that no profile fits: give it a name of its own, codes, scalers and units\n";
  out += fmt::format("elements {}\n", message.inferred.elements);
  if (message.tagged_time) out += "time tagged\n";
  if (message.inferred.list) {
    out += fmt::format("list {}\n", cosem::to_string(*message.inferred.list));
  }
  each_place(message, [&](const std::string& place, const Node& node) {
    out += fmt::format("{:<5} {:<22} -    # {}\n", place, axdr::type_of(node.tag).name,
                       value_of(node, message.bytes));
  });
  return out + "\n";
}

}  // namespace meterpipe::readings
