// The meters that are known: one look-up, a bound, and all that is kept of one goes at once.
#include "state/meters.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <random>

#include "flow/meter_names.hpp"
#include "unit/publish/day.hpp"

using namespace meterpipe;
using namespace meterpipe::flow;
using namespace meterpipe::state;
using test::KeptStage;
using test::Saved;

namespace {

using Names = std::vector<std::string>;

Names names_of(Meters& meters) {
  Names names;
  meters.for_each([&](const Meter& meter) { names.push_back(meter.name()); });
  return names;
}

// A reading with or without a title, through MeterNames.
struct Named {
  explicit Named(std::size_t most) : kept(most) { os::Log::open("unit", os::Level::error); }

  void feed(std::string_view meter, std::string_view title) {
    std::string text = R"({"v":1,"t":"reading",)";
    if (!title.empty()) text += fmt::format(R"("id":"{}:1",)", title);
    if (!meter.empty()) text += fmt::format(R"("meter":"{}",)", meter);
    text += R"("src":"tty","values":[{"obis":"a","value":1}]})";
    record::Line line;
    record::ReadingRecord reading;
    REQUIRE(line.parse(text));
    REQUIRE(record::read(line, reading));
    names.reading(line, reading);
  }
  // A wired M-Bus meter's, from its own cosem-decode.
  void feed_wired(std::string_view meter, std::string_view identity, int access = 1) {
    const std::string text = fmt::format(
        R"({{"v":1,"t":"reading","id":"{}:{}","meter":"{}","src":"tty","layout":"mbus",)"
        R"("values":[{{"obis":"0c13","value":1}}]}})",
        identity, access, meter);
    record::Line line;
    record::ReadingRecord reading;
    REQUIRE(line.parse(text));
    REQUIRE(record::read(line, reading));
    names.reading(line, reading);
  }
  // Whose the last reading was.
  std::string last() const { return kept.values.back().substr(0, kept.values.back().find(' ')); }

  KeptStage kept;
  Observers observers;
  MeterNames names{kept.meters, kept, observers};
};

std::string title(int n) { return fmt::format("4b464d10200{:05x}", n); }

}  // namespace

TEST_CASE("meters: against a slow list, with the same ones known and the same ones forgotten") {
  std::mt19937 random(5);
  Meters meters(20);
  PerMeter<std::string> part(meters);
  std::deque<std::string> slow;  // the oldest first
  for (int i = 0; i < 20'000; ++i) {
    const std::string name = "m" + std::to_string(random() % 30);
    const Meter& meter = meters.heard(name);
    const auto known = std::find(slow.begin(), slow.end(), name);
    REQUIRE((part.find(meter) != nullptr) == (known != slow.end()));
    if (known != slow.end()) slow.erase(known);
    slow.push_back(name);
    if (slow.size() > 20) slow.pop_front();
    std::string& state = part.of(meter);
    REQUIRE((state.empty() || state == name));
    state = name;
    REQUIRE(meter.number() <= 20);
    REQUIRE(meters.size() == slow.size());
    REQUIRE(meters.oldest().name() == slow.front());
  }
  std::size_t kept = 0;
  part.for_each([&](const Meter& meter, const std::string& state) {
    CHECK(state == meter.name());
    ++kept;
  });
  CHECK(kept == 20);
  CHECK(meters.forgotten() > 1'000);
}

TEST_CASE("meters: what was saved is in its old order, and older than what has no place in it") {
  Meters meters(3);
  meters.restored("b", 7);
  meters.restored("a", 9);
  meters.restored("d");
  meters.restored("c", 8);
  meters.restored("a", 1);    // of another stage
  CHECK(meters.size() == 4);  // until the first record
  CHECK(meters.oldest().name() == "d");
  CHECK(meters.heard("e").heard() == 10);
  CHECK(names_of(meters) == Names{"a", "c", "e"});
  meters.heard("c");
  meters.heard("f");
  CHECK(names_of(meters) == Names{"c", "e", "f"});
  CHECK(meters.forgotten() == 3);
}

TEST_CASE("meters: two on M-Bus that share an id are two, for ever, whoever comes first") {
  std::map<std::string, std::string> kept;
  const auto save = [&](const std::string& key, const std::string& text) { kept[key] = text; };
  {
    Named world(10);
    world.feed_wired("12345678", "kam-12345678-27-heat");
    CHECK(world.last() == "12345678");
    world.feed_wired("12345678", "zri-12345678-1-water");
    CHECK(world.last() == "12345678-ZRI-water");
    world.feed_wired("12345678", "zri-12345678-2-water");  // another version
    CHECK(world.last() == "zri-12345678-2-water");
    world.feed_wired("12345678", "12345678-other");  // of an old header without a maker
    CHECK(world.last() == "12345678-other");
    world.feed_wired("12345678", "kam-12345678-27-heat", 2);
    CHECK(world.last() == "12345678");
    // What cosem-decode has called so is the same.
    world.feed_wired("12345678-ZRI-water", "zri-12345678-1-water");
    CHECK(world.last() == "12345678-ZRI-water");
    world.names.save_changes(save);
  }
  Named later(10);
  for (const auto& [key, text] : kept) later.names.restore(key, text);
  later.feed_wired("12345678", "zri-12345678-1-water");
  CHECK(later.last() == "12345678-ZRI-water");
  later.feed_wired("12345678", "kam-12345678-27-heat");
  CHECK(later.last() == "12345678");
}

TEST_CASE("meters: a wired one without a number stays one, whatever its messages' ids say") {
  Named world(10);
  for (int minute = 10; minute < 20; ++minute) {
    const auto id = fmt::format("93a64445fed560{}@2026-11-22T17", minute);
    world.feed_wired("ttyUSB0-5", id + fmt::format(":{}", minute));
    CHECK(world.last() == "ttyUSB0-5");
  }
  CHECK(world.kept.meters.size() == 1);
}

TEST_CASE("meters: what was saved of a forgotten one is forgotten, where anything was saved") {
  Meters meters(2);
  SavedPerMeter<int> part(meters, "x/");
  const auto save_one = [](const auto& save) {
    return [&save](const Meter& meter, int) { save("x/" + meter.name(), "1"); };
  };
  std::map<std::string, std::string> kept;
  const Persistent::Save save = [&](const std::string& key, const std::string& text) {
    if (text.empty()) {
      CHECK(kept.erase(key) == 1);
    } else {
      kept[key] = text;
    }
  };
  const auto hear = [&](const char* name) {
    const Meter& meter = meters.heard(name);
    part.of(meter);
    part.change(meter);
  };
  for (const char* name : {"a", "b", "c"}) hear(name);
  part.save_changes(save, save_one(save));
  CHECK(kept.size() == 2);
  CHECK_FALSE(kept.contains("x/a"));  // it never was
  for (const char* name : {"d", "b", "c"}) hear(name);
  part.save_changes(save, save_one(save));
  CHECK(kept == std::map<std::string, std::string>{{"x/b", "1"}, {"x/c", "1"}});
}

TEST_CASE(
    "meter names: a title keeps its name, is bounded with its meter, and so after a restart") {
  Named named(3);
  named.feed("1", title(1));
  named.feed("2", title(1));
  CHECK(named.last() == "1");
  named.feed("3", title(3));
  named.feed("4", {});
  named.feed("2", title(1));
  CHECK(named.last() == "1");
  Saved saved;
  saved.take(named.names);
  CHECK(saved.texts.size() == 2);
  Named again(3);
  saved.give(again.names);
  again.feed("2", title(1));
  CHECK(again.last() == "1");
  // "3" has not been heard of for longest.
  again.feed("5", title(5));
  again.feed("6", {});
  again.feed("7", title(3));
  CHECK(again.last() == "7");
  saved.take(again.names);
  CHECK_FALSE(saved.texts["meter/" + title(3)].empty());
  CHECK(saved.texts["meter/" + title(1)].empty());
}

TEST_CASE("meter names: what an older version has saved is read, and written anew") {
  Saved saved;
  Named named(10);
  const std::string prefix = "meter/";
  named.names.restore(prefix + title(1), "1KFM");  // the bare name
  named.names.restore(prefix + title(2), "Zähler 2");
  named.names.restore(prefix + title(3), "1:2,4:1KFM,");
  for (const char* damaged : {"1:2,4:1KF", "1:2,4:1KFM", "1:2,", "1:2,0:,", "1:2,1:a,1:b,", ""}) {
    named.names.restore(prefix + title(4), damaged);
  }
  named.names.restore(prefix, "1:2,1:a,");
  saved.take(named.names);
  CHECK(saved.texts == std::map<std::string, std::string>{{prefix + title(1), "1:2,4:1KFM,"},
                                                          {prefix + title(2), "1:2,9:Zähler 2,"}});
  saved.texts.clear();
  saved.take(named.names);
  CHECK(saved.texts.empty());
  for (const int n : {1, 3}) {
    named.feed("other", title(n));
    CHECK(named.last() == "1KFM");
  }
  named.feed("4", title(4));
  CHECK(named.last() == "4");
  named.feed("1KFM", title(5));
  saved.take(named.names);
  CHECK(saved.texts == std::map<std::string, std::string>{{prefix + title(4), "1:2,1:4,"},
                                                          {prefix + title(5), "1:2,4:1KFM,"}});
}

TEST_CASE("meter names: any name and title is read back") {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    Saved saved;
    Named named(20), again(20);
    std::map<std::string, std::string> names;
    for (int i = 0; i < 20; ++i) {
      std::string name;
      for (auto n = 1 + random() % 12; n > 0; --n) name += "12:,ab"[random() % 6];
      named.feed(name, title(i));
      names[title(i)] = named.last();
    }
    saved.take(named.names);
    saved.give(again.names);
    for (const auto& [of, name] : names) {
      again.feed("another", of);
      CHECK(again.last() == name);
    }
  }
}

TEST_CASE("meter names: many titles under one name are bounded, too") {
  Named named(100);
  Saved saved;
  for (int i = 0; i < 1'000; ++i) {
    named.feed({}, title(i));
    CHECK(named.last() == "tty");
    saved.take(named.names);
  }
  std::size_t kept = 0;
  for (const auto& [key, text] : saved.texts) kept += text.empty() ? 0 : 1;
  CHECK(kept == 100);
  CHECK(named.kept.meters.size() == 1);
  // A new meter has room for its title all the same.
  named.feed("1", title(5'000));
  named.feed("2", title(5'000));
  CHECK(named.last() == "1");
}
