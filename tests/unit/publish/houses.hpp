// Simulated houses with a meter each, for the tests of what is believed: what a meter says over
// hours, clocks and gaps and all, and who collects the verdicts.
#pragma once

#include "judge/plausibility.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "os/log.hpp"
#include "support/process_zone.hpp"

namespace meterpipe::houses {

using namespace flow;
using namespace judge;

using Verdicts = std::vector<std::string>;  // per reading the reason, empty for those that went on
using Dice = std::mt19937_64;

constexpr Micros kSecond = 1'000'000;

inline std::int64_t between(Dice& dice, std::int64_t least, std::int64_t most) {
  return std::uniform_int_distribution<std::int64_t>(least, most)(dice);
}
inline bool chance(Dice& dice, int percent) { return between(dice, 1, 100) <= percent; }

struct Collector : Stage, Observer {
  state::Meters meters;
  Observers observers;
  Verdicts verdicts;
  std::vector<std::string> errors;
  int duplicates = 0;

  explicit Collector(std::size_t most = state::Meters::kMost) : meters(most) {
    observers.add(*this);
  }
  using Observer::refused;
  void reading(record::Line&, record::ReadingRecord&, state::Meter&) override {
    verdicts.emplace_back();
  }
  void error(record::Line&, state::Meter& meter) override { errors.emplace_back(meter.name()); }
  void duplicate(const record::ReadingRecord&, state::Meter&) override { ++duplicates; }
  void refused(record::Line&, const record::ReadingRecord&, state::Meter&,
               std::string_view reason) override {
    REQUIRE_FALSE(reason.empty());
    verdicts.emplace_back(reason);
  }
  void end() override {}
};

struct Value {
  std::string obis, number, unit;
};

struct Message {
  std::string meter = "A", id, auth;
  std::optional<Micros> ts;
  std::optional<Micros> time;
  std::optional<int> offset;  // minutes; else local time of the process
  std::vector<Value> values;

  std::string text() const {
    std::string line = R"({"v":1,"t":"reading")";
    if (ts) line += R"(,"ts":")" + format_timestamp(*ts) + '"';
    if (!id.empty()) line += R"(,"id":")" + id + '"';
    line += R"(,"meter":")" + meter + '"';
    if (time) line += R"(,"time":")" + time_text() + '"';
    if (!auth.empty()) line += R"(,"auth":")" + auth + '"';
    line += R"(,"values":[)";
    for (const Value& value : values) {
      if (line.back() == '}') line += ',';
      line += R"({"obis":")" + value.obis + R"(","value":)" + value.number;
      if (!value.unit.empty()) line += R"(,"unit":")" + value.unit + '"';
      line += '}';
    }
    return line + "]}";
  }
  std::string time_text() const {
    if (offset) {
      std::string text = format_timestamp(*time + *offset * 60 * kSecond).substr(0, 19);
      return text + fmt::format("{}{:02}:{:02}", *offset < 0 ? '-' : '+', std::abs(*offset) / 60,
                                std::abs(*offset) % 60);
    }
    const std::time_t seconds = *time / kSecond;
    std::tm wall{};
    localtime_r(&seconds, &wall);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &wall);
    return text;
  }
};

inline void feed(Collector& collector, Plausibility& stage, const Message& message) {
  const std::string text = message.text();
  record::Line line;
  REQUIRE(line.parse(text));
  record::ReadingRecord reading;
  REQUIRE(record::read(line, reading));
  stage.reading(line, reading, collector.meters.heard(reading.meter));
}

inline Verdicts judge_all(const std::vector<Message>& messages,
                          const PlausibilitySettings& settings) {
  Collector collector;
  Plausibility stage(collector.meters, collector, collector.observers, settings);
  for (const Message& message : messages) feed(collector, stage, message);
  return collector.verdicts;
}

inline std::size_t refusals(const Verdicts& verdicts) {
  std::size_t n = 0;
  for (const std::string& verdict : verdicts) n += !verdict.empty();
  return n;
}

// A house and its meter: what it draws and feeds in is whole W, what it has counted whole W s.
class House {
 public:
  House(std::string name, Micros start, std::uint64_t limit, Dice& dice)
      : dice_(dice), name_(std::move(name)), now_(start), limit_(static_cast<std::int64_t>(limit)) {
    title_ = fmt::format("{:016x}", dice());
    ciphered_ = chance(dice, 70);
    counter_ = static_cast<std::uint64_t>(between(dice, 1000, 1'000'000));
    import_ = between(dice, 1000, 90'000'000) * 3600;
    export_ = between(dice, 1000, 9'000'000) * 3600;
    gas_ = between(dice, 0, 9'000'000);
    const auto clocks = between(dice, 0, 3);
    has_ts = clocks != 0;
    has_time = clocks != 1;
    has_offset = chance(dice, 60);
    decimals_ = static_cast<int>(between(dice, -1, 3));  // -1: Wh; else kWh
    period_ = chance(dice, 50) ? between(dice, 1, 10) : between(dice, 10, 60);
    list_ = static_cast<List>(between(dice, 0, 2));
    // A clock of the meter's that is wrong, not too much.
    if (has_ts) clock_error_ = between(dice, -40 * 86'400, 86'000) * kSecond;
    show();
  }

  bool has_ts, has_time, has_offset;
  void continuous() { list_ = List::continuous; }
  void ciphered(bool yes) { ciphered_ = yes; }
  void both_clocks() {
    has_ts = has_time = has_offset = true;
    clock_error_ = 0;
  }
  void counted_much() { import_ += 200'000'000LL * 3600; }
  void new_key() { counter_ = 1; }
  Micros now() const { return now_; }
  // Longest any counter may have been standing.
  static constexpr std::int64_t kStep = 900;

  Message next() {
    std::int64_t span = period_;
    if (chance(dice_, 3)) span *= between(dice_, 2, 20);        // lost ones
    if (chance(dice_, 1)) span += between(dice_, 60, 500'000);  // away
    pass(span);
    Message message;
    message.meter = name_;
    counter_ += static_cast<std::uint64_t>(chance(dice_, 90) ? 1 : between(dice_, 1, 1000));
    message.id =
        ciphered_ ? fmt::format("{}:{}", title_, counter_) : fmt::format("{:016x}", dice_());
    if (has_ts) message.ts = now_ + between(dice_, 0, kSecond);
    if (has_time) message.time = now_ + clock_error_;
    if (has_offset) message.offset = summer() ? 120 : 60;
    const bool full = list_ != List::hourly || now_ / kSecond / kStep != last_full_;
    if (list_ == List::continuous || now_ / kSecond / kStep != last_full_) show();
    last_full_ = now_ / kSecond / kStep;
    const auto power = [&](std::int64_t watts) {
      return std::to_string(std::max<std::int64_t>(watts, 0));
    };
    message.values.push_back({"1-0:1.7.0", power(watts_), "W"});
    message.values.push_back({"1-0:2.7.0", power(-watts_), "W"});
    message.values.push_back({"1-0:16.7.0", std::to_string(watts_), "W"});
    message.values.push_back({"1-0:32.7.0", "231.9", "V"});
    if (full) {
      message.values.push_back(energy("1-0:1.8.0", shown_import_));
      message.values.push_back(energy("1-0:2.8.0", shown_export_));
      message.values.push_back(energy("1-0:16.8.0", shown_import_ - shown_export_));
      message.values.push_back(
          {"0-1:24.2.1", fmt::format("{}.{:03}", gas_ / 1000, gas_ % 1000), "m3"});
    }
    return message;
  }

  Value energy(const std::string& obis, std::int64_t watt_seconds) const {
    const std::int64_t wh = watt_seconds / 3600;
    if (decimals_ < 0) return {obis, std::to_string(wh), "Wh"};
    const Decimal all = Decimal::of(wh, -3);
    std::string text = to_string(all);
    text.resize(text.size() - static_cast<std::size_t>(3 - decimals_));
    if (text.back() == '.') text.pop_back();
    if (text == "-0") text = "0";
    return {obis, text, "kWh"};
  }

 private:
  enum class List { continuous, hourly, steps };  // counters: always, seldom, always but seldom new

  void pass(std::int64_t seconds) {
    while (seconds > 0) {
      const std::int64_t step = std::min<std::int64_t>(seconds, 60);
      watts_ = between(dice_, -limit_ / 2, limit_);
      (watts_ > 0 ? import_ : export_) += std::abs(watts_) * step;
      gas_ += chance(dice_, 20) ? between(dice_, 0, 50) : 0;
      now_ += step * kSecond;
      seconds -= step;
    }
  }
  void show() {
    shown_import_ = import_;
    shown_export_ = export_;
  }
  bool summer() const {
    const std::time_t seconds = (now_ + clock_error_) / kSecond;
    std::tm wall{};
    localtime_r(&seconds, &wall);
    return wall.tm_isdst > 0;
  }

  Dice& dice_;
  std::string name_, title_;
  Micros now_, clock_error_ = 0;
  std::int64_t limit_, period_ = 5, watts_ = 0, last_full_ = 0;
  std::int64_t import_ = 0, export_ = 0, shown_import_ = 0, shown_export_ = 0, gas_ = 0;
  std::uint64_t counter_ = 0;
  int decimals_ = -1;
  bool ciphered_ = true;
  List list_ = List::continuous;
};

// Some minutes before summer time begins or ends, or any time.
inline Micros some_start(Dice& dice) {
  switch (between(dice, 0, 3)) {
    case 0: return 1'774'745'000 * kSecond;  // 2026-03-29T00:43:20Z
    case 1: return 1'792'888'000 * kSecond;  // 2026-10-25T00:26:40Z
    default: return between(dice, 1'700'000'000, 1'800'000'000) * kSecond;
  }
}

inline PlausibilitySettings some_settings(Dice& dice) {
  PlausibilitySettings settings;
  settings.power_limit = std::vector<std::uint64_t>{20'000, 44'000, 1'000'000}[dice() % 3];
  return settings;
}

inline std::vector<Message> messages_of(House& house, std::size_t n) {
  std::vector<Message> messages;
  for (std::size_t i = 0; i < n; ++i) messages.push_back(house.next());
  return messages;
}

inline Value* value_of(Message& message, std::string_view obis) {
  for (Value& value : message.values) {
    if (value.obis == obis) return &value;
  }
  return nullptr;
}

// What every test of a house needs: quiet, and a zone with summer time.
struct Place {
  Place() { os::Log::open("unit", os::Level::error); }
  test::ProcessZone zone{"CET-1CEST,M3.5.0,M10.5.0/3"};
};

}  // namespace meterpipe::houses
