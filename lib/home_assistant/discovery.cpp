#include "home_assistant/discovery.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/buffer.hpp"
#include "base/fnv.hpp"
#include "json/writer.hpp"
#include "shape/topic_names.hpp"

namespace meterpipe::home {
namespace {

constexpr std::string_view kNode = "meterpipe_";

// A name of Home Assistant's, or its abbreviation for it.
class Keys {
 public:
  explicit Keys(bool abbreviated) : abbreviated_(abbreviated) {}
  std::string_view operator()(std::string_view name) const {
    if (!abbreviated_) return name;
    for (const auto& [full, brief] : kBrief) {
      if (full == name) return brief;
    }
    return name;
  }

 private:
  static constexpr std::pair<std::string_view, std::string_view> kBrief[] = {
      {"availability", "avty"},
      {"availability_mode", "avty_mode"},
      {"device", "dev"},
      {"device_class", "dev_cla"},
      {"enabled_by_default", "en"},
      {"entity_category", "ent_cat"},
      {"expire_after", "exp_aft"},
      {"icon", "ic"},
      {"identifiers", "ids"},
      {"manufacturer", "mf"},
      {"model", "mdl"},
      {"object_id", "obj_id"},
      {"state_class", "stat_cla"},
      {"state_topic", "stat_t"},
      {"sw_version", "sw"},
      {"topic", "t"},
      {"unique_id", "uniq_id"},
      {"unit_of_measurement", "unit_of_meas"},
      {"value_template", "val_tpl"},
  };
  bool abbreviated_;
};

void optional_member(json::Writer& out, std::string_view key, std::string_view text) {
  if (!text.empty()) out.member(key, text);
}

std::string node_of(std::string_view id) { return std::string(kNode).append(id); }

// Names that more than one component has.
std::set<std::string_view> shared_names(const Described& meter) {
  std::set<std::string_view> seen, shared;
  for (const Component& component : meter.components) {
    if (!seen.insert(component.name).second) shared.insert(component.name);
  }
  return shared;
}

std::string_view platform(const Component& component) {
  return component.binary ? "binary_sensor" : "sensor";
}

void write_device(json::Writer& out, Keys key, const Device& device) {
  out.begin_object(key("device"));
  out.begin_array(key("identifiers"));
  out.string(node_of(device.id));
  out.end_array();
  out.member("name", "Smart meter " + device.meter);
  optional_member(out, key("manufacturer"), device.manufacturer);
  optional_member(out, key("model"), device.model);
  optional_member(out, key("sw_version"), device.firmware);
  out.member("serial_number", device.meter);
  out.end_object();
}

void write_origin(json::Writer& out) {
  out.begin_object("origin");
  out.member("name", "meterpipe");
  out.member("sw_version", METERPIPE_VERSION);
  out.end_object();
}

void write_availability(json::Writer& out, Keys key, const DiscoverySettings& settings,
                        std::string_view meter) {
  const std::string_view bridge = settings.bridge_topic;
  if (!settings.availability || (bridge.empty() && meter.empty())) return;  // always available
  out.begin_array(key("availability"));
  for (const std::string_view topic : {bridge, meter}) {
    if (topic.empty()) continue;
    out.begin_object();
    out.member(key("topic"), topic);
    out.end_object();
  }
  out.end_array();
  out.member(key("availability_mode"), "all");
}

// "Active energy import (tariff 1)" -> "active_energy_import_tariff_1", "Zähler" -> "zaehler"
std::string slug_of(std::string_view text) {
  std::string slug;
  for (const char c : id_of(shape::with_umlauts_spelled(text))) {
    if (c != '_' || (!slug.empty() && slug.back() != '_')) slug += c;
  }
  if (slug.ends_with('_')) slug.pop_back();
  return slug;
}

void write_entity(json::Writer& out, const DiscoverySettings& settings, const Described& meter,
                  const std::set<std::string_view>& shared, const Component& component) {
  const Keys key(settings.abbreviated);
  const bool entity_style = settings.style == DiscoveryStyle::entity;
  const std::string unique = node_of(meter.device.id) + "_" + component.id;
  const bool is_shared = shared.contains(component.name) && !component.source.empty();
  const std::string name = is_shared ? component.name + " " + component.source : component.name;
  out.member("name", name);
  out.member(key("unique_id"), unique);
  // Signs are spelled, or import and export would be one.
  const std::string_view code =
      std::string_view(component.source).substr(0, component.source.find('/'));
  const std::string friendly =
      slug_of(meter.device.meter + " " + shape::with_signs_spelled(code, name, settings.language));
  const std::string& wanted = settings.entity_ids == EntityIds::friendly ? friendly : unique;
  // Versions before 2025.10 know object_id only, later ones warn of it. Both drop unknown keys.
  if (entity_style) {
    out.member(key("object_id"), wanted);
  } else {
    out.member("default_entity_id", std::string(platform(component)) + "." + wanted);
  }
  out.member(key("state_topic"), component.topic);
  optional_member(out, key("value_template"), component.value_template);
  optional_member(out, key("unit_of_measurement"), component.unit);
  const bool has_class = !(entity_style && component.since_2025);
  if (has_class) optional_member(out, key("device_class"), component.device_class);
  optional_member(out, key("state_class"), component.state_class);
  if (component.precision >= 0) {
    out.member_number("suggested_display_precision", component.precision);
  }
  optional_member(out, key("icon"), component.icon);
  if (component.diagnostic) out.member(key("entity_category"), "diagnostic");
  if (!component.enabled) out.member_boolean(key("enabled_by_default"), false);
  if (!component.of_bridge && !component.rare && meter.expire_after_s > 0) {
    out.member_number(key("expire_after"), meter.expire_after_s);
  }
}

Configuration device_configuration(const DiscoverySettings& settings, const Described& meter) {
  const Keys key(settings.abbreviated);
  const auto shared = shared_names(meter);
  Buffer text;
  json::Writer out(text);
  out.begin_object();
  write_device(out, key, meter.device);
  write_origin(out);
  // What holds for all components stands in front of them; without a bridge nothing does.
  const bool has_bridge = !settings.bridge_topic.empty();
  if (has_bridge) write_availability(out, key, settings, meter.availability_topic);
  out.member_number("qos", settings.qos);
  out.begin_object("components");
  for (const Component& component : meter.components) {
    out.begin_object(component.id);
    out.member("platform", platform(component));
    write_entity(out, settings, meter, shared, component);
    if (has_bridge == component.of_bridge) {
      write_availability(out, key, settings,
                         component.of_bridge ? std::string_view() : meter.availability_topic);
    }
    out.end_object();
  }
  out.end_object();
  out.end_object();
  return {device_topic(settings, meter.device.id), std::string(text.view())};
}

Configuration entity_configuration(const DiscoverySettings& settings, const Described& meter,
                                   const std::set<std::string_view>& shared,
                                   const Component& component) {
  const Keys key(settings.abbreviated);
  Buffer text;
  json::Writer out(text);
  out.begin_object();
  write_entity(out, settings, meter, shared, component);
  write_device(out, key, meter.device);
  write_origin(out);
  write_availability(out, key, settings,
                     component.of_bridge ? std::string_view() : meter.availability_topic);
  out.member_number("qos", settings.qos);
  out.end_object();
  return {entity_topic(settings, meter.device.id, component), std::string(text.view())};
}

}  // namespace

std::string id_of(std::string_view text) {
  std::string id;
  for (const char c : text) {
    id += is_upper(c) ? static_cast<char>(c - 'A' + 'a') : is_letter_or_digit(c) ? c : '_';
  }
  return id;
}

std::string device_id(std::string_view title, std::string_view name) {
  if (!title.empty()) return id_of(title);
  constexpr std::size_t kLongest = 100;  // it is part of topics and of each entity's id
  std::string id = id_of(name.substr(0, kLongest));
  if (id != name) id += "_" + hash_of(name);
  return id;
}

std::string hash_of(std::string_view text) { return fmt::format("{:08x}", fnv1a_32(text)); }

std::string device_topic(const DiscoverySettings& settings, std::string_view id) {
  return settings.prefix + "/device/" + node_of(id) + "/config";
}

std::string entity_topic(const DiscoverySettings& settings, std::string_view id,
                         const Component& component) {
  return settings.prefix + "/" + std::string(platform(component)) + "/" + node_of(id) + "/" +
         component.id + "/config";
}

std::vector<std::string> topics_of_other_style(const DiscoverySettings& settings,
                                               const Described& meter) {
  if (settings.style == DiscoveryStyle::entity) return {device_topic(settings, meter.device.id)};
  std::vector<std::string> topics;
  for (const Component& component : meter.components) {
    topics.push_back(entity_topic(settings, meter.device.id, component));
  }
  return topics;
}

std::vector<Configuration> configurations(DiscoverySettings& settings, const Described& meter,
                                          std::size_t most) {
  auto all = configurations(settings, meter);
  const auto is_too_large = [most](const Configuration& one) {
    return one.topic.size() + one.payload.size() > most;
  };
  while (most != 0 && std::ranges::any_of(all, is_too_large)) {
    if (settings.style == DiscoveryStyle::device) {
      settings.style = DiscoveryStyle::entity;
    } else if (!settings.abbreviated) {
      settings.abbreviated = true;
    } else {
      break;
    }
    all = configurations(settings, meter);
  }
  return all;
}

std::vector<Configuration> configurations(const DiscoverySettings& settings,
                                          const Described& meter) {
  if (settings.style == DiscoveryStyle::device) return {device_configuration(settings, meter)};
  std::vector<Configuration> all;
  const auto shared = shared_names(meter);
  for (const Component& component : meter.components) {
    all.push_back(entity_configuration(settings, meter, shared, component));
  }
  return all;
}

std::vector<Component> diagnostic_components(std::string_view diagnostics_topic) {
  std::vector<Component> all;
  const auto add = [&](std::string id, std::string name,
                       const std::string& expression) -> Component& {
    Component& one = all.emplace_back();
    one.id = std::move(id);
    one.name = std::move(name);
    one.topic = diagnostics_topic;
    one.value_template = "{{ " + expression + " }}";
    one.diagnostic = true;
    one.of_bridge = true;
    return one;
  };
  // What is null in the message is "None" here: Home Assistant's word for unknown.
  add("diag_last", "Last message", "value_json.last").device_class = "timestamp";
  for (const auto& [id, name] : {std::pair("messages", "Messages"), std::pair("errors", "Errors"),
                                 std::pair("refused", "Refused messages")}) {
    Component& count = add(std::string("diag_") + id, name, std::string("value_json.") + id);
    count.state_class = "total_increasing";
    count.icon = "mdi:counter";
    count.precision = 0;
  }
  add("diag_last_error", "Last error", "value_json.last_error").icon = "mdi:alert-circle-outline";
  add("diag_reason", "Reason", "value_json.reason").icon = "mdi:alert-circle-outline";
  add("diag_auth", "Authentication", "value_json.auth").icon = "mdi:shield-check-outline";
  Component& interval = add("diag_interval", "Interval", "value_json.interval");
  interval.device_class = "duration";
  interval.unit = "s";
  interval.state_class = "measurement";
  interval.enabled = false;
  Component& problem = add("diag_problem", "Problem", "'ON' if value_json.problem else 'OFF'");
  problem.binary = true;
  problem.device_class = "problem";
  return all;
}

}  // namespace meterpipe::home
