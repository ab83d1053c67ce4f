// JSON5 as a list of values with their places, and what is no JSON5.
#include "config/json5.hpp"

#include <doctest/doctest.h>

#include <fmt/format.h>

using namespace meterpipe;

namespace {

std::string shown(const config::Value& value) {
  using Kind = config::Value::Kind;
  if (value.kind == Kind::text) return '\'' + value.text + '\'';
  if (value.kind == Kind::table) return "null";
  if (value.kind != Kind::array) return value.text;
  std::string all = "[";
  for (const config::Value& item : value.items) all += shown(item) + ' ';
  return all + ']';
}

std::string read(std::string_view text) {
  const auto document = config::parse_json5(text);
  if (!document) {
    return fmt::format("{}:{}: {}", document.error().place.line, document.error().place.column,
                       document.error().text);
  }
  std::string all;
  for (const config::Entry& entry : document->entries) {
    all += fmt::format("{}{}{}={} ", entry.section, entry.section.empty() ? "" : ".", entry.key,
                       shown(entry.value));
  }
  return all;
}

}  // namespace

TEST_CASE("json5: values, paths and what JSON has not") {
  CHECK(read("{}") == "");
  CHECK(read("{a:1}") == "a=1 ");
  CHECK(read("{\"a\": 'b', 'c': \"d\",}") == "a='b' c='d' ");
  CHECK(read("\xef\xbb\xbf// one\n{ /* two\n */ a: 1, // three\n}\n// four") == "a=1 ");
  CHECK(read("{a:{b:{c:true},d:false},e:null}") == "a.b.c=true a.d=false e=null ");
  CHECK(read("{a:[1,'b',[true,],],}") == "a=[1 'b' [true ] ] ");
  CHECK(read("{a:0x1F,b:-5,c:+7,d:1.5,e:.5,f:1e3}") == "a=31 b=-5 c=7 d=1.5 e=.5 f=1e3 ");
  CHECK(read("{$a_1:1,\xc3\xa4:2}") == "$a_1=1 \xc3\xa4=2 ");
  CHECK(read(R"({a:"x\n\t\"\'\\\x41\u00e4\u20ac"})") == "a='x\n\t\"'\\A\xc3\xa4\xe2\x82\xac' ");
  CHECK(read("{a:'one \\\ntwo'}") == "a='one two' ");
  CHECK(read("{a:'//no /* comment'}") == "a='//no /* comment' ");
}

TEST_CASE("json5: mistakes have their line and column") {
  CHECK(read("") == "1:1: '{' was expected, and found the end");
  CHECK(read("[1]") == "1:1: '{' was expected, and found '['");
  CHECK(read("{a:1} b") == "1:7: nothing was expected behind the last '}', and found 'b'");
  CHECK(read("{\n  a 1}") == "2:5: ':' was expected behind the key a, and found '1'");
  CHECK(read("{\n  a: b\n}") == "2:6: a value was expected, and found 'b'");
  CHECK(read("{a:1\n b:2}") == "2:2: ',' or '}' was expected, and found 'b'");
  CHECK(read("{a:'b\n'}") == "1:6: the end of a string was expected, and found '\n'");
  CHECK(read("{a:[1 2]}") == "1:7: ',' or ']' was expected, and found '2'");
  CHECK(read("{a:[{}]}") == "1:5: no object was expected in a list, and found '{'");
  CHECK(read("{a:1") == "1:5: ',' or '}' was expected, and found the end");
  CHECK(read("{1:2}") == "1:3: a key was expected, and found ':'");
  CHECK(read("{a:'\\uZZZZ'}") == "1:6: hex digits of a character were expected, and found 'u'");
  CHECK(read("{/* a") == "1:2: the end of a comment was expected, and found '/'");
  CHECK(read("{a:1e}").find("a value was expected") != std::string::npos);
  // As deep as it likes, it ends.
  std::string deep = "{";
  for (int i = 0; i < 100'000; ++i) deep += "a:{";
  CHECK(read(deep).find("less depth was expected") != std::string::npos);
  deep = "{a:";
  for (int i = 0; i < 100'000; ++i) deep += '[';
  CHECK(read(deep).find("less depth was expected") != std::string::npos);
}
