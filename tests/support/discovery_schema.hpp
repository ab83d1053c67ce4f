// What Home Assistant accepts as MQTT discovery, typed from its documentation (integrations mqtt,
// sensor, sensor.mqtt, binary_sensor.mqtt): which keys there are and of which type, which classes
// go with which units and state classes. Knows nothing of our own tables.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace meterpipe::test {

struct Finding {
  std::string_view rule;  // of kDiscoveryRules
  std::string where;      // topic and key
};

struct DiscoveryMessage {
  std::string topic, payload;
};

struct DiscoveryReport {
  std::vector<Finding> findings;
  std::size_t entities = 0;
};

std::span<const std::string_view> discovery_rules();

// All messages that Home Assistant would have at the same time: ids are unique over all of them. An
// empty payload takes a message back.
DiscoveryReport check_discovery(const std::vector<DiscoveryMessage>& messages);

}  // namespace meterpipe::test
