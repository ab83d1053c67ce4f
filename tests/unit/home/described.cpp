// What Home Assistant was told as a text, and what an older version has written.
#include <doctest/doctest.h>

#include <random>

#include "unit/home/setup.hpp"

namespace meterpipe::home_test {
namespace {

// As obis-mqtt wrote it before there were netstrings.
constexpr std::string_view kOlder =
    R"({"id":"4b464d1020039534","meter":"1KFM","manufacturer":"Kaifa","interval":5000000,)"
    R"("components":[)"
    R"({"id":"1_0_1_8_0","source":"1-0:1.8.0","name":"1-0:1.8.0",)"
    R"("topic":"m/1KFM/1-0:1.8.0","unit":"Wh","device_class":"energy",)"
    R"("state_class":"total_increasing","binary":false,"diagnostic":false,"enabled":true,)"
    R"("since_2025":false,"rare":false,"of_bridge":false,"precision":0},)"
    R"({"id":"1_0_2_8_0","source":"1-0:2.8.0","name":"1-0:2.8.0",)"
    R"("topic":"m/1KFM/1-0:2.8.0","unit":"kWh","device_class":"energy",)"
    R"("state_class":"total_increasing","binary":false,"diagnostic":false,"enabled":true,)"
    R"("since_2025":false,"rare":false,"of_bridge":false,"precision":1},)"
    R"({"id":"0_1_24_2_1","source":"0-1:24.2.1","name":"0-1:24.2.1",)"
    R"("topic":"m/1KFM/0-1:24.2.1","unit":"m³","device_class":"volume",)"
    R"("state_class":"total_increasing","binary":false,"diagnostic":false,"enabled":true,)"
    R"("since_2025":false,"rare":false,"of_bridge":false,"precision":3},)"
    R"({"id":"1_0_32_7_0","source":"1-0:32.7.0","name":"Voltage L1",)"
    R"("topic":"m/1KFM/Voltage L1","unit":"V","device_class":"voltage",)"
    R"("state_class":"measurement","binary":false,"diagnostic":false,"enabled":true,)"
    R"("since_2025":false,"rare":false,"of_bridge":false,"precision":1},)"
    R"({"id":"pos_34","source":"pos/34","name":"Value pos/34","topic":"m/1KFM/pos/34",)"
    R"("binary":false,"diagnostic":false,"enabled":false,"since_2025":false,"rare":false,)"
    R"("of_bridge":false}]})";

using Random = std::mt19937_64;

std::string some_text(Random& random, bool may_be_empty = true) {
  std::string text;
  for (auto n = random() % 12 + (may_be_empty ? 0 : 1); n > 0; --n) {
    text += static_cast<char>(random());
  }
  return text;
}

Described some_described(Random& random) {
  Described meter;
  meter.device.id = id_of(some_text(random, false));
  meter.device.meter = some_text(random, false);
  meter.device.manufacturer = some_text(random);
  meter.device.model = some_text(random);
  meter.device.firmware = some_text(random);
  if (random() % 2 == 0) meter.interval = 1 + static_cast<Micros>(random() % (36'500 * kDay));
  for (auto n = random() % 5; n > 0; --n) {
    Component& one = meter.components.emplace_back();
    one.id = id_of(some_text(random, false));
    one.source = some_text(random, false);
    one.topic = some_text(random, false);
    for (std::string* text : {&one.name, &one.value_template, &one.unit, &one.device_class,
                              &one.state_class, &one.icon}) {
      *text = some_text(random);
    }
    for (bool* flag :
         {&one.binary, &one.diagnostic, &one.enabled, &one.since_2025, &one.rare, &one.of_bridge}) {
      *flag = random() % 2 == 0;
    }
    one.precision = static_cast<int>(random() % 22) - 1;
  }
  return meter;
}

}  // namespace

TEST_CASE("described: what was saved is read back, and not what is cut off") {
  Random random(3);
  for (int round = 0; round < 5'000; ++round) {
    const Described meter = some_described(random);
    const std::string text = to_text(meter);
    REQUIRE(text.starts_with("1:2,"));
    REQUIRE_FALSE(is_older_text(text));
    const auto again = described_from(text);
    REQUIRE(again);
    REQUIRE((*again == meter));
    REQUIRE_FALSE(described_from(text.substr(0, random() % text.size())));
    REQUIRE_FALSE(described_from(text + "0:,"));
  }
}

TEST_CASE("described: entities of the diagnostics are not kept, they are always the same") {
  Random random(4);
  Described meter = some_described(random);
  const Described kept = meter;
  const auto all = diagnostic_components("m/diagnostics");
  meter.components.insert(meter.components.begin(), all.begin(), all.end());
  CHECK((described_from(to_text(meter)) == kept));
}

TEST_CASE("described: values that none can have are left alone") {
  Described good;
  good.device = {"m1", "M1", "", "", ""};
  good.components.emplace_back();
  good.components[0].id = "a";
  good.components[0].source = "a";
  good.components[0].topic = "t";
  REQUIRE(described_from(to_text(good)));
  const auto wrong = [&](const auto& change) {
    Described meter = good;
    change(meter);
    return !described_from(to_text(meter));
  };
  CHECK(wrong([](Described& meter) { meter.device.id = "M1"; }));
  CHECK(wrong([](Described& meter) { meter.device.id.clear(); }));
  CHECK(wrong([](Described& meter) { meter.device.meter.clear(); }));
  CHECK(wrong([](Described& meter) { meter.interval = 0; }));
  CHECK(wrong([](Described& meter) { meter.interval = 36'501 * kDay; }));
  CHECK(wrong([](Described& meter) { meter.components[0].id = "A"; }));
  CHECK(wrong([](Described& meter) { meter.components[0].topic.clear(); }));
  CHECK(wrong([](Described& meter) { meter.components[0].precision = 21; }));
  CHECK(wrong([](Described& meter) { meter.components.resize(513, meter.components[0]); }));
}

TEST_CASE("described: what an older version has written is read, and written anew") {
  const auto older = described_from(kOlder);
  REQUIRE(older);
  CHECK(is_older_text(kOlder));
  CHECK((older->device == Device{"4b464d1020039534", "1KFM", "Kaifa", "", ""}));
  CHECK(older->interval == 5 * kS);
  REQUIRE(older->components.size() == 5);
  const Component& gas = older->components[2];
  CHECK(gas.source == "0-1:24.2.1");
  CHECK(gas.topic == "m/1KFM/0-1:24.2.1");
  CHECK(gas.unit == "m³");
  CHECK(gas.device_class == "volume");
  CHECK(gas.precision == 3);
  CHECK(gas.enabled);
  CHECK_FALSE(older->components[4].enabled);
  CHECK(older->components[4].precision == -1);
  CHECK((described_from(to_text(*older)) == older));

  std::map<std::string, std::string> kept;
  const std::string key = "discovery/4b464d1020039534";
  Setup setup;
  setup.home.restore(key, kOlder);
  setup.home.restore("discovery/m2", R"({"id":"m2","meter":"m2","components":[)");
  const state::Persistent::Save save = [&](const std::string& at, const std::string& text) {
    kept[at] = text;
  };
  setup.home.save_changes(save);
  CHECK(kept == std::map<std::string, std::string>{{key, to_text(*older)}});
  kept.clear();
  setup.home.save_changes(save);
  CHECK(kept.empty());
  for (const std::string& text : {std::string(kOlder), to_text(*older)}) {
    Setup after;
    after.home.restore(key, text);
    after.feed(reading(R"("meter":"1KFM",)", kImport));
    const Json config = after.last("homeassistant/device/meterpipe_4b464d1020039534/config");
    CHECK(config["components"]["0_1_24_2_1"]["unit_of_measurement"].text() == "m³");
    CHECK(config["device"]["manufacturer"].text() == "Kaifa");
  }
}

TEST_CASE(
    "described: a text that something happened to is left alone, or gives what passes the rules") {
  const std::string newer = to_text(*described_from(kOlder));
  for (const std::string& text : {std::string(kOlder), newer}) {
    std::size_t read = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
      for (const char c : {'"', '}', 'x', '\0', '+', '1', ':', ','}) {
        std::string broken = text;
        broken[at] = c;
        const auto described = described_from(broken);
        if (!described) continue;
        ++read;
        REQUIRE(described_from(to_text(*described)));
      }
      CHECK_FALSE(described_from(text.substr(0, at)));
    }
    CHECK(read > 100);  // names and such
  }
}

}  // namespace meterpipe::home_test
