// The schema of Home Assistant's discovery that other tests rely on: a good message breaks no rule,
// a message that is wrong in one thing breaks the rule about it and no other.
#include <doctest/doctest.h>

#include <set>
#include <string>

#include "support/discovery_schema.hpp"

namespace meterpipe::test {

namespace {

// Two entities that use every key that a rule is about.
const std::string kTopic = "homeassistant/device/meterpipe_1/config";
const std::string kPayload =
    R"({"device":{"identifiers":["meterpipe_1"],"name":"Smart meter 1"},)"
    R"("origin":{"name":"meterpipe","sw_version":"1.0"},)"
    R"("availability":[{"topic":"m/bridge"},{"topic":"m/1/availability"}],)"
    R"("availability_mode":"all","qos":1,"components":{)"
    R"("a":{"platform":"sensor","name":"A","unique_id":"u_a","default_entity_id":"sensor.u_a",)"
    R"("state_topic":"m/1/a","value_template":"{{ value_json.a }}","unit_of_measurement":"Wh",)"
    R"("device_class":"energy","state_class":"total_increasing",)"
    R"("suggested_display_precision":0,"icon":"mdi:counter","entity_category":"diagnostic",)"
    R"("enabled_by_default":false,"expire_after":50},)"
    R"("t":{"platform":"sensor","name":"T","unique_id":"u_t","state_topic":"m/1/t",)"
    R"("device_class":"timestamp"},)"
    R"("b":{"platform":"binary_sensor","name":"B","unique_id":"u_b","state_topic":"m/1/b",)"
    R"("default_entity_id":"binary_sensor.u_b","device_class":"problem"}}})";

struct Mutation {
  std::string_view rule, from, to;  // in the topic if it stands there, else in the payload
};

constexpr Mutation kMutations[] = {
    {"topic-levels", "/config", "/configuration"},
    {"topic-levels", "meterpipe_1/config", "meter pipe/config"},
    {"topic-component", "/device/", "/devices/"},
    {"payload-json", R"("qos":1,)", R"("qos":1,,)"},
    {"unknown-key", R"("qos":1)", R"("quality":1)"},
    {"unknown-key", R"("icon":)", R"("ikon":)"},
    {"unknown-key", R"("sw_version")", R"("version")"},
    {"missing-key", R"("unique_id":"u_a",)", ""},
    {"missing-key", R"("state_topic":"m/1/a",)", ""},
    {"missing-key", R"("platform":"sensor","name":"A",)", R"("name":"A",)"},
    {"missing-key", R"("name":"meterpipe",)", ""},
    {"missing-key", R"({"topic":"m/bridge"})", R"({"payload_available":"online"})"},
    {"key-type", R"("expire_after":50)", R"("expire_after":"50")"},
    {"key-type", R"("enabled_by_default":false)", R"("enabled_by_default":"false")"},
    {"key-type", R"("name":"A")", R"("name":7)"},
    {"device-identifiers", R"(["meterpipe_1"])", "[]"},
    {"components-empty", R"("components":{)", R"("components":{},"encoding":"utf-8"}|)"},
    {"platform", R"("platform":"binary_sensor")", R"("platform":"switch")"},
    {"topic-valid", R"("m/1/a")", R"("m/+/a")"},
    {"topic-valid", R"("m/1/availability")", R"("")"},
    {"availability-twice", R"("qos":1)", R"("qos":1,"availability_topic":"m/1/x")"},
    {"availability-empty", R"([{"topic":"m/bridge"},{"topic":"m/1/availability"}])", "[]"},
    {"availability-mode", R"("all")", R"("both")"},
    {"qos", R"("qos":1)", R"("qos":3)"},
    {"device-class", R"("energy")", R"("electricity")"},
    {"binary-class", R"("problem")", R"("trouble")"},
    {"unit-of-class", R"("Wh")", R"("W")"},
    {"unit-of-class", R"("Wh")", R"("WH")"},
    {"unit-missing", R"("unit_of_measurement":"Wh",)", ""},
    {"state-class", R"("total_increasing")", R"("increasing")"},
    {"state-of-class", R"("total_increasing")", R"("measurement")"},
    {"text-as-number", R"("timestamp")", R"("timestamp","suggested_display_precision":0)"},
    {"entity-category", R"("diagnostic")", R"("config")"},
    {"number-range", R"("expire_after":50)", R"("expire_after":0)"},
    {"number-range", R"("suggested_display_precision":0)", R"("suggested_display_precision":21)"},
    {"icon", R"("mdi:counter")", R"("counter")"},
    {"template", "{{ value_json.a }}", "{{ value_json.a }"},
    {"unique-id", R"("u_b")", R"("u_a")"},
    {"entity-id", R"("sensor.u_a")", R"("binary_sensor.u_a")"},
    {"entity-id", R"("binary_sensor.u_b")", R"("binary_sensor.U b")"},
};

}  // namespace

TEST_CASE("discovery rules: a good message breaks none") {
  const auto report = check_discovery({{kTopic, kPayload}});
  for (const auto& finding : report.findings) MESSAGE(finding.rule << " " << finding.where);
  CHECK(report.findings.empty());
  CHECK(report.entities == 3);
}

TEST_CASE("discovery rules: what is wrong in one thing breaks the rule about it") {
  std::set<std::string_view> broken;
  for (const Mutation& mutation : kMutations) {
    CAPTURE(mutation.rule);
    CAPTURE(mutation.to);
    DiscoveryMessage message{kTopic, kPayload};
    std::string& text =
        message.topic.find(mutation.from) != std::string::npos ? message.topic : message.payload;
    const std::size_t at = text.find(mutation.from);
    REQUIRE(at != std::string::npos);
    text.replace(at, mutation.from.size(), mutation.to);
    // "|": and nothing behind it but what closes the message
    if (const std::size_t cut = text.find('|'); cut != std::string::npos) text.resize(cut);
    const auto report = check_discovery({message});
    REQUIRE(report.findings.size() == 1);
    CHECK(report.findings[0].rule == mutation.rule);
    broken.insert(mutation.rule);
  }
  for (const std::string_view rule : discovery_rules()) {
    CAPTURE(rule);
    CHECK(broken.contains(rule));
  }
  MESSAGE(std::size(kMutations) << " wrong messages, " << broken.size() << " rules");
}

TEST_CASE("discovery rules: ids are unique over all messages") {
  auto second = kPayload;
  const auto report =
      check_discovery({{kTopic, kPayload}, {"homeassistant/device/meterpipe_2/config", second}});
  std::set<std::string_view> rules;
  for (const auto& finding : report.findings) rules.insert(finding.rule);
  CHECK(rules == std::set<std::string_view>{"unique-id", "entity-id"});
  CHECK(report.findings.size() == 5);
}

}  // namespace meterpipe::test
