// What Home Assistant is told of times of expiry, names, ids, availability and of values that
// become something else, and after a restart.
#include <algorithm>

#include "unit/home/setup.hpp"

namespace meterpipe::home_test {

namespace {

// What values expire after, as it was last sent; and how often something was.
struct Expiry {
  Setup& setup;
  std::size_t configs = 0;
  std::string text;
  void look() {
    const Json config = setup.last(kConfig);
    for (const std::string& line : setup.sent()) configs += line == kConfig ? 1 : 0;
    if (config.present()) text = config["components"]["1_0_1_8_0"]["expire_after"].raw();
  }
  long long seconds() const { return std::stoll(text); }
};

}  // namespace

TEST_CASE("expiry: follows the interval, never below the limit, a few times only") {
  for (const int interval : {1, 5, 60, 900, 86400}) {
    CAPTURE(interval);
    Setup setup;
    Expiry expiry{setup, 0, {}};
    for (int i = 0; i < 40; ++i) {
      setup.feed(reading(R"("meter":"m1",)", kImport, i * interval));
      expiry.look();
      if (i == 0) CHECK(expiry.text == "3600");
      if (i >= 2) CHECK(expiry.seconds() > interval);
    }
    const long long limit = std::max(30, 5 * interval);
    CHECK(expiry.seconds() >= limit);
    CHECK(expiry.seconds() <= 4 * limit);
    CHECK(expiry.configs <= 3);
  }
  // A meter that changes its mind each hour: longer as often as must be, shorter three times.
  Setup setup;
  Expiry expiry{setup, 0, {}};
  int second = 0;
  for (int i = 0; i < 400; ++i) {
    setup.feed(reading(R"("meter":"m1",)", kImport, second += i / 20 % 2 == 0 ? 5 : 3600));
    expiry.look();
  }
  CHECK(expiry.configs <= 10);
  CHECK(expiry.seconds() >= 5 * 3600);
}

TEST_CASE("expiry: a schedule makes values live longer from the first message on") {
  HomeAssistantPlan plan = plan_of(DiscoveryMode::live, DiscoveryStyle::device);
  plan.publish_interval = 7200 * kS;
  Setup setup(std::move(plan));
  Expiry expiry{setup, 0, {}};
  setup.feed(reading(R"("meter":"m1",)", kImport, 0));
  expiry.look();
  CHECK(expiry.seconds() == 5 * 7200);
  for (int slot = 1; slot < 10; ++slot) {
    setup.fake.hold = true;
    for (int i = 0; i < 50; ++i) {
      setup.feed(reading(R"("meter":"m1",)", kImport, slot * 7200 - 500 + i * 10));
    }
    setup.fake.hold = false;
    setup.feed(reading(R"("meter":"m1",)", kImport, slot * 7200));
    expiry.look();
  }
  CHECK(expiry.seconds() >= 5 * 7200);
  CHECK(expiry.configs <= 3);

  HomeAssistantPlan fixed = plan_of(DiscoveryMode::live, DiscoveryStyle::device);
  fixed.watchdog.given_interval = 10 * kS;
  fixed.publish_interval = 60 * kS;
  Setup given(std::move(fixed));
  given.feed(reading(R"("meter":"m1",)", kImport, 0));
  CHECK(given.last(kConfig)["components"]["1_0_1_8_0"]["expire_after"].raw() == "350");

  HomeAssistantPlan never = plan_of(DiscoveryMode::live, DiscoveryStyle::device);
  never.values_expire = false;
  Setup changes(std::move(never));
  for (int i = 0; i < 9; ++i) changes.feed(reading(R"("meter":"m1",)", kImport, 5 * i));
  const Json one = changes.last(kConfig)["components"]["1_0_1_8_0"];
  CHECK(one.present());
  CHECK_FALSE(one["expire_after"].present());
}

TEST_CASE("restart: the interval is known, and a meter that is dead is offline") {
  for (const DiscoveryMode mode : {DiscoveryMode::live, DiscoveryMode::off}) {
    std::map<std::string, std::string> kept;
    const state::Persistent::Save save = [&](const std::string& key, const std::string& text) {
      kept[key] = text;
    };
    Setup before(DiscoveryStyle::device, mode);
    std::size_t saved = 0;
    for (int i = 0; i < 50; ++i) {
      before.feed(reading(R"("meter":"m1",)", kImport, 300 * i + i % 7));
      kept.clear();
      before.home.save_changes(save);
      saved += kept.size();
      if (i == 0) REQUIRE(saved == 1);
    }
    CHECK(saved <= 3);  // not with each message
    kept.clear();
    before.feed(reading(R"("meter":"m2",)", kImport, 0));
    for (int i = 0; i < 9; ++i) before.feed(reading(R"("meter":"m2",)", kImport, 300 * i));
    before.home.save_changes(save);
    REQUIRE(kept.size() == 1);

    Setup after(DiscoveryStyle::device, mode);
    after.home.restore(kept.begin()->first, kept.begin()->second);
    CHECK(after.home.next_tick() == 0);
    after.home.tick(1'000'000);
    CHECK(after.home.next_tick() == 1'000'000 + 5 * 300'000);
    after.home.tick(1'000'000 + 5 * 300'000 - 1);
    CHECK(after.sent().empty());
    after.home.tick(1'000'000 + 5 * 300'000);
    CHECK(after.sent() == Lines{"m/m2/availability offline"});
    after.feed(reading(R"("meter":"m2",)", kImport, 9000));
    if (mode == DiscoveryMode::live) {
      const Json config = after.last("homeassistant/device/meterpipe_m2/config");
      CHECK(config["components"]["1_0_1_8_0"]["expire_after"].raw() == "3000");
    }
    const Lines lines = after.sent();
    CHECK(lines.back() == "m/m2/availability online");
  }
}

TEST_CASE("names: unique in their device, whatever came first") {
  const std::string a = R"({"obis":"1-0:1.8.0","name":"Energy","value":1,"unit":"Wh"})";
  const std::string b = R"({"obis":"1-0:1.8.1","name":"Energy","value":2,"unit":"Wh"})";
  const std::string c = R"({"obis":"1-0:2.8.0","name":"Return","value":3,"unit":"Wh"})";
  const std::string d = R"({"obis":"1-0:9.9.9","name":"Errors","value":3})";  // as of diagnostics
  for (const std::string& values :
       {a + "," + b + "," + c + "," + d, d + "," + c + "," + b + "," + a}) {
    Setup setup;
    setup.feed(reading(R"("meter":"m1",)", values));
    const Json all = setup.last(kConfig)["components"];
    CHECK(all["1_0_1_8_0"]["name"].text() == "Energy 1-0:1.8.0");
    CHECK(all["1_0_1_8_1"]["name"].text() == "Energy 1-0:1.8.1");
    CHECK(all["1_0_2_8_0"]["name"].text() == "Return");
    CHECK(all["1_0_9_9_9"]["name"].text() == "Errors 1-0:9.9.9");
    CHECK(all["diag_errors"]["name"].text() == "Errors");
  }
  // The second one comes later: both are told, also entity by entity.
  Setup setup(DiscoveryStyle::entity);
  setup.feed(reading(R"("meter":"m1",)", a));
  setup.sent();
  setup.feed(reading(R"("meter":"m1",)", a + "," + b, 1));
  const std::string prefix = "homeassistant/sensor/meterpipe_m1/";
  CHECK(setup.last(prefix + "1_0_1_8_0/config")["name"].text() == "Energy 1-0:1.8.0");
  CHECK(setup.last(prefix + "1_0_1_8_1/config")["name"].text() == "Energy 1-0:1.8.1");
}

TEST_CASE("ids: those of names without a title do not depend on who comes first") {
  std::map<std::string, std::string> first;  // name -> topic
  const Lines names{"a-b", "a_b", "A b", "a_B", "ab", "A-B"};
  for (const bool reverse : {false, true}) {
    std::set<std::string> topics;
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::string& name = names[reverse ? names.size() - 1 - i : i];
      Setup setup;  // alone, and the same among all
      setup.feed(reading(R"("meter":")" + name + "\",", kImport));
      const std::string topic = setup.sent().at(0);
      topics.insert(topic);
      CHECK(first.emplace(name, topic).first->second == topic);
    }
    CHECK(topics.size() == names.size());
    Setup all;
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::string& name = names[reverse ? names.size() - 1 - i : i];
      all.feed(reading(R"("meter":")" + name + "\",", kImport));
      CHECK(all.sent().at(0) == first[name]);
    }
  }
  CHECK(first["a_b"] == "homeassistant/device/meterpipe_a_b/config");
}

TEST_CASE("availability: without the bridge; diagnostics are available always") {
  for (const DiscoveryStyle style : {DiscoveryStyle::device, DiscoveryStyle::entity}) {
    HomeAssistantPlan plan = plan_of(DiscoveryMode::live, style);
    plan.discovery.bridge_topic.clear();
    Setup setup(std::move(plan));
    setup.feed(reading(R"("meter":"m1",)", kImport));
    CHECK(setup.check().findings.empty());
    const bool is_device = style == DiscoveryStyle::device;
    const std::string prefix = "homeassistant/sensor/meterpipe_m1/";
    const Json components = setup.last(kConfig)["components"];
    const Json value =
        is_device ? components["1_0_1_8_0"] : setup.last(prefix + "1_0_1_8_0/config");
    const Json errors =
        is_device ? components["diag_errors"] : setup.last(prefix + "diag_errors/config");
    CHECK(value["availability"].raw() == R"([{"topic":"m/m1/availability"}])");
    CHECK(errors.present());
    CHECK_FALSE(errors["availability"].present());
    CHECK_FALSE(setup.last(kConfig)["availability"].present());
  }
}

TEST_CASE("discovery: a value that comes in another unit is described anew, one without is not") {
  const auto energy = [](const std::string& value, const std::string& unit) {
    return R"({"obis":"1-0:1.8.0","name":"Import","value":)" + value +
           (unit.empty() ? "}" : R"(,"unit":")" + unit + "\"}");
  };
  for (const DiscoveryStyle style : {DiscoveryStyle::device, DiscoveryStyle::entity}) {
    Setup setup(style);
    const auto described = [&] {
      const bool is_device = style == DiscoveryStyle::device;
      return is_device ? setup.last(kConfig)["components"]["1_0_1_8_0"]
                       : setup.last("homeassistant/sensor/meterpipe_m1/1_0_1_8_0/config");
    };
    auto next = [&, second = 0](const std::string& value, const std::string& unit) mutable {
      setup.feed(reading(R"("meter":"m1",)", energy(value, unit), second += 5));
    };
    next("1327456", "");
    CHECK_FALSE(described()["unit_of_measurement"].present());
    const std::string id = described()["unique_id"].text();
    next("1327456", "Wh");
    CHECK(described()["unit_of_measurement"].text() == "Wh");
    CHECK(described()["device_class"].text() == "energy");
    CHECK(described()["state_class"].text() == "total_increasing");
    next("1327.457", "kWh");
    CHECK(described()["unit_of_measurement"].text() == "kWh");
    CHECK(described()["suggested_display_precision"].raw() == "3");
    CHECK(described()["unique_id"].text() == id);
    next("1327458", "");
    next("1327.459", "kWh");
    CHECK(described()["unit_of_measurement"].text() == "kWh");
    CHECK(setup.check().findings.empty());
  }
}

TEST_CASE("discovery: a number that is a text at a time is unknown then") {
  const std::string energy = R"({"obis":"1-0:1.8.0","name":"Import","value":)";
  const std::string number = energy + R"(7.1,"unit":"kWh"})", text = energy + R"x("(ER11)"})x";
  const std::string id = "1_0_1_8_0";
  struct Case {
    bool has_unit, is_json;
    std::string then;
  };
  for (const Case& one :
       {Case{false, false, "{{ value if value | is_number else None }}"},
        Case{true, false,
             "{% set number = value.split(' ')[0] %}{{ number if number | is_number else None }}"},
        Case{false, true,
             "{% set number = value_json.value %}{{ number if number | is_number else None }}"}}) {
    Setup setup;
    setup.fake.has_unit = one.has_unit;
    setup.fake.is_json = one.is_json;
    auto next = [&, second = 0](const std::string& value) mutable {
      setup.feed(reading(R"("meter":"m1",)", value, second += 5));
      return setup.last(kConfig)["components"][id];
    };
    for (int i = 0; i < 9; ++i) next(number);  // until the interval is known
    setup.sent();
    CHECK(next(text)["value_template"].text() == one.then);
    CHECK(next(text)["unit_of_measurement"].text() == "kWh");
    CHECK(setup.check().findings.empty());
    setup.sent();
    CHECK_FALSE(next(number).present());  // once
    // In another unit, and behind the next start, it is learned still.
    CHECK(next(energy + R"(7100,"unit":"Wh"})")["value_template"].text() == one.then);
    std::string saved, under;
    setup.home.save_changes([&](const std::string& key, const std::string& kept) {
      under = key;
      saved = kept;
    });
    Setup after;
    after.fake.has_unit = one.has_unit;
    after.fake.is_json = one.is_json;
    after.home.restore(under, saved);
    after.feed(reading(R"("meter":"m1",)", number));
    const Json described = after.last(kConfig)["components"][id];
    CHECK(described["value_template"].text() == one.then);
    CHECK(described["state_class"].text() == "total_increasing");
  }
  // A text from the first is described as such, and a number when it is one.
  Setup setup;
  setup.feed(reading(R"("meter":"m1",)", text));
  CHECK_FALSE(setup.last(kConfig)["components"][id]["unit_of_measurement"].present());
  setup.feed(reading(R"("meter":"m1",)", number, 5));
  CHECK(setup.last(kConfig)["components"][id]["unit_of_measurement"].text() == "kWh");
}

TEST_CASE("discovery: of whole readings, one without the value leaves it as it is") {
  Setup setup;
  setup.fake.own_topics = false;
  setup.fake.json_topic = "m/m1/json";
  const std::string energy = R"({"obis":"1-0:1.8.0","name":"Import","value":)";
  setup.feed(reading(R"("meter":"m1",)", energy + R"(7.1,"unit":"kWh"})"));
  setup.feed(reading(R"("meter":"m1",)", energy + R"x("(ER11)"})x", 5));
  CHECK(setup.last(kConfig)["components"]["1_0_1_8_0"]["value_template"].text() ==
        "{% set number = value_json['values'] | selectattr('obis','eq','1-0:1.8.0') | "
        "map(attribute='value') | first | default('') %}"
        "{{ number if number == '' or number | is_number else None }}");
}

TEST_CASE("availability: who comes later does not wait for what is not retained") {
  for (const DiscoveryStyle style : {DiscoveryStyle::device, DiscoveryStyle::entity}) {
    HomeAssistantPlan plan = plan_of(DiscoveryMode::live, style);
    plan.retain = plan.discovery.availability = false;
    Setup setup(std::move(plan));
    setup.feed(reading(R"("meter":"m1",)", kImport));
    CHECK(setup.check().findings.empty());
    std::size_t configurations = 0;
    for (const mqtt::Message& message : setup.kept.messages) {
      if (!message.topic().ends_with("/config")) continue;
      ++configurations;
      CHECK(message.payload().find("availability") == std::string_view::npos);
    }
    CHECK(configurations == (style == DiscoveryStyle::device ? 1u : 10u));
    CHECK(setup.sent().size() > configurations);  // it is said all the same
  }
}

TEST_CASE("ids: of names, import and export are not one") {
  struct Case {
    cosem::Language language;
    std::string import, exported, id_of_import, id_of_export;
  };
  for (const Case& one :
       {Case{cosem::Language::english, "Sum active power +, Time integral 1",
             "Sum active power -, Time integral 1", "m1_sum_active_power_import_time_integral_1",
             "m1_sum_active_power_export_time_integral_1"},
        Case{cosem::Language::german, "Summe Wirkleistung +, Zeitintegral 1",
             "Summe Wirkleistung -, Zeitintegral 1", "m1_summe_wirkleistung_bezug_zeitintegral_1",
             "m1_summe_wirkleistung_lieferung_zeitintegral_1"}}) {
    HomeAssistantPlan plan = plan_of(DiscoveryMode::live, DiscoveryStyle::device);
    plan.discovery.entity_ids = EntityIds::friendly;
    plan.discovery.language = one.language;
    Setup setup(std::move(plan));
    const auto value = [](const std::string& code, const std::string& name) {
      return R"({"obis":")" + code + R"(","name":")" + name + R"(","value":1,"unit":"Wh"})";
    };
    setup.feed(reading(R"("meter":"m1",)",
                       value("1-0:1.8.0", one.import) + "," + value("1-0:2.8.0", one.exported)));
    const Json all = setup.last(kConfig)["components"];
    CHECK(all["1_0_1_8_0"]["default_entity_id"].text() == "sensor." + one.id_of_import);
    CHECK(all["1_0_2_8_0"]["default_entity_id"].text() == "sensor." + one.id_of_export);
    CHECK(all["1_0_2_8_0"]["name"].text() == one.exported);
  }
}

TEST_CASE("ids: of names, umlauts are spelled") {
  HomeAssistantPlan plan = plan_of(DiscoveryMode::live, DiscoveryStyle::device);
  plan.discovery.entity_ids = EntityIds::friendly;
  Setup setup(std::move(plan));
  setup.feed(
      reading(R"("meter":"m1",)",
              R"({"obis":"1-0:1.8.0","name":"Zähler: Größe, Übermaß","value":1,"unit":"Wh"})"));
  const Json component = setup.last(kConfig)["components"]["1_0_1_8_0"];
  CHECK(component["default_entity_id"].text() == "sensor.m1_zaehler_groesse_uebermass");
  CHECK(component["name"].text() == "Zähler: Größe, Übermaß");
}

TEST_CASE("availability: it is left out while the broker keeps nothing") {
  for (const DiscoveryStyle style : {DiscoveryStyle::device, DiscoveryStyle::entity}) {
    Setup setup(style);
    setup.feed(reading(R"("meter":"m1",)", kImport));
    const auto waits = [&] {  // how many configurations, and of these with availability
      std::pair<std::size_t, std::size_t> count;
      for (const mqtt::Message& message : setup.kept.messages) {
        if (!message.topic().ends_with("/config")) continue;
        ++count.first;
        count.second += message.payload().find("availability") != std::string_view::npos ? 1 : 0;
      }
      setup.kept.messages.clear();
      return count;
    };
    const std::size_t all = style == DiscoveryStyle::device ? 1 : 10;
    CHECK(waits() == std::pair(all, all));
    setup.home.broker_retains(true);
    CHECK(waits().first == 0);
    setup.home.broker_retains(false);
    CHECK(waits() == std::pair(all, std::size_t{0}));
    setup.home.limit_packets(2000);  // described entity by entity: without it, too
    waits();
    setup.home.broker_retains(false);
    setup.home.birth();
    CHECK(waits().second == 0);
    setup.home.broker_retains(true);  // another broker
    const auto again = waits();
    CHECK(again.second == 10);
  }
  HomeAssistantPlan plan = plan_of(DiscoveryMode::live, DiscoveryStyle::device);
  plan.retain = plan.discovery.availability = false;
  Setup setup(std::move(plan));
  setup.home.broker_retains(true);
  setup.feed(reading(R"("meter":"m1",)", kImport));
  CHECK_FALSE(setup.last(kConfig)["availability"].present());
}

}  // namespace meterpipe::home_test
