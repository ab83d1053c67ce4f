// What Home Assistant was told of a meter, as it is kept for the next run: netstrings
// (state/state_text).
//
//   described = version id meter manufacturer model firmware [ interval ] n { component }
//   component = the texts of kTexts, the flags of kFlags, precision
//
// An older version has written an object of JSON, with the names of kTexts and kFlags as keys. It
// is read, never written.
#include <algorithm>

#include "home_assistant/discovery.hpp"
#include "json/fields.hpp"
#include "state/state_text.hpp"

namespace meterpipe::home {
namespace {

constexpr std::string_view kDescribedVersion = "2";  // 1: JSON
constexpr std::size_t kMostKept = 512;               // components
constexpr Micros kMostInterval = 36'500 * kDay;
constexpr int kMostPrecision = 20;

// In the order in which they are written: another one needs another version.
struct TextMember {
  std::string_view key;
  std::string Component::*text;
};
constexpr TextMember kTexts[] = {
    {"id", &Component::id},
    {"source", &Component::source},
    {"name", &Component::name},
    {"topic", &Component::topic},
    {"value_template", &Component::value_template},
    {"unit", &Component::unit},
    {"device_class", &Component::device_class},
    {"state_class", &Component::state_class},
    {"icon", &Component::icon},
};
struct FlagMember {
  std::string_view key;
  bool Component::*flag;
};
constexpr FlagMember kFlags[] = {
    {"binary", &Component::binary},   {"diagnostic", &Component::diagnostic},
    {"enabled", &Component::enabled}, {"since_2025", &Component::since_2025},
    {"rare", &Component::rare},       {"of_bridge", &Component::of_bridge},
};

constexpr std::string Device::*kDeviceTexts[] = {&Device::id, &Device::meter, &Device::manufacturer,
                                                 &Device::model, &Device::firmware};

bool is_sound(const Device& device) {
  return !device.id.empty() && device.id == id_of(device.id) && !device.meter.empty();
}

bool is_sound(const Component& component) {
  return !component.id.empty() && component.id == id_of(component.id) && !component.topic.empty();
}

Component take_component(state::StateReader& from) {
  Component component;
  for (const auto& [key, text] : kTexts) component.*text = from.text();
  for (const auto& [key, flag] : kFlags) component.*flag = from.flag();
  component.precision = static_cast<int>(from.number(-1, kMostPrecision));
  return component;
}

std::optional<Described> described_from_items(std::string_view text) {
  state::StateReader from(text);
  from.text();  // the version
  Described meter;
  for (const auto item : kDeviceTexts) meter.device.*item = from.text();
  meter.interval = from.optional_time();
  if (meter.interval && (*meter.interval <= 0 || *meter.interval > kMostInterval)) {
    return std::nullopt;
  }
  for (auto n = from.number(0, kMostKept); n > 0 && !from.failed(); --n) {
    meter.components.push_back(take_component(from));
    if (!is_sound(meter.components.back())) return std::nullopt;
  }
  if (!from.done() || !is_sound(meter.device)) return std::nullopt;
  return meter;
}

bool read_component(std::string_view raw, Component& component) {
  std::vector<json::Field> members;
  if (!json::split_object(raw, members)) return false;
  for (const json::Field& member : members) {
    std::string scratch;
    for (const auto& [key, text] : kTexts) {
      if (member.key != key) continue;
      const auto value = json::to_text(member.raw, scratch);
      if (!value) return false;
      component.*text = *value;
    }
    for (const auto& [key, flag] : kFlags) {
      if (member.key != key) continue;
      const auto value = json::to_bool(member.raw);
      if (!value) return false;
      component.*flag = *value;
    }
    if (member.key == "precision") {
      const auto value = json::to_unsigned(member.raw);
      if (!value || *value > kMostPrecision) return false;
      component.precision = static_cast<int>(*value);
    }
  }
  return is_sound(component);
}

std::optional<Described> described_from_json(std::string_view text) {
  json::Fields fields;
  if (!fields.parse(text)) return std::nullopt;
  Described meter;
  std::string scratch;
  const auto take = [&](std::string_view key, std::string& to) {
    const json::Field* field = fields.find(key);
    const auto value = field != nullptr ? json::to_text(field->raw, scratch) : std::nullopt;
    if (value) to = *value;
  };
  take("id", meter.device.id);
  take("meter", meter.device.meter);
  take("manufacturer", meter.device.manufacturer);
  take("model", meter.device.model);
  take("firmware", meter.device.firmware);
  if (!is_sound(meter.device)) return std::nullopt;
  if (const json::Field* interval = fields.find("interval"); interval != nullptr) {
    const auto value = json::to_unsigned(interval->raw);
    if (!value || *value == 0 || *value > std::uint64_t{kMostInterval}) return std::nullopt;
    meter.interval = static_cast<Micros>(*value);
  }
  const json::Field* components = fields.find("components");
  std::vector<std::string_view> elements;
  if (components == nullptr || !json::split_array(components->raw, elements)) return std::nullopt;
  for (const std::string_view element : elements) {
    Component component;
    if (meter.components.size() == kMostKept || !read_component(element, component)) {
      return std::nullopt;
    }
    meter.components.push_back(std::move(component));
  }
  return meter;
}

}  // namespace

std::string to_text(const Described& meter) {
  state::StateWriter to;
  to.text(kDescribedVersion);
  for (const auto item : kDeviceTexts) to.text(meter.device.*item);
  to.optional(meter.interval);
  // Those of the diagnostics are always the same.
  const auto is_kept = [](const Component& component) { return !component.source.empty(); };
  to.number(std::ranges::count_if(meter.components, is_kept));
  for (const Component& component : meter.components) {
    if (!is_kept(component)) continue;
    for (const auto& [key, text] : kTexts) to.text(component.*text);
    for (const auto& [key, flag] : kFlags) to.flag(component.*flag);
    to.number(component.precision);
  }
  return to.take();
}

bool is_older_text(std::string_view text) { return !state::has_version(text, kDescribedVersion); }

std::optional<Described> described_from(std::string_view text) {
  return is_older_text(text) ? described_from_json(text) : described_from_items(text);
}

}  // namespace meterpipe::home
