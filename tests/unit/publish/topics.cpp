#include "shape/topics.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>

#include "support/random.hpp"

namespace meterpipe::shape {

namespace {

tl::expected<TopicTemplate, std::string> parse(std::string_view text) {
  return TopicTemplate::parse(
      text, {Placeholder::meter, Placeholder::obis, Placeholder::name, Placeholder::src});
}

std::string topic(std::string_view text, const TopicParts& parts) {
  const auto parsed = parse(text);
  REQUIRE(parsed);
  std::string result;
  parsed->append(result, parts);
  return result;
}

std::string level(std::string_view text) {
  std::string result;
  append_level(result, text);
  return result;
}

}  // namespace

TEST_CASE("topics: placeholders are set in") {
  TopicParts parts;
  parts.meter = "1KFM0200234804";
  parts.obis = "1-0:32.7.0";
  parts.name = "Voltage L1";
  parts.src = "ttyUSB0";
  CHECK(topic("meterpipe/{meter}/{obis}", parts) == "meterpipe/1KFM0200234804/1-0:32.7.0");
  CHECK(topic("{src}/x/{name}", parts) == "ttyUSB0/x/Voltage L1");
  CHECK(topic("{meter}{meter}", parts) == "1KFM02002348041KFM0200234804");
  CHECK(topic("Zähler/{obis}", parts) == "Zähler/1-0:32.7.0");
}

TEST_CASE("topics: no two names become one, and each stays one level") {
  test::Random random;
  INFO("seed ", test::seed());
  std::map<std::string, std::string> names;
  constexpr std::string_view kOf = "ab/+#%25F_\x01\xc3\xa4\xff";
  for (int n = 0; n < 20000; ++n) {
    std::string name;
    for (std::uint64_t i = random.below(12) + 1; i > 0; --i) name += kOf[random.below(kOf.size())];
    if (random.one_in(50)) name.insert(0, 250, 'x');
    std::string topic;
    append_own_name(topic, name);
    CAPTURE(topic);
    REQUIRE(topic.find_first_of("/+#") == std::string::npos);
    REQUIRE(topic.size() <= 255);
    REQUIRE(names.emplace(topic, name).first->second == name);
  }
}

TEST_CASE("topics: a value known by its place") {
  TopicParts parts;
  parts.pos = "34";
  CHECK(topic("m/{obis}", parts) == "m/pos/34");
  CHECK(topic("m/{name}", parts) == "m/pos/34");  // no name
  parts.obis = "1-0:1.8.0";
  CHECK(topic("m/{name}", parts) == "m/1-0:1.8.0");
}

TEST_CASE("topics: what is set in stays one level and no wildcard") {
  CHECK(level("a/b") == "a_b");
  CHECK(level("+#") == "__");
  CHECK(level(std::string_view("a\0b\n\x7f", 5)) == "a_b__");
  CHECK(level("\xc2\x85x") == "_x");               // C1 control character
  CHECK(level("\xc2\xa0") == "\xc2\xa0");          // the first behind them
  CHECK(level("\xef\xbf\xbf!") == "_!");           // U+FFFF
  CHECK(level("\xef\xbf\xbd") == "\xef\xbf\xbd");  // U+FFFD is a character
  CHECK(level("\xef\xb7\x90") == "_");             // U+FDD0
  CHECK(level("\xef\xb7\xb0") == "\xef\xb7\xb0");  // U+FDF0
  CHECK(level("\xf0\x9f\xbf\xbf") == "_");         // U+1FFFF
  CHECK(level("\xf0\x9f\x98\x80") == "\xf0\x9f\x98\x80");
  CHECK(level("a\xff") == "a_");
  CHECK(level("") == "_");
  CHECK(level("Zähler") == "Zähler");
  CHECK(level(std::string(1000, 'x')).size() == 255);
  CHECK(level(std::string(254, 'x') + "ä") == std::string(254, 'x'));  // no half character
  const auto own = [](std::string_view name) {
    std::string result;
    append_own_name(result, name);
    return result;
  };
  CHECK(own("1KFM0200234804") == "1KFM0200234804");
  CHECK(own("a/b") == "a%2Fb");
  CHECK(own("a%2Fb") == "a%252Fb");
  CHECK(own("100 %") == "100 %");
  CHECK(own("Zähler\xff\xc2\x85") == "Zähler%FF%C2%85");
  CHECK(own("") == "_");
  CHECK(own(std::string(255, 'x')) == std::string(255, 'x'));
  CHECK(own(std::string(256, 'x')).size() == 255);
  CHECK(own(std::string(245, 'x') + "äääääää") != own(std::string(245, 'x') + "ääääääü"));
  TopicParts parts;
  parts.meter = "$SYS";
  CHECK(topic("{meter}/x", parts) == "_SYS/x");
}

TEST_CASE("topics: templates that are refused, with the reason") {
  CHECK(parse("").error() == "a topic cannot be empty");
  CHECK(parse("a/+/b").error() == "'+' cannot stand in a topic");
  CHECK(parse("a/#").error() == "'#' cannot stand in a topic");
  CHECK(parse("$SYS/x").error() == "topics that begin with $ belong to the broker");
  CHECK(parse("a/{client}").error() ==
        "{client} is not known here (known: {meter} {obis} {name} {src})");
  CHECK(parse("a/{meter").error() == "the brace of '{meter' is not closed");
  CHECK_FALSE(parse("a/{}"));
  CHECK_FALSE(parse("a}"));
  CHECK_FALSE(parse("{"));
  CHECK_FALSE(parse("a\nb"));
  CHECK_FALSE(parse("a\xff"));
  CHECK_FALSE(parse(std::string(2000, 'x')));
  CHECK_FALSE(parse(std::string(150, '/')));
}

TEST_CASE("topics: which of them a template may have made for a meter") {
  const auto of = [](std::string_view text) {
    return *TopicTemplate::parse(
        text, {Placeholder::meter, Placeholder::obis, Placeholder::name, Placeholder::src});
  };
  const auto plain = of("meterpipe/{meter}/{obis}");
  CHECK(plain.filter("m1") == "meterpipe/m1/#");
  for (const char* topic :
       {"meterpipe/m1/1-0:1.8.0", "meterpipe/m1/pos/34", "meterpipe/m1/0-8:25.9.0/1",
        "meterpipe/m1/net", "meterpipe/m1/total-export", "meterpipe/m1/1-0:1.8.0/1/2"}) {
    INFO(topic);
    CHECK(plain.may_have_made(topic, "m1"));
    CHECK_FALSE(plain.may_have_made(topic, "m"));
  }
  for (const char* topic :
       {"meterpipe/m1", "meterpipe/m1/", "meterpipe/m1/note", "meterpipe/m1/pos/",
        "meterpipe/m1/1-0:1.8.0/x", "meterpipe/m1/1-0:1.8.0/1/2/3", "meterpipe/m10/1-0:1.8.0"}) {
    INFO(topic);
    CHECK_FALSE(plain.may_have_made(topic, "m1"));
  }
  const auto between = of("a/{src}-{meter}/{name}/v");
  CHECK(between.filter("m/1") == "a/#");
  CHECK(between.may_have_made("a/tty-0-m%2F1/Voltage L1/v", "m/1"));
  CHECK(between.may_have_made("a/tty0-m%2F1/Energy/v/1-0:1.8.0", "m/1"));
  CHECK_FALSE(between.may_have_made("a/-m%2F1/Energy/v", "m/1"));
  CHECK_FALSE(between.may_have_made("a/tty0-m%2F1/Energy/w", "m/1"));
  CHECK(of("{meter}/json").filter("m1") == "m1/json");
  CHECK_FALSE(of("{meter}/json").may_have_made("m1/json/1", "m1"));
}

TEST_CASE("topics: which placeholders there are") {
  CHECK(parse("{meter}/{obis}")->has(Placeholder::obis));
  CHECK_FALSE(parse("{meter}/{obis}")->has(Placeholder::name));
}

}  // namespace meterpipe::shape
