// What the plan says: order, formats, history, and what the listener is told.
#include "flow/publisher.hpp"
#include "support/templates.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "os/log.hpp"

namespace meterpipe::shape {

using namespace flow;

using mqtt::Batch;
using mqtt::Message;
using test::template_of;

namespace {

struct KeptBatches : mqtt::Outlet {
  std::vector<mqtt::Batch> batches;
  void put(mqtt::Batch batch) override { batches.push_back(std::move(batch)); }
};

struct Told : PublishListener {
  std::string meter, json_topic;
  bool json_is_record = false;
  std::vector<PublishedValue> values;
  void published(const PublishedReading& reading) override {
    meter = reading.meter.name();
    json_topic = reading.json_topic;
    json_is_record = reading.json_is_record;
    values = reading.values;
  }
};

const std::string kReading =
    R"({"v":1,"t":"reading","ts":"2026-11-22T17:00:00.000000Z","src":"s","meter":"M","values":[)"
    R"({"obis":"0-0:1.0.0","name":"Clock","value":"2022-11-12T16:54:00+01:00","hex":"07e60b0c0610360000ffc400"},)"
    R"({"obis":"1-0:1.8.0","name":"Energy","value":1327456,"unit":"Wh"},)"
    R"({"obis":"1-0:1.7.0","value":7.50,"unit":"W"},{"obis":"1-0:2.7.0","value":1,"unit":"W"},)"
    R"({"pos":34,"value":"x"}]})";

struct PlanSetup {
  PublishPlan plan{template_of("m/{meter}/{obis}"), template_of("m/{meter}/json"),
                   template_of("m/{meter}/error"), template_of("m/{meter}/quarantine")};
  KeptBatches kept;
  Told told;

  PlanSetup() { os::Log::open("unit", os::Level::error); }

  std::vector<std::size_t> unchanged;  // places of values

  const mqtt::Batch& publish(const std::string& text = kReading) {
    state::Meters meters;
    Publisher publisher(meters, plan, kept,
                        [] { return *parse_timestamp("2026-11-22T17:00:00Z"); });
    publisher.set_listener(&told);
    record::Line line;
    REQUIRE(line.parse(text));
    record::ReadingRecord record;
    REQUIRE(record::read(line, record));
    for (const std::size_t place : unchanged) record.values[place].unchanged = true;
    publisher.reading(line, record, meters.heard(record.meter));
    return kept.batches.back();
  }
  std::vector<std::string> topics() {
    std::vector<std::string> result;
    for (const mqtt::Message& message : publish().messages) result.emplace_back(message.topic());
    return result;
  }
};

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("plan: the whole reading first or last, the date-time last of the values") {
  PlanSetup setup;
  const Texts values{"m/M/1-0:1.8.0", "m/M/1-0:1.7.0", "m/M/1-0:2.7.0", "m/M/pos/34",
                     "m/M/0-0:1.0.0"};
  Texts expected = values;
  expected.insert(expected.begin(), "m/M/json");
  CHECK(setup.topics() == expected);
  setup.plan.json_last = true;
  expected = values;
  expected.push_back("m/M/json");
  CHECK(setup.topics() == expected);
}

TEST_CASE("plan: history is the whole reading, not retained, also without its own message") {
  PlanSetup setup;
  CHECK_FALSE(setup.publish().history.has_value());
  setup.plan.history_topic = template_of("m/{meter}/history");
  setup.plan.json_topic.reset();
  const mqtt::Batch& batch = setup.publish();
  CHECK(batch.kind == Batch::Kind::state);
  REQUIRE(batch.history.has_value());
  CHECK(batch.history->topic() == "m/M/history");
  CHECK(batch.history->payload() == kReading);
  CHECK_FALSE(batch.history->retain());
  CHECK(batch.messages.size() == 5);
  setup.plan.json_format = JsonFormat::influx;
  CHECK(setup.publish().history->payload().starts_with("meter,meter=M,src=s 1-0:1.8.0=1327456,"));
  // no value takes its topic
  setup.plan.value_topic = template_of("m/{meter}/{name}");
  const std::string named =
      R"({"v":1,"t":"reading","meter":"M","values":[{"obis":"a","name":"history","value":1}]})";
  CHECK(setup.publish(named).messages.back().topic() == "m/M/history/a");
}

TEST_CASE("plan: a line without fields is no message") {
  PlanSetup setup;
  setup.plan.value_topic.reset();
  setup.plan.json_format = JsonFormat::influx;
  setup.publish();
  setup.publish(R"({"v":1,"t":"reading","meter":"M","values":[]})");
  CHECK(setup.kept.batches.size() == 1);
  CHECK(setup.told.json_topic.empty());
}

TEST_CASE("plan: keys of a line are unique") {
  PlanSetup setup;
  setup.plan.json_format = JsonFormat::influx;
  setup.plan.field = template_of("{name}");
  const std::string text =
      R"({"v":1,"t":"reading","meter":"M","values":[{"obis":"a","name":"N 1","value":1},)"
      R"({"obis":"b","name":"N 1","value":2},{"obis":"b","name":"N 1","value":3}]})";
  CHECK(setup.publish(text).messages[0].payload() == R"(meter,meter=M N\ 1=1,N\ 1/b=2,N\ 1/b/2=3)");
}

TEST_CASE("plan: what the listener is told is what was published") {
  PlanSetup setup;
  setup.plan.shape.energy = EnergyUnit::kwh;
  setup.plan.shape.net = true;
  setup.plan.value_format = ValueFormat::unit;
  const mqtt::Batch& batch = setup.publish();
  const auto& values = setup.told.values;
  REQUIRE(values.size() == 6);
  for (std::size_t i = 0; i < values.size(); ++i) {
    CHECK(values[i].topic == batch.messages[i + 1].topic());  // the whole reading came first
  }
  CHECK(setup.told.meter == "M");
  CHECK(setup.told.json_topic == "m/M/json");
  CHECK(setup.told.json_is_record);
  CHECK(values[0].key == "1-0:1.8.0");
  CHECK(values[0].obis == "1-0:1.8.0");
  CHECK(values[0].name == "Energy");
  CHECK(values[0].unit == "kWh");
  CHECK(values[0].kind == PublishedValue::Kind::number);
  CHECK(values[0].decimals == 3);
  CHECK(values[0].has_unit);
  CHECK_FALSE(values[0].is_json);
  CHECK(values[1].decimals == 2);
  CHECK(values[3].key == "pos/34");
  CHECK(values[3].kind == PublishedValue::Kind::text);
  CHECK_FALSE(values[3].has_unit);
  CHECK(values[4].key == "net");
  CHECK(values[4].obis.empty());
  CHECK(values[4].unit == "W");
  CHECK(values[4].topic == "m/M/net");
  CHECK(values[5].key == "0-0:1.0.0");
  CHECK(values[5].kind == PublishedValue::Kind::time);

  // Without messages of their own they are those of the record: its units, nothing derived.
  setup.plan.value_topic.reset();
  setup.publish();
  const auto& whole = setup.told.values;
  REQUIRE(whole.size() == 5);
  CHECK(whole[0].topic.empty());
  CHECK(whole[0].key == "1-0:1.8.0");
  CHECK(whole[0].unit == "Wh");
  CHECK(whole[0].decimals == 0);
  CHECK_FALSE(whole[0].has_unit);
  setup.plan.json_format = JsonFormat::predecessor;
  setup.publish();
  CHECK_FALSE(setup.told.json_is_record);
}

TEST_CASE("plan: digits are those that the meter sent, whatever was made of them") {
  const auto reading = [](const std::string& number, const std::string& unit) {
    return R"({"v":1,"t":"reading","meter":"M","values":[{"obis":"1-0:1.7.0","value":)" + number +
           R"(,"unit":")" + unit + R"("}]})";
  };
  struct Case {
    std::string number, unit;
    EnergyUnit energy;
    bool means;
    int own, recorded;
  };
  for (const bool drop_zeros : {false, true}) {
    for (const Case& one : std::vector<Case>{
             {"230.10", "V", EnergyUnit::as_is, false, 2, 2},
             {"230.00", "V", EnergyUnit::as_is, false, 2, 2},
             {"230", "V", EnergyUnit::as_is, false, 0, 0},
             {"2.3e-2", "V", EnergyUnit::as_is, false, 3, 3},
             {"1000", "Wh", EnergyUnit::kwh, false, 3, 0},
             {"1000.0", "Wh", EnergyUnit::kwh, false, 4, 1},
             {"1.50", "kWh", EnergyUnit::wh, false, 0, 2},
             {"1.5000", "kWh", EnergyUnit::wh, false, 1, 4},
             {"230.125", "V", EnergyUnit::as_is, true, 1, 1},
             {"230.25", "V", EnergyUnit::as_is, true, 0, 0},
             {"230", "V", EnergyUnit::as_is, true, 0, 0},
             {"12.34", "Wh", EnergyUnit::as_is, true, 2, 2},  // a counter is never a mean
         }) {
      CAPTURE(one.number);
      PlanSetup setup;
      setup.plan.shape.energy = one.energy;
      setup.plan.shape.means = one.means;
      setup.plan.shape.drop_zeros = drop_zeros;
      setup.publish(reading(one.number, one.unit));
      CHECK(setup.told.values.at(0).decimals == one.own);
      setup.plan.value_topic.reset();
      setup.publish(reading(one.number, one.unit));
      CHECK(setup.told.values.at(0).decimals == one.recorded);
    }
  }
}

TEST_CASE("plan: what is derived is part of the lines that are made, never of the record") {
  PlanSetup setup;
  setup.plan.shape.net = true;
  CHECK(setup.publish().messages[0].payload() == kReading);
  setup.plan.json_format = JsonFormat::influx;
  CHECK(setup.publish().messages[0].payload().find(",net=6.50") != std::string_view::npos);
  setup.plan.json_format = JsonFormat::predecessor;
  CHECK(setup.publish().messages[0].payload().find(
            R"({"name":"Net power","value":"6.5","unit":"W"},{"code":"0-0:1.0.0*255")") !=
        std::string_view::npos);
}

TEST_CASE("plan: what is unchanged has no message, and net only where both are") {
  PlanSetup setup;
  setup.plan.json_topic.reset();
  setup.plan.shape.net = true;
  setup.unchanged = {1, 2};
  CHECK(setup.topics() == Texts{"m/M/1-0:2.7.0", "m/M/pos/34", "m/M/net", "m/M/0-0:1.0.0"});
  setup.unchanged = {1, 2, 3};
  CHECK(setup.topics() == Texts{"m/M/pos/34", "m/M/0-0:1.0.0"});
  CHECK(setup.told.values.size() == 6);  // they have their topics all the same
}

}  // namespace meterpipe::shape
