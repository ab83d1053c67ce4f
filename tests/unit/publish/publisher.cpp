// Payloads, topics of whole readings, what is retained.
#include "flow/publisher.hpp"
#include "support/templates.hpp"

#include "flow/meter_names.hpp"
#include "flow/schedule.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "os/log.hpp"

namespace meterpipe::flow {

using mqtt::Batch;
using mqtt::Message;
using test::template_of;

namespace {

struct KeptLines : mqtt::Outlet {
  std::vector<std::string> lines;  // "topic payload", "!" in front when retained
  void put(mqtt::Batch batch) override {
    for (const mqtt::Message& message : batch.messages) {
      std::string& line = lines.emplace_back();
      if (message.retain()) line += '!';
      line.append(message.topic()).append(1, ' ').append(message.payload());
    }
  }
};

struct Setup {
  PublishPlan plan{template_of("m/{meter}/{obis}"), std::nullopt, template_of("m/{meter}/error"),
                   template_of("m/{meter}/quarantine")};
  KeptLines kept;
  Micros now = *parse_timestamp("2026-11-22T17:00:00Z");

  Setup() { os::Log::open("unit", os::Level::error); }

  // Publishes all lines with one publisher.
  std::vector<std::string> publish(const std::vector<std::string>& lines) {
    state::Meters meters;
    const Observers observers;
    Publisher publisher(meters, plan, kept, [this] { return now; });
    MeterNames names(meters, publisher, observers);
    for (const std::string& text : lines) {
      record::Line line;
      REQUIRE(line.parse(text));
      if (line.type() == record::Type::error) {
        names.error(line);
        continue;
      }
      record::ReadingRecord record;
      REQUIRE(record::read(line, record));
      names.reading(line, record);
    }
    return std::move(kept.lines);
  }
};

std::string reading(const std::string& keys, const std::string& values) {
  return R"({"v":1,"t":"reading",)" + keys + R"("values":[)" + values + "]}";
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("payloads: the plain number or text") {
  Setup setup;
  const auto payload = [&](const std::string& keys) {
    const auto lines =
        setup.publish({reading(R"("meter":"1",)", R"({"obis":"1-0:1.8.0",)" + keys + "}")});
    REQUIRE(lines.size() == 1);
    REQUIRE(lines[0].starts_with("!m/1/1-0:1.8.0 "));
    return lines[0].substr(15);
  };
  CHECK(payload(R"("value":232.0)") == "232.0");
  CHECK(payload(R"("value":123456789012345678901234567890.10)") ==
        "123456789012345678901234567890.10");
  CHECK(payload(R"("value":1e5)") == "1e5");  // foreign, but a number as it came
  CHECK(payload(R"("value":-0.50)") == "-0.50");
  CHECK(payload(R"("value":"1KFM")") == "1KFM");
  CHECK(payload(R"("value":"a\"b\\c\u00e4\n")") == "a\"b\\cä\n");
  CHECK(payload(R"("value":"")").empty());
  CHECK(payload(R"("value":true)") == "true");
  CHECK(payload(R"("value":null)") == "null");
  CHECK(payload(R"("value":[1,{"a":2.50}])") == R"([1,{"a":2.50}])");
  CHECK(payload(R"("hex":"00ff")") == "00ff");
  CHECK(payload(R"("value":"2026-11-22T18:00:00+01:00","hex":"07ea")") ==
        "2026-11-22T18:00:00+01:00");
  CHECK(payload(R"("type":"null-data")") == "null");
}

TEST_CASE("publisher: the record first, then its values in their order") {
  Setup setup;
  setup.plan.json_topic = template_of("m/{meter}/json");
  const std::string line =
      reading(R"("src":"tty","meter":"1",)",
              R"({"obis":"0-0:96.1.0","value":"x"},{"pos":34,"value":5},{"obis":"b","value":1})");
  CHECK(setup.publish({line}) ==
        Lines{"!m/1/json " + line, "!m/1/0-0:96.1.0 x", "!m/1/pos/34 5", "!m/1/b 1"});
  setup.plan.value_topic.reset();
  CHECK(setup.publish({line}) == Lines{"!m/1/json " + line});
}

TEST_CASE("publisher: two values never share a topic") {
  Setup setup;
  const std::string twice =
      R"({"obis":"a","name":"N","value":1},{"obis":"a","name":"N","value":2},)"
      R"({"obis":"b","name":"N","value":3},{"obis":"a","name":"N","value":4})";
  CHECK(setup.publish({reading(R"("meter":"1",)", twice)}) ==
        Lines{"!m/1/a 1", "!m/1/a/2 2", "!m/1/b 3", "!m/1/a/3 4"});
  setup.plan.value_topic = template_of("m/{name}");
  CHECK(setup.publish({reading(R"("meter":"1",)", twice)}) ==
        Lines{"!m/N 1", "!m/N/a 2", "!m/N/b 3", "!m/N/a/2 4"});
  // not with the record's topic either, nor by replaced characters
  setup.plan.json_topic = template_of("m/json");
  const std::string names =
      R"({"obis":"a","name":"json","value":1},)"
      R"({"obis":"b","name":"x+y","value":2},{"obis":"c","name":"x/y","value":3})";
  const auto lines = setup.publish({reading(R"("meter":"1",)", names)});
  REQUIRE(lines.size() == 4);
  CHECK(lines[1] == "!m/json/a 1");
  CHECK(lines[2] == "!m/x_y 2");
  CHECK(lines[3] == "!m/x_y/c 3");
}

TEST_CASE("publisher: which meter it is") {
  Setup setup;
  const std::string value = R"({"obis":"a","value":1})";
  CHECK(setup.publish({reading(R"("src":"tty/0","meter":"1",)", value)}) == Lines{"!m/1/a 1"});
  CHECK(setup.publish({reading(R"("src":"tty/0",)", value)}) == Lines{"!m/tty%2F0/a 1"});
  CHECK(setup.publish({reading("", value)}) == Lines{"!m/unknown/a 1"});
}

TEST_CASE("publisher: an error goes to its meter, never retained") {
  Setup setup;
  const std::string of_title =
      R"({"v":1,"t":"error","src":"tty","code":"wrong-key","security":{"title":"4b464d1020039534"}})";
  const std::string of_nobody = R"({"v":1,"t":"error","code":"noise"})";
  const std::string of_source = R"({"v":1,"t":"error","src":"tty","code":"noise"})";
  const std::string known = reading(R"("id":"4b464d1020039534:7","meter":"1KFM",)", "");
  CHECK(setup.publish({of_title, of_nobody, of_source, known, of_title}) ==
        Lines{"m/4b464d1020039534/error " + of_title, "m/unknown/error " + of_nobody,
              "m/tty/error " + of_source, "m/1KFM/error " + of_title});
}

TEST_CASE("publisher: what is older than an hour is not retained") {
  Setup setup;
  const std::string value = R"({"obis":"a","value":1})";
  const auto retained = [&](const std::string& keys) {
    return setup.publish({reading(R"("meter":"1",)" + keys, value)})[0][0] == '!';
  };
  CHECK(retained(R"("ts":"2026-11-22T16:00:00.000000Z",)"));        // an hour
  CHECK_FALSE(retained(R"("ts":"2026-11-22T15:59:59.999999Z",)"));  // and a microsecond
  CHECK(retained(R"("ts":"2026-11-23T17:00:00.000000Z",)"));        // a clock that is behind
  // ts counts, not the meter's clock; without ts the meter's clock, where it has a zone
  CHECK(retained(R"("ts":"2026-11-22T17:00:00.000000Z","time":"2020-01-01T00:00:00+01:00",)"));
  CHECK_FALSE(retained(R"("time":"2026-11-22T16:59:59+01:00",)"));
  CHECK(retained(R"("time":"2026-11-22T17:00:00+01:00",)"));
  CHECK(retained(R"("time":"2020-01-01T00:00:00",)"));  // who knows
  setup.plan.allow_old = true;
  CHECK(retained(R"("ts":"2020-11-22T15:00:00.000000Z",)"));
  setup.plan.retain = false;
  CHECK_FALSE(retained(R"("ts":"2026-11-22T17:00:00.000000Z",)"));
}

TEST_CASE("publisher: what a slot held back is as old as what closed it") {
  Setup setup;
  state::Meters meters;
  Publisher publisher(meters, setup.plan, setup.kept, [&setup] { return setup.now; });
  ScheduleSettings settings;
  settings.slots.grid = SlotGrid::every(kHour);
  settings.aggregation = Aggregation::last;
  Schedule schedule(meters, publisher, settings);
  const Observers observers;
  MeterNames names(meters, schedule, observers);
  const auto put = [&](const char* ts) {
    const std::string text =
        reading(R"("meter":"1","ts":")" + std::string(ts) + "\",", R"({"obis":"a","value":1})");
    record::Line line;
    record::ReadingRecord record;
    REQUIRE(line.parse(text));
    REQUIRE(record::read(line, record));
    names.reading(line, record);
  };
  put("2026-11-22T15:59:58.000000Z");  // of a meter that sends once an hour
  put("2026-11-22T16:59:59.000000Z");
  put("2026-11-22T17:00:00.000000Z");
  setup.now += 5 * kHour;
  put("2026-11-22T18:00:00.000000Z");  // a replay
  CHECK(setup.kept.lines == std::vector<std::string>{"!m/1/a 1", "!m/1/a 1", "m/1/a 1"});
}

}  // namespace meterpipe::flow
