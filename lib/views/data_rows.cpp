#include <array>
#include <vector>

#include <fmt/format.h>

#include "base/hex.hpp"
#include "base/reader.hpp"
#include "cosem/units.hpp"
#include "readings/shown.hpp"
#include "views/fields.hpp"
#include "views/message_rows.hpp"

namespace meterpipe::views {
namespace {

using axdr::Node;
using axdr::Nodes;
using axdr::Shape;
using axdr::Tag;
using readings::Shown;
using readings::ShownAs;

constexpr std::uint8_t kSwappedTag = 0x06;

bool is_name(const Node& node) { return node.tag == Tag::octet_string && node.size == 6; }

class DataRows {
 public:
  DataRows(Rows& rows, const Nodes& nodes, Bytes apdu, std::size_t base, const Meanings& meanings)
      : rows_(rows), nodes_(nodes), apdu_(apdu), base_(base), meanings_(meanings) {}

  void draw(int depth) {
    std::vector<std::uint32_t> open;  // ends of the containers around; 0: cut
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
      while (!open.empty() && open.back() != 0 && open.back() <= i) open.pop_back();
      const int inner = depth + static_cast<int>(open.size());
      const Node& node = nodes_[i];
      if (is_container(node)) {
        container(node, inner);
        name_children(i);
        open.push_back(node.next);
      } else {
        leaf(i, inner);
      }
    }
  }

 private:
  // What a container's shape says of its elements.
  enum class Role : std::uint8_t { none, scaler, unit, interface_class, name, attribute, index };

  void name_children(std::uint32_t at) {
    const Node& node = nodes_[at];
    const auto is = [&](std::uint32_t i, Tag tag) {
      return at + i < nodes_.size() && nodes_[at + i].tag == tag;
    };
    if (node.tag != Tag::structure) return;
    if (axdr::is_scaler_unit(nodes_, at)) {
      first_ = at + 1;
      roles_ = {Role::scaler, Role::unit};
    } else if (node.count >= 3 && is(1, Tag::long_unsigned) && is(2, Tag::octet_string) &&
               is_name(nodes_[at + 2]) && is(3, Tag::integer)) {
      first_ = at + 1;
      const bool has_index = node.count >= 4 && is(4, Tag::long_unsigned);
      roles_ = {Role::interface_class, Role::name, Role::attribute,
                has_index ? Role::index : Role::none};
    }
  }
  Role role_of(std::uint32_t i) const {
    return i >= first_ && i - first_ < 4 ? roles_[i - first_] : Role::none;
  }

  void container(const Node& node, int depth) {
    std::string text(axdr::type_of(node.tag).name);
    text += fmt::format(" of {}", node.count);
    text += meanings_.value(node, apdu_);
    rows_.field(base_ + node.offset, depth, text);
  }

  void leaf(std::uint32_t i, int depth) {
    const Node& node = nodes_[i];
    const Bytes bytes = apdu_.subspan(node.offset, node.size);
    const std::size_t end = base_ + node.offset + node.size;
    const Shown shown = readings::shown_of(node, apdu_);
    const bool clock = shown.as == ShownAs::clock;
    if (node.tag == Tag::descriptor) return descriptor(node, bytes, depth);
    std::string text = type_text(node);
    text += clock ? ": " + clock_text(bytes) : value_text(i, shown);
    text += meanings_.value(node, apdu_);
    if (!clock) return rows_.field(end, base_ + node.offset, depth, text);
    rows_.field(base_ + node.offset, depth, text);
    clock_rows(rows_, depth + 1);
  }

  // No tags in it: class, logical name, attribute.
  void descriptor(const Node& node, Bytes bytes, int depth) {
    const std::size_t at = base_ + node.offset;
    rows_.remark(depth, "descriptor without tags");
    rows_.field(at + 2, depth + 1, "class " + class_text(Reader(bytes).u16()));
    rows_.field(at + 8, depth + 1, meanings_.name(bytes.subspan(2, 6), true));
    rows_.field(at + 9, depth + 1, fmt::format("attribute {}", bytes[8]));
  }

  std::string type_text(const Node& node) const {
    std::string text(axdr::type_of(node.tag).name);
    const Shape shape = axdr::type_of(node.tag).shape;
    if (shape == Shape::sized) text += fmt::format("({})", node.size);
    if (shape == Shape::bits) text += fmt::format("({})", node.count);
    if (node.tag == Tag::octet_string && node.offset == node.start + 2 &&
        apdu_[node.start] == kSwappedTag && apdu_[node.start + 1] != node.size) {
      text += ", sent as 06 09";
    }
    return text;
  }

  // With what stands before it: " 2321", ": 1-0:32.7.0 Voltage L1".
  std::string value_text(std::uint32_t i, const Shown& shown) const {
    switch (shown.as) {
      case ShownAs::number: return ' ' + shown.word() + role_text(i, shown.bytes);
      case ShownAs::boolean: return ' ' + shown.word();
      case ShownAs::time:
      case ShownAs::bits: return ": " + shown.word();
      case ShownAs::text:
      case ShownAs::bytes: break;
      case ShownAs::null:
      case ShownAs::clock:
      case ShownAs::container: return {};
    }
    switch (nodes_[i].tag) {
      case Tag::bcd: return ' ' + shown.word();
      case Tag::visible_string:
      case Tag::utf8_string: return ": " + quoted(shown.bytes);
      case Tag::octet_string: break;
      default: return {};
    }
    const std::string name = meanings_.name(shown.bytes, role_of(i) == Role::name);
    if (!name.empty()) return ": " + name;
    return shown.text.empty() ? std::string() : ": " + quoted(as_bytes(shown.text));
  }

  std::string role_text(std::uint32_t i, Bytes bytes) const {
    switch (role_of(i)) {
      case Role::scaler:
        return ": scaler, times 10^" + std::to_string(static_cast<std::int8_t>(bytes[0]));
      case Role::unit: {
        const std::string_view unit = cosem::unit_name(bytes[0]);
        return bytes[0] == cosem::kNoUnit ? ": no unit"
               : unit.empty()             ? ": unit, not in the list"
                                          : ": unit " + std::string(unit);
      }
      case Role::interface_class: return ": class " + class_text(Reader(bytes).u16());
      case Role::attribute: return ": attribute";
      case Role::index: return ": data index";
      default: return {};
    }
  }

  Rows& rows_;
  const Nodes& nodes_;
  Bytes apdu_;
  std::size_t base_;
  const Meanings& meanings_;
  std::uint32_t first_ = 0xffffffff;  // node that roles_[0] is of
  std::array<Role, 4> roles_{};
};

}  // namespace

void data_rows(Rows& rows, const Nodes& nodes, Bytes apdu, std::size_t base, int depth,
               const Meanings& meanings) {
  DataRows(rows, nodes, apdu, base, meanings).draw(depth);
}

}  // namespace meterpipe::views
