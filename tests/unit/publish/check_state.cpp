// What is known of a meter as a text, and what an older version has written.
#include "judge/check_state.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>

#include "state/state_text.hpp"
#include "unit/publish/houses.hpp"

namespace meterpipe::houses {
namespace {

using Texts = std::map<std::string, std::string>;

Moment some_moment(Dice& dice) {
  Moment moment;
  if (chance(dice, 70)) moment.ts = between(dice, -kMostMicros, kMostMicros);
  if (chance(dice, 70)) moment.time = between(dice, -kMostMicros, kMostMicros);
  return moment;
}

// A moment as far before the latest as a text may say.
Moment some_moment_near(const Moment& latest, Dice& dice) {
  Moment moment = some_moment(dice);
  if (moment.ts) moment.ts = latest.ts.value_or(0) / 2 + *moment.ts / 2;
  if (moment.time) moment.time = latest.time.value_or(0) / 2 + *moment.time / 2;
  return moment;
}

Baseline some_baseline(Dice& dice) {
  Baseline baseline;
  baseline.at = some_moment(dice);
  baseline.id = chance(dice, 50) ? dice() : 0;
  for (auto n = between(dice, 0, Baseline::kMostTitles); n > 0; --n) {
    baseline.titles.push_back({dice(), dice()});
  }
  const auto most = chance(dice, 5) ? Baseline::kMostCounters : 3;
  for (auto n = between(dice, 0, static_cast<std::int64_t>(most)); n > 0; --n) {
    Baseline::Counter& counter = baseline.counters.emplace_back();
    counter.key = dice();
    counter.unit = static_cast<std::uint8_t>(dice());
    counter.number = {dice(), static_cast<int>(between(dice, -kMostExponent, kMostExponent)),
                      chance(dice, 30)};
    counter.motion = static_cast<Baseline::Counter::Motion>(between(dice, 0, 2));
    counter.changed = some_moment_near(baseline.at, dice);
    counter.seen = some_moment_near(baseline.at, dice);
    counter.grain = static_cast<int>(between(dice, -kMostExponent, kMostExponent));
    counter.step = between(dice, 0, kMostMicros);
    counter.steps = static_cast<unsigned>(between(dice, 0, 2));
    counter.offbeat = chance(dice, 50);
  }
  return baseline;
}

CheckState some_state(Dice& dice) {
  CheckState state;
  if (chance(dice, 90)) state.known = some_baseline(dice);
  if (state.known && chance(dice, 50)) {
    state.candidate = Candidate{some_baseline(dice), dice() | 1, {}};
    const auto most = static_cast<std::int64_t>(Candidate::kMostFailed);
    for (auto n = between(dice, 0, most); n > 0; --n) state.candidate->failed.push_back(dice());
  }
  return state;
}

// As obis-mqtt wrote them before there were netstrings: of one with a candidate, of a meter without
// a title, and of one whose counters had no grain yet.
constexpr std::string_view kWithCandidate =
    "1 8 t1795366810000000 m1795366810000000 ie9e9357da8733b8b k4b464d1020039534:1002 "
    "e4295034880:1:1327458e0:2:0,0:0,0:0:5000000:1:1 "
    "e4295100416:1:75e2:1:10000000,10000000:0,0:2:0:0:0 "
    "e18350593:7:12345e-3:1:10000000,10000000:0,0:-3:0:0:0 c2 f4295034880 t1795366820000000 "
    "m1795366820000000 ie9e93b7da87345bd k4b464d1020039534:1004 "
    "e4295034880:1:1001e0:2:0,0:0,0:0:0:0:1 e4295100416:1:75e2:1:5000000,5000000:0,0:2:0:0:0 "
    "e18350593:7:12345e-3:1:5000000,5000000:0,0:-3:0:0:0";
constexpr std::string_view kPlain =
    "1 4 t1795366805000000 m1795366805000000 e4295034880:1:500e0:1:5000000,5000000:0,0:2:0:0:0 "
    "e4295100416:1:75e2:1:5000000,5000000:0,0:2:0:0:0 "
    "e18350593:7:12345e-3:1:5000000,5000000:0,0:-3:0:0:0";
constexpr std::string_view kWithoutGrain =
    "1 17 t1795366800000000 i1f00 k4b464d1020039534:1234 e4295034880:1:-1327456e3:2:0,:7,";

// The readings that kWithCandidate came of: this is the third that fits the candidate.
Message third(std::string wh) {
  Message message;
  message.meter = "1KFM";
  message.id = "4b464d1020039534:1005";
  message.ts = message.time = 1'795'366'825'000'000;
  message.offset = 0;
  message.values.push_back({"1-0:1.8.0", std::move(wh), "Wh"});
  return message;
}

}  // namespace

TEST_CASE("check state: what was saved is read back, and not what is cut off") {
  Dice dice(11);
  for (int round = 0; round < 5'000; ++round) {
    const SavedCheck saved{some_state(dice), dice(), false};
    const std::string text = check_text(saved.state, saved.heard);
    REQUIRE(text.starts_with("1:2,"));
    const auto again = read_check_text(text);
    REQUIRE(again);
    REQUIRE((*again == saved));
    REQUIRE_FALSE(read_check_text(text.substr(0, dice() % text.size())));
    REQUIRE_FALSE(read_check_text(text + "0:,"));
  }
}

TEST_CASE("check state: values that none can have are left alone") {
  // version heard known, ts time id titles counters: key unit number exponent motion, four times,
  // grain step steps offbeat; no candidate
  const std::vector<std::string> good{"2", "5", "1", "9", "9",  "7", "0", "1", "3", "30", "-12",
                                      "0", "2", "1", "",  "-1", "",  "3", "0", "2", "1",  "0"};
  const auto text_with = [&](std::size_t at, std::string_view item) {
    state::StateWriter to;
    for (std::size_t i = 0; i < good.size(); ++i) to.text(i == at ? item : good[i]);
    return to.take();
  };
  const auto fine = read_check_text(text_with(99, {}));
  REQUIRE(fine);
  const Baseline::Counter& counter = fine->state.known->counters.at(0);
  CHECK((counter.number == Decimal::of(-12)));
  CHECK(counter.changed.ts == 8);
  CHECK_FALSE(counter.changed.time);
  CHECK(counter.seen.ts == 10);
  CHECK(counter.offbeat);
  const std::pair<std::size_t, std::string_view> wrongs[] = {
      {0, "1"},   {0, "3"},     {1, "-1"},   {2, "2"},     {3, "400000000000000001"},
      {4, "x"},   {5, ""},      {6, "5"},    {7, "129"},   {8, "18446744073709551616"},
      {9, "256"}, {10, "--12"}, {10, "+12"}, {11, "1001"}, {12, "3"},
      {13, "a"},  {17, "1e3"},  {18, "-1"},  {19, "3"},    {20, "2"},
      {21, "1"},  {10, ""},     {7, "0"},    {7, "2"},     {13, "400000000000000010"}};
  for (const auto& [at, item] : wrongs) {
    CAPTURE(at);
    CAPTURE(item);
    CHECK_FALSE(read_check_text(text_with(at, item)));
  }
}

TEST_CASE("check state: what an older version has written is read") {
  for (const std::string_view text : {kWithCandidate, kPlain, kWithoutGrain}) {
    CAPTURE(text);
    const auto saved = read_check_text(text);
    REQUIRE(saved);
    CHECK(saved->is_older);
    const auto again = read_check_text(check_text(saved->state, saved->heard));
    REQUIRE(again);
    CHECK_FALSE(again->is_older);
    CHECK((again->state == saved->state));
    CHECK(again->heard == saved->heard);
  }
  const auto full = read_check_text(kWithCandidate);
  const Baseline& known = *full->state.known;
  CHECK(full->heard == 8);
  CHECK(known.at.ts == 1'795'366'810'000'000);
  CHECK(known.id == 0xe9e9357da8733b8b);
  REQUIRE(known.titles.size() == 1);
  CHECK((known.titles[0] == Baseline::Title{0x4b464d1020039534, 1002}));
  REQUIRE(known.counters.size() == 3);
  using Motion = Baseline::Counter::Motion;
  const Moment first{1'795'366'800'000'000, 1'795'366'800'000'000};
  CHECK((known.counters[0] == Baseline::Counter{4'295'034'880, 30, Decimal::of(1'327'458),
                                                Motion::moved, known.at, known.at, 0, 5'000'000, 1,
                                                true}));
  CHECK((known.counters[2] == Baseline::Counter{18'350'593, 13, Decimal::of(12'345, -3),
                                                Motion::still, first, known.at, -3}));
  CHECK(full->state.candidate->count == 2);
  CHECK(full->state.candidate->failed == std::vector<std::uint64_t>{4'295'034'880});
  CHECK(full->state.candidate->baseline.counters.size() == 3);
  CHECK_FALSE(read_check_text(kPlain)->state.candidate);
  const auto short_one = read_check_text(kWithoutGrain);
  const Baseline::Counter& counter = short_one->state.known->counters.at(0);
  CHECK((counter.number == Decimal::of(-1'327'456, 3)));
  CHECK(counter.grain == 3);
  CHECK_FALSE(read_check_text("2" + std::string(kPlain.substr(1))));
  // A counter that changed before there was any time.
  for (const char* times :
       {"400000000000000000,5000000:0,0", "5000000,5000000:400000000000000000,0"}) {
    std::string text(kPlain);
    text.replace(0, text.find(" m"), "1 4 t-400000000000000000");
    text.replace(text.find("5000000,5000000:0,0"), 19, times);
    CHECK_FALSE(read_check_text(text));
  }
  for (std::size_t size = 0; size < 3; ++size) CHECK_FALSE(read_check_text(kPlain.substr(0, size)));
}

TEST_CASE_FIXTURE(Place,
                  "plausibility: what an older version has written goes on, and is written anew") {
  Texts kept;
  const state::Persistent::Save save = [&](const std::string& key, const std::string& text) {
    kept[key] = text;
  };
  Collector collector;
  Plausibility stage(collector.meters, collector, collector.observers, {});
  stage.restore("check/1KFM", kWithCandidate);
  stage.restore("check/plain", kPlain);
  stage.restore("check/broken", "1 4 t17x");
  stage.save_changes(save);
  REQUIRE(kept.size() == 2);
  CHECK(kept["check/1KFM"].starts_with("1:2,1:8,1:1,"));
  CHECK(kept["check/plain"].starts_with("1:2,1:4,1:1,"));
  stage.save_changes([](const std::string&, const std::string&) { FAIL("nothing has changed"); });
  for (const bool anew : {false, true}) {
    for (const bool fits_candidate : {true, false}) {
      Collector verdicts;
      Plausibility other(verdicts.meters, verdicts, verdicts.observers, {});
      other.restore("check/1KFM", anew ? kept["check/1KFM"] : std::string(kWithCandidate));
      feed(verdicts, other, third(fits_candidate ? "1002" : "900"));
      feed(verdicts, other, third(fits_candidate ? "1003" : "1327460"));
      CHECK(verdicts.verdicts[0].empty() == fits_candidate);
      CHECK(verdicts.verdicts[1].empty() != fits_candidate);
    }
  }
}

TEST_CASE_FIXTURE(Place, "plausibility: of an older text only what is whole counts") {
  Dice dice(12);
  std::size_t taken = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string broken(kWithCandidate);
    for (auto i = between(dice, 1, 3); i > 0; --i) {
      const std::size_t at = dice() % broken.size();
      if (chance(dice, 30)) {
        broken.erase(at, 1 + dice() % 20);
      } else if (chance(dice, 50)) {
        broken.insert(at, 1, "0123456789 -:,etmikcf"[dice() % 21]);
      } else {
        broken[at] = static_cast<char>(dice());
      }
      if (broken.empty()) broken = " ";
    }
    const auto saved = read_check_text(broken);
    if (!saved) continue;
    ++taken;
    const auto again = read_check_text(check_text(saved->state, saved->heard));
    REQUIRE(again);
    REQUIRE((again->state == saved->state));
  }
  CHECK(taken > 1'000);
  CHECK(taken < 19'000);
}

TEST_CASE("state text: what is no such number is none, and all behind it is empty") {
  using state::StateReader;
  const auto number = [](std::string_view text) { return StateReader(text).number(-5, 5); };
  CHECK(number("2:-5,") == -5);
  CHECK(number("1:6,") == 0);
  CHECK(StateReader("20:18446744073709551615,").natural() == ~std::uint64_t{0});
  CHECK_FALSE(StateReader("0:,").optional_time());
  CHECK(StateReader("2:-7,").optional_time() == -7);
  for (const std::string_view wrong : {"1:2,", "2:-1,", "0:,", "1:x,", "1:1", "1;1,", "2:1,", ""}) {
    CAPTURE(wrong);
    StateReader from(wrong);
    CHECK_FALSE(from.flag());
    CHECK(from.failed());
    CHECK(from.text().empty());
    CHECK(from.natural() == 0);
    CHECK_FALSE(from.optional_time());
    CHECK_FALSE(from.done());
  }
  StateReader far("19:1000000000000000001,");
  far.optional_time();
  CHECK(far.failed());
  state::StateWriter to;
  to.optional(std::nullopt);
  to.optional(-3);
  to.natural(~std::uint64_t{0});
  to.flag(true);
  CHECK(to.take() == "0:,2:-3,20:18446744073709551615,1:1,");
  CHECK(state::has_version("1:2,1:x", "2"));
  for (const std::string_view other : {"1:1,", "1KFM", "1 8 t17", "{\"id\"", "", "1:2"}) {
    CHECK_FALSE(state::has_version(other, "2"));
  }
}

}  // namespace meterpipe::houses
