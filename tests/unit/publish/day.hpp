// A day of a meter, and a stage that keeps what reaches it: for the tests of what lies between.
#pragma once

#include <map>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "flow/observer.hpp"
#include "flow/slots.hpp"
#include "flow/stage.hpp"
#include "os/log.hpp"
#include "state/persistent.hpp"
#include "support/process_zone.hpp"

namespace meterpipe::test {

struct KeptStage : flow::Stage {
  state::Meters meters;
  std::vector<std::string> lines;   // the readings
  std::vector<std::string> values;  // "METER KEY VALUE" of those with a message of their own
  bool ended = false;

  explicit KeptStage(std::size_t most = state::Meters::kMost) : meters(most) {}
  void reading(record::Line& line, record::ReadingRecord& reading, state::Meter&) override {
    lines.emplace_back(line.text());
    for (const record::ReadingValue& value : reading.values) {
      if (value.unchanged) continue;
      values.push_back(fmt::format("{} {} {}", reading.meter, value.obis, value.value));
    }
  }
  void error(record::Line&, state::Meter&) override {}
  void refused(record::Line&, const record::ReadingRecord&, state::Meter&,
               std::string_view) override {}
  void end() override { ended = true; }
};

inline bool feed(KeptStage& kept, flow::Stage& stage, const std::string& text) {
  record::Line line;
  record::ReadingRecord reading;
  if (!line.parse(text) || !record::read(line, reading)) return false;
  stage.reading(line, reading, kept.meters.heard(reading.meter));
  return true;
}

// What a Persistent has saved so far, and another one that begins with it.
struct Saved {
  std::map<std::string, std::string> texts;
  void take(state::Persistent& from) {
    from.save_changes([&](const std::string& key, const std::string& text) { texts[key] = text; });
  }
  void give(state::Persistent& to) const {
    for (const auto& [key, text] : texts) to.restore(key, text);
  }
};

inline Micros utc(std::string_view text) { return parse_timestamp(text).value(); }

// Arrivals from `begin` for `hours`.
struct Day {
  Micros begin;
  int hours = 24;
  std::mt19937_64 random{7};

  Micros below(Micros n) { return static_cast<Micros>(random() % static_cast<std::uint64_t>(n)); }
  Micros end() const { return begin + hours * kHour; }

  // Every `interval`, each up to `jitter` late.
  std::vector<Micros> steady(Micros interval, Micros jitter) {
    std::vector<Micros> times;
    for (Micros t = begin; t < end(); t += interval) times.push_back(t + below(jitter + 1));
    return times;
  }
  // Every `interval` and a little more each time.
  std::vector<Micros> slipping(Micros interval, Micros slip) {
    std::vector<Micros> times;
    for (Micros t = begin; t < end(); t += interval + slip) times.push_back(t);
    return times;
  }
  // With gaps of minutes, and some times twice.
  std::vector<Micros> ragged(Micros interval) {
    std::vector<Micros> times;
    for (Micros t = begin; t < end(); t += interval / 2 + below(interval)) {
      times.push_back(t);
      if (below(20) == 0) times.push_back(t);
      if (below(100) == 0) t += below(10 * kMinute);
    }
    return times;
  }
};

// A reading of six values, three of them of the moment.
inline std::string day_reading(Micros time, std::uint64_t n, std::string_view meter = "1KFM") {
  const std::uint64_t noise = n * 2654435761U % 1000;
  return fmt::format(
      R"({{"v":1,"t":"reading","ts":"{}","src":"tty0","seq":{},"id":"4b464d1020039534:{}","meter":"{}",)"
      R"("auth":"none","layout":"nested","values":[)"
      R"({{"obis":"0-0:1.0.0","name":"Clock","value":"2026-11-22T18:00:00+01:00","hex":"07ea0b16071200000000ffc4","type":"octet-string"}},)"
      R"({{"obis":"0-0:96.1.0","name":"Meter number","value":"{}","type":"octet-string"}},)"
      R"({{"obis":"1-0:32.7.0","name":"Voltage L1","value":{}.{},"unit":"V","raw":{}{},"scaler":-1,"type":"long-unsigned"}},)"
      R"({{"obis":"1-0:31.7.0","name":"Current L1","value":{}.{:02},"unit":"A","raw":1,"scaler":-2,"type":"long-unsigned"}},)"
      R"({{"obis":"1-0:1.7.0","name":"Power","value":{},"unit":"W","raw":{},"scaler":0,"type":"double-long-unsigned"}},)"
      R"({{"obis":"1-0:1.8.0","name":"Energy","value":{},"unit":"Wh","raw":{},"scaler":0,"type":"double-long-unsigned"}}]}})",
      format_timestamp(time), n, n, meter, meter, 225 + noise % 10, noise / 10 % 10,
      225 + noise % 10, noise / 10 % 10, noise % 16, noise % 100, noise * 3, noise * 3,
      10'000 + n / 4, 10'000 + n / 4);
}

}  // namespace meterpipe::test
