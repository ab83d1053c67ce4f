// What Home Assistant is told, and when.
#include "unit/home/setup.hpp"

namespace meterpipe::home_test {

TEST_CASE("sensor classes: what the energy dashboard takes") {
  for (const std::string_view unit : {"Wh", "kWh", "MWh"}) {
    for (const std::string_view obis : {"1-0:1.8.0", "1-0:2.8.0", "1-0:1.8.1", "1-1:2.8.4",
                                        "1-0:21.8.0", "0-0:1.8.0", "1.8.0", "1-0:15.8.0"}) {
      const SensorClass one = number(obis, unit);
      CHECK(one.device_class == "energy");
      CHECK(one.state_class == "total_increasing");
      CHECK(one.unit == unit);
      CHECK(one.enabled);
      CHECK_FALSE(one.diagnostic);
    }
  }
  CHECK(number("1-0:16.8.0", "Wh").state_class == "total");  // less what was delivered
  CHECK(number("1-0:1.8.0*1", "Wh").state_class.empty());    // an earlier period
  CHECK(number("1-0:1.29.0", "Wh").state_class.empty());     // of a quarter of an hour
  CHECK(number("7-0:3.0.0", "m3").device_class == "gas");
  CHECK(number("7-0:3.0.0", "m3").unit == "m³");
  CHECK(number("8-0:1.0.0", "m³").device_class == "water");
  CHECK(number("6-0:1.0.0", "GJ").device_class == "energy");
}

TEST_CASE("sensor classes: heat, water and gas on wired M-Bus") {
  struct Row {
    std::string_view obis, unit, device_class, state_class, home_unit;
  };
  for (const Row& row :
       {Row{"6-0:1.0.0", "Wh", "energy", "total_increasing", "Wh"},
        Row{"6-0:2.0.0", "m3", "volume", "total_increasing", "m³"},
        Row{"6-0:8.0.0", "W", "power", "measurement", "W"},
        Row{"6-0:9.0.0", "m3/h", "volume_flow_rate", "measurement", "m³/h"},
        Row{"6-0:10.0.0", "°C", "temperature", "measurement", "°C"},
        // Home Assistant would make -253 °C of a difference of 20 K.
        Row{"6-0:12.0.0", "K", "", "measurement", "K"},
        Row{"8-0:1.0.0", "m3", "water", "total_increasing", "m³"},
        Row{"9-0:1.0.0", "m3", "water", "total_increasing", "m³"},
        Row{"7-0:3.0.0", "m3", "gas", "total_increasing", "m³"},
        Row{"042b", "W", "power", "measurement", "W"},
        Row{"8e2004", "Wh", "energy", "total_increasing", "Wh"},
        // EN 13757-3: tariff 1; subunit 1; a further one with its key; ABB's "no error"; MWh.
        Row{"841006", "Wh", "energy", "total_increasing", "Wh"},
        Row{"844013", "m3", "volume", "total_increasing", "m³"},
        Row{"844013-2", "m3", "volume", "total_increasing", "m³"},
        Row{"8e80408400", "Wh", "energy", "total_increasing", "Wh"},
        Row{"8440863c", "Wh", "energy", "total_increasing", "Wh"},
        Row{"8420fb00", "Wh", "energy", "total_increasing", "Wh"},
        // A maximum, of the time in error, for each pulse; of a fixed structure.
        Row{"921014", "m3", "volume", "", "m³"}, Row{"bc200f", "J", "energy", "", "J"},
        Row{"049028", "m3", "volume", "", "m³"}, Row{"counter-2", "m3", "volume", "", "m³"}}) {
    CAPTURE(row.obis);
    const SensorClass one = number(row.obis, row.unit);
    CHECK(one.device_class == row.device_class);
    CHECK(one.state_class == row.state_class);
    CHECK(one.unit == row.home_unit);
    CHECK(one.enabled);
  }
  // A heat cost allocator counts units that have no name.
  CHECK(number("4-0:1.0.0", "").state_class == "total_increasing");
  CHECK(number("4-0:1.0.0", "").enabled);
  CHECK_FALSE(number("4-0:1.0.0*1", "").enabled);
  // Storage by DIF and by DIFE: last month's value is not for the start page.
  for (const std::string_view key : {"4413", "c4100413", "840113"}) {
    CHECK_FALSE(number(key, "m3").enabled);
    CHECK(number(key, "m3").state_class.empty());
  }
}

TEST_CASE("sensor classes: powers, voltages, things about the meter") {
  CHECK(number("1-0:1.7.0", "W").device_class == "power");
  CHECK(number("1-0:1.7.0", "kW").state_class == "measurement");
  CHECK(number("1-0:3.7.0", "var").device_class == "reactive_power");
  CHECK(number("1-0:3.8.0", "varh").device_class == "reactive_energy");
  CHECK_FALSE(number("1-0:3.8.0", "varh").enabled);
  CHECK_FALSE(number("6.8.0", "").enabled);
  CHECK(number("6.8.0", "MWh").enabled);  // the energy of an Ultraheat
  CHECK(number("6.8.0", "GJ").state_class == "total_increasing");
  CHECK(number("1-0:9.8.0", "VAh").device_class.empty());
  CHECK(number("1-0:9.8.0", "VAh").unit == "VAh");
  CHECK(number("1-0:13.7.0", "", true).device_class == "power_factor");
  CHECK(number("1-0:13.7.0", "").device_class.empty());  // 964: of a thousand?
  CHECK(number("1-0:14.7.0", "Hz").device_class == "frequency");
  CHECK(number("0-0:96.7.21", "").diagnostic);
  CHECK_FALSE(number("0-0:96.7.21", "").enabled);
  CHECK(number("1-0:3.9.0", "varh").icon.empty());  // the class has one
  CHECK(number("1-0:3.8.0", "").icon == "mdi:counter");
  CHECK(number("0-6:25.9.0", "").icon.empty());  // a push list, no reactive energy
  ValueFacts clock{.obis = "0-0:1.0.0", .key = "0-0:1.0.0", .unit = {}, .kind = Kind::time};
  CHECK(classify(clock).device_class.empty());
  clock.has_zone = true;
  CHECK(classify(clock).device_class == "timestamp");
  CHECK(classify(clock).diagnostic);
}

// Whatever a meter sends: no pair that Home Assistant refuses.
TEST_CASE("sensor classes: every unit with every kind of code passes the rules") {
  std::set<std::string> units{"",    "kWh",  "MWh", "GJ", "MJ", "kW",   "MW",  "kvar", "kvarh",
                              "kVA", "kVAh", "mA",  "mV", "m3", "m3/h", "xyz", "\"",   "dBm"};
  for (unsigned code = 0; code < 256; ++code) {
    units.emplace(cosem::unit_name(static_cast<std::uint8_t>(code)));
  }
  std::size_t entities = 0;
  for (const DiscoveryStyle style : {DiscoveryStyle::device, DiscoveryStyle::entity}) {
    for (const std::string& unit : units) {
      Described meter;
      meter.device.id = "m";
      meter.device.meter = "m";
      meter.availability_topic = "m/a";
      meter.expire_after_s = 30;
      for (const char* a : {"0", "1", "6", "7", "8"}) {
        for (const char* c : {"1", "2", "3", "13", "16", "21", "24", "32", "96"}) {
          for (const char* de : {"2.1", "6.0", "7.0", "8.0", "8.0*1", "9.0"}) {
            for (const cosem::Medium channel : {cosem::Medium::gas, cosem::Medium::water}) {
              ValueFacts facts;
              const std::string obis = std::string(a) + "-0:" + c + "." + de;
              facts.obis = facts.key = obis;
              facts.unit = unit;
              facts.kind = Kind::number;
              facts.channel = channel;
              const SensorClass known = classify(facts);
              Component& one = meter.components.emplace_back();
              one.id = std::to_string(meter.components.size());
              one.topic = "t";
              one.name = obis;
              one.unit = known.unit;
              one.device_class = known.device_class;
              one.state_class = known.state_class;
              one.since_2025 = known.since_2025;
              if (!known.unit.empty()) one.precision = 0;
            }
          }
        }
      }
      DiscoverySettings settings;
      settings.style = style;
      settings.bridge_topic = "b";
      std::vector<test::DiscoveryMessage> messages;
      for (const auto& [topic, payload] : configurations(settings, meter)) {
        messages.push_back({topic, payload});
      }
      const auto report = test::check_discovery(messages);
      for (const auto& finding : report.findings) MESSAGE(finding.rule << ": " << finding.where);
      REQUIRE(report.findings.empty());
      entities += report.entities;
    }
  }
  MESSAGE(entities << " entities");
}

TEST_CASE("manufacturers: by title, logical device name, number") {
  CHECK(manufacturer_of_title("4b464d1020039534") == "Kaifa");
  CHECK(manufacturer_of_title("4c475a6773895451") == "Landis+Gyr");
  CHECK(manufacturer_of_title("0000000000000000").empty());
  CHECK(manufacturer_of_title("4b464d").empty());
  CHECK(manufacturer_of_name("1KFM0200234804") == "Kaifa");
  CHECK(manufacturer_of_name("LGZ1030699000017") == "Landis+Gyr");
  CHECK(manufacturer_of_name("CEZ099002").empty());
  CHECK(manufacturer_of_name("ISKRAEMECO").empty());
}

TEST_CASE("discovery: two wired meters that share an id are two devices, by all that they are") {
  const auto described = [](std::string_view id) {
    record::ReadingRecord reading;
    reading.layout = "mbus";
    reading.id = id;
    Device device;
    device.id = device_id(reading.identity(), "12345678");
    CHECK(describe(reading, device));
    return device;
  };
  const Device heat = described("kam-12345678-27-heat:5"),
               water = described("zri-12345678-1-water:200");
  CHECK(heat.id != water.id);
  CHECK(heat.id == described("kam-12345678-27-heat:6").id);
  CHECK(heat.manufacturer == "Kamstrup");
  CHECK(heat.model == "heat, version 27");
  CHECK(water.manufacturer == "Zenner");
}

TEST_CASE("discovery: one message per meter, all of it within the rules") {
  Setup setup;
  setup.feed(reading(R"("meter":"m1","auth":"none",)",
                     kImport + "," + kVoltage +
                         R"(,{"obis":"0-0:1.0.0","value":"2026-11-22T18:00:00+01:00"},)"
                         R"({"obis":"0-0:96.1.0","value":"M \"1\""},{"pos":34,"value":"text"},)"
                         R"({"pos":35,"value":{"a":[1]}},{"obis":"1-0:99.97.0","hex":"00ff"})"));
  const auto report = setup.check();
  CHECK(report.findings.empty());
  CHECK(report.entities == 9 + 7);
  const Json config = setup.last(kConfig);
  CHECK(config["device"].raw() ==
        R"({"identifiers":["meterpipe_m1"],"name":"Smart meter m1","serial_number":"m1"})");
  CHECK(config["availability"].raw() == R"([{"topic":"m/bridge"},{"topic":"m/m1/availability"}])");
  CHECK(config["availability_mode"].text() == "all");
  const Json energy = config["components"]["1_0_1_8_0"];
  CHECK(energy["unique_id"].text() == "meterpipe_m1_1_0_1_8_0");
  CHECK(energy["default_entity_id"].text() == "sensor.meterpipe_m1_1_0_1_8_0");
  CHECK(energy["state_topic"].text() == "m/m1/1-0:1.8.0");
  CHECK(energy["expire_after"].raw() == "3600");
  CHECK(energy["suggested_display_precision"].raw() == "0");
  CHECK_FALSE(energy["value_template"].present());
  CHECK(config["components"]["1_0_32_7_0"]["suggested_display_precision"].raw() == "1");
  CHECK(config["components"]["0_0_1_0_0"]["device_class"].text() == "timestamp");
  CHECK(config["components"]["pos_34"]["enabled_by_default"].raw() == "false");
  CHECK(config["components"]["pos_35"]["enabled_by_default"].raw() == "false");
}

TEST_CASE("discovery: values whose payload is no plain number have a template") {
  const std::string record =
      reading(R"("meter":"m1",)", kImport + R"(,{"pos":34,"value":7},{"pos":35,"hex":"0a01"},)"
                                            R"({"pos":"3.2","value":8},)"
                                            R"({"key":"82402b-2","value":-202,"unit":"W"})");
  const auto component = [&](auto change, const char* id) {
    Setup setup;
    change(setup.fake);
    setup.feed(record);
    CHECK(setup.check().findings.empty());
    return setup.last(kConfig)["components"][id];
  };
  const auto unit = component([](Fake& fake) { fake.has_unit = true; }, "1_0_1_8_0");
  CHECK(unit["value_template"].text() == "{{ value.split(' ')[0] }}");
  const auto json = component([](Fake& fake) { fake.is_json = true; }, "pos_34");
  CHECK(json["value_template"].text() == "{{ value_json.value }}");
  const auto without = [](Fake& fake) { fake.own_topics = false, fake.json_topic = "m/j"; };
  const auto whole = component(without, "1_0_1_8_0");
  CHECK(whole["state_topic"].text() == "m/j");
  CHECK(whole["value_template"].text() ==
        "{{ value_json['values'] | selectattr('obis','eq','1-0:1.8.0') | "
        "map(attribute='value') | first | default('') }}");
  CHECK(component(without, "pos_34")["value_template"].text().find("'pos','eq',34)") !=
        std::string::npos);
  CHECK(component(without, "pos_3_2")["value_template"].text().find("'pos','eq','3.2')") !=
        std::string::npos);
  CHECK(component(without, "pos_35")["value_template"].text().find("map(attribute='hex')") !=
        std::string::npos);
  // A wired meter's value without a code.
  CHECK(component(without, "82402b_2")["value_template"].text().find("'key','eq','82402b-2')") !=
        std::string::npos);
  // Neither: there is nothing to read it from.
  CHECK_FALSE(component([](Fake& fake) { fake.own_topics = false; }, "1_0_1_8_0").present());
}

TEST_CASE("discovery: times need a zone to be timestamps") {
  const auto clock = [](TimeForm form, const char* value) {
    HomeAssistantPlan plan = plan_of(DiscoveryMode::live, DiscoveryStyle::device);
    plan.time_form = form;
    Setup setup(std::move(plan));
    setup.feed(reading(R"("meter":"m1",)",
                       R"({"obis":"0-0:1.0.0","value":")" + std::string(value) + "\"}"));
    CHECK(setup.check().findings.empty());
    return setup.last(kConfig)["components"]["0_0_1_0_0"];
  };
  CHECK(clock(TimeForm::as_meter, "2026-11-22T18:00:00Z")["device_class"].present());
  CHECK(clock(TimeForm::as_meter, "2026-11-22T18:00:00-02:00")["device_class"].present());
  CHECK_FALSE(clock(TimeForm::as_meter, "2026-11-22T18:00:00")["device_class"].present());
  CHECK(clock(TimeForm::with_zone, "2026-11-22T18:00:00")["device_class"].present());
  CHECK_FALSE(clock(TimeForm::without_zone, "2026-11-22T18:00:00Z")["device_class"].present());
  CHECK(clock(TimeForm::epoch_ms, "2026-11-22T18:00:00")["value_template"].text() ==
        "{{ (value | float / 1000) | as_datetime }}");
}

TEST_CASE("discovery: said once, again for a new value, never for one that stays away") {
  HomeAssistantPlan plan = plan_of(DiscoveryMode::live, DiscoveryStyle::device);
  plan.watchdog.given_interval = kS;  // nothing to learn
  Setup setup(std::move(plan));
  const std::string meter = R"("meter":"m1",)";
  setup.feed(reading(meter, kImport + "," + kVoltage, 0));
  const Lines first = setup.sent();
  REQUIRE(first.size() == 3);
  CHECK(first[0] == kConfig);
  CHECK(first[1].starts_with("m/m1/diagnostics {"));
  CHECK(first[2] == "m/m1/availability online");
  for (int i = 1; i < 20; ++i) setup.feed(reading(meter, kImport + "," + kVoltage, i));
  for (const std::string& line : setup.sent()) CHECK(line.starts_with("m/m1/diagnostics {"));
  // Null: not yet.
  setup.feed(
      reading(meter, kImport + "," + kVoltage + R"(,{"obis":"1-0:2.8.0","value":null})", 20));
  CHECK(setup.sent().size() == 1);
  setup.feed(reading(
      meter, kImport + "," + kVoltage + R"(,{"obis":"1-0:2.8.0","value":5,"unit":"Wh"})", 21));
  CHECK(setup.last(kConfig)["components"]["1_0_2_8_0"].present());
  CHECK_FALSE(setup.last(kConfig)["components"]["1_0_2_8_0"]["expire_after"].present());
  CHECK(setup.sent().size() == 2);
  // Without the voltage: it stays, and does not expire any more. Said once.
  setup.feed(reading(meter, kImport, 22));
  const Json voltage = setup.last(kConfig)["components"]["1_0_32_7_0"];
  CHECK(voltage.present());
  CHECK_FALSE(voltage["expire_after"].present());
  CHECK(setup.last(kConfig)["components"]["1_0_1_8_0"]["expire_after"].present());
  CHECK(setup.sent().size() == 2);
  for (int i = 23; i < 30; ++i) setup.feed(reading(meter, kImport, i));
  CHECK(setup.sent().size() == 7);
}

TEST_CASE("discovery: values published on change never expire, after two messages that say so") {
  Setup setup;
  std::vector<std::string> all;
  for (int i = 0; i < 30; ++i) {
    all.push_back(R"({"obis":"1-0:)" + std::to_string(i + 1) + R"(.7.0","value":1,"unit":"W"})");
  }
  std::string joined;
  for (const std::string& one : all) joined += (joined.empty() ? "" : ",") + one;
  setup.feed(reading(R"("meter":"m1",)", joined));
  std::size_t configs = 0;
  for (int i = 1; i <= 30; ++i) {
    setup.sent();
    setup.feed(reading(R"("meter":"m1",)", all[static_cast<std::size_t>(i) - 1], i));
    for (const std::string& line : setup.sent()) configs += line == kConfig ? 1 : 0;
  }
  CHECK(configs == 2);
  setup.home.birth();
  for (int i = 0; i < 30; ++i) {
    const Json one = setup.last(kConfig)["components"]["1_0_" + std::to_string(i + 1) + "_7_0"];
    CHECK(one.present());
    CHECK_FALSE(one["expire_after"].present());
  }
}

TEST_CASE("discovery: keys that an id does not tell apart") {
  Setup setup;
  setup.feed(reading(R"("meter":"m1",)", R"({"obis":"1-0:1.8.0","value":1},)"
                                         R"({"obis":"1_0:1.8.0","value":2})"));
  CHECK(setup.check().findings.empty());
  CHECK(setup.last(kConfig)["components"]["1_0_1_8_0_2"].present());
}

TEST_CASE("discovery: a device's id is as long as topics may be, and one meter's alone") {
  const std::string a(70'000, 'x'), b(70'001, 'x');
  CHECK(device_id("", a).size() < 120);
  CHECK(device_id("", a) != device_id("", b));
  CHECK(device_id("", "x1") == "x1");
  CHECK(device_id("", "a-b") != device_id("", "a_b"));
  CHECK(device_id("4B464D1020039534", a) == "4b464d1020039534");
}

TEST_CASE("discovery: entity style sends what is new only, without classes of 2025") {
  Setup setup(DiscoveryStyle::entity);
  const std::string reactive = R"({"obis":"1-0:3.8.0","value":5,"unit":"varh"})";
  setup.feed(reading(R"("meter":"m1",)", kImport + "," + reactive));
  CHECK(setup.check().findings.empty());
  const std::string prefix = "homeassistant/sensor/meterpipe_m1/";
  CHECK(setup.last(prefix + "1_0_1_8_0/config")["object_id"].text() == "meterpipe_m1_1_0_1_8_0");
  CHECK_FALSE(setup.last(prefix + "1_0_3_8_0/config")["device_class"].present());
  CHECK(setup.last("homeassistant/binary_sensor/meterpipe_m1/diag_problem/config").present());
  CHECK(setup.sent().size() == 11 + 2);
  setup.feed(reading(R"("meter":"m1",)", kImport + "," + reactive + "," + kVoltage, 1));
  const Lines lines = setup.sent();
  REQUIRE(lines.size() == 2);
  CHECK(lines[0] == prefix + "1_0_32_7_0/config");
}

TEST_CASE("discovery: what is too large for the broker becomes an entity each, then abbreviated") {
  Setup setup;
  setup.feed(reading(R"("meter":"m1",)", kImport + "," + kVoltage));
  const Json whole = setup.last(kConfig);
  setup.sent();
  const auto size_of_largest = [&] {
    std::size_t largest = 0;
    for (const mqtt::Message& message : setup.kept.messages) {
      largest = std::max(largest, message.topic().size() + message.payload().size());
    }
    return largest;
  };
  setup.home.limit_packets(100'000);
  CHECK(setup.sent().empty());
  setup.home.limit_packets(1500);
  CHECK(setup.check().findings.empty());
  const std::size_t largest = size_of_largest();
  CHECK(largest < 1500 - 64);
  const std::string voltage = "homeassistant/sensor/meterpipe_m1/1_0_32_7_0/config";
  const Json one = setup.last(voltage);
  CHECK(one["unique_id"].text() == whole["components"]["1_0_32_7_0"]["unique_id"].text());
  CHECK(one["unit_of_measurement"].text() == "V");
  Lines lines = setup.sent();
  REQUIRE(lines.size() == 12);
  CHECK(lines[0] == "homeassistant/device/meterpipe_m1/config ");  // or both describe it
  // Nothing of it comes again but what is new, or all of it with Home Assistant.
  setup.feed(reading(R"("meter":"m1",)", kImport + "," + kVoltage, 1));
  CHECK(setup.sent().size() == 1);
  setup.home.birth();
  CHECK(setup.sent().size() == 12 + 2);
  // Abbreviated: what Home Assistant makes of it is the same.
  setup.home.limit_packets(64 + largest - 1);
  CHECK(size_of_largest() < largest);
  const Json brief = setup.last(voltage);
  for (const auto& [name, abbreviation] :
       {std::pair("unique_id", "uniq_id"), std::pair("state_topic", "stat_t"),
        std::pair("unit_of_measurement", "unit_of_meas"), std::pair("device_class", "dev_cla"),
        std::pair("state_class", "stat_cla"), std::pair("object_id", "obj_id"),
        std::pair("availability_mode", "avty_mode")}) {
    CHECK_FALSE(brief[name].present());
    CHECK(brief[abbreviation].text() == one[name].text());
  }
  CHECK(brief["dev"]["ids"].raw() == one["device"]["identifiers"].raw());
  CHECK(brief["avty"].elements().at(0)["t"].text() == "m/bridge");
  lines = setup.sent();
  CHECK(lines.size() == 11);
}

TEST_CASE("discovery: on Home Assistant's birth all of it comes again") {
  Setup setup;
  setup.home.birth();
  CHECK(setup.sent().empty());
  setup.feed(reading(R"("meter":"m1",)", kImport));
  const Lines first = setup.sent();
  setup.home.birth();
  Lines again = setup.sent();
  REQUIRE(again.size() == 3);
  CHECK(again == Lines{first[0], first[2], first[1]});
}

TEST_CASE("discovery: what an earlier run knew stays") {
  std::map<std::string, std::string> kept;
  const state::Persistent::Save save = [&](const std::string& key, const std::string& text) {
    kept[key] = text;
  };
  Setup before;
  before.feed(reading(R"("id":"4b464d1020039534:1","meter":"m1",)", kImport + "," + kVoltage));
  before.home.save_changes(save);
  REQUIRE(kept.size() == 1);
  const std::string key = kept.begin()->first, text = kept.begin()->second;
  CHECK(key == "discovery/4b464d1020039534");
  kept.clear();
  before.home.save_changes(save);
  CHECK(kept.empty());

  Setup after;
  after.home.restore("schedule/x", text);
  after.home.restore(key, text);
  CHECK(after.sent().empty());
  after.feed(reading(R"("meter":"m1",)", kImport, 60));  // no title this time
  const Json config = after.last("homeassistant/device/meterpipe_4b464d1020039534/config");
  CHECK(config["components"]["1_0_32_7_0"]["unit_of_measurement"].text() == "V");
  CHECK(config["device"]["manufacturer"].text() == "Kaifa");
  CHECK(after.check().findings.empty());
}

TEST_CASE("availability: online with the first message, offline by the clock, online again") {
  Setup setup;
  const std::string meter = R"("meter":"m1",)";
  for (int i = 0; i < 5; ++i) setup.feed(reading(meter, kImport, 10 * i));
  setup.sent();
  CHECK(setup.home.next_tick() == 0);
  setup.home.tick(1'000);
  CHECK(setup.home.next_tick() == 51'000);
  setup.home.tick(50'999);
  CHECK(setup.sent().empty());
  setup.home.tick(51'000);
  CHECK(setup.sent() == Lines{"m/m1/availability offline"});
  CHECK_FALSE(setup.home.next_tick());
  setup.home.tick(500'000);
  CHECK(setup.sent().empty());
  setup.feed(error_record(50));  // no message of the meter
  CHECK(setup.sent().size() == 1);
  setup.home.birth();
  CHECK(setup.sent()[1] == "m/m1/availability offline");
  setup.feed(reading(meter, kImport, 600));
  CHECK(setup.sent()[1] == "m/m1/availability online");
  // Also when its values are held back.
  setup.home.tick(600'000);
  setup.home.tick(900'000);
  setup.sent();
  setup.fake.hold = true;
  setup.feed(reading(meter, kImport, 900));
  CHECK(setup.sent() == Lines{"m/m1/availability online"});
}

TEST_CASE("availability: what is old is not retained, until something new comes") {
  Setup setup;
  setup.now += 7200 * kS;
  setup.feed(reading(R"("meter":"m1",)", kImport, 0));
  setup.feed(reading(R"("meter":"m1",)", kImport, 1));
  const Lines lines = setup.sent();
  REQUIRE(lines.size() == 4);
  CHECK(lines[0] == kConfig);
  CHECK(lines[1].starts_with("-m/m1/diagnostics"));
  CHECK(lines[2] == "-m/m1/availability online");
  CHECK(lines[3].starts_with("-m/m1/diagnostics"));
  setup.feed(reading(R"("meter":"m1",)", kImport, 7200));
  CHECK(setup.sent()[1] == "m/m1/availability online");
}

TEST_CASE("diagnostics: counts, the last error, the state of authentication") {
  Setup setup;
  const std::string meter = R"("id":"4b464d1020039534:17","meter":"m1","auth":"verified",)";
  for (int i = 0; i < 4; ++i) setup.feed(reading(meter, kImport, 5 * i));
  CHECK(
      setup.last("m/m1/diagnostics").raw() ==
      R"({"last":"2026-11-22T17:00:15.000000Z","messages":4,"errors":0,"refused":0,)"
      R"("last_error":null,"auth":"verified","counter":17,"interval":5,"problem":false,"reason":null})");
  setup.feed(error_record(20));
  const Json after = setup.last("m/m1/diagnostics");
  CHECK(after["errors"].raw() == "1");
  CHECK(after["problem"].raw() == "true");
  CHECK(after["last_error"].text() == "tag-failed");
  setup.feed(reading(meter, kImport, 25));
  CHECK(setup.last("m/m1/diagnostics")["problem"].raw() == "false");
  record::Line line;
  const std::string text = reading(meter, kImport, 30);
  REQUIRE(line.parse(text));
  record::ReadingRecord record;
  REQUIRE(record::read(line, record));
  setup.home.refused(record, setup.meters.heard("m1"), "the counter runs backwards");
  CHECK(setup.last("m/m1/diagnostics")["refused"].raw() == "1");
  CHECK(setup.last("m/m1/diagnostics")["last_error"].text() == "the counter runs backwards");
}

TEST_CASE("discovery: a value that is null at a time is unknown then, a text empty") {
  Setup setup;
  const std::string voltage = R"({"obis":"1-0:32.7.0","name":"Voltage L1","value":)";
  const std::string text = R"({"obis":"0-0:96.13.0","name":"Message","value":)";
  setup.feed(reading(R"("meter":"m1",)", voltage + R"(230,"unit":"V"},)" + text + R"("on"})"));
  CHECK_FALSE(setup.last(kConfig)["components"]["1_0_32_7_0"]["value_template"].present());
  setup.sent();
  setup.feed(reading(R"("meter":"m1",)", voltage + "null}," + text + "null}", 1));
  CHECK(setup.check().findings.empty());
  const Json all = setup.last(kConfig)["components"];
  CHECK(all["1_0_32_7_0"]["value_template"].text() == "{{ value if value | is_number else None }}");
  CHECK(all["0_0_96_13_0"]["value_template"].text() == "{{ '' if value == 'null' else value }}");
  setup.sent();
  setup.feed(reading(R"("meter":"m1",)", voltage + "null}," + text + "null}", 2));
  CHECK(setup.sent().size() == 1);  // diagnostics
  // With the unit in the payload, and null before it was anything else.
  Setup units;
  units.fake.has_unit = true;
  units.feed(reading(R"("meter":"m1",)", voltage + "null}"));
  units.feed(reading(R"("meter":"m1",)", voltage + R"(230,"unit":"V"})", 1));
  CHECK(units.last(kConfig)["components"]["1_0_32_7_0"]["value_template"].text() ==
        "{% set number = value.split(' ')[0] %}{{ number if number | is_number else None }}");
}

TEST_CASE("discovery: a meter that cannot be read is shown by its title, until it can be") {
  Setup setup;
  const std::string config = "homeassistant/device/meterpipe_4b464d1020039534/config";
  setup.feed(R"({"v":1,"t":"error","src":"tty0","security":{"title":"4b464d1020039534"},)"
             R"("code":"wrong-key","text":"no APDU"})");
  CHECK(setup.check().findings.empty());
  CHECK(setup.last(config)["components"]["diag_problem"].present());
  const Json failing = setup.last("m/4b464d1020039534/diagnostics");
  CHECK(failing["problem"].raw() == "true");
  CHECK(failing["reason"].text().starts_with("no APDU; always: check the EK"));
  setup.sent();
  // Read: the same device, under its number; what was said under the title is taken back.
  setup.feed(reading(R"("id":"4b464d1020039534:17","meter":"m1","auth":"verified",)", kImport));
  CHECK(setup.check().findings.empty());
  const Json described = setup.last(config);
  CHECK(described["device"]["serial_number"].text() == "m1");
  CHECK(described["components"]["diag_problem"]["state_topic"].text() == "m/m1/diagnostics");
  CHECK(setup.last("m/m1/diagnostics")["reason"].is_null());
  const Lines lines = setup.sent();
  CHECK(std::ranges::count(lines, "m/4b464d1020039534/diagnostics ") == 1);
}

TEST_CASE("diagnostics: a storm of errors is one message a second") {
  Setup setup;
  setup.feed(reading(R"("meter":"m1",)", kImport, 0));
  setup.sent();
  for (int i = 0; i < 1000; ++i) setup.feed(error_record(10));
  CHECK(setup.sent().size() == 1);
  for (int i = 0; i < 1000; ++i) setup.feed(error_record(5));  // of before: no way round it
  CHECK(setup.sent().empty());
  CHECK(setup.home.next_tick() == 0);
  setup.home.tick(1'000);
  setup.home.tick(1'999);
  CHECK(setup.sent().empty());
  setup.home.tick(2'000);
  CHECK(setup.last("m/m1/diagnostics")["errors"].raw() == "2000");
  CHECK(setup.sent().size() == 1);
  // Without times: one until the next reading or the end.
  const std::string timeless =
      R"({"v":1,"t":"error","src":"m2","by":"x","code":"noise","text":"x"})";
  for (int i = 0; i < 10; ++i) setup.feed(timeless);
  CHECK(setup.sent().size() == 1);
  setup.home.end();
  CHECK(setup.last("m/m2/diagnostics")["errors"].raw() == "10");
}

TEST_CASE("modes: dump, remove, without discovery") {
  Setup dump(DiscoveryStyle::device, DiscoveryMode::dump);
  dump.feed(reading(R"("meter":"m1",)", kImport));
  dump.feed(reading(R"("meter":"m1",)", kImport + "," + kVoltage, 1));
  dump.feed(error_record(5));
  CHECK(dump.sent().empty());
  dump.home.end();
  CHECK(dump.last(kConfig)["components"]["1_0_32_7_0"].present());
  CHECK(dump.sent() == Lines{kConfig});

  HomeAssistantPlan plan = plan_of(DiscoveryMode::remove, DiscoveryStyle::device);
  plan.remove_meters = {"X-1"};
  Setup remove(std::move(plan));
  remove.feed(reading(R"("meter":"m1",)", kImport));
  remove.home.end();
  // The entities' too, where a small broker took none of a whole meter.
  Lines removed = remove.sent();
  const auto entities = std::erase_if(removed, [](const std::string& line) {
    return line.find("sensor/meterpipe_m1/") != std::string::npos && line.ends_with("/config ");
  });
  CHECK(entities == 10);
  CHECK(removed == Lines{kConfig + " ",
                         "homeassistant/device/meterpipe_x_1_" + hash_of("X-1") + "/config ",
                         "m/X-1/availability ", "m/X-1/diagnostics ", "m/m1/availability ",
                         "m/m1/diagnostics "});
  HomeAssistantPlan by_title = plan_of(DiscoveryMode::remove, DiscoveryStyle::device);
  by_title.remove_meters = {"4B464D1020039534"};
  Setup titled(std::move(by_title));
  titled.home.end();
  CHECK(titled.sent() == Lines{"homeassistant/device/meterpipe_4b464d1020039534/config "});
  Setup each(DiscoveryStyle::entity, DiscoveryMode::remove);
  each.feed(reading(R"("meter":"m1",)", kImport));
  each.home.end();
  CHECK(each.sent().size() == 10 + 2);

  Setup off(DiscoveryStyle::device, DiscoveryMode::off);
  off.feed(reading(R"("meter":"m1",)", kImport));
  off.home.birth();
  const Lines lines = off.sent();
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].starts_with("m/m1/diagnostics"));
  CHECK(lines[1] == "m/m1/availability online");
}

TEST_CASE("discovery: what was kept of a meter that is forgotten goes with it") {
  Setup setup(plan_of(DiscoveryMode::live, DiscoveryStyle::device), 100);
  std::map<std::string, std::string> kept;
  const auto take = [&] {
    setup.home.save_changes([&](const std::string& key, const std::string& text) {
      if (text.empty()) {
        CHECK(kept.erase(key) == 1);
      } else {
        kept[key] = text;
      }
    });
  };
  const auto configs = [&](int first, int last) {
    for (int i = first; i < last; ++i) {
      setup.feed(reading(R"("meter":")" + std::to_string(i) + "\",", kImport, i));
      take();
    }
    std::size_t n = 0;
    for (const std::string& line : setup.sent()) n += line.starts_with("homeassistant") ? 1 : 0;
    return n;
  };
  CHECK(configs(0, 110) == 110);
  CHECK(kept.size() == 100);
  CHECK_FALSE(kept.contains("discovery/9"));
  CHECK(kept.contains("discovery/10"));
  CHECK(configs(10, 110) == 0);  // known
  CHECK(configs(0, 1) == 1);     // as new
  // Only those that are known fall silent, in the order of their names.
  setup.home.tick(0);
  setup.home.tick(10'000'000);
  const Lines lines = setup.sent();
  CHECK(lines.size() == 100);
  CHECK(lines[0] == "m/0/availability offline");
  CHECK(lines[1] == "m/100/availability offline");
  CHECK(lines[99] == "m/99/availability offline");
}

}  // namespace meterpipe::home_test
