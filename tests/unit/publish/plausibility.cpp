// What is believed and what is not: properties over simulated houses, one fault of each kind set in
// at a random place, exchanges, replays, and that a restart changes no verdict.
#include "unit/publish/houses.hpp"

namespace meterpipe::houses {

TEST_CASE_FIXTURE(Place, "plausibility: of healthy houses nothing is refused") {
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

TEST_CASE_FIXTURE(Place,
                  "plausibility: one fault at a random place, and that one message is refused") {
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
    // A clock that was never right is none, where there is a ts.
    const bool alone = kind == power || kind == ahead || kind == big;
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
      case zero: import->number = "0"; break;
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
      case ahead: bad.time = *bad.ts + 86'400 * kSecond + 2 * kSecond; break;
      case back: bad.time = *before.time - 7'201 * kSecond; break;
      case same_id: bad = before; break;
      case older: {
        const std::size_t colon = before.id.find(':');
        const auto counter = std::stoull(before.id.substr(colon + 1));
        bad.id = before.id.substr(0, colon + 1) +
                 std::to_string(counter - static_cast<std::uint64_t>(between(dice, 1, 900)));
        break;
      }
      case big: import->number = "18446744073709551616"; break;
      case kinds: break;
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

TEST_CASE_FIXTURE(Place, "plausibility: another meter is accepted after n readings that agree") {
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

TEST_CASE_FIXTURE(Place, "plausibility: a new key is accepted, a replay is not") {
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

TEST_CASE_FIXTURE(
    Place, "plausibility: a meter that ciphers does not turn plain, before and after a restart") {
  Dice dice(12);
  for (int round = 0; round < 200; ++round) {
    CAPTURE(round);
    PlausibilitySettings settings = some_settings(dice);
    House house("A", some_start(dice), *settings.power_limit, dice);
    house.continuous();
    house.ciphered(true);
    std::map<std::string, std::string> kept;
    Collector first, second, third;
    Plausibility before(first.meters, first, first.observers, settings);
    const auto next = [&](const char* auth) {
      Message message = house.next();
      message.auth = auth;
      return message;
    };
    for (int i = 0; i < 5; ++i) feed(first, before, next(round % 2 == 0 ? "none" : "verified"));
    house.ciphered(false);
    for (int i = 0; i < 10; ++i) feed(first, before, next("plain"));
    CHECK(refusals(first.verdicts) == 10);
    CHECK(first.verdicts.back().find("not ciphered, and this meter's messages were") == 0);
    before.save_changes([&](const std::string& key, const std::string& text) { kept[key] = text; });
    Plausibility after(second.meters, second, second.observers, settings);
    for (const auto& [key, text] : kept) after.restore(key, text);
    for (int i = 0; i < 10; ++i) feed(second, after, next("plain"));
    CHECK(refusals(second.verdicts) == 10);
    // The user says that it was turned off; from then on it need not be said.
    settings.plain_meters = {"A"};
    Plausibility told(third.meters, third, third.observers, settings);
    for (const auto& [key, text] : kept) told.restore(key, text);
    feed(third, told, next("plain"));
    CHECK(third.verdicts.back().find("not ciphered") == std::string::npos);
  }
}

TEST_CASE_FIXTURE(Place, "plausibility: rubbish first is mended after three readings") {
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

TEST_CASE_FIXTURE(Place, "plausibility: short lists between long ones do not hide another meter") {
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

TEST_CASE_FIXTURE(Place, "plausibility: a spike in each of two long lists is no new meter") {
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

TEST_CASE_FIXTURE(Place, "plausibility: a restart at any place changes no verdict") {
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
    const state::Persistent::Save save = [&](const std::string& key, const std::string& text) {
      kept[key] = text;
    };
    Collector first, second;
    Plausibility before(first.meters, first, first.observers, settings);
    Plausibility after(second.meters, second, second.observers, settings);
    for (std::size_t i = 0; i < cut; ++i) {
      feed(first, before, messages[i]);
      if (chance(dice, 30)) before.save_changes(save);
    }
    before.save_changes(save);
    for (const auto& [key, text] : kept) {
      CHECK(key.starts_with("check/meter "));
      CHECK(text.size() < 1200);
      after.restore(key, text);
    }
    for (std::size_t i = cut; i < messages.size(); ++i) feed(second, after, messages[i]);
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

TEST_CASE_FIXTURE(Place, "plausibility: of what is restored only what is whole counts") {
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
  Plausibility stage(collector.meters, collector, collector.observers, settings);
  for (const Message& message : messages) feed(collector, stage, message);
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
        case 0: broken.erase(at, 1 + dice() % 20); break;
        case 1: broken[at] = static_cast<char>(dice()); break;
        case 2: broken[at] = "0123456789-:,"[dice() % 13]; break;
        default: broken.insert(at, "99999999999999999999"); break;
      }
      if (broken.empty()) broken = " ";
    }
    Collector verdicts;
    Plausibility other(verdicts.meters, verdicts, verdicts.observers, settings);
    other.restore("check/A", broken);
    other.restore("meter/A", broken);
    other.restore("check/", "");
    std::string again;
    feed(verdicts, other, messages[3]);  // with what it knows it is a repetition
    taken += refusals(verdicts.verdicts);
    other.save_changes([&](const std::string&, const std::string& saved) { again = saved; });
    CHECK(again.size() < 2'000);
    REQUIRE(verdicts.verdicts.size() == 1);
  }
  CHECK(taken > 100);  // the others began anew
  CHECK(taken < 19'000);
}

TEST_CASE_FIXTURE(Place,
                  "plausibility: a bound of 1,000 meters, the one not heard of for longest goes") {
  Dice dice(8);
  std::map<std::string, std::string> kept;
  const state::Persistent::Save save = [&](const std::string& key, const std::string& text) {
    if (text.empty()) {
      CHECK(kept.erase(key) == 1);
    } else {
      kept[key] = text;
    }
  };
  Collector collector(1000);
  Plausibility stage(collector.meters, collector, collector.observers, {});
  const auto one = [](int meter, std::string wh, int n) {
    Message message;
    message.meter = std::to_string(meter);
    message.ts = (1'770'000'000LL + n) * kSecond;
    message.id = fmt::format("{:016x}", meter * 1000 + n);
    message.values.push_back({"1-0:1.8.0", std::move(wh), "Wh"});
    return message;
  };
  for (int meter = 0; meter < 1000; ++meter) feed(collector, stage, one(meter, "100", 0));
  feed(collector, stage, one(0, "100", 1));
  stage.save_changes(save);
  CHECK(kept.size() == 1000);
  for (int meter = 1000; meter < 1100; ++meter) feed(collector, stage, one(meter, "100", 2));
  stage.save_changes(save);
  CHECK(kept.size() == 1000);
  CHECK(kept.contains("check/0"));
  CHECK_FALSE(kept.contains("check/1"));
  CHECK_FALSE(kept.contains("check/100"));
  CHECK(kept.contains("check/101"));
  // And so after a restart, in whatever order they come back.
  Collector second(1000);
  Plausibility other(second.meters, second, second.observers, {});
  for (const auto& [key, text] : kept) other.restore(key, text);
  feed(second, other, one(2000, "100", 3));
  other.save_changes(save);
  CHECK_FALSE(kept.contains("check/101"));
  CHECK(kept.contains("check/102"));
  feed(second, other, one(2001, "100", 3));
  other.save_changes(save);
  CHECK(kept.contains("check/2000"));
  CHECK_FALSE(kept.contains("check/102"));
  feed(second, other, one(0, "99", 3));
  feed(second, other, one(1, "99", 3));
  CHECK(refusals(second.verdicts) == 1);
  CHECK(refusals(collector.verdicts) == 0);
}

}  // namespace meterpipe::houses
