// The configuration messages of Home Assistant's MQTT discovery (integrations/mqtt, MQTT sensor and
// MQTT binary sensor). Pure: what is known of a meter -> topics and JSON.
//
//   device style (2024.11 and later): all of a meter in one retained message
//     homeassistant/device/meterpipe_{id}/config
//     {"device":{…},"origin":{…},"availability":[…],"components":{"1_0_1_8_0":{…},…},"qos":1}
//   entity style: a message per entity, each with its device
//     homeassistant/sensor/meterpipe_{id}/1_0_1_8_0/config
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/timestamp.hpp"
#include "cosem/names.hpp"
#include "home_assistant/sensor_classes.hpp"

namespace meterpipe::home {

enum class DiscoveryStyle : std::uint8_t { device, entity };
// What an entity is called for automations when Home Assistant sees it first: sensor.{...}.
//   unique: meterpipe_m1_1_0_1_8_0    friendly: m1_active_energy_import
enum class EntityIds : std::uint8_t { unique, friendly };

struct DiscoverySettings {
  std::string prefix = "homeassistant";
  DiscoveryStyle style = DiscoveryStyle::device;
  std::string bridge_topic;  // online while we are connected; empty: left out
  // false: nothing is retained, and who comes later would wait for an "online" that was said
  // before.
  bool availability = true;
  int qos = 1;
  EntityIds entity_ids = EntityIds::unique;
  cosem::Language language = cosem::Language::english;  // of the names
  bool abbreviated = false;  // with Home Assistant's abbreviations of its names
};

// One entity: how to read a topic and what it shows. Empty texts are left out.
struct Component : SensorClass {
  std::string id;      // in its meter, [a-z0-9_]
  std::string source;  // PublishedValue::key; empty: of the diagnostics
  bool binary = false;
  std::string name, topic, value_template;
  int precision = -1;      // digits behind the point; below 0: not said
  bool rare = false;       // not in every message: no expire_after
  bool of_bridge = false;  // shown also while the meter is silent

  bool operator==(const Component&) const = default;
};

struct Device {
  std::string id;  // [a-z0-9_]
  std::string meter, manufacturer, model, firmware;

  bool operator==(const Device&) const = default;
};

struct Described {
  Device device;
  std::vector<Component> components;
  std::string availability_topic;
  long long expire_after_s = 0;    // of values; 0: never
  std::optional<Micros> interval;  // as it was learned

  bool operator==(const Described&) const = default;
};

// Letters and digits in lower case, all else "_": "1-0:1.8.0" -> "1_0_1_8_0".
std::string id_of(std::string_view text);
// The id of a meter: its title (hex digits), else its name, with a hash of it where an id cannot
// show all of the name: "m1" -> "m1", "a-b" -> "a_b_fedb7a06". It does not depend on other meters.
std::string device_id(std::string_view title, std::string_view name);
std::string hash_of(std::string_view text);  // 8 digits; the same in every run

struct Configuration {
  std::string topic, payload;
};

// Device style: one. Entity style: one for each component. Components that share a name have their
// key behind it.
std::vector<Configuration> configurations(const DiscoverySettings& settings,
                                          const Described& meter);
// Those that a broker takes which takes so many bytes of topic and payload (0: any): as they are,
// else entity style, else with abbreviations. What was chosen is in the settings then.
std::vector<Configuration> configurations(DiscoverySettings& settings, const Described& meter,
                                          std::size_t most);
// Their topics in the other style. What {"migrate_discovery":true} there makes of the entities that
// are described there: they wait for a description of the other style, and keep what people have
// made of them (integrations/mqtt, "Migration from single component to device-based discovery").
std::vector<std::string> topics_of_other_style(const DiscoverySettings& settings,
                                               const Described& meter);
inline constexpr std::string_view kMigrate = R"({"migrate_discovery":true})";
std::string device_topic(const DiscoverySettings& settings, std::string_view id);
std::string entity_topic(const DiscoverySettings& settings, std::string_view id,
                         const Component& component);

// The entities of the diagnostics message.
std::vector<Component> diagnostic_components(std::string_view diagnostics_topic);

// A meter's description as it is kept for the next run, and back; nothing for another text. The
// topic of availability and the time of expiry are not in it: they follow from the options.
std::string to_text(const Described& meter);
std::optional<Described> described_from(std::string_view text);
bool is_older_text(std::string_view text);  // of an older form: to be written anew

}  // namespace meterpipe::home
