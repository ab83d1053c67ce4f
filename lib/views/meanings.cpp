#include "views/meanings.hpp"

#include "readings/shown.hpp"
#include "views/value_names.hpp"

namespace meterpipe::views {
namespace {

using axdr::Node;
using axdr::Tag;

std::uint64_t key_of(const Node& node) {
  return std::uint64_t{node.start} << 8 | static_cast<std::uint8_t>(node.tag);
}

}  // namespace

Meanings::Meanings(const decode::DecodedMessage* reading, const cosem::NameFormat& format)
    : reading_(reading), format_(format) {
  if (reading == nullptr || reading->values == nullptr) return;
  using readings::Layout;
  names_stand_beside_ = reading->layout != readings::name(Layout::object_list) &&
                        reading->layout != readings::name(Layout::positional);
  for (const readings::Value& value : *reading->values) {
    const Node& node = (*reading->nodes)[value.node];
    values_.try_emplace(key_of(node),
                        Known{&value, axdr::is_scaler_unit(*reading->nodes, node.next)});
    if (value.obis) codes_.insert(value.obis->packed());
  }
  if (reading->list != nullptr) codes_.insert(reading->list->packed());
}

std::string Meanings::name(Bytes six, bool certain) const {
  if (six.size() != 6) return {};
  const cosem::Obis code = cosem::Obis::of(six);
  const std::string name = cosem::name_of(code, format_);
  if (!certain && !codes_.contains(code.packed()) && (code.f != 0xff || name.empty())) return {};
  return name.empty() ? cosem::to_string(code) : cosem::to_string(code) + ' ' + name;
}

std::string Meanings::value(const Node& node, Bytes apdu) const {
  const auto found = values_.find(key_of(node));
  if (found == values_.end()) return {};
  const readings::Value& value = *found->second.value;
  std::string text;
  if (const auto shown = readings::shown_of(node, apdu);
      shown.as == readings::ShownAs::number && value.has_unit) {
    text = " -> " + shown.word(value.scaler);
    if (const std::string unit = unit_of(value); !unit.empty()) text += ' ' + unit;
  }
  if (!value.obis) return text + ", pos " + place_of(value);
  const bool by_place = reading_->layout == readings::name(readings::Layout::positional);
  if (!names_stand_beside_) {
    const cosem::Obis& code = *value.obis;
    const std::uint8_t six[] = {code.a, code.b, code.c, code.d, code.e, code.f};
    text += ": " + name(six, true);
  }
  if (value.attribute > 1 && value.interface_class != 0 && value.attribute != 2) {
    text += ", attribute " + std::to_string(value.attribute);
  }
  const bool by_profile = by_place || (value.has_unit && !found->second.own_unit);
  if (by_profile && !reading_->profile.empty()) {
    text += " (profile " + std::string(reading_->profile) + ')';
  }
  return text;
}

}  // namespace meterpipe::views
