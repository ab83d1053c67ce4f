// What is believed and what is not: properties over simulated houses, one fault of each kind set in
// at a random place, exchanges, replays, and that a restart changes no verdict.
#include "publish/plausibility.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "io/log.hpp"

using namespace meterpipe;
using namespace meterpipe::publish;

namespace {

using record::Micros;
using Verdicts = std::vector<std::string>;  // per reading the reason, empty for those that went on
using Dice = std::mt19937_64;

constexpr Micros kSecond = 1'000'000;

std::int64_t between(Dice& dice, std::int64_t least, std::int64_t most) {
  return std::uniform_int_distribution<std::int64_t>(least, most)(dice);
}
bool chance(Dice& dice, int percent) { return between(dice, 1, 100) <= percent; }

struct Collector : Stage {
  Verdicts verdicts;
  std::vector<std::string> errors;
  void reading(record::Line&, const record::ReadingRecord&) override { verdicts.emplace_back(); }
  void error(record::Line&, std::string_view meter) override { errors.emplace_back(meter); }
  void refused(record::Line&, const record::ReadingRecord&, std::string_view reason) override {
    REQUIRE_FALSE(reason.empty());
    verdicts.emplace_back(reason);
  }
  void end() override {}
};

struct Value {
  std::string obis, number, unit;
};

struct Message {
  std::string meter = "A", id;
  std::optional<Micros> ts;
  std::optional<Micros> time;
  std::optional<int> offset;  // minutes; else local time of the process
  std::vector<Value> values;

  std::string text() const {
    std::string line = R"({"v":1,"t":"reading")";
    if (ts) line += R"(,"ts":")" + record::format_timestamp(*ts) + '"';
    if (!id.empty()) line += R"(,"id":")" + id + '"';
    line += R"(,"meter":")" + meter + '"';
    if (time) line += R"(,"time":")" + time_text() + '"';
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
      std::string text = record::format_timestamp(*time + *offset * 60 * kSecond).substr(0, 19);
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

struct Setup {
  Setup() {
    io::Log::open("unit", io::Level::error);
    ::setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    ::tzset();
  }
};

void feed(Plausibility& stage, const Message& message) {
  const std::string text = message.text();
  record::Line line;
  REQUIRE(line.parse(text));
  record::ReadingRecord reading;
  REQUIRE(record::read(line, reading));
  stage.reading(line, reading);
}

Verdicts judge_all(const std::vector<Message>& messages, const PlausibilitySettings& settings) {
  Collector collector;
  Plausibility stage(collector, settings);
  for (const Message& message : messages) feed(stage, message);
  return collector.verdicts;
}

std::size_t refusals(const Verdicts& verdicts) {
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
Micros some_start(Dice& dice) {
  switch (between(dice, 0, 3)) {
    case 0:
      return 1'774'745'000 * kSecond;  // 2026-03-29T00:43:20Z
    case 1:
      return 1'792'888'000 * kSecond;  // 2026-10-25T00:26:40Z
    default:
      return between(dice, 1'700'000'000, 1'800'000'000) * kSecond;
  }
}

PlausibilitySettings some_settings(Dice& dice) {
  PlausibilitySettings settings;
  settings.power_limit = std::vector<std::uint64_t>{20'000, 44'000, 1'000'000}[dice() % 3];
  return settings;
}

std::vector<Message> messages_of(House& house, std::size_t n) {
  std::vector<Message> messages;
  for (std::size_t i = 0; i < n; ++i) messages.push_back(house.next());
  return messages;
}

Value* value_of(Message& message, std::string_view obis) {
  for (Value& value : message.values) {
    if (value.obis == obis) return &value;
  }
  return nullptr;
}

Setup setup;

}  // namespace

TEST_CASE("plausibility: of healthy houses nothing is refused") {
  Dice dice(1);
  std::size_t readings = 0;
  for (int round = 0; round < 10'000; ++round) {
    CAPTURE(round);
    const PlausibilitySettings settings = some_settings(dice);
    const Micros start = some_start(dice);
    std::vector<House> houses;
    for (int i = 0; i < between(dice, 1, 3); ++i) {
      houses.emplace_back(fmt::format("house {}", i), start, *settings.power_limit, dice);
    }
    std::vector<Message> messages;
    for (int i = 0; i < 30; ++i) messages.push_back(houses[dice() % houses.size()].next());
    const Verdicts verdicts = judge_all(messages, settings);
    REQUIRE(verdicts.size() == messages.size());
    for (std::size_t i = 0; i < verdicts.size(); ++i) {
      if (verdicts[i].empty()) continue;
      FAIL(verdicts[i] << " in " << messages[i].text());
    }
    readings += verdicts.size();
  }
  MESSAGE(readings << " readings of 10000 runs, none refused");
}

TEST_CASE("plausibility: one fault at a random place, and that one message is refused") {
  enum Kind { backwards, zero, jump, power, old_clock, ahead, back, same_id, older, big, kinds };
  const char* const reasons[kinds]{"runs backwards: ",
                                   "runs backwards: ",
                                   "jumps from ",
                                   "more than the limit of",
                                   "the meter's clock says 2000-01-01",
                                   "(--clock-limit)",
                                   "time runs backwards: ",
                                   "repeated: ",
                                   "is older than ",
                                   "has a number of more than 64 bits"};
  Dice dice(2);
  std::vector<int> counted(kinds);
  for (int round = 0; round < 5'000; ++round) {
    const PlausibilitySettings settings = some_settings(dice);
    House house("A", some_start(dice), *settings.power_limit, dice);
    const auto kind = static_cast<Kind>(round % kinds);
    house.continuous();
    house.ciphered(kind != same_id || chance(dice, 50));
    // Without a ts only a cipher's counter tells a repetition from a meter that idles.
    if ((kind >= old_clock && kind <= back) || kind == same_id) house.both_clocks();
    std::vector<Message> messages = messages_of(house, 12);
    const bool alone = kind == power || kind == old_clock || kind == ahead || kind == big;
    const auto at = static_cast<std::size_t>(between(dice, alone ? 0 : 1, 10));
    Message& bad = messages[at];
    const Message& before = messages[at == 0 ? 0 : at - 1];
    Value* import = value_of(bad, "1-0:1.8.0");
    const auto shown = parse_decimal(value_of(messages[at == 0 ? 0 : at - 1], "1-0:1.8.0")->number);
    switch (kind) {
      case backwards:
        import->number =
            to_string(*subtract(*shown, Decimal::of(between(dice, 1, 9), shown->exponent)));
        break;
      case zero:
        import->number = "0";
        break;
      case jump: {
        // What the limit allows from here to the end of the run, and 10 minutes, and 100 Wh.
        const Micros span = messages.back().time.value_or(messages.back().ts.value_or(0)) -
                            messages.front().time.value_or(messages.front().ts.value_or(0));
        const std::int64_t wh =
            static_cast<std::int64_t>(*settings.power_limit) * (span / kSecond + 7800) / 3600 + 100;
        const bool kilo = import->unit == "kWh";
        import->number = to_string(*add(*shown, Decimal::of(kilo ? wh / 1000 + 4 : wh)));
        break;
      }
      case power:
        bad.values[dice() % 3].number =
            (chance(dice, 50) ? "-" : "") + std::to_string(*settings.power_limit + 1);
        break;
      case old_clock:
        bad.time = 946'684'800 * kSecond - 3600 * kSecond;
        bad.offset = 60;
        break;
      case ahead:
        bad.time = *bad.ts + 86'400 * kSecond + 2 * kSecond;
        break;
      case back:
        bad.time = *before.time - 7'201 * kSecond;
        break;
      case same_id:
        bad = before;
        break;
      case older: {
        const std::size_t colon = before.id.find(':');
        const auto counter = std::stoull(before.id.substr(colon + 1));
        bad.id = before.id.substr(0, colon + 1) +
                 std::to_string(counter - static_cast<std::uint64_t>(between(dice, 1, 900)));
        break;
      }
      case big:
        import->number = "18446744073709551616";
        break;
      case kinds:
        break;
    }
    CAPTURE(round);
    CAPTURE(bad.text());
    CAPTURE(before.text());
    const Verdicts verdicts = judge_all(messages, settings);
    CAPTURE(verdicts[at]);
    CHECK(verdicts[at].find(reasons[kind]) != std::string::npos);
    CHECK(verdicts[at].find(';') == std::string::npos);  // for this reason alone
    CHECK(refusals(verdicts) == 1);
    ++counted[kind];
  }
  for (const int n : counted) CHECK(n == 500);
}

TEST_CASE("plausibility: another meter is accepted after n readings that agree") {
  Dice dice(3);
  for (int round = 0; round < 1'000; ++round) {
    CAPTURE(round);
    PlausibilitySettings settings = some_settings(dice);
    settings.accept_after = static_cast<std::uint64_t>(round % 6);
    Micros start = some_start(dice);
    House old_house("A", start, *settings.power_limit, dice);
    old_house.continuous();
    old_house.both_clocks();
    old_house.counted_much();
    std::vector<Message> messages = messages_of(old_house, 5);
    House new_house("A", old_house.now() + 3600 * kSecond, *settings.power_limit, dice);
    new_house.continuous();
    new_house.both_clocks();
    std::vector<Message> fresh = messages_of(new_house, 10);
    for (Message& message : fresh) messages.push_back(message);
    const Verdicts verdicts = judge_all(messages, settings);
    for (std::size_t i = 0; i < verdicts.size(); ++i) {
      CAPTURE(i);
      CAPTURE(verdicts[i]);
      const bool early =
          i >= 5 && (settings.accept_after == 0 || i + 1 < 5 + settings.accept_after);
      CHECK(verdicts[i].empty() == !early);
    }
  }
}

TEST_CASE("plausibility: a new key is accepted, a replay is not") {
  Dice dice(4);
  for (int round = 0; round < 500; ++round) {
    CAPTURE(round);
    const PlausibilitySettings settings = some_settings(dice);
    House house("A", some_start(dice), *settings.power_limit, dice);
    house.continuous();
    house.ciphered(true);
    std::vector<Message> messages = messages_of(house, 20);
    const std::vector<Message> log = messages;
    if (round % 2 == 0) {
      house.new_key();
      for (int i = 0; i < 6; ++i) messages.push_back(house.next());
      const Verdicts verdicts = judge_all(messages, settings);
      CHECK(refusals(verdicts) == 2);
      CHECK(verdicts[20].find("(a replay?)") != std::string::npos);
      CHECK_FALSE(verdicts[21].empty());
    } else {
      // Its old bytes on the line today: `ts` is new. And as it was: both are old.
      const bool on_the_line = chance(dice, 50);
      for (Message message : log) {
        if (on_the_line && message.ts && message.time) *message.ts += 86'400 * kSecond;
        messages.push_back(message);
      }
      for (int i = 0; i < 3; ++i) messages.push_back(house.next());
      const Verdicts verdicts = judge_all(messages, settings);
      CHECK(refusals(verdicts) == 20);
      for (std::size_t i = 20; i < 40; ++i) CHECK_FALSE(verdicts[i].empty());
    }
  }
}

TEST_CASE("plausibility: rubbish first is mended after three readings") {
  const PlausibilitySettings settings;
  Dice dice(5);
  for (int round = 0; round < 200; ++round) {
    House house("A", some_start(dice), 1'000'000, dice);
    house.continuous();
    std::vector<Message> messages = messages_of(house, 8);
    value_of(messages[0], "1-0:1.8.0")->number = "99999999999";
    const Verdicts verdicts = judge_all(messages, settings);
    CHECK(refusals(verdicts) == 2);
    CHECK_FALSE(verdicts[1].empty());
    CHECK_FALSE(verdicts[2].empty());
  }
}

TEST_CASE("plausibility: short lists between long ones do not hide another meter") {
  const PlausibilitySettings settings;
  Micros now = 1'770'000'000 * kSecond;
  std::vector<Message> messages;
  const auto add = [&](bool full, int wh) {
    Message message;
    now += 10 * kSecond;
    message.ts = now;
    message.id = fmt::format("{:016x}", now);
    message.values.push_back({"1-0:1.7.0", "500", "W"});
    if (full) message.values.push_back({"1-0:1.8.0", std::to_string(wh), "Wh"});
    messages.push_back(message);
  };
  add(true, 50'000);
  for (int hour = 0; hour < 4; ++hour) {
    for (int i = 0; i < 10; ++i) add(false, 0);
    add(true, 10 + hour);
  }
  const Verdicts verdicts = judge_all(messages, settings);
  CHECK(refusals(verdicts) == 2);
  CHECK_FALSE(verdicts[11].empty());
  CHECK_FALSE(verdicts[22].empty());
  CHECK(verdicts[33].empty());
}

TEST_CASE("plausibility: a spike in each of two long lists is no new meter") {
  PlausibilitySettings settings;
  std::vector<Message> messages;
  for (int i = 0; i < 12; ++i) {
    Message message;
    message.ts = (1'770'000'000LL + i * 5) * kSecond;
    message.id = fmt::format("{:016x}", i);
    message.values.push_back({"1-0:1.8.0", i % 2 == 1 ? "5" : "1000", "Wh"});
    messages.push_back(message);
  }
  const Verdicts verdicts = judge_all(messages, settings);
  for (std::size_t i = 0; i < verdicts.size(); ++i) CHECK(verdicts[i].empty() == (i % 2 == 0));
}

TEST_CASE("plausibility: a restart at any place changes no verdict") {
  Dice dice(6);
  std::size_t cuts = 0, refused = 0;
  for (int round = 0; round < 1'000; ++round) {
    CAPTURE(round);
    PlausibilitySettings settings = some_settings(dice);
    settings.accept_after = static_cast<std::uint64_t>(between(dice, 0, 4));
    const Micros start = some_start(dice);
    std::vector<House> houses;
    for (int i = 0; i < 3; ++i) {  // two of them under one name
      houses.emplace_back(fmt::format("meter {}/ü", i % 2), start, *settings.power_limit, dice);
    }
    std::vector<Message> messages;
    for (int i = 0; i < 40; ++i) {
      if (i == 25) houses[1].new_key();
      messages.push_back(houses[i < 20 ? dice() % 2 : dice() % 3].next());
      if (chance(dice, 10)) messages.push_back(messages[dice() % messages.size()]);
      if (chance(dice, 10)) messages.back().values[0].number = "99999999";
    }
    const Verdicts whole = judge_all(messages, settings);
    const auto cut = static_cast<std::size_t>(between(dice, 0, static_cast<int>(messages.size())));
    std::map<std::string, std::string> kept;
    const Persistent::Save save = [&](const std::string& key, const std::string& text) {
      kept[key] = text;
    };
    Collector first, second;
    Plausibility before(first, settings), after(second, settings);
    for (std::size_t i = 0; i < cut; ++i) {
      feed(before, messages[i]);
      if (chance(dice, 30)) before.save_changes(save);
    }
    before.save_changes(save);
    for (const auto& [key, text] : kept) {
      CHECK(key.starts_with("check/meter "));
      CHECK(text.size() < 1000);
      after.restore(key, text);
    }
    for (std::size_t i = cut; i < messages.size(); ++i) feed(after, messages[i]);
    first.verdicts.insert(first.verdicts.end(), second.verdicts.begin(), second.verdicts.end());
    REQUIRE(first.verdicts.size() == whole.size());
    for (std::size_t i = 0; i < whole.size(); ++i) {
      CAPTURE(i);
      CAPTURE(cut);
      CHECK(first.verdicts[i] == whole[i]);
    }
    ++cuts;
    refused += refusals(whole);
  }
  MESSAGE(cuts << " restarts, " << refused << " refusals in them");
  CHECK(refused > 5'000);
}

TEST_CASE("plausibility: of what is restored only what is whole counts") {
  Dice dice(7);
  const PlausibilitySettings settings;
  House house("A", some_start(dice), 1'000'000, dice);
  house.continuous();
  house.both_clocks();
  house.ciphered(true);
  std::vector<Message> messages = messages_of(house, 4);
  Message spike = house.next();
  value_of(spike, "1-0:1.8.0")->number = "0";
  messages.push_back(spike);
  Collector collector;
  Plausibility stage(collector, settings);
  for (const Message& message : messages) feed(stage, message);
  std::string text;
  stage.save_changes([&](const std::string& key, const std::string& saved) {
    CHECK(key == "check/A");
    text = saved;
  });
  CHECK(refusals(collector.verdicts) == 1);
  stage.save_changes([&](const std::string&, const std::string&) { FAIL("nothing has changed"); });
  std::size_t taken = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string broken = text;
    for (int i = 0; i < between(dice, 1, 3); ++i) {
      const std::size_t at = dice() % broken.size();
      switch (between(dice, 0, 3)) {
        case 0:
          broken.erase(at, 1 + dice() % 20);
          break;
        case 1:
          broken[at] = static_cast<char>(dice());
          break;
        case 2:
          broken.insert(at, 1, "0123456789 -:,etmikcf"[dice() % 21]);
          break;
        default:
          broken.insert(at, "99999999999999999999");
          break;
      }
      if (broken.empty()) broken = " ";
    }
    Collector verdicts;
    Plausibility other(verdicts, settings);
    other.restore("check/A", broken);
    other.restore("meter/A", broken);
    other.restore("check/", "");
    std::string again;
    feed(other, messages[3]);  // with what it knows it is a repetition
    taken += refusals(verdicts.verdicts);
    other.save_changes([&](const std::string&, const std::string& saved) { again = saved; });
    CHECK(again.size() < 2'000);
    REQUIRE(verdicts.verdicts.size() == 1);
  }
  CHECK(taken > 100);  // the others began anew
  CHECK(taken < 19'000);
}

TEST_CASE("plausibility: 1,000 meters are remembered, the one not heard of for longest is not") {
  Dice dice(8);
  std::map<std::string, std::string> kept;
  const Persistent::Save save = [&](const std::string& key, const std::string& text) {
    if (text.empty()) {
      CHECK(kept.erase(key) == 1);
    } else {
      kept[key] = text;
    }
  };
  Collector collector;
  Plausibility stage(collector, {});
  const auto one = [](int meter, std::string wh, int n) {
    Message message;
    message.meter = std::to_string(meter);
    message.ts = (1'770'000'000LL + n) * kSecond;
    message.id = fmt::format("{:016x}", meter * 1000 + n);
    message.values.push_back({"1-0:1.8.0", std::move(wh), "Wh"});
    return message;
  };
  for (int meter = 0; meter < 1000; ++meter) feed(stage, one(meter, "100", 0));
  feed(stage, one(0, "100", 1));
  stage.save_changes(save);
  CHECK(kept.size() == 1000);
  for (int meter = 1000; meter < 1100; ++meter) feed(stage, one(meter, "100", 2));
  stage.save_changes(save);
  CHECK(kept.size() == 1000);
  CHECK(kept.contains("check/0"));
  CHECK_FALSE(kept.contains("check/1"));
  CHECK_FALSE(kept.contains("check/100"));
  CHECK(kept.contains("check/101"));
  // And so after a restart, in whatever order they come back.
  Collector second;
  Plausibility other(second, {});
  for (const auto& [key, text] : kept) other.restore(key, text);
  feed(other, one(2000, "100", 3));
  other.save_changes(save);
  CHECK_FALSE(kept.contains("check/101"));
  CHECK(kept.contains("check/102"));
  feed(other, one(2001, "100", 3));
  other.save_changes(save);
  CHECK(kept.contains("check/2000"));
  CHECK_FALSE(kept.contains("check/102"));
  feed(other, one(0, "99", 3));
  feed(other, one(1, "99", 3));
  CHECK(refusals(second.verdicts) == 1);
  CHECK(refusals(collector.verdicts) == 0);
}

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

TEST_CASE("plausibility: only readings that agree with each other are a new beginning") {
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

TEST_CASE("plausibility: how far since when") {
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

TEST_CASE("plausibility: a counter that stood still may not catch up on the hours") {
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

TEST_CASE("plausibility: counters that count in steps, whatever the step and the last digit") {
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

TEST_CASE("plausibility: the last digit is the scaler's, or what zeros tell") {
  const auto verdict = [](const char* first, const char* second, const char* scaler) {
    Collector collector;
    PlausibilitySettings settings;
    settings.power_limit = 3'600;  // 1 Wh a second: 7 Wh
    Plausibility stage(collector, settings);
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
      stage.reading(line, reading);
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

TEST_CASE("plausibility: what is older than what is known never becomes the state") {
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

TEST_CASE("plausibility: two sources of one meter say all twice") {
  struct Counting : Collector {
    int duplicates = 0;
    void duplicate(record::Line& line, const record::ReadingRecord& reading,
                   std::string_view reason) override {
      ++duplicates;
      Collector::refused(line, reading, reason);
    }
  };
  Counting collector;
  Plausibility stage(collector, {});
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
    stage.reading(line, reading);
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

TEST_CASE("plausibility: which values are judged, and how") {
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

TEST_CASE("plausibility: off, and what is no reading, goes on as it is") {
  PlausibilitySettings settings;
  settings.enabled = false;
  Dice dice(9);
  House house("A", some_start(dice), 1'000'000, dice);
  std::vector<Message> messages = messages_of(house, 5);
  for (int i = 4; i-- > 0;) messages.push_back(messages[static_cast<std::size_t>(i)]);
  Collector collector;
  Plausibility stage(collector, settings);
  for (const Message& message : messages) feed(stage, message);
  CHECK(refusals(collector.verdicts) == 0);
  stage.save_changes([](const std::string&, const std::string&) { FAIL("off"); });
  record::Line line;
  REQUIRE(line.parse(R"({"v":1,"t":"error","code":"noise"})"));
  stage.error(line, "B");
  CHECK(collector.errors == std::vector<std::string>{"B"});
}
