// Which value has which topic: one for each, and it stays.
#include "shape/topic_book.hpp"

#include <doctest/doctest.h>

#include <random>
#include <set>

#include "support/heard.hpp"
#include "support/templates.hpp"

namespace meterpipe::shape {

using test::template_of;

namespace {

using Values = std::vector<TopicBook::Value>;
using Topics = std::vector<std::string>;

struct Books {
  state::Meters meters;
  TopicBook book;
  std::string meter = "m", src;
  std::vector<std::string> names;
  std::vector<bool> of_total;

  explicit Books(std::string_view topic, std::vector<TopicTemplate> reserved = {})
      : book(meters, template_of(topic), std::move(reserved)) {
    os::Log::open("unit", os::Level::error);
  }

  Topics topics(const Values& values) {
    TopicParts parts;
    parts.meter = meter;
    parts.src = src;
    Topics result;
    for (const auto* entry : book.assign(meters.heard(meter), parts, values, [&](std::size_t i) {
           return TopicBook::Name{i < names.size() ? names[i] : "N",
                                  i < of_total.size() && of_total[i]};
         })) {
      result.push_back(entry->topic);
    }
    return result;
  }
};

}  // namespace

TEST_CASE("topic book: the first keeps its topic, also while only the other one comes") {
  Books books("x/{name}");
  CHECK(books.topics({{"a", "", ""}}) == Topics{"x/N"});
  CHECK(books.topics({{"b", "", ""}}) == Topics{"x/N/b"});
  CHECK(books.topics({{"b", "", ""}, {"a", "", ""}}) == Topics{"x/N/b", "x/N"});
  CHECK(books.topics({{"c", "", ""}}) == Topics{"x/N/c"});
  books.meter = "other";  // a meter of its own, on topics without {meter}
  CHECK(books.topics({{"b", "", ""}}) == Topics{"x/N"});
}

TEST_CASE("topic book: a tariff that has the total's name has its code behind it, always") {
  Books books("x/{name}");
  books.of_total = {true, false, true};
  CHECK(books.topics({{"1-0:1.8.1", "", ""}}) == Topics{"x/N/1-0:1.8.1"});
  CHECK(books.topics({{"1-0:1.8.2", "", ""}, {"1-0:1.8.0", "", ""}}) ==
        Topics{"x/N/1-0:1.8.2", "x/N"});
}

TEST_CASE("topic book: topics made of names stay over a restart") {
  std::map<std::string, std::string> kept;
  const auto save = [&](const std::string& key, const std::string& text) { kept[key] = text; };
  Books first("x/{name}");
  CHECK(first.topics({{"a", "", ""}}) == Topics{"x/N"});
  CHECK(first.topics({{"b", "", ""}}) == Topics{"x/N/b"});
  first.book.save_changes("s", save);
  REQUIRE(kept.size() == 1);
  CHECK(kept.begin()->first == "topics/m");
  Books second("x/{name}"), other("x/{name}"), broken("x/{name}");
  second.book.restore("topics/m", kept["topics/m"], "s");
  CHECK(second.topics({{"b", "", ""}}) == Topics{"x/N/b"});
  CHECK(second.topics({{"a", "", ""}}) == Topics{"x/N"});
  second.book.save_changes("s", [](const std::string&, const std::string&) { FAIL("the same"); });
  other.book.restore("topics/m", kept["topics/m"], "another pattern");
  CHECK(other.topics({{"b", "", ""}}) == Topics{"x/N"});
  for (std::size_t size = 0; size < kept["topics/m"].size(); ++size) {
    broken.book.restore("topics/m", kept["topics/m"].substr(0, size), "s");
  }
  Books coded("x/{obis}");
  coded.topics({{"a", "", ""}});
  coded.book.save_changes("s", [](const std::string&, const std::string&) { FAIL("by code"); });
}

TEST_CASE("topic book: what an older version has saved is read, and written anew") {
  const std::string older = "1:s,1:b,5:x/N/b,1:a,3:x/N,";  // without a version
  std::map<std::string, std::string> kept;
  const auto save = [&](const std::string& key, const std::string& text) { kept[key] = text; };
  Books books("x/{name}"), again("x/{name}"), other("x/{name}");
  books.book.restore("topics/m", older, "s");
  books.book.save_changes("s", save);
  REQUIRE(kept.size() == 1);
  CHECK(kept["topics/m"].starts_with("1:2,1:s,1:"));
  CHECK(kept["topics/m"].size() == older.size() + 4);
  books.book.save_changes("s", [](const std::string&, const std::string&) { FAIL("the same"); });
  CHECK(books.topics({{"b", "", ""}, {"a", "", ""}}) == Topics{"x/N/b", "x/N"});
  again.book.restore("topics/m", kept["topics/m"], "s");
  CHECK(again.topics({{"b", "", ""}, {"a", "", ""}}) == Topics{"x/N/b", "x/N"});
  other.book.restore("topics/m", older, "another");
  other.book.restore("topics/m", older.substr(4), "s");
  other.book.save_changes("s", [](const std::string&, const std::string&) { FAIL("left alone"); });
  CHECK(other.topics({{"b", "", ""}}) == Topics{"x/N"});
}

TEST_CASE("topic book: attributes of one object") {
  Books books("x/{obis}");
  // the value has the code, wherever it stands
  CHECK(books.topics({{"a", "", "3"}, {"a", "", "2"}, {"a", "", "5"}, {"b", "", ""}}) ==
        Topics{"x/a/3", "x/a", "x/a/5", "x/b"});
  CHECK(books.topics({{"a", "", "5"}}) == Topics{"x/a/5"});
  // no other attribute ever takes the value's topic, whichever comes first
  CHECK(books.topics({{"c", "", "4"}}) == Topics{"x/c/4"});
  CHECK(books.topics({{"c", "", "2"}, {"c", "", "4"}}) == Topics{"x/c", "x/c/4"});
  // the logical name alone stands for the object; beside the value it does not
  CHECK(books.topics({{"d", "", "1"}}) == Topics{"x/d"});
  CHECK(books.topics({{"e", "", "1"}, {"e", "", "2"}}) == Topics{"x/e/1", "x/e"});
  Books named("x/{name}");
  CHECK(named.topics({{"a", "", "3"}, {"a", "", "2"}}) == Topics{"x/N/a", "x/N"});
}

TEST_CASE("topic book: the same code twice, places, topics of others") {
  Books books("x/{obis}", {template_of("x/json"), template_of("x/{meter}")});
  CHECK(books.topics({{"a", "", ""}, {"a", "", ""}, {"", "34", ""}, {"a", "", ""}}) ==
        Topics{"x/a", "x/a/2", "x/pos/34", "x/a/3"});
  CHECK(books.topics({{"a", "", ""}}) == Topics{"x/a"});
  CHECK(books.topics({{"json", "", ""}, {"m", "", ""}}) == Topics{"x/json/2", "x/m/2"});
}

TEST_CASE("topic book: a source of its own has topics of its own only where the template says so") {
  Books by_source("{src}/{name}");
  by_source.src = "s1";
  CHECK(by_source.topics({{"a", "", ""}}) == Topics{"s1/N"});
  by_source.src = "s2";
  CHECK(by_source.topics({{"b", "", ""}}) == Topics{"s2/N"});
  Books by_meter("x/{name}");
  by_meter.src = "s1";
  CHECK(by_meter.topics({{"a", "", ""}}) == Topics{"x/N"});
  by_meter.src = "s2";
  CHECK(by_meter.topics({{"b", "", ""}}) == Topics{"x/N/b"});
}

// Any readings of a few codes, names, attributes: within a reading and over the run no topic
// belongs to two values, and a value never moves.
TEST_CASE("topic book: never two values on one topic, never a value that moves") {
  std::mt19937 random(7);
  int topics = 0;
  for (int run = 0; run < 200; ++run) {
    const std::string kinds[] = {"x/{name}", "x/{obis}", "{meter}/{name}/{obis}"};
    Books books(kinds[random() % 3], {template_of("x/n1")});
    std::map<std::string, std::string> topic_of, owner_of;
    for (int reading = 0; reading < 20; ++reading) {
      std::vector<std::string> texts;
      for (int i = 0; i < 12; ++i) {
        texts.push_back("c" + std::to_string(random() % 6));
        texts.push_back(random() % 3 == 0 ? std::to_string(random() % 4) : "");
      }
      Values values;
      books.names.clear();
      for (int i = 0; i < 12; ++i) {
        const auto at = static_cast<std::size_t>(2 * i);
        values.push_back({texts[at], "", texts[at + 1]});
        books.names.push_back("n" + std::to_string((texts[at].back() - '0') / 2));
      }
      const Topics got = books.topics(values);
      REQUIRE(std::set<std::string>(got.begin(), got.end()).size() == got.size());
      std::map<std::string, int> times;
      for (std::size_t i = 0; i < got.size(); ++i) {
        REQUIRE(got[i] != "x/n1");
        const std::string attr(values[i].attr == "2" ? "" : values[i].attr);
        std::string key = std::string(values[i].obis) + "/" + attr;
        key += "#" + std::to_string(++times[key]);
        REQUIRE(topic_of.emplace(key, got[i]).first->second == got[i]);
        REQUIRE(owner_of.emplace(got[i], key).first->second == key);
        ++topics;
      }
    }
  }
  CHECK(topics == 200 * 20 * 12);
}

TEST_CASE("topic book: bounded, and still apart in a reading") {
  Books books("x/{name}");
  std::vector<std::string> codes;
  for (int i = 0; i < 3000; ++i) codes.push_back("c" + std::to_string(i));
  Values values;
  for (const std::string& code : codes) values.push_back({code, "", ""});
  const Topics first = books.topics(values);
  CHECK(std::set<std::string>(first.begin(), first.end()).size() == first.size());
  CHECK(books.topics(values) == first);
  // those that are remembered stay; the topic of one that is not is free again
  CHECK(books.topics({values[400], values[2999]}) == Topics{"x/N/c400", "x/N/c2999"});
  for (int meter = 0; meter < 1500; ++meter) {
    books.meter = std::to_string(meter);
    REQUIRE(books.topics({values[0], values[1]}) == Topics{"x/N", "x/N/c1"});
  }
  books.meter = "m";
  CHECK(books.topics({values[7]}) == Topics{"x/N/c7"});
}

TEST_CASE("topic book: more sources than are remembered are said once, and have their topics") {
  Books books("x/{src}/{name}");
  const test::Heard heard;
  for (int source = 0; source < 120; ++source) {
    books.src = "s" + std::to_string(source);
    REQUIRE(books.topics({{"a", "", ""}, {"b", "", ""}}) ==
            Topics{"x/" + books.src + "/N", "x/" + books.src + "/N/b"});
    CHECK(heard.count("m has more than 100 sources") == (source < 100 ? 0 : 1));
  }
  // Of one that is remembered the topics stay, of one that is not they are given anew.
  books.src = "s0";
  CHECK(books.topics({{"b", "", ""}}) == Topics{"x/s0/N/b"});
  books.src = "s119";
  CHECK(books.topics({{"b", "", ""}}) == Topics{"x/s119/N"});
}

TEST_CASE("topic book: thousands of the same code cost no hang") {
  Books books("x/{obis}");
  const Values values(20000, TopicBook::Value{"a", "", ""});
  for (int i = 0; i < 3; ++i) {
    const Topics got = books.topics(values);
    CHECK(std::set<std::string>(got.begin(), got.end()).size() == got.size());
  }
}

}  // namespace meterpipe::shape
