#include "support/discovery_schema.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "json/fields.hpp"
#include "support/json_tree.hpp"

namespace meterpipe::test {
namespace {

constexpr std::array<std::string_view, 27> kRules{
    "topic-levels",        // {prefix}/{component}/[{node}/]{object}/config
    "topic-component",     // a component that there is
    "payload-json",        // an object
    "unknown-key",         // in any place
    "missing-key",         // a required one
    "key-type",            // string, number, boolean, object, list
    "device-identifiers",  // at least one identifier or connection
    "components-empty",    // a device with nothing in it
    "platform",            // sensor or binary_sensor
    "topic-valid",         // of state and availability: no wildcard, not empty
    "availability-twice",  // the list and the single topic exclude each other
    "availability-empty",  // a list without a topic
    "availability-mode",   // all, any, latest
    "qos",                 // 0, 1, 2
    "device-class",        // one of the sensor's
    "binary-class",        // one of the binary sensor's
    "unit-of-class",       // a unit that the class allows
    "unit-missing",        // a class that must have one
    "state-class",         // measurement, measurement_angle, total, total_increasing
    "state-of-class",      // a state class that the device class allows
    "text-as-number",      // dates and enumerations have no unit, state class, precision
    "entity-category",     // of what is only read: diagnostic
    "number-range",        // expire_after above 0, precision 0 to 20
    "icon",                // mdi:name
    "template",            // braces in pairs
    "unique-id",           // once, over all messages
    "entity-id",           // domain.slug; once
};

constexpr std::string_view kEnergyUnits = "J kJ MJ GJ mWh Wh kWh MWh GWh TWh cal kcal Mcal Gcal";
constexpr std::string_view kVolumeUnits = "ft³ CCF MCF m³ L mL gal fl._oz.";

struct SensorClassRule {
  std::string_view name;
  std::string_view units;   // between blanks; "-": none
  std::string_view states;  // m, t, i (total_increasing), a (measurement_angle)
};

// sensor, "Device class" and its table of units; state classes as the recorder accepts them.
constexpr SensorClassRule kSensorClasses[] = {
    {"apparent_power", "mVA VA kVA", "m"},
    {"aqi", "-", "m"},
    {"area", "m² cm² km² mm² in² ft² yd² mi² ac ha", "mti"},
    {"atmospheric_pressure", "Pa hPa kPa bar cbar mbar mmHg inHg psi inH₂O mPa", "m"},
    {"battery", "%", "m"},
    {"carbon_dioxide", "ppm", "m"},
    {"carbon_monoxide", "ppm ppb mg/m³ µg/m³", "m"},
    {"current", "A mA", "m"},
    {"data_rate", "bit/s kbit/s Mbit/s Gbit/s B/s kB/s MB/s GB/s", "m"},
    {"data_size", "bit kbit B kB MB GB TB", "mti"},
    {"date", "-", ""},
    {"distance", "km m cm mm mi nmi yd in ft", "mti"},
    {"duration", "d h min s ms µs", "mti"},
    {"energy", kEnergyUnits, "ti"},
    {"energy_storage", kEnergyUnits, "m"},
    {"enum", "-", ""},
    {"frequency", "Hz kHz MHz GHz", "m"},
    {"gas", "m³ ft³ CCF MCF L", "ti"},
    {"humidity", "%", "m"},
    {"illuminance", "lx", "m"},
    {"irradiance", "W/m² BTU/(h⋅ft²)", "m"},
    {"moisture", "%", "m"},
    {"monetary", "EUR USD CHF GBP", "t"},
    {"power", "mW W kW MW GW TW BTU/h", "m"},
    {"power_factor", "% -", "m"},
    {"precipitation", "cm in mm", "mti"},
    {"pressure", "Pa hPa kPa bar cbar mbar mmHg inHg psi inH₂O mPa", "m"},
    {"reactive_energy", "varh kvarh", "ti"},
    {"reactive_power", "mvar var kvar", "m"},
    {"signal_strength", "dB dBm", "m"},
    {"speed", "ft/s in/d in/h in/s km/h kn m/s mph mm/d mm/s m/min", "m"},
    {"temperature", "°C °F K", "m"},
    {"timestamp", "-", ""},
    {"voltage", "V mV µV kV MV", "m"},
    {"volume", kVolumeUnits, "ti"},
    {"volume_flow_rate", "m³/h m³/min m³/s ft³/min L/h L/min L/s gal/d gal/h gal/min mL/s", "m"},
    {"volume_storage", kVolumeUnits, "m"},
    {"water", "L gal m³ ft³ CCF MCF", "ti"},
    {"weight", "kg g mg µg oz lb st", "mti"},
};

constexpr std::string_view kBinaryClasses =
    "battery battery_charging carbon_monoxide cold connectivity door garage_door gas heat light "
    "lock moisture motion moving occupancy opening plug power presence problem running safety "
    "smoke "
    "sound tamper update vibration window";

enum class Type { text, number, flag, object, list, texts };

using Keys = std::map<std::string_view, Type>;

const Keys kAvailabilityKeys{
    {"availability", Type::list},          {"availability_mode", Type::text},
    {"availability_template", Type::text}, {"availability_topic", Type::text},
    {"payload_available", Type::text},     {"payload_not_available", Type::text}};
const Keys kEntityKeys{{"name", Type::text},
                       {"unique_id", Type::text},
                       {"object_id", Type::text},
                       {"default_entity_id", Type::text},
                       {"state_topic", Type::text},
                       {"value_template", Type::text},
                       {"device_class", Type::text},
                       {"entity_category", Type::text},
                       {"icon", Type::text},
                       {"entity_picture", Type::text},
                       {"expire_after", Type::number},
                       {"force_update", Type::flag},
                       {"encoding", Type::text},
                       {"enabled_by_default", Type::flag},
                       {"qos", Type::number},
                       {"json_attributes_topic", Type::text},
                       {"json_attributes_template", Type::text}};
const Keys kSensorKeys{{"unit_of_measurement", Type::text},
                       {"state_class", Type::text},
                       {"suggested_display_precision", Type::number},
                       {"last_reset_value_template", Type::text},
                       {"options", Type::list}};
const Keys kBinaryKeys{
    {"payload_on", Type::text}, {"payload_off", Type::text}, {"off_delay", Type::number}};
const Keys kDeviceKeys{{"identifiers", Type::texts},   {"connections", Type::list},
                       {"name", Type::text},           {"manufacturer", Type::text},
                       {"model", Type::text},          {"model_id", Type::text},
                       {"serial_number", Type::text},  {"sw_version", Type::text},
                       {"hw_version", Type::text},     {"via_device", Type::text},
                       {"suggested_area", Type::text}, {"configuration_url", Type::text}};
const Keys kOriginKeys{
    {"name", Type::text}, {"sw_version", Type::text}, {"support_url", Type::text}};
const Keys kRootKeys{{"device", Type::object},      {"origin", Type::object},
                     {"components", Type::object},  {"state_topic", Type::text},
                     {"command_topic", Type::text}, {"qos", Type::number},
                     {"encoding", Type::text}};
const Keys kItemKeys{{"topic", Type::text},
                     {"payload_available", Type::text},
                     {"payload_not_available", Type::text},
                     {"value_template", Type::text}};

Keys join(std::initializer_list<const Keys*> parts) {
  Keys all;
  for (const Keys* part : parts) all.insert(part->begin(), part->end());
  return all;
}

bool has_word(std::string_view words, std::string_view word) {
  if (word.empty()) word = "-";
  std::string padded = " " + std::string(words) + " ";
  return padded.find(" " + std::string(word) + " ") != std::string::npos;
}

bool is_slug(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == at) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

class Checker {
 public:
  DiscoveryReport report;

  void message(const DiscoveryMessage& message) {
    topic_ = message.topic;
    const auto levels = split(message.topic, '/');
    const std::size_t n = levels.size();
    const auto is_id = [](const std::string& level) {
      return !level.empty() && std::all_of(level.begin(), level.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
      });
    };
    if (n < 4 || n > 5 || levels[n - 1] != "config" || levels[0].empty() || !is_id(levels[n - 2]) ||
        !is_id(levels[2])) {
      return find("topic-levels", "");
    }
    const std::string& component = levels[1];
    if (!has_word("device sensor binary_sensor", component)) return find("topic-component", "");
    if (message.payload.empty()) return;
    const Json root = Json::parse(message.payload);
    if (!root.present()) return find("payload-json", "");
    if (component == "device") {
      device_message(root);
    } else {
      const Keys& own = component == "sensor" ? kSensorKeys : kBinaryKeys;
      static const Keys kAround{{"device", Type::object}, {"origin", Type::object}};
      if (!keys(root, join({&kEntityKeys, &own, &kAvailabilityKeys, &kAround}), "")) return;
      device(root["device"]);
      origin(root["origin"]);
      availability(root, "");
      entity(root, component, "");
    }
  }

 private:
  void find(std::string_view rule, const std::string& where) {
    if (std::find(kRules.begin(), kRules.end(), rule) == kRules.end()) std::abort();
    report.findings.push_back({rule, topic_ + " " + where});
  }

  void device_message(const Json& root) {
    if (!keys(root, join({&kRootKeys, &kAvailabilityKeys}), "")) return;
    device(root["device"]);
    origin(root["origin"]);
    availability(root, "");
    qos(root, "");
    if (!root["components"].present()) return find("missing-key", "components");
    std::vector<json::Field> members;
    const std::string raw = root["components"].raw();
    if (!json::split_object(raw, members)) return;
    if (members.empty()) find("components-empty", "components");
    for (const json::Field& member : members) {
      const Json one(std::string(member.raw));
      const std::string where = std::string(member.key) + ".";
      const std::string platform = one["platform"].text();
      if (!one["platform"].present()) {
        find("missing-key", where + "platform");
        continue;
      }
      if (!has_word("sensor binary_sensor", platform)) {
        find("platform", where + platform);
        continue;
      }
      const Keys& own = platform == "sensor" ? kSensorKeys : kBinaryKeys;
      static const Keys kPlatform{{"platform", Type::text}};
      if (!keys(one, join({&kEntityKeys, &own, &kAvailabilityKeys, &kPlatform}), where)) continue;
      availability(one, where);
      entity(one, platform, where);
    }
  }

  // Known keys of the right type; false: nothing else can be said.
  bool keys(const Json& object, const Keys& known, const std::string& where) {
    std::vector<json::Field> members;
    if (!json::split_object(object.raw(), members)) {
      find("key-type", where);
      return false;
    }
    bool good = true;
    for (const json::Field& member : members) {
      const auto type = known.find(member.key);
      if (type == known.end()) {
        find("unknown-key", where + std::string(member.key));
      } else if (!is_of(type->second, member.raw)) {
        find("key-type", where + std::string(member.key));
        good = false;
      }
    }
    return good;
  }

  static bool is_of(Type type, std::string_view raw) {
    switch (type) {
      case Type::text: return raw.starts_with('"');
      case Type::number: return json::to_unsigned(raw).has_value();
      case Type::flag: return json::to_bool(raw).has_value();
      case Type::object: return raw.starts_with('{');
      case Type::list: return raw.starts_with('[');
      case Type::texts: {
        if (raw.starts_with('"')) return true;
        std::vector<std::string_view> elements;
        return json::split_array(raw, elements) &&
               std::all_of(elements.begin(), elements.end(),
                           [](std::string_view one) { return one.starts_with('"'); });
      }
    }
    return false;
  }

  void device(const Json& device) {
    if (!device.present()) return find("missing-key", "device");
    if (!keys(device, kDeviceKeys, "device.")) return;
    const Json ids = device["identifiers"];
    const bool none = !ids.present() || ids.raw() == "[]" || ids.raw() == "\"\"";
    if (none && device["connections"].elements().empty()) {
      find("device-identifiers", "device");
    }
  }

  void origin(const Json& origin) {
    if (!origin.present()) return find("missing-key", "origin");
    if (!keys(origin, kOriginKeys, "origin.")) return;
    if (!origin["name"].present()) find("missing-key", "origin.name");
  }

  void qos(const Json& object, const std::string& where) {
    const Json value = object["qos"];
    if (value.present() && !has_word("0 1 2", value.raw())) find("qos", where + "qos");
  }

  void topic(const std::string& topic, const std::string& where) {
    if (topic.empty() || topic.size() > 65535 ||
        topic.find_first_of(std::string_view("+#\0", 3)) != std::string::npos) {
      find("topic-valid", where);
    }
  }

  void availability(const Json& object, const std::string& where) {
    const Json list = object["availability"];
    const Json single = object["availability_topic"];
    if (single.present()) topic(single.text(), where + "availability_topic");
    if (list.present() && single.present()) find("availability-twice", where);
    const Json mode = object["availability_mode"];
    if (mode.present() && !has_word("all any latest", mode.text())) {
      find("availability-mode", where + "availability_mode");
    }
    if (!list.present()) return;
    const auto items = list.elements();
    if (items.empty()) find("availability-empty", where + "availability");
    for (const Json& item : items) {
      if (!keys(item, kItemKeys, where + "availability.")) continue;
      if (!item["topic"].present()) {
        find("missing-key", where + "availability.topic");
      } else {
        topic(item["topic"].text(), where + "availability.topic");
      }
    }
  }

  void entity(const Json& entity, const std::string& platform, const std::string& where) {
    ++report.entities;
    for (const std::string_view key : {"state_topic", "unique_id"}) {
      if (!entity[key].present()) find("missing-key", where + std::string(key));
    }
    if (entity["state_topic"].present()) {
      topic(entity["state_topic"].text(), where + "state_topic");
    }
    qos(entity, where);
    const std::string unique = entity["unique_id"].text();
    if (entity["unique_id"].present() && (unique.empty() || !unique_.insert(unique).second)) {
      find("unique-id", where + unique);
    }
    const Json id = entity["default_entity_id"];
    if (id.present()) {
      const auto parts = split(id.text(), '.');
      if (parts.size() != 2 || parts[0] != platform || !is_slug(parts[1]) ||
          !entity_ids_.insert(id.text()).second) {
        find("entity-id", where + id.text());
      }
    }
    if (entity["object_id"].present() && !is_slug(entity["object_id"].text())) {
      find("entity-id", where + "object_id");
    }
    const Json category = entity["entity_category"];
    if (category.present() && category.text() != "diagnostic") {
      find("entity-category", where + category.text());
    }
    const Json icon = entity["icon"];
    if (icon.present() && (!icon.text().starts_with("mdi:") || icon.text().size() < 5)) {
      find("icon", where + icon.text());
    }
    const Json expiry = entity["expire_after"];
    if (expiry.present() && json::to_unsigned(expiry.raw()).value_or(0) == 0) {
      find("number-range", where + "expire_after");
    }
    templates(entity["value_template"], where + "value_template");
    if (platform == "sensor") {
      sensor(entity, where);
    } else if (entity["device_class"].present() &&
               !has_word(kBinaryClasses, entity["device_class"].text())) {
      find("binary-class", where + entity["device_class"].text());
    }
  }

  void templates(const Json& value, const std::string& where) {
    if (!value.present()) return;
    const std::string text = value.text();
    std::size_t opened = 0, closed = 0;
    for (std::size_t at = 0; (at = text.find("{{", at)) != std::string::npos; at += 2) ++opened;
    for (std::size_t at = 0; (at = text.find("}}", at)) != std::string::npos; at += 2) ++closed;
    if (opened == 0 || opened != closed) find("template", where);
  }

  void sensor(const Json& entity, const std::string& where) {
    const std::string unit = entity["unit_of_measurement"].text();
    const std::string state = entity["state_class"].text();
    const Json precision = entity["suggested_display_precision"];
    if (precision.present() && json::to_unsigned(precision.raw()).value_or(99) > 20) {
      find("number-range", where + "suggested_display_precision");
    }
    const std::string_view letter = state == "measurement"         ? "m"
                                    : state == "total"             ? "t"
                                    : state == "total_increasing"  ? "i"
                                    : state == "measurement_angle" ? "a"
                                                                   : "";
    if (!state.empty() && letter.empty()) return find("state-class", where + state);
    if (!entity["device_class"].present()) return;
    const std::string name = entity["device_class"].text();
    const auto* rule = std::find_if(std::begin(kSensorClasses), std::end(kSensorClasses),
                                    [&](const SensorClassRule& one) { return one.name == name; });
    if (rule == std::end(kSensorClasses)) return find("device-class", where + name);
    if (has_word("date enum timestamp", name)) {
      if (!unit.empty() || !state.empty() || precision.present()) {
        find("text-as-number", where + name);
      }
      return;
    }
    if (unit.empty() && !has_word(rule->units, "-")) return find("unit-missing", where + name);
    std::string word = unit;
    std::replace(word.begin(), word.end(), ' ', '_');
    if (!has_word(rule->units, word)) find("unit-of-class", where + name + " " + unit);
    if (!letter.empty() && rule->states.find(letter) == std::string_view::npos) {
      find("state-of-class", where + name + " " + state);
    }
  }

  std::string topic_;
  std::set<std::string> unique_, entity_ids_;
};

}  // namespace

std::span<const std::string_view> discovery_rules() { return kRules; }

DiscoveryReport check_discovery(const std::vector<DiscoveryMessage>& messages) {
  Checker checker;
  for (const DiscoveryMessage& message : messages) checker.message(message);
  return checker.report;
}

}  // namespace meterpipe::test
