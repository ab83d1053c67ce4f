// The Home Assistant observer between a stand-in for the Publisher and an outlet that keeps what is
// sent: for the tests of what is described and when.
#pragma once

#include <doctest/doctest.h>
#include <map>
#include <set>
#include <string>
#include <vector>
#include "cosem/units.hpp"
#include "flow/meter_names.hpp"
#include "home_assistant/home_assistant.hpp"
#include "home_assistant/manufacturers.hpp"
#include "home_assistant/sensor_classes.hpp"
#include "os/log.hpp"
#include "support/discovery_schema.hpp"
#include "support/json_tree.hpp"

namespace meterpipe::home_test {

using namespace home;
using namespace mqtt;
using namespace flow;
using namespace shape;
using test::Json;
using Kind = PublishedValue::Kind;

inline constexpr Micros kS = 1'000'000;

struct Kept : mqtt::Outlet {
  std::vector<mqtt::Message> messages;
  void put(mqtt::Batch batch) override {
    for (mqtt::Message& message : batch.messages) messages.push_back(std::move(message));
  }
};

// In the place of the Publisher: what a record has, on topics of its own.
struct Fake : Stage {
  PublishListener* listener = nullptr;
  bool own_topics = true, has_unit = false, is_json = false, hold = false;
  std::string json_topic;

  void reading(record::Line&, record::ReadingRecord& record, state::Meter& meter) override {
    if (hold) return;
    std::vector<PublishedValue> values;
    for (const record::ReadingValue& value : record.values) {
      PublishedValue& one = values.emplace_back();
      one.key = value.obis.empty() ? "pos/" + std::string(value.pos) : std::string(value.obis);
      if (own_topics) one.topic = "m/" + std::string(record.meter) + "/" + one.key;
      one.name = value.name;
      one.unit = value.unit;
      one.obis = value.obis;
      one.is_null = value.value == "null";
      const bool quoted = value.value.starts_with('"');
      one.kind = value.obis == "0-0:1.0.0"       ? Kind::time
                 : quoted || value.value.empty() ? Kind::text
                 : json::is_number(value.value)  ? Kind::number
                                                 : Kind::text;
      const std::size_t dot = value.value.find('.');
      if (one.kind == Kind::number && dot != std::string_view::npos) {
        one.decimals = static_cast<int>(value.value.size() - dot - 1);
      }
      one.has_unit = has_unit && one.kind == Kind::number && !one.unit.empty();
      one.is_json = is_json;
    }
    if (listener != nullptr) listener->published({meter, record, values, json_topic});
  }
  void error(record::Line&, state::Meter&) override {}
  void refused(record::Line&, const record::ReadingRecord&, state::Meter&,
               std::string_view) override {}
  void end() override {}
};

inline TopicTemplate per_meter(std::string_view text) {
  return *TopicTemplate::parse(text, {Placeholder::meter});
}

inline HomeAssistantPlan plan_of(DiscoveryMode mode, DiscoveryStyle style) {
  HomeAssistantPlan plan{mode,
                         {},
                         {},
                         per_meter("m/{meter}/availability"),
                         per_meter("m/{meter}/diagnostics"),
                         {},
                         false,
                         {},
                         0,
                         true};
  plan.discovery.style = style;
  plan.discovery.bridge_topic = "m/bridge";
  return plan;
}

struct Setup {
  Kept kept;
  Fake fake;
  Micros now = *parse_timestamp("2026-11-22T17:00:00Z");
  state::Meters meters;
  HomeAssistant home;
  Observers observers;
  MeterNames names{meters, fake, observers};

  explicit Setup(HomeAssistantPlan plan, std::size_t most = state::Meters::kMost)
      : meters(most), home(meters, std::move(plan), kept, [this] { return now; }) {
    os::Log::open("unit", os::Level::error);
    fake.listener = &home;
    observers.add(home);
  }
  explicit Setup(DiscoveryStyle style = DiscoveryStyle::device,
                 DiscoveryMode mode = DiscoveryMode::live)
      : Setup(plan_of(mode, style)) {}

  void feed(const std::string& text) {
    record::Line line;
    REQUIRE(line.parse(text));
    if (line.type() == record::Type::error) return names.error(line);
    record::ReadingRecord record;
    REQUIRE(record::read(line, record));
    names.reading(line, record);
  }
  // What has been sent since the last call: "TOPIC PAYLOAD", configurations by their topic alone.
  std::vector<std::string> sent() {
    std::vector<std::string> lines;
    for (const mqtt::Message& message : kept.messages) {
      std::string& line = lines.emplace_back(message.retain() ? "" : "-");
      line += message.topic();
      if (!message.topic().starts_with("homeassistant/") || message.payload().empty()) {
        line.append(" ").append(message.payload());
      }
    }
    kept.messages.clear();
    return lines;
  }
  // The newest message on a topic, which is left.
  Json last(std::string_view topic) {
    for (auto at = kept.messages.rbegin(); at != kept.messages.rend(); ++at) {
      if (at->topic() == topic) return Json::parse(std::string(at->payload()));
    }
    return Json("");
  }
  test::DiscoveryReport check() {
    std::map<std::string, std::string> retained;
    for (const mqtt::Message& message : kept.messages) {
      if (message.topic().starts_with("homeassistant/")) {
        retained[std::string(message.topic())] = message.payload();
      }
    }
    std::vector<test::DiscoveryMessage> all;
    for (const auto& [topic, payload] : retained) all.push_back({topic, payload});
    auto report = test::check_discovery(all);
    for (const auto& finding : report.findings) MESSAGE(finding.rule << ": " << finding.where);
    return report;
  }
};

inline std::string at_second(int second) {
  return format_timestamp(*parse_timestamp("2026-11-22T17:00:00Z") + second * kS);
}

inline std::string reading(const std::string& keys, const std::string& values, int second = 0) {
  return R"({"v":1,"t":"reading","ts":")" + at_second(second) + R"(",)" + keys + R"("values":[)" +
         values + "]}";
}

inline const std::string kImport =
    R"({"obis":"1-0:1.8.0","name":"Import","value":1327456,"unit":"Wh"})";
inline const std::string kVoltage =
    R"({"obis":"1-0:32.7.0","name":"Voltage L1","value":232.1,"unit":"V"})";
inline const std::string kConfig = "homeassistant/device/meterpipe_m1/config";

using Lines = std::vector<std::string>;

inline std::string error_record(int second) {
  return R"({"v":1,"t":"error","ts":")" + at_second(second) +
         R"(","src":"m1","by":"dlms-decrypt","code":"tag-failed","text":"x"})";
}

inline SensorClass number(std::string_view obis, std::string_view unit, bool fraction = false) {
  ValueFacts facts;
  facts.obis = facts.key = obis;
  facts.unit = unit;
  facts.kind = Kind::number;
  facts.is_fraction = fraction;
  return classify(facts);
}

}  // namespace meterpipe::home_test
