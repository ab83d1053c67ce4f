#include "readings/infer.hpp"

#include <algorithm>
#include <array>

#include "cosem/classes.hpp"
#include "readings/descriptor.hpp"
#include "readings/scaler_unit.hpp"

namespace meterpipe::readings {
namespace {

using axdr::Node;
using axdr::Tag;

constexpr std::uint8_t kPresent = 255;
constexpr std::uint32_t kMostFields = 6;                   // of a descriptor with its value
constexpr std::uint8_t kPushSetupC = 25, kPushSetupD = 9;  // 0-b:25.9.0, class 40

class Inference {
 public:
  Inference(const axdr::Nodes& nodes, Bytes bytes, Inferred& out)
      : nodes_(nodes), bytes_(bytes), out_(out) {}

  void run() {
    out_.values.clear();
    out_.clock.reset();
    out_.number.reset();
    out_.list.reset();
    out_.misfit.reset();
    out_.elements = 0;
    out_.doubtful = 0;
    if (nodes_.empty()) return;
    // A wrapper of one element around the list is no place of its own.
    std::uint32_t root = 0;
    while (is_container(nodes_[root]) && nodes_[root].count == 1 &&
           is_container(nodes_[root + 1])) {
      ++root;
    }
    out_.root = root;
    if (is_container(nodes_[root]) && nodes_[root].count != 0) {
      out_.elements = nodes_[root].count;
      top(root);
    } else {
      add(nullptr, root, {});
    }
    out_.layout = layout();
    if (listed_ + described_ != 0) pair_scalers(nodes_, bytes_, out_.values);
    find_clock_and_number(nodes_, bytes_, out_);
  }

 private:
  Bytes contents(const Node& node) const { return bytes_.subspan(node.offset, node.size); }

  bool is_name(const Node& node, bool strict) const {
    return is_logical_name(node, bytes_, strict);
  }

  bool is_scaler_unit(std::uint32_t index) const { return axdr::is_scaler_unit(nodes_, index); }

  // {OBIS, value, {scaler, unit}}, the commonest element by far, with a value of one node.
  bool is_plain_entry(std::uint32_t index) const {
    const Node& node = nodes_[index];
    return node.tag == Tag::structure && node.count == 3 && node.next == index + 6 &&
           is_name(nodes_[index + 1], true) && is_scaler_unit(index + 3);
  }

  // {descriptor, value}
  bool is_described(std::uint32_t index) const {
    const Node& node = nodes_[index];
    return node.tag == Tag::structure && node.count == 2 &&
           nodes_[index + 1].tag == Tag::descriptor;
  }

  // Whether among the elements of a container one has a value for certain.
  bool holds_sure_values(std::uint32_t container) const {
    for (std::uint32_t i = container + 1; i < nodes_[container].next; i = nodes_[i].next) {
      if (!begins_descriptor(nodes_, bytes_, i)) continue;
      const auto found = readings::described(nodes_, bytes_, i);
      if (found && !found->doubtful) return true;
    }
    return false;
  }

  bool are_described(std::uint32_t index) const {
    if (!is_container(nodes_[index]) || nodes_[index].count == 0) return false;
    for (std::uint32_t i = index + 1; i < nodes_[index].next; i = nodes_[i].next) {
      if (!is_described(i)) return false;
    }
    return true;
  }

  // A push setup's name in front that names the list and not the element behind it: that one is no
  // copy of the name.
  bool is_list_name(std::uint32_t index, std::uint32_t behind) const {
    const Node& node = nodes_[index];
    const std::uint8_t* b = bytes_.data() + node.offset;
    if (node.tag != Tag::octet_string || node.size != 6 || b[0] != 0 || b[2] != kPushSetupC ||
        b[3] != kPushSetupD || b[5] != kPresent) {
      return false;
    }
    const Node& next = nodes_[behind];
    return next.tag != Tag::octet_string || next.size != node.size ||
           !std::equal(b, b + node.size, bytes_.data() + next.offset);
  }

  void top(std::uint32_t root) {
    const std::uint32_t first = root + 1;
    const std::uint32_t second = nodes_[first].next;
    if (nodes_[first].tag == Tag::enum_ && nodes_[root].count == 2 && are_described(second)) {
      return sequence(second, nullptr);
    }
    if (is_described(root)) return described(root, {});
    if (begins_descriptor(nodes_, bytes_, root)) return only_descriptor(root);
    if (second < nodes_[root].next && is_list_name(first, second)) {
      out_.list = cosem::Obis::of(contents(nodes_[first]));
      return sequence(root, nullptr, second, 1);
    }
    sequence(root, nullptr);
  }

  // One descriptor is the whole body. Nothing is behind it, so that it is no entry of a list.
  void only_descriptor(std::uint32_t root) {
    const auto found = readings::described(nodes_, bytes_, root);
    if (found) return described(root + 1, *found, {});
    if (nodes_[root].count > 3) return sequence(root, nullptr);
    add(nullptr, root, {});
  }

  // Whether names stand directly in this container or in containers inside it.
  bool holds_names(std::uint32_t index) const {
    const Node& node = nodes_[index];
    if (!is_container(node)) return false;
    for (std::uint32_t i = index + 1; i < node.next; ++i) {
      if (is_name(nodes_[i], true) || nodes_[i].tag == Tag::descriptor ||
          (i == index + 1 && node.count > 1 && is_name(nodes_[i], false))) {
        return true;
      }
    }
    return false;
  }

  // The elements of a container at that place, or of the body, one after the other.
  void sequence(std::uint32_t container, const Place* outer, std::uint32_t from = 0,
                std::uint32_t index = 0) {
    const Node& node = nodes_[container];
    const bool entry = outer != nullptr && node.count <= 3;
    const std::size_t before = out_.values.size();
    std::optional<bool> sure_values;  // looked for once, where it matters
    for (std::uint32_t i = from == 0 ? container + 1 : from; i < node.next;) {
      if (outer == nullptr && is_plain_entry(i)) {
        add(bytes_.data() + nodes_[i + 1].offset, i + 2, {index++, 1, {}}, i + 3);
        ++nested_;
        i = nodes_[i].next;
        continue;
      }
      const Place here = outer == nullptr ? Place{index, 0, {}} : outer->inside(index);
      const std::uint32_t behind = nodes_[i].next;
      const bool names_next =
          behind < node.next &&
          (is_name(nodes_[i], !(entry && i == container + 1)) || is_stored(i, node.next)) &&
          (!holds_names(behind) || names_itself(i, behind));
      if (names_next) {
        const std::uint32_t value = behind;
        const bool has_unit = nodes_[value].next < node.next && is_scaler_unit(nodes_[value].next);
        if (!has_unit) {
          const bool is_whole_entry = outer != nullptr && i == container + 1 && node.count > 2;
          if (is_whole_entry && scaled_entry(container, *outer)) return;
          if (const std::uint32_t elements = scaled_otherwise(i, node.next, here)) {
            ++(entry || is_whole_entry ? nested_ : flat_);
            for (std::uint32_t n = 0; n < elements; ++n) i = nodes_[i].next;
            index += elements;
            continue;
          }
        }
        add(bytes_.data() + nodes_[i].offset, value, here, has_unit ? nodes_[value].next : 0);
        if (nodes_[value].tag == Tag::structure) open_register();
        ++(entry ? nested_ : flat_);
        const std::uint32_t last = has_unit ? nodes_[value].next : value;
        i = nodes_[last].next;
        index += has_unit ? 3 : 2;
        continue;
      }
      if (is_described(i)) {
        described(i, here);
        i = behind;
        ++index;
        continue;
      }
      if (is_container(nodes_[i]) && nodes_[i].count != 0 && node.count > 1 &&
          nodes_[i + 1].tag == Tag::structure && is_object_list(nodes_, i) &&
          pair_list(nodes_, bytes_, container, i, index, list_)) {
        out_.values.resize(before);
        return listed(outer);
      }
      if (nodes_[i].tag == Tag::long_unsigned &&
          begins_flat_descriptor(nodes_, bytes_, i, node.next)) {
        const std::uint32_t end = flat(i, node.next, outer, index);
        for (std::uint32_t n = i; n != end; n = nodes_[n].next) ++index;
        i = end;
        continue;
      }
      if (begins_descriptor(nodes_, bytes_, i)) {
        const auto found = readings::described(nodes_, bytes_, i);
        if (found && found->doubtful && !sure_values) sure_values = holds_sure_values(container);
        if (found && (!found->doubtful || *sure_values)) {
          described(i + 1, *found, here);
        } else if (!found && nodes_[i].count > kMostFields && here.has_room()) {
          sequence(i, &here);
        } else {
          add(nullptr, i, here);
          ++out_.doubtful;
        }
        i = behind;
        ++index;
        continue;
      }
      if (holds_names(i) && here.has_room()) {
        sequence(i, &here);
        i = behind;
        ++index;
        continue;
      }
      const bool has_unit =
          !is_container(nodes_[i]) && behind < node.next && is_scaler_unit(behind);
      add(nullptr, i, here, has_unit ? behind : 0);
      i = has_unit ? nodes_[behind].next : behind;
      index += has_unit ? 2 : 1;
    }
  }

  // The values of an object list.
  void listed(const Place* outer) {
    for (const ListedValue& value : list_.values) {
      const bool named = value.entry.has_value();
      const ListEntry* entry = named ? &list_.entries[*value.entry] : nullptr;
      Place here = outer == nullptr ? Place{value.pos, 0, {}} : outer->inside(value.pos);
      if (value.place != 0 && here.has_room()) here = here.inside(value.place - 1);
      add(named ? bytes_.data() + entry->name : nullptr, value.node, here);
      if (!named) continue;
      out_.values.back().interface_class = entry->interface_class;
      out_.values.back().attribute = entry->attribute;
      out_.values.back().index = entry->index;
      if (nodes_[value.node].tag == Tag::structure && entry->index == 0) open_register();
    }
    ++listed_;
    if (!list_.fits) out_.misfit = {list_.entries.size(), list_.values.size()};
  }

  // class(2) name(6) attribute(1), then the value.
  void described(std::uint32_t index, const Place& place) {
    const std::uint8_t* b = bytes_.data() + nodes_[index + 1].offset;
    add(b + 2, index + 2, place);
    Value& value = out_.values.back();
    value.interface_class = static_cast<std::uint16_t>(b[0] << 8 | b[1]);
    value.attribute = static_cast<std::int8_t>(b[8]);
    ++described_;
    if (nodes_[value.node].tag == Tag::structure) open_register();
  }

  // The same with tags, its class at `first`.
  void described(std::uint32_t first, const Described& found, const Place& place) {
    add(bytes_.data() + nodes_[first + 1].offset, found.value, place, found.scaler_unit);
    Value& value = out_.values.back();
    value.interface_class = class_at(nodes_, bytes_, first);
    value.attribute = attribute_at(nodes_, bytes_, first);
    if (found.index != 0) {
      value.index =
          static_cast<std::uint16_t>(axdr::integer_of(nodes_[found.index], bytes_).magnitude);
    }
    ++described_;
    if (nodes_[value.node].tag == Tag::structure && value.index == 0) open_register();
  }

  // The same flat, the elements from `index` of what stands at `outer`; gives the node behind it.
  // Without a value its three fields stand by place.
  std::uint32_t flat(std::uint32_t first, std::uint32_t end, const Place* outer,
                     std::uint32_t index) {
    const auto place = [&](std::uint32_t at) {
      return outer == nullptr ? Place{at, 0, {}} : outer->inside(at);
    };
    if (const auto found = described_flat(nodes_, bytes_, first, end)) {
      described(first, *found, place(index));
      return found->next;
    }
    for (std::uint32_t i = 0; i < 3; ++i) add(nullptr, first + i, place(index + i));
    ++out_.doubtful;
    return first + 3;
  }

  // A value of a past period (F is no 255) where any octet-string may stand: a number with scaler
  // and unit behind it. Not of medium 0, with which addresses of other kinds begin.
  bool is_stored(std::uint32_t name, std::uint32_t end) const {
    if (!is_name(nodes_[name], false) || bytes_[nodes_[name].offset] == 0) return false;
    const std::uint32_t value = nodes_[name].next;
    return nodes_[value].next < end && is_integer(nodes_[value]) &&
           is_scaler_unit(nodes_[value].next);
  }

  // The value of the name at `name` with scaler and unit in another form; gives the number of
  // elements with the name's, 0 if it has none.
  [[gnu::noinline, gnu::cold]] std::uint32_t scaled_otherwise(std::uint32_t name, std::uint32_t end,
                                                              const Place& here) {
    const std::uint32_t value = nodes_[name].next;
    if (axdr::type_of(nodes_[value].tag).number == axdr::Number::none) return 0;
    const auto found = other_scaler_unit(nodes_, bytes_, nodes_[value].next, end);
    if (!found) return 0;
    add(bytes_.data() + nodes_[name].offset, value, here);
    set_unit(out_.values.back(), found->scaler, found->unit);
    ++units_;
    return 2 + found->elements;
  }

  // An entry whose value is not what stands right behind its name, the rest of it by place; false:
  // it is none.
  [[gnu::noinline, gnu::cold]] bool scaled_entry(std::uint32_t entry, const Place& place) {
    if (!place.has_room()) return false;
    const auto found = number_in_entry(nodes_, bytes_, entry);
    if (!found) return false;
    std::uint32_t index = 1;
    for (std::uint32_t i = nodes_[entry + 1].next; i < nodes_[entry].next; i = nodes_[i].next) {
      const bool is_value = i == found->number;
      if (i != found->scaler_unit) {
        add(is_value ? bytes_.data() + nodes_[entry + 1].offset : nullptr, i, place.inside(index),
            is_value || i == found->second ? found->scaler_unit : 0);
      }
      ++index;
    }
    ++nested_;
    return true;
  }

  // Whether the name at `index` stands again in front of its value: {OBIS, {OBIS, value, …}}.
  bool names_itself(std::uint32_t index, std::uint32_t behind) const {
    return is_whole_object(nodes_, bytes_, behind, cosem::Obis::of(contents(nodes_[index])));
  }

  // A register under its code, as the structure of the last value: {value, {scaler, unit}}, or the
  // object whole, {logical name, value, {scaler, unit}}. What else is in it has its place.
  [[gnu::noinline, gnu::cold]] void open_register() {
    const Value code = out_.values.back();
    if (code.has_unit) return;
    const std::uint32_t end = nodes_[code.node].next;
    const bool whole = is_whole_object(nodes_, bytes_, code.node, *code.obis);
    if (whole && code.attribute == 0 && has_known_attributes(code.interface_class)) {
      return open_object(code);
    }
    std::uint32_t i = code.node + 1, index = 0;
    if (whole) ++i, ++index;
    if (i >= end || is_container(nodes_[i]) || !is_scaler_unit(i + 1) || i + 1 >= end) return;
    Value& value = out_.values.back();
    value.node = i;
    if (value.interface_class != 0 && value.attribute == 0) {
      value.attribute = cosem::kValueAttribute;
    }
    set_unit(value, i + 1);
    ++units_;
    index += 2;
    for (i = nodes_[i + 1].next; i < end && code.has_room(); i = nodes_[i].next) {
      add(nullptr, i, code.inside(index++));
    }
  }

  // Attribute 0: the attributes from 2 on, each as one of its own; pair_scalers() does the rest.
  void open_object(const Value& code) {
    out_.values.pop_back();
    std::int8_t attribute = cosem::kNameAttribute;
    const std::uint32_t name = code.node + 1;
    for (std::uint32_t i = nodes_[name].next; i < nodes_[code.node].next; i = nodes_[i].next) {
      Value& value = out_.values.emplace_back(code);
      value.node = i;
      value.attribute = ++attribute;
    }
  }
  static bool has_known_attributes(std::uint16_t interface_class) {
    return interface_class == cosem::kData || cosem::scaler_attribute(interface_class) != 0;
  }

  void set_unit(Value& value, std::uint32_t scaler_unit) {
    set_unit(value, static_cast<std::int8_t>(bytes_[nodes_[scaler_unit + 1].offset]),
             bytes_[nodes_[scaler_unit + 2].offset]);
  }
  static void set_unit(Value& value, std::int8_t scaler, std::uint8_t unit) {
    value.has_unit = true;
    value.scaler = scaler;
    value.unit = unit;
  }

  // Inline: this is done for each value, and mostly with constants.
  [[gnu::always_inline]] void add(const std::uint8_t* name, std::uint32_t node, const Place& place,
                                  std::uint32_t scaler_unit = 0) {
    Value& value = out_.values.emplace_back();
    if (name != nullptr) value.obis = cosem::Obis::of(Bytes(name, 6));
    value.node = node;
    static_cast<Place&>(value) = place;
    if (scaler_unit != 0) {
      set_unit(value, scaler_unit);
      ++units_;
    }
  }

  Layout layout() const {
    if (listed_ != 0) return Layout::object_list;
    if (described_ != 0) return Layout::descriptors;
    if (nested_ != 0) return Layout::nested;
    if (flat_ == 0) return Layout::positional;
    if (units_ != 0) return Layout::flat;
    const Value& first = out_.values.front();
    const Tag tag = nodes_[first.node].tag;
    return !first.obis && (tag == Tag::visible_string || tag == Tag::utf8_string) ? Layout::list
                                                                                  : Layout::pairs;
  }

  const axdr::Nodes& nodes_;
  Bytes bytes_;
  Inferred& out_;
  int nested_ = 0, flat_ = 0, units_ = 0, listed_ = 0, described_ = 0;
  ObjectList list_;
};

}  // namespace

std::string_view name(Layout layout) {
  constexpr std::array<std::string_view, 7> kNames{
      "nested", "flat", "pairs", "list", "object-list", "descriptors", "positional"};
  return kNames[static_cast<std::size_t>(layout)];
}

void infer(const axdr::Nodes& nodes, Bytes bytes, Inferred& out) {
  Inference(nodes, bytes, out).run();
}

}  // namespace meterpipe::readings
