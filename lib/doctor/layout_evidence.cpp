#include "doctor/layout_evidence.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "apdu/notification.hpp"
#include "cosem/classes.hpp"
#include "readings/infer.hpp"

namespace meterpipe::doctor {
namespace {

bool is_number(axdr::Tag tag) {
  switch (tag) {
    case axdr::Tag::double_long:
    case axdr::Tag::double_long_unsigned:
    case axdr::Tag::long_:
    case axdr::Tag::long_unsigned:
    case axdr::Tag::long64:
    case axdr::Tag::long64_unsigned: return true;
    default: return false;
  }
}

bool is_float(axdr::Tag tag) { return tag == axdr::Tag::float32 || tag == axdr::Tag::float64; }

// Whether a list by place holds what meters measure. Events and messages of gateways have texts
// and a few short numbers, and nobody misses names for those.
bool holds_measurements(const decode::DecodedMessage& reading) {
  if (reading.event != nullptr) return false;
  std::size_t shorts = 0;
  for (const readings::Value& value : *reading.values) {
    const axdr::Tag tag = (*reading.nodes)[value.node].tag;
    if (tag == axdr::Tag::long_ || tag == axdr::Tag::long_unsigned || tag == axdr::Tag::integer ||
        tag == axdr::Tag::unsigned_) {
      ++shorts;
    } else if (is_number(tag) || is_float(tag)) {
      return true;
    }
  }
  return shorts * 2 >= reading.values->size();
}

// Whether a code has a structure for its value, where one number or text is to be expected.
bool is_unopened(const readings::Value& value, const axdr::Nodes& nodes) {
  if (!value.obis || value.sent != nullptr) return false;
  const bool may_be_structured = value.interface_class != 0 &&
                                 value.interface_class != cosem::kData &&
                                 cosem::scaler_attribute(value.interface_class) == 0;
  return !may_be_structured && nodes[value.node].tag == axdr::Tag::structure;
}

std::string joined(const std::map<std::string, std::uint64_t>& names) {
  std::vector<std::pair<std::uint64_t, std::string>> order;
  for (const auto& [name, n] : names) order.emplace_back(n, name);
  std::ranges::stable_sort(order, [](const auto& a, const auto& b) { return a.first > b.first; });
  std::string text;
  for (std::size_t i = 0; i < std::min<std::size_t>(order.size(), 3); ++i) {
    text += (i == 0 ? "" : ", ") + order[i].second;
  }
  if (order.size() > 3) text += fmt::format(" and {} more", order.size() - 3);
  return text;
}

}  // namespace

void LayoutEvidence::count(std::map<std::string, std::uint64_t>& in, std::string_view name) {
  if (name.empty()) return;
  std::string key(name.substr(0, 64));
  if (in.size() >= kMostNames && in.find(key) == in.end()) return;
  ++in[std::move(key)];
}

void LayoutEvidence::add(const record::ApduRecord& record, const decode::DecodedMessage& reading) {
  ++readings_;
  count(layouts_, reading.layout);
  count(meters_, reading.meter);
  std::size_t named = 0, numbers = 0, without_unit = 0;
  bool structured = false;
  for (const readings::Value& value : *reading.values) {
    if (value.obis) ++named;
    if (value.sent != nullptr) continue;  // its unit stands with it
    if (reading.event == nullptr && is_unopened(value, *reading.nodes)) {
      if (structured_code_.empty()) structured_code_ = cosem::to_string(*value.obis);
      structured = true;
    }
    if (!value.obis || !is_number((*reading.nodes)[value.node].tag)) continue;
    ++numbers;
    if (!value.has_unit) ++without_unit;
  }
  values_ += reading.values->size();
  named_ += named;
  count(applied_, reading.profile);
  const readings::Choice& choice = maker_.choice();
  if (choice.rival != nullptr) {
    ++rivals_;
    rival_names_ = choice.profile->name + " and " + choice.rival->name;
  } else if (choice.refused) {
    ++refused_;
    refused_profile_ = choice.profile->name;
  } else if (named == 0 && !reading.values->empty()) {
    ++(holds_measurements(reading) ? unknown_ : nameless_);
  }
  if (reading.misfit != nullptr) ++misfits_;
  if (structured) ++structured_;
  if (reading.doubtful) ++unsure_;
  const bool is_strange = named == 0 && holds_measurements(reading);
  if (numbers > 0 && without_unit == numbers) {
    ++unitless_;
    if (!looked_at_units_) look_at_units(record, reading);
    looked_at_units_ = true;
  }
  // Last: the maker forgets the reading.
  if (is_strange && suggestion_.empty()) {
    if (auto text = maker_.suggest(record)) suggestion_ = std::move(*text);
  }
}

// Profiles by code that would give units if they were named.
void LayoutEvidence::look_at_units(const record::ApduRecord& record,
                                   const decode::DecodedMessage& reading) {
  const auto header = apdu::parse_header(record.bytes);
  if (!header || reading.nodes == nullptr) return;
  readings::Inferred inferred;
  readings::infer(*reading.nodes, record.bytes, inferred);
  const readings::Message message{*reading.nodes, record.bytes, inferred, header->tagged_time};
  for (const readings::Profile& profile : profiles_.all()) {
    if (profile.by_code() && matches(profile, message)) could_name_units_.insert(profile.name);
  }
}

Finding LayoutEvidence::judge() const {
  Finding finding;
  finding.fact("readings", readings_);
  finding.fact("values", values_);
  finding.fact("named_values", named_);
  if (!layouts_.empty()) finding.fact("layout", joined(layouts_));
  if (!applied_.empty()) finding.fact("profile", joined(applied_));
  if (!meters_.empty()) finding.fact("meters", joined(meters_));
  finding.say("{}, {} ({})", counted(readings_, "reading"), counted(values_, "value"),
              joined(layouts_));
  if (!applied_.empty()) finding.text += ", profile " + joined(applied_);
  if (readings_ == 0) finding.text = "no message carries values";

  const std::uint64_t strange = unknown_ + refused_ + rivals_;
  if (strange > 0) {
    finding.state = State::suspicious;
    finding.cause = Cause::unknown_layout;
    finding.confidence = 0.95;
    std::string what = "have no OBIS codes, and no profile fits them";
    if (rivals_ > 0) {
      what = fmt::format("fit the profiles {} alike", rival_names_);
      finding.advice = "Choose one with cosem-decode --profile NAME.";
    } else if (refused_ > 0) {
      what =
          fmt::format("fit the profile {}, but its sums contradict the values", refused_profile_);
    }
    finding.say("{} of {} readings {}", strange, readings_, what);
  }
  if (strange == 0 && structured_ + unsure_ > 0) {
    finding.state = State::suspicious;
    finding.cause = Cause::unsure_values;
    finding.confidence = 0.9;
    finding.text = structured_ > 0
                       ? fmt::format("in {} of {} readings the value of {} is a structure",
                                     structured_, readings_, structured_code_)
                       : fmt::format(
                             "in {} of {} readings descriptors may have values or be entries of a "
                             "list: they stand by place",
                             unsure_, readings_);
  }
  if (!suggestion_.empty() && strange > 0) finding.fact("suggested_profile", suggestion_);
  finding.remark(misfits_ > 0, "list-misfit",
                 "in {} the list of objects and the values differ in number",
                 counted(misfits_, "message"));
  finding.remark(nameless_ > 0, "no-measurements", "events or texts without OBIS codes, in {}",
                 counted(nameless_, "message"));
  if (unitless_ > 0) {
    std::string text =
        fmt::format("the values of {} have neither scaler nor unit", counted(unitless_, "message"));
    if (!could_name_units_.empty()) {
      std::string names;
      for (const std::string& name : could_name_units_) names += (names.empty() ? "" : ", ") + name;
      text += ": a profile that is named gives them (--profile " + names + ")";
    }
    finding.remarks.push_back({"units-unknown", std::move(text)});
  }
  return finding;
}

}  // namespace meterpipe::doctor
