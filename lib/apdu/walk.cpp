#include "apdu/walk.hpp"

#include "apdu/ciphered.hpp"
#include "apdu/notification.hpp"
#include "apdu/tags.hpp"

namespace meterpipe::apdu {
namespace {

using axdr::Node;
using axdr::Tag;

class Walk {
 public:
  Walk(Bytes apdu, Visitor& visitor) : apdu_(apdu), visitor_(visitor) {}

  void notification(const Notification& header, const axdr::Nodes& nodes) {
    const std::string_view name = find_apdu_tag(header.tag)->name;
    visitor_.open(name, {});
    if (header.has_invoke) {
      leaf("long-invoke-id-and-priority", apdu_.subspan(1, 4), Leaf::Kind::number);
    }
    if (header.has_descriptor) {
      if (!header.date_time.empty()) leaf("time", header.date_time, Leaf::Kind::clock);
      visitor_.open("cosem-attribute-descriptor", {});
      const std::size_t at = header.body - 9;
      leaf("class-id", apdu_.subspan(at, 2), Leaf::Kind::number);
      leaf("instance-id", apdu_.subspan(at + 2, 6), Leaf::Kind::bytes);
      leaf("attribute-id", apdu_.subspan(at + 8, 1), Leaf::Kind::number);
      visitor_.close("cosem-attribute-descriptor");
      visitor_.open("attribute-value", {});
      data(nodes, 0, false);
      visitor_.close("attribute-value");
    } else {
      leaf("date-time", header.date_time, Leaf::Kind::clock);
      visitor_.open("notification-body", {});
      visitor_.open("data-value", {});
      data(nodes, 0, false);
      visitor_.close("data-value");
      visitor_.close("notification-body");
    }
    visitor_.close(name);
  }

  void ciphered(const CipheredApdu& apdu) {
    const std::string_view name = find_apdu_tag(apdu.tag)->name;
    visitor_.open(name, {});
    leaf("system-title", apdu.title, Leaf::Kind::bytes);
    const std::size_t from = static_cast<std::size_t>(apdu.counter_bytes.data() - apdu_.data()) - 1;
    leaf("ciphered-content", apdu_.subspan(from), Leaf::Kind::bytes);
    visitor_.close(name);
  }

 private:
  void leaf(std::string_view name, Bytes bytes, Leaf::Kind kind) {
    visitor_.leaf({name, bytes, kind}, apdu_);
  }

  std::uint32_t data(const axdr::Nodes& nodes, std::uint32_t index, bool in_scaler_unit) {
    const Node& node = nodes[index];
    const axdr::Type& type = axdr::type_of(node.tag);
    if (type.shape != axdr::Shape::container && type.shape != axdr::Shape::compact) {
      visitor_.leaf({type.name, apdu_.subspan(node.offset, node.size), Leaf::Kind::data, &node,
                     in_scaler_unit && node.tag == Tag::enum_},
                    apdu_);
      return node.next;
    }
    const bool scaler_unit = node.tag == Tag::structure && node.count == 2 &&
                             nodes[index + 1].tag == Tag::integer &&
                             nodes[index + 2].tag == Tag::enum_;
    visitor_.open(type.name, node.count);
    for (std::uint32_t i = index + 1; i < node.next;) i = data(nodes, i, scaler_unit);
    visitor_.close(type.name);
    return node.next;
  }

  Bytes apdu_;
  Visitor& visitor_;
};

}  // namespace

Result<void> walk(Bytes apdu, Visitor& visitor) {
  if (is_ciphered(apdu)) {
    const auto ciphered = parse_ciphered(apdu);
    if (!ciphered) return tl::unexpected(ciphered.error());
    Walk(apdu, visitor).ciphered(*ciphered);
    return {};
  }
  axdr::Nodes nodes;
  const auto header = parse_notification(apdu, nodes);
  if (!header) return tl::unexpected(header.error());
  Walk(apdu, visitor).notification(*header, nodes);
  return {};
}

}  // namespace meterpipe::apdu
