// On change: whole days against a slow reading of the rules, and the bands one by one.
#include "flow/change_filter.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <memory>

#include "unit/publish/day.hpp"

namespace meterpipe::flow {

using test::Day;
using test::day_reading;
using test::feed;
using test::KeptStage;
using test::Saved;
using test::utc;

namespace {

using Lines = std::vector<std::string>;

ChangeSettings settings_of(std::initializer_list<const char*> bands, Micros refresh = 0) {
  ChangeSettings settings;
  for (const char* text : bands) {
    const auto band = DeadBand::parse(text);
    REQUIRE(band);
    settings.bands.push_back(*band);
  }
  settings.refresh = refresh;
  return settings;
}

// "KEY VALUE" of what has a message, for readings of one value each.
Lines published(const ChangeSettings& settings, const Lines& values) {
  KeptStage kept;
  ChangeFilter filter(kept.meters, kept, settings);
  Lines result;
  for (const std::string& value : values) {
    REQUIRE(feed(kept, filter, R"({"v":1,"t":"reading","meter":"m","values":[{)" + value + "}]}"));
  }
  for (const std::string& line : kept.values) result.push_back(line.substr(line.rfind(' ') + 1));
  return result;
}

Lines moves(const ChangeSettings& settings, const std::string& unit, const Lines& numbers,
            const std::string& obis = "1-0:1.7.0") {
  Lines values;
  for (const std::string& number : numbers) {
    values.push_back(R"("obis":")" + obis + R"(","value":)" + number + R"(,"unit":")" + unit + '"');
  }
  return published(settings, values);
}

}  // namespace

TEST_CASE("on change: numbers by their amount, texts by any difference") {
  CHECK(moves(settings_of({}), "W", {"1", "1", "1.0", "1.00", "2", "2e0", "1"}) ==
        Lines{"1", "2", "1"});
  CHECK(published(settings_of({}), {R"("obis":"a","value":"x")", R"("obis":"a","value":"x")",
                                    R"("obis":"a","value":"y")", R"("obis":"a","value":null)",
                                    R"("obis":"a","value":null)", R"("obis":"a","value":0)"}) ==
        Lines{R"("x")", R"("y")", "null", "0"});
  CHECK(moves(settings_of({}), "W", {"1"}).size() == 1);
  // another unit is another value
  CHECK(published(settings_of({}),
                  {R"("obis":"a","value":1,"unit":"W")", R"("obis":"a","value":1,"unit":"kW")"})
            .size() == 2);
  // numbers that 64 bits do not hold are compared as they are written
  const std::string big = "123456789012345678901234567890";
  CHECK(moves(settings_of({"W=5"}), "W", {big, big, big + "1"}).size() == 2);
}

TEST_CASE("on change: a dead band is held against what was published") {
  const auto ten = settings_of({"W=10"});
  CHECK(moves(ten, "W", {"100", "110", "110.1", "100.1", "100.09", "105"}) ==
        Lines{"100", "110.1", "100.09"});
  // a slow drift is seen
  Lines drift;
  for (int i = 0; i < 100; ++i) drift.push_back(std::to_string(i));
  CHECK(moves(ten, "W", drift).size() == 10);  // 0, 11, 22, …, 99
  CHECK(moves(ten, "V", {"1", "2"}).size() == 2);
  CHECK(moves(settings_of({"V=0.5"}), "V", {"230.0", "230.5", "230.51", "230.0", "-230.0"}) ==
        Lines{"230.0", "230.51", "230.0", "-230.0"});
  CHECK(moves(settings_of({"W=0"}), "W", {"1", "1.0", "1.1"}) == Lines{"1", "1.1"});
}

TEST_CASE("on change: a band holds for its unit with k and M, a code goes before a unit") {
  CHECK(moves(settings_of({"kWh=0.01"}), "Wh", {"100", "110", "111"}) == Lines{"100", "111"});
  CHECK(moves(settings_of({"W=10"}), "kW", {"0.100", "0.110", "0.111"}) == Lines{"0.100", "0.111"});
  CHECK(moves(settings_of({"m³=1"}), "m3", {"1", "2", "3.1"}) == Lines{"1", "3.1"});
  CHECK(moves(settings_of({"mA=50"}), "A", {"1.00", "1.05", "1.06"}) == Lines{"1.00", "1.06"});
  const auto both = settings_of({"1-0:1.7.0=100", "W=1"});
  CHECK(moves(both, "W", {"0", "100", "101"}) == Lines{"0", "101"});
  CHECK(moves(both, "W", {"0", "2", "3"}, "1-0:2.7.0") == Lines{"0", "2"});
  CHECK(moves(settings_of({"1.7.0=100"}), "W", {"0", "100", "101"}) == Lines{"0", "101"});
  CHECK(moves(settings_of({"W=1", "W=100"}), "W", {"0", "100", "101"}) == Lines{"0", "101"});
  for (const char* bad : {"", "W", "=1", "W=", "W=x", "W=-1", "foo=1", "W=1,V=2", "W=1e", "W=.5"}) {
    CAPTURE(bad);
    CHECK_FALSE(DeadBand::parse(bad));
  }
}

TEST_CASE("on change: a clock never comes alone, and comes with the others") {
  KeptStage kept;
  ChangeFilter filter(kept.meters, kept, settings_of({"W=10"}));
  const auto reading = [](int second, int power, int volts) {
    return fmt::format(
        R"({{"v":1,"t":"reading","meter":"m","values":[)"
        R"({{"obis":"0-0:1.0.0","value":"2026-11-22T18:00:{:02}+01:00","hex":"07"}},)"
        R"({{"obis":"p","value":{},"unit":"W"}},{{"obis":"v","value":{},"unit":"V"}}]}})",
        second, power, volts);
  };
  REQUIRE(feed(kept, filter, reading(0, 100, 230)));
  REQUIRE(feed(kept, filter, reading(5, 109, 230)));
  REQUIRE(feed(kept, filter, reading(10, 111, 230)));
  REQUIRE(feed(kept, filter, reading(15, 111, 231)));
  REQUIRE(feed(kept, filter, reading(20, 111, 231)));
  CHECK(kept.values == Lines{R"(m 0-0:1.0.0 "2026-11-22T18:00:00+01:00")", "m p 100", "m v 230",
                             R"(m 0-0:1.0.0 "2026-11-22T18:00:10+01:00")", "m p 111",
                             R"(m 0-0:1.0.0 "2026-11-22T18:00:15+01:00")", "m v 231"});
  CHECK(kept.lines.size() == 3);
}

TEST_CASE("on change: a clock without seconds is one, too") {
  const Lines values{R"("key":"046d","value":"2026-11-22T18:00")",
                     R"("key":"046d","value":"2026-11-22T18:15")"};
  CHECK(published(settings_of({}), values) == Lines{R"("2026-11-22T18:00")"});
  const Lines dates{R"("key":"426c","value":"2026-11-22")", R"("key":"426c","value":"2026-11-23")"};
  CHECK(published(settings_of({}), dates).size() == 2);
}

TEST_CASE("on change: all again after the refresh, and when time goes back") {
  const auto at = [](const char* time) {
    return fmt::format(
        R"({{"v":1,"t":"reading","ts":"2026-11-22T{}Z","meter":"m","values":[{{"obis":"a","value":1}}]}})",
        time);
  };
  KeptStage kept;
  ChangeFilter filter(kept.meters, kept, settings_of({}, 15 * kMinute));
  const auto passes = [&](const char* time) {
    kept.lines.clear();
    REQUIRE(feed(kept, filter, at(time)));
    return kept.lines.size() == 1;
  };
  CHECK(passes("12:00:00.3"));
  CHECK_FALSE(passes("12:14:59.7"));
  CHECK(passes("12:14:59.9"));  // a meter of 15 minutes that is a little early
  CHECK_FALSE(passes("12:20:00"));
  CHECK(passes("12:30:00"));
  CHECK(passes("11:00:00"));
  CHECK_FALSE(passes("11:01:00"));
}

TEST_CASE("on change: what the reading of a refresh lacks goes out when it comes next") {
  const auto at = [](const char* time, const char* values) {
    return fmt::format(R"({{"v":1,"t":"reading","ts":"2026-11-22T{}Z","meter":"m","values":[{}]}})",
                       time, values);
  };
  const char* const brief = R"({"obis":"p","value":5})";
  const char* const full =
      R"({"obis":"0-0:1.0.0","value":"2026-11-22T18:00:00","hex":"07ea0b16071200000000ffc4"},)"
      R"({"obis":"p","value":5},{"obis":"e","value":7})";
  KeptStage kept;
  auto filter = std::make_unique<ChangeFilter>(kept.meters, kept, settings_of({}, 15 * kMinute));
  const auto sent = [&](const char* time, const char* values) {
    kept.values.clear();
    REQUIRE(feed(kept, *filter, at(time, values)));
    std::string all;
    for (const std::string& value : kept.values) all += value.substr(2, 1);
    return all;
  };
  CHECK(sent("12:00:00", full) == "0pe");
  CHECK(sent("12:00:05", brief).empty());
  CHECK(sent("12:15:00", brief) == "p");  // as it always is
  CHECK(sent("12:15:05", full) == "0e");
  CHECK(sent("12:15:10", full).empty());
  CHECK(sent("12:30:00", full) == "0pe");
  CHECK(sent("12:45:00", brief) == "p");
  // By another run, too.
  Saved saved;
  saved.take(*filter);
  filter = std::make_unique<ChangeFilter>(kept.meters, kept, settings_of({}, 15 * kMinute));
  saved.give(*filter);
  CHECK(sent("12:45:05", brief).empty());
  CHECK(sent("12:45:10", full).find("e") != std::string::npos);
  CHECK(sent("12:45:15", full).empty());
}

TEST_CASE("on change: all again when that is asked for, of each meter once") {
  const auto reading = [](const char* meter) {
    return fmt::format(
        R"({{"v":1,"t":"reading","meter":"{}","values":[{{"obis":"p","value":5}}]}})", meter);
  };
  KeptStage kept;
  ChangeFilter filter(kept.meters, kept, settings_of({}));
  const auto passes = [&](const char* meter) {
    kept.lines.clear();
    REQUIRE(feed(kept, filter, reading(meter)));
    return kept.lines.size() == 1;
  };
  for (int round = 0; round < 3; ++round) {
    for (const char* meter : {"a", "b"}) CHECK(passes(meter));
    for (const char* meter : {"a", "b"}) CHECK_FALSE(passes(meter));
    filter.publish_all();
    CHECK(passes("c"));
    CHECK_FALSE(passes("c"));
  }
}

TEST_CASE("on change: a day against a slow reading, cut and continued") {
  Day day{utc("2026-11-21T23:00:00Z"), 6};
  Lines lines;
  for (const Micros t : day.ragged(10 * kSecond)) lines.push_back(day_reading(t, lines.size()));
  const auto settings = settings_of({"V=8", "W=2500", "1-0:31.7.0=14"}, 10 * kMinute);
  KeptStage whole;
  ChangeFilter filter(whole.meters, whole, settings);
  // in thousandths, of the numbers only: voltage, current, power, energy
  const std::vector<std::pair<std::string, long>> bands{
      {"1-0:32.7.0", 8'000}, {"1-0:31.7.0", 14'000}, {"1-0:1.7.0", 2'500'000}, {"1-0:1.8.0", 0}};
  std::map<std::string, long> before;
  Micros refreshed = 0;
  std::size_t expected = 0, index = 0;
  for (const std::string& text : lines) {
    REQUIRE(feed(whole, filter, text));
    const Micros time = utc(text.substr(text.find("\"ts\":\"") + 6, 27));
    const bool all = before.empty() || time - refreshed >= 10 * kMinute - 500'000;
    if (all) refreshed = time;
    Lines want;
    for (const auto& [code, band] : bands) {
      const std::size_t at = text.find("\"value\":", text.find(code)) + 8;
      const long now = std::lround(std::stod(text.substr(at)) * 1000);
      if (!all && std::abs(now - before[code]) <= band) continue;
      before[code] = now;
      want.push_back(fmt::format("1KFM {} {}", code, text.substr(at, text.find(',', at) - at)));
    }
    if (want.empty()) continue;
    ++expected;
    // the clock comes first, the number of the meter with all only
    REQUIRE(whole.values.at(index++).starts_with("1KFM 0-0:1.0.0"));
    if (all) REQUIRE(whole.values.at(index++) == "1KFM 0-0:96.1.0 \"1KFM\"");
    for (const std::string& value : want) REQUIRE(whole.values.at(index++) == value);
  }
  CHECK(index == whole.values.size());
  CHECK(whole.lines.size() == expected);
  CHECK(expected < lines.size());
  MESSAGE(lines.size(), " readings, ", expected, " published, ", whole.values.size(), " values of ",
          6 * lines.size());

  for (int round = 0; round < 10; ++round) {
    KeptStage kept;
    Saved saved;
    auto part = std::make_unique<ChangeFilter>(kept.meters, kept, settings);
    for (const std::string& line : lines) {
      REQUIRE(feed(kept, *part, line));
      if (day.below(20) != 0) continue;
      saved.take(*part);
      part = std::make_unique<ChangeFilter>(kept.meters, kept, settings);
      saved.give(*part);
    }
    REQUIRE(kept.lines == whole.lines);
    REQUIRE(kept.values == whole.values);
    REQUIRE(saved.texts.begin()->first == "change/1KFM");
  }
}

TEST_CASE("on change: bounded, whatever comes") {
  os::Log::open("unit", os::Level::error);
  KeptStage kept(1000);
  ChangeFilter filter(kept.meters, kept, settings_of({}));
  std::string many;
  for (int i = 0; i < 600; ++i) many += fmt::format(R"({}{{"pos":{},"value":1}})", i ? "," : "", i);
  const std::string line = R"({"v":1,"t":"reading","meter":"m","values":[)" + many + "]}";
  REQUIRE(feed(kept, filter, line));
  CHECK(kept.values.size() == 600);
  REQUIRE(feed(kept, filter, line));
  CHECK(kept.values.size() == 688);  // those beyond 512 count as changed
  // long texts are told apart all the same
  const std::string text(100'000, 'x');
  CHECK(published(settings_of({}),
                  {R"("obis":"a","value":")" + text + '"', R"("obis":"a","value":")" + text + '"',
                   R"("obis":"a","value":")" + text.substr(1) + "y\""})
            .size() == 2);
  for (int i = 0; i < 1'100; ++i) {
    const std::string one = fmt::format(
        R"({{"v":1,"t":"reading","meter":"n{}","values":[{{"obis":"a","value":1}}]}})", i);
    REQUIRE(feed(kept, filter, one));
    REQUIRE(feed(kept, filter, one));
  }
  CHECK(kept.lines.size() == 2 + 1'100);
  Saved saved;
  saved.take(filter);
  CHECK(saved.texts.size() == 1'000);
}

}  // namespace meterpipe::flow
