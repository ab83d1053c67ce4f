#include "readings/object_list.hpp"

#include <map>

#include "cosem/classes.hpp"
#include "cosem/clock.hpp"
#include "cosem/obis.hpp"
#include "readings/value.hpp"

namespace meterpipe::readings {
namespace {

constexpr std::uint32_t kNameLength = 6;
constexpr std::uint32_t kFewestFields = 3;  // class, name, attribute

bool is_small_number(const Node& node) {
  return node.tag == Tag::long_unsigned || node.tag == Tag::unsigned_ || node.tag == Tag::integer ||
         node.tag == Tag::long_;
}

bool is_entry(const axdr::Nodes& nodes, std::uint32_t index) {
  const Node& node = nodes[index];
  // Behind the data index at most a restriction: what else stands there is a value, and the element
  // no entry.
  if (node.tag != Tag::structure || node.count < kFewestFields || index + 3 >= node.next) {
    return false;
  }
  if (node.count > 3 && !is_small_number(nodes[index + 4])) return false;
  if (node.count > 4) {
    const Node& restriction = nodes[index + 5];
    if (restriction.tag != Tag::null_data &&
        (!is_container(restriction) ||
         (restriction.count != 0 && nodes[index + 6].tag == Tag::integer))) {
      return false;
    }
  }
  return (nodes[index + 1].tag == Tag::long_unsigned || nodes[index + 1].tag == Tag::unsigned_) &&
         nodes[index + 2].tag == Tag::octet_string && nodes[index + 2].size == kNameLength &&
         (nodes[index + 3].tag == Tag::integer || nodes[index + 3].tag == Tag::unsigned_);
}

// An entry for the list itself: the push-object-list, or the capture objects of a profile.
bool is_a_list(const ListEntry& entry) {
  return (entry.interface_class == cosem::kPushSetup &&
          entry.attribute == cosem::kPushListAttribute) ||
         (entry.interface_class == cosem::kProfileGeneric &&
          entry.attribute == cosem::kCaptureListAttribute);
}

ListEntry entry_of(const axdr::Nodes& nodes, Bytes bytes, std::uint32_t index) {
  const auto number = [&](const Node& node) {
    return static_cast<std::uint16_t>(axdr::integer_of(node, bytes).magnitude);
  };
  ListEntry entry;
  entry.interface_class = number(nodes[index + 1]);
  entry.name = nodes[index + 2].offset;
  entry.attribute = static_cast<std::int8_t>(bytes[nodes[index + 3].offset]);
  if (nodes[index].count > kFewestFields && is_small_number(nodes[index + 4])) {
    entry.index = number(nodes[index + 4]);
  }
  return entry;
}

class Pairing {
 public:
  Pairing(const axdr::Nodes& nodes, Bytes bytes, ObjectList& out)
      : nodes_(nodes), bytes_(bytes), out_(out) {}

  bool run(std::uint32_t container, std::uint32_t list, std::uint32_t at) {
    out_.entries.clear();
    out_.values.clear();
    out_.fits = true;
    for (std::uint32_t i = list + 1; i < nodes_[list].next; i = nodes_[i].next) {
      out_.entries.push_back(entry_of(nodes_, bytes_, i));
    }
    const std::size_t entries = out_.entries.size();
    const std::size_t elements = nodes_[container].count;
    const bool lists_itself = at < entries && is_a_list(out_.entries[at]);
    // {list, {values}}: unless the one element behind is the value of the one entry behind.
    const std::uint32_t behind = nodes_[list].next;
    if (at == 0 && elements == 2 && is_container(nodes_[behind]) &&
        !(lists_itself && entries == 2) && !holds_rows(behind)) {
      const std::size_t values = nodes_[behind].count;
      const bool skips_itself = lists_itself && values + 1 == entries;
      if (values == entries || skips_itself) {
        take(behind, list, 1);
        assign(skips_itself ? 1 : 0);
        return true;
      }
    }
    const bool by_place = entries == elements && lists_itself;
    if (at != 0 && !by_place && (entries + 1 != elements || lists_itself)) return false;
    take(container, list, 0);
    if (by_place) {
      assign_by_place();
    } else if (entries + 1 == elements && !lists_itself) {
      assign(0);
    } else {
      out_.fits = false;
      assign_what_is_sure(lists_itself ? 1 : 0);
    }
    return true;
  }

 private:
  // The buffer of a profile, {capture objects, [{clock, value, …}, …]}: each row has a value of
  // each entry, and no row is the value of one, however many there are. A whole object begins with
  // its name.
  bool holds_rows(std::uint32_t container) const {
    for (std::uint32_t i = container + 1; i < nodes_[container].next; i = nodes_[i].next) {
      const Node& row = nodes_[i];
      if (row.tag != Tag::structure || row.count != out_.entries.size() || row.count < 2 ||
          axdr::is_scaler_unit(nodes_, i) ||
          (nodes_[i + 1].tag == Tag::octet_string && nodes_[i + 1].size == kNameLength)) {
        return false;
      }
    }
    return nodes_[container].tag != Tag::structure;
  }

  void take(std::uint32_t container, std::uint32_t list, std::uint32_t pos) {
    std::uint32_t place = 0;
    for (std::uint32_t i = container + 1; i < nodes_[container].next; i = nodes_[i].next) {
      if (i != list) {
        out_.values.push_back(pos == 0 ? ListedValue{i, place, 0, {}}
                                       : ListedValue{i, pos, place + 1, {}});
      }
      ++place;
    }
  }

  void assign(std::size_t first) {
    for (ListedValue& value : out_.values) value.entry = first++;
  }
  void assign_by_place() {
    for (ListedValue& value : out_.values) value.entry = value.pos;
  }

  std::uint64_t packed(std::uint32_t name) const {
    return cosem::Obis::of(bytes_.subspan(name, kNameLength)).packed();
  }
  bool is_clock(const ListedValue& value) const {
    const Node& node = nodes_[value.node];
    return (node.tag == Tag::octet_string || node.tag == Tag::date_time) &&
           cosem::is_clock(bytes_.subspan(node.offset, node.size));
  }

  void assign_what_is_sure(std::size_t first) {
    std::size_t clock_entries = 0, clocks = 0;
    for (std::size_t i = first; i < out_.entries.size(); ++i) clock_entries += is_time(i);
    for (const ListedValue& value : out_.values) clocks += is_clock(value);
    // The values that are a logical name, the last first. Ordered: nobody chooses its collisions.
    std::map<std::uint64_t, std::vector<std::size_t>> by_name;
    for (std::size_t i = out_.values.size(); i-- > 0;) {
      const Node& node = nodes_[out_.values[i].node];
      if (node.tag == Tag::octet_string && node.size == kNameLength) {
        by_name[packed(node.offset)].push_back(i);
      }
    }
    for (std::size_t i = first; i < out_.entries.size(); ++i) {
      const ListEntry& entry = out_.entries[i];
      const bool own_name =
          entry.interface_class == cosem::kPushSetup && entry.attribute == cosem::kNameAttribute;
      const bool only_clock = is_time(i) && clock_entries == 1 && clocks == 1;
      if (own_name) {
        const auto found = by_name.find(packed(entry.name));
        if (found == by_name.end() || found->second.empty()) continue;
        out_.values[found->second.back()].entry = i;
        found->second.pop_back();
      } else if (only_clock) {
        for (ListedValue& value : out_.values) {
          if (is_clock(value)) value.entry = i;
        }
      }
    }
  }
  bool is_time(std::size_t entry) const {
    return out_.entries[entry].interface_class == cosem::kClock &&
           out_.entries[entry].attribute == cosem::kTimeAttribute;
  }

  const axdr::Nodes& nodes_;
  Bytes bytes_;
  ObjectList& out_;
};

}  // namespace

bool is_object_list(const axdr::Nodes& nodes, std::uint32_t index) {
  const Node& node = nodes[index];
  if (!is_container(node) || node.count == 0) return false;
  for (std::uint32_t i = index + 1; i < node.next; i = nodes[i].next) {
    if (!is_entry(nodes, i)) return false;
  }
  return true;
}

bool pair_list(const axdr::Nodes& nodes, Bytes bytes, std::uint32_t container, std::uint32_t list,
               std::uint32_t at, ObjectList& out) {
  return Pairing(nodes, bytes, out).run(container, list, at);
}

}  // namespace meterpipe::readings
