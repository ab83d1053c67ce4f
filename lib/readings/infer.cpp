#include "readings/infer.hpp"

#include "base/utf8.hpp"
#include "cosem/clock.hpp"
#include "readings/text.hpp"

namespace meterpipe::readings {
namespace {

using axdr::Node;
using axdr::Tag;

constexpr std::uint8_t kHighestMedium = 15;
constexpr std::uint8_t kPresent = 255;

bool is_container(const Node& node) {
  return node.tag == Tag::array || node.tag == Tag::structure || node.tag == Tag::compact_array;
}

class Inference {
 public:
  Inference(const axdr::Nodes& nodes, Bytes bytes, Inferred& out)
      : nodes_(nodes), bytes_(bytes), out_(out) {}

  void run() {
    out_.values.clear();
    out_.clock.reset();
    out_.number.reset();
    if (nodes_.empty()) return;
    // A wrapper of one element around the list is no place of its own.
    std::uint32_t root = 0;
    while (is_container(nodes_[root]) && nodes_[root].count == 1 &&
           is_container(nodes_[root + 1])) {
      ++root;
    }
    if (is_container(nodes_[root]) && nodes_[root].count != 0) {
      sequence(root, true);
    } else {
      add(nullptr, root, 0, 0);
    }
    out_.layout = layout();
    find_clock_and_number();
  }

 private:
  Bytes contents(const Node& node) const { return bytes_.subspan(node.offset, node.size); }

  // `strict` where any octet-string may stand: a present value of a known medium.
  bool is_name(const Node& node, bool strict) const {
    if (node.tag != Tag::octet_string || node.size != 6) return false;
    const std::uint8_t* b = bytes_.data() + node.offset;
    return b[0] <= kHighestMedium && (b[5] == kPresent || (!strict && b[5] <= 126));
  }

  bool is_scaler_unit(std::uint32_t index) const {
    const Node& node = nodes_[index];
    return node.tag == Tag::structure && node.count == 2 && nodes_[index + 1].tag == Tag::integer &&
           nodes_[index + 2].tag == Tag::enum_;
  }

  // {OBIS, value, {scaler, unit}}, the commonest element by far, with a value of one node.
  bool is_plain_entry(std::uint32_t index) const {
    const Node& node = nodes_[index];
    return node.tag == Tag::structure && node.count == 3 && node.next == index + 6 &&
           is_name(nodes_[index + 1], true) && is_scaler_unit(index + 3);
  }

  // Whether names stand directly in this container or in containers inside it.
  bool holds_names(std::uint32_t index) const {
    const Node& node = nodes_[index];
    if (!is_container(node)) return false;
    for (std::uint32_t i = index + 1; i < node.next; ++i) {
      if (is_name(nodes_[i], true) ||
          (i == index + 1 && node.count > 1 && is_name(nodes_[i], false))) {
        return true;
      }
    }
    return false;
  }

  // The elements of a container, one after the other. At the top the place is the element's own;
  // below it is counted within.
  void sequence(std::uint32_t container, bool top, std::uint32_t pos = 0) {
    const Node& node = nodes_[container];
    const bool entry = !top && node.count <= 3;
    std::uint32_t place = 0;
    for (std::uint32_t i = container + 1; i < node.next;) {
      if (top && is_plain_entry(i)) {
        add(bytes_.data() + nodes_[i + 1].offset, i + 2, place++, 1, i + 3);
        ++nested_;
        i = nodes_[i].next;
        continue;
      }
      const std::uint32_t here = top ? place : pos;
      const std::uint32_t within = top ? 0 : place + 1;
      const std::uint32_t behind = nodes_[i].next;
      const bool names_next = is_name(nodes_[i], !(entry && i == container + 1)) &&
                              behind < node.next && !holds_names(behind);
      if (names_next) {
        const std::uint32_t value = behind;
        const bool has_unit = nodes_[value].next < node.next && is_scaler_unit(nodes_[value].next);
        add(bytes_.data() + nodes_[i].offset, value, here, within,
            has_unit ? nodes_[value].next : 0);
        ++(entry ? nested_ : flat_);
        const std::uint32_t last = has_unit ? nodes_[value].next : value;
        i = nodes_[last].next;
        place += has_unit ? 3 : 2;
        continue;
      }
      if (holds_names(i)) {
        sequence(i, false, here);
        i = behind;
        ++place;
        continue;
      }
      const bool has_unit =
          !is_container(nodes_[i]) && behind < node.next && is_scaler_unit(behind);
      add(nullptr, i, here, within, has_unit ? behind : 0);
      i = has_unit ? nodes_[behind].next : behind;
      place += has_unit ? 2 : 1;
    }
  }

  void add(const std::uint8_t* name, std::uint32_t node, std::uint32_t pos, std::uint32_t place,
           std::uint32_t scaler_unit = 0) {
    Value value;
    if (name != nullptr) value.obis = cosem::Obis::of(Bytes(name, 6));
    value.node = node;
    value.pos = pos;
    value.place = place;
    if (scaler_unit != 0) {
      value.has_unit = true;
      value.scaler = static_cast<std::int8_t>(bytes_[nodes_[scaler_unit + 1].offset]);
      value.unit = bytes_[nodes_[scaler_unit + 2].offset];
      ++units_;
    }
    out_.values.push_back(value);
  }

  Layout layout() const {
    if (nested_ != 0) return Layout::nested;
    if (flat_ == 0) return Layout::positional;
    if (units_ != 0) return Layout::flat;
    const Value& first = out_.values.front();
    const Tag tag = nodes_[first.node].tag;
    return !first.obis && (tag == Tag::visible_string || tag == Tag::utf8_string) ? Layout::list
                                                                                  : Layout::pairs;
  }

  bool is_text(const Value& value) const {
    const Node& node = nodes_[value.node];
    const auto text = text_of(node, bytes_);
    return text && !text->empty();
  }

  void find_clock_and_number() {
    constexpr cosem::Obis kClock{0, 0, 1, 0, 0, 255}, kNumber{0, 0, 96, 1, 0, 255},
        kSecondNumber{0, 0, 96, 1, 1, 255};
    std::optional<std::size_t> placed_clock, second;
    for (std::size_t i = 0; i < out_.values.size(); ++i) {
      const Value& value = out_.values[i];
      const Node& node = nodes_[value.node];
      if (value.obis) {
        if (*value.obis == kNumber && !out_.number && is_text(value)) out_.number = i;
        if (*value.obis == kSecondNumber && !second && is_text(value)) second = i;
      }
      const bool clock = (node.tag == Tag::octet_string || node.tag == Tag::date_time) &&
                         cosem::is_clock(contents(node));
      if (!clock) continue;
      if (value.obis && *value.obis == kClock && !out_.clock) out_.clock = i;
      if (!value.obis && !placed_clock) placed_clock = i;
    }
    if (!out_.clock) out_.clock = placed_clock;
    if (out_.number) return;
    // Netz NÖ and Steiermark end their list with the number, by place.
    const bool by_name = out_.layout == Layout::flat || out_.layout == Layout::pairs;
    if (by_name && !out_.values.back().obis && out_.clock != out_.values.size() - 1 &&
        is_text(out_.values.back())) {
      out_.number = out_.values.size() - 1;
    } else {
      out_.number = second;
    }
  }

  const axdr::Nodes& nodes_;
  Bytes bytes_;
  Inferred& out_;
  int nested_ = 0, flat_ = 0, units_ = 0;
};

}  // namespace

std::string_view name(Layout layout) {
  switch (layout) {
    case Layout::nested:
      return "nested";
    case Layout::flat:
      return "flat";
    case Layout::pairs:
      return "pairs";
    case Layout::list:
      return "list";
    case Layout::positional:
      return "positional";
  }
  return "";
}

void infer(const axdr::Nodes& nodes, Bytes bytes, Inferred& out) {
  Inference(nodes, bytes, out).run();
}

}  // namespace meterpipe::readings
