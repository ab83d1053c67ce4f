// What is believed and what is not, rule by rule, on readings made by hand.
#include "unit/publish/houses.hpp"

namespace meterpipe::houses {

// A row of readings "SECONDS WH [WATTS]" behind one another, each with an id of its own; "again":
// the same message once more.
struct Row {
  Verdicts judge(const std::vector<std::string>& rows) {
    std::vector<Message> messages;
    for (const std::string& row : rows) {
      if (row == "again") {
        messages.push_back(messages.back());
        continue;
      }
      long seconds = 0, wh = 0, watts = 500;
      std::sscanf(row.c_str(), "%ld %ld %ld", &seconds, &wh, &watts);
      Message& message = messages.emplace_back();
      message.ts = (1'770'000'000LL / 900 * 900 + seconds) * kSecond;
      message.id = fmt::format("{:016x}", messages.size());
      message.values.push_back({"1-0:1.8.0", std::to_string(wh), "Wh"});
      message.values.push_back({"1-0:1.7.0", std::to_string(watts), "W"});
    }
    return judge_all(messages, settings);
  }
  // "+" for each that went on, "-" for each refused.
  std::string signs(const std::vector<std::string>& rows) {
    std::string text;
    for (const std::string& verdict : judge(rows)) text += verdict.empty() ? '+' : '-';
    return text;
  }
  PlausibilitySettings settings;
};

TEST_CASE_FIXTURE(Place,
                  "plausibility: only readings that agree with each other are a new beginning") {
  Row row;
  CHECK(row.signs({"0 1000", "5 10", "10 11", "15 12", "20 13"}) == "+--++");
  // each lower than the one before
  CHECK(row.signs({"0 1000", "5 500", "10 400", "15 300", "20 200", "25 1001"}) == "+----+");
  // a good one between them
  CHECK(row.signs({"0 1000", "5 10", "10 11", "15 1001", "20 12", "25 13"}) == "+--+--");
  // one that is wrong by itself ends the row, too
  CHECK(row.signs({"0 1000", "5 10", "10 11", "15 12 1000001", "20 13", "25 14", "30 15"}) ==
        "+-----+");
  // sent twice each: neither one more nor an end
  CHECK(row.signs({"0 1000", "5 10", "again", "10 11", "again", "15 12", "again", "20 13"}) ==
        "+----+-+");
}

TEST_CASE_FIXTURE(Place, "plausibility: how far since when") {
  Row row;
  row.settings.power_limit = 36'000;  // 10 Wh a second
  // since it last changed, not since it was first seen: 5 s and 2 s, and 2 digits
  CHECK(row.signs({"0 1000", "5 1050", "10 1100", "15 1172", "20 1244", "25 1317"}) == "+++++-");
  // nor since it was last seen
  CHECK(row.signs({"1 1000", "6 1001", "11 1001", "16 1001", "21 1173"}) == "+++++");
  CHECK(row.signs({"1 1000", "6 1001", "11 1001", "16 1001", "21 1224"}) == "++++-");
  // an hour's worth, at a full quarter of an hour, of a counter that stood still
  CHECK(row.signs({"880 1000", "890 1000", "900 37000", "910 37000", "4500 73000"}) == "+++++");
  CHECK(row.signs({"895 1000", "900 37000"}) == "++");
  CHECK(row.signs({"881 1000", "886 1000", "891 37000"}) == "++-");
  CHECK(row.signs({"880 1000", "890 1001", "900 37000"}) == "++-");
  CHECK(row.signs({"800 1000", "900 37000"}) == "+-");
}

TEST_CASE_FIXTURE(Place, "plausibility: one message does not switch a check off for good") {
  // A voltage jumps, in a message that nothing proves.
  const auto signs = [](const std::vector<int>& jumps, int count) {
    std::vector<Message> messages;
    for (int i = 0; i < count; ++i) {
      const bool jumps_here = std::ranges::find(jumps, i) != jumps.end();
      Message& message = messages.emplace_back();
      message.ts = (1'770'000'000LL + i * 5) * kSecond;
      message.id = fmt::format("4b464d1020000001:{}", i + 1);
      message.auth = "none";
      message.values.push_back({"1-0:32.7.0", jumps_here ? "435.1" : "230.1", "V"});
      message.values.push_back({"1-0:1.8.0", std::to_string(1000 + i), "Wh"});
    }
    std::string text;
    for (const std::string& verdict : judge_all(messages, {})) text += verdict.empty() ? '+' : '-';
    return text;
  };
  std::string wanted(210, '+');
  wanted[200] = '-';
  CHECK(signs({200}, 210) == wanted);
  CHECK(signs({4, 200}, 210) == wanted);
  CHECK(signs({4, 40, 200}, 210) == wanted);
  // Three in a row are how the meter is, and it takes twice as long from then on.
  std::string changed(400, '+');
  changed[100] = changed[101] = '-';
  CHECK(signs({4, 100, 101, 102, 200}, 400) == changed);
  changed[350] = '-';
  CHECK(signs({4, 100, 101, 102, 200, 350}, 400) == changed);
}

TEST_CASE_FIXTURE(Place, "plausibility: a counter that stood still may not catch up on the hours") {
  Row row;
  row.settings.power_limit = 15'000;
  std::vector<std::string> rows;
  // It counts every 5 s, then it stands for hours; a spike, and it goes on where it was.
  for (int i = 0; i < 100; ++i) rows.push_back(fmt::format("{} {}", i * 5, 1000 + i * 10));
  for (int i = 100; i < 6000; ++i) rows.push_back(fmt::format("{} 1990", i * 5));
  const std::string healthy(rows.size(), '+');
  rows.push_back("30000 3000");
  rows.push_back("30005 1990");
  rows.push_back("30010 2008");
  CHECK(row.signs(rows) == healthy + "-++");
  // Never seen to move: but for a full quarter, which may show what came before.
  CHECK(row.signs({"1 0", "100 0", "200 0", "4100 0", "4105 101"}) == "++++-");
  CHECK(row.signs({"1 0", "3600 0", "3610 0", "4490 0", "4501 14000"}) == "+++++");
}

TEST_CASE_FIXTURE(
    Place, "plausibility: counters that count in steps, whatever the step and the last digit") {
  Dice dice(11);
  std::size_t readings = 0;
  for (int round = 0; round < 400; ++round) {
    CAPTURE(round);
    const std::int64_t limit = std::vector<std::int64_t>{4'000, 15'000, 44'000}[dice() % 3];
    const std::int64_t step =
        std::vector<std::int64_t>{1, 300, 900, 1800, 3600, 86'400}[dice() % 6];
    const std::int64_t shift = chance(dice, 50) ? 0 : between(dice, 0, 3599);
    const std::int64_t digit =
        std::vector<std::int64_t>{1, 10, 100, 1000}[dice() % (step == 86'400 ? 3 : 4)];
    const std::int64_t period = step == 86'400 ? 600 : between(dice, 1, 60);
    std::int64_t now = 1'770'000'000 / 900 * 900 + between(dice, 0, 3600);
    std::int64_t watt_seconds = between(dice, 0, 90'000'000) * 3600, shown = watt_seconds;
    std::int64_t slot = 0, idle = 0;
    std::vector<Message> messages;
    for (int i = 0; i < 1500; ++i) {
      now += period;
      if (idle > 0) --idle;
      // The step is known when some have been seen: of a day's in days of little.
      const bool learning = (i - 1) * period < 4 * step;
      if (!learning && chance(dice, 1)) idle = between(dice, 10, 200);
      watt_seconds += idle > 0                     ? 0
                      : learning && step == 86'400 ? limit * period / 200
                                                   : limit * period * between(dice, 60, 100) / 100;
      if ((now + shift) / step != slot) shown = watt_seconds;
      slot = (now + shift) / step;
      Message& message = messages.emplace_back();
      message.ts = now * kSecond;
      message.id = fmt::format("{:016x}", dice());
      message.values.push_back({"1-0:1.8.0", std::to_string(shown / 3600 / digit * digit), "Wh"});
    }
    PlausibilitySettings settings;
    settings.power_limit = static_cast<std::uint64_t>(limit);
    const Verdicts verdicts = judge_all(messages, settings);
    for (std::size_t i = 0; i < verdicts.size(); ++i) {
      if (verdicts[i].empty()) continue;
      FAIL_CHECK(verdicts[i] << " step " << step << " shift " << shift << " digit " << digit
                             << " period " << period << " at " << i);
      break;
    }
    readings += verdicts.size();
  }
  MESSAGE(readings << " readings in steps");
}

TEST_CASE_FIXTURE(Place, "plausibility: the last digit is the scaler's, or what zeros tell") {
  const auto verdict = [](const char* first, const char* second, const char* scaler) {
    Collector collector;
    PlausibilitySettings settings;
    settings.power_limit = 3'600;  // 1 Wh a second: 7 Wh
    Plausibility stage(collector.meters, collector, collector.observers, settings);
    int second_of = 1;
    for (const char* const number : {first, second}) {
      const std::string text = fmt::format(
          R"({{"v":1,"t":"reading","ts":"2026-11-22T17:01:0{}.000000Z","id":"{}","meter":"A",)"
          R"("values":[{{"obis":"1-0:1.8.0","value":{},"unit":"Wh"{}}}]}})",
          second_of, second_of, number, scaler);
      second_of += 5;
      record::Line line;
      REQUIRE(line.parse(text));
      record::ReadingRecord reading;
      REQUIRE(record::read(line, reading));
      stage.reading(line, reading, collector.meters.heard(reading.meter));
    }
    return collector.verdicts.back().empty();
  };
  CHECK(verdict("1000010", "1000030", R"(,"raw":100001,"scaler":1)"));
  CHECK_FALSE(verdict("1000010", "1000040", R"(,"raw":100001,"scaler":1)"));
  CHECK_FALSE(verdict("1000010", "1000030", R"(,"raw":1000010,"scaler":0)"));
  CHECK(verdict("1000010", "1000030", ""));
  CHECK_FALSE(verdict("1000010", "1000040", ""));
  CHECK_FALSE(verdict("1000010", "1000021", ""));
  CHECK(verdict("1000.010", "1000.030", R"(,"scaler":-3)"));
}

TEST_CASE_FIXTURE(Place, "plausibility: what is older than what is known never becomes the state") {
  struct Step {
    int ts, time, wh;  // seconds; -1: it has none
    int counter = 0;   // of the cipher; 0: plain
  };
  const auto signs = [](const std::vector<Step>& steps) {
    std::vector<Message> messages;
    for (const Step& step : steps) {
      Message& message = messages.emplace_back();
      if (step.ts >= 0) message.ts = (1'770'000'000LL + step.ts) * kSecond;
      if (step.time >= 0) message.time = (1'770'000'000LL + step.time) * kSecond;
      message.offset = 60;
      message.id = step.counter != 0 ? fmt::format("4b464d1020039534:{}", step.counter)
                                     : fmt::format("{:016x}", 7 + step.ts * 100'000LL + step.time);
      message.values.push_back({"1-0:1.7.0", "500", "W"});
      if (step.wh >= 0) message.values.push_back({"1-0:1.8.0", std::to_string(step.wh), "Wh"});
    }
    std::string text;
    for (const std::string& verdict : judge_all(messages, {})) text += verdict.empty() ? '+' : '-';
    return text;
  };
  const std::vector<Step> live{{50'000, 50'000, -1}, {50'010, 50'010, -1}};
  const auto with = [&](std::vector<Step> more) {
    more.insert(more.begin(), live.begin(), live.end());
    return signs(more);
  };
  // The list of half an hour ago, of power only: with both clocks, and with ts alone.
  CHECK(with({{48'000, 48'000, -1},
              {48'010, 48'010, -1},
              {48'020, 48'020, -1},
              {48'030, 48'030, -1},
              {50'020, 50'020, -1}}) == "++----+");
  CHECK(with({{48'000, -1, -1}, {48'010, -1, -1}, {48'020, -1, -1}, {48'030, -1, -1}}) == "++----");
  // A little late is not late.
  CHECK(with({{50'020, 50'020, -1}, {50'015, 50'025, -1}, {50'014, 50'026, -1}}) == "++++-");
  // The clock of the host was set back: the meter's goes on, or what it counts, or the cipher.
  CHECK(with({{40'000, 50'020, -1},
              {40'010, 50'030, -1},
              {40'020, 50'040, -1},
              {40'030, 50'050, -1}}) == "++--++");
  CHECK(signs({{50'000, -1, 100}, {40'000, -1, 101}, {40'010, -1, 102}, {40'020, -1, 103}}) ==
        "+--+");
  CHECK(signs({{50'000, -1, 100}, {40'000, -1, 100}, {40'010, -1, 100}, {40'020, -1, 100}}) ==
        "+---");
  CHECK(
      signs({{50'000, -1, -1, 5}, {40'000, -1, -1, 6}, {40'010, -1, -1, 7}, {40'020, -1, -1, 8}}) ==
      "+--+");
  // A meter's clock alone that was set back by hours.
  CHECK(signs({{-1, 50'000, 100}, {-1, 40'000, 101}, {-1, 40'010, 102}, {-1, 40'020, 103}}) ==
        "+--+");
  CHECK(signs({{-1, 50'000, 100}, {-1, 40'000, 99}, {-1, 40'010, 99}, {-1, 40'020, 100}}) ==
        "+---");
  // A clock that stands still, no ts, no cipher: an idle meter.
  CHECK(signs({{-1, 50'000, 100}, {-1, 50'000, 100}, {-1, 50'000, 100}}) == "+++");
  CHECK(signs({{50'000, 50'000, 100}, {50'000, 50'000, 100}}) == "+-");
  CHECK(signs({{-1, 50'000, 100, 7}, {-1, 50'000, 100, 7}}) == "+-");
}

TEST_CASE_FIXTURE(Place, "plausibility: two sources of one meter say all twice") {
  Collector collector;
  Plausibility stage(collector.meters, collector, collector.observers, {});
  std::size_t sent = 0;
  const auto send = [&](int second, const char* src, int counter) {
    const std::string text = fmt::format(
        R"({{"v":1,"t":"reading","ts":"2026-11-22T17:{:02}:{:02}.000000Z","src":"{}",)"
        R"("id":"4b464d1020039534:{}","meter":"A","values":[{{"obis":"1-0:1.8.0","value":{},"unit":"Wh"}}]}})",
        second / 60, second % 60, src, counter, 1000 + counter);
    record::Line line;
    REQUIRE(line.parse(text));
    record::ReadingRecord reading;
    REQUIRE(record::read(line, reading));
    stage.reading(line, reading, collector.meters.heard(reading.meter));
    ++sent;
    return collector.verdicts.back();
  };
  for (int n = 0; n < 100; ++n) {
    // Either comes first; from time to time one is some messages behind.
    const bool swapped = n % 3 == 0;
    CHECK(send(10 + n * 5, swapped ? "b" : "a", 10 + n) == "");
    CHECK(send(10 + n * 5 + 1, swapped ? "a" : "b", 10 + n - (n > 5 && n % 7 == 0 ? 2 : 0))
              .find(" already") != std::string::npos);
  }
  CHECK(collector.duplicates == 100);
  CHECK(send(800, "c", 20).find("is older than") != std::string::npos);  // a replay, much later
  CHECK(send(801, "a", 300) == "");
}

TEST_CASE_FIXTURE(Place, "plausibility: which values are judged, and how") {
  // What a second reading may be after a first, 5 s later, at the limit of 1 MW: 1388 Wh and 555.
  struct Case {
    std::string obis, unit, first, second;
    bool good;
  };
  const std::vector<Case> cases{
      {"1-0:1.8.0", "Wh", "1000", "2946", true},
      {"1-0:1.8.0", "Wh", "1000", "2947", false},
      {"1-0:1.8.0", "kWh", "1.000", "2.946", true},
      {"1-0:1.8.0", "kWh", "1.000", "2.947", false},
      {"1-0:1.8.0", "kWh", "1", "4", true},
      {"1-0:1.8.0", "kWh", "1", "5", false},
      {"1-0:1.8.0", "", "1000", "900000", true},
      {"1-0:1.8.0", "", "1000", "999", false},
      {"1-0:1.8.4", "Wh", "1000", "999", false},
      {"1-1:5.8.0", "varh", "1000", "999", false},
      {"1-0:5.8.0", "varh", "1000", "2947", false},
      {"1-0:9.8.0", "VAh", "1000", "2947", false},
      {"1-0:61.8.0", "kWh", "1000.0", "999.9", false},
      {"1-0:16.8.0", "Wh", "1000", "-900", true},
      {"1-0:16.8.0", "Wh", "1000", "-947", false},
      {"1-0:36.8.0", "Wh", "1000", "999", true},
      {"1-0:1.9.0", "Wh", "100000", "0", true},
      {"1-0:1.9.0", "Wh", "100000", "200000", false},
      {"1-0:1.6.0", "W", "100000", "99999999", true},
      {"1-0:1.8.0*1", "Wh", "100000", "0", true},
      {"1-0:1.8.0*255", "Wh", "100000", "0", false},
      {"0-0:1.8.0", "Wh", "100000", "0", false},
      {"1.8.0", "kWh", "5000", "10", false},
      {"1.8.0", "kWh", "5000", "9999999", false},
      {"1.8.0", "kWh", "5000", "5001", true},
      {"2.8.1", "", "1000", "999", false},
      {"16.8.0", "Wh", "1000", "-900", true},
      {"1.8.0*1", "Wh", "100000", "0", true},
      {"1.7.0", "kW", "0", "1000.001", false},
      {"3.0.0", "m3", "1000.5", "1000.4", true},
      {"0-0:96.8.0", "", "100000", "0", true},
      {"0-1:24.2.1", "m3", "1000.5", "1000.4", false},
      {"0-1:24.2.1", "m3", "1000.5", "99000.4", true},
      {"0-1:24.2.1", "", "1000.5", "1000.4", true},
      {"7-0:3.0.0", "m³", "1000.5", "1000.4", false},
      {"8-0:1.0.0", "m³", "1000.5", "1000.4", false},
      {"6-0:1.0.0", "kWh", "1000.5", "1000.4", false},
      {"8-0:2.0.0", "m³/h", "1000.5", "1000.4", true},
      {"1-0:1.7.0", "W", "0", "1000000", true},
      {"1-0:1.7.0", "W", "0", "1000000.1", false},
      {"1-0:1.7.0", "kW", "0", "1000.000", true},
      {"1-0:1.7.0", "kW", "0", "1000.001", false},
      {"1-0:23.7.0", "var", "0", "-1000001", false},
      {"1-0:9.7.0", "kVA", "0", "1001", false},
      {"1-0:1.4.0", "MW", "0", "2", false},
      {"1-0:1.7.0", "", "0", "1000001", true},
      {"0-0:17.0.0", "kVA", "0", "9999999", true},
      {"1-0:32.7.0", "V", "0", "1000001", true},
      {"1-0:1.8.0", "Wh", "18446744073709551615", "0.0000000000000000001", false},
      {"1-0:1.8.0", "Wh", "0.0000000000000000001", "18446744073709551615", false},
      {"1-0:32.7.0", "V", "1", "18446744073709551616", false},
      {"1-0:1.8.0", "Wh", "1000", "null", true},
      {"1-0:1.8.0", "Wh", "1000", "\"none\"", true},
      {"1-0:1.8", "Wh", "1000", "1", true},
      {"1.8", "Wh", "1000", "1", true},
      {"1-0:1.8.256", "Wh", "1000", "1", true},
  };
  for (const Case& one : cases) {
    CAPTURE(one.obis + " " + one.unit + " " + one.first + " " + one.second);
    Message first, second;
    first.ts = 1'770'000'001LL * kSecond;
    second.ts = *first.ts + 5 * kSecond;
    first.id = "0000000000000001";
    second.id = "0000000000000002";
    first.values.push_back({one.obis, one.first, one.unit});
    second.values.push_back({one.obis, one.second, one.unit});
    const Verdicts verdicts = judge_all({first, second}, {});
    CHECK(verdicts[0] == "");
    CHECK(verdicts[1].empty() == one.good);
  }
}

TEST_CASE_FIXTURE(Place, "plausibility: off, and what is no reading, goes on as it is") {
  PlausibilitySettings settings;
  settings.enabled = false;
  Dice dice(9);
  House house("A", some_start(dice), 1'000'000, dice);
  std::vector<Message> messages = messages_of(house, 5);
  for (int i = 4; i-- > 0;) messages.push_back(messages[static_cast<std::size_t>(i)]);
  Collector collector;
  Plausibility stage(collector.meters, collector, collector.observers, settings);
  for (const Message& message : messages) feed(collector, stage, message);
  CHECK(refusals(collector.verdicts) == 0);
  stage.save_changes([](const std::string&, const std::string&) { FAIL("off"); });
  record::Line line;
  REQUIRE(line.parse(R"({"v":1,"t":"error","code":"noise"})"));
  stage.error(line, collector.meters.heard("B"));
  CHECK(collector.errors == std::vector<std::string>{"B"});
}

}  // namespace meterpipe::houses
