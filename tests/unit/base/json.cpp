// lib/json: our own scanner and simdjson must agree on every line; the writer.
#include <doctest/doctest.h>

#include <simdjson.h>

#include <string>
#include <vector>

#include "json/fields.hpp"
#include "json/writer.hpp"
#include "support/cpu_time.hpp"
#include "support/random.hpp"
#include "support/text.hpp"

namespace meterpipe::json {

namespace {

struct Parsed {
  bool ok = false;
  Fault fault = Fault::noise;
  std::vector<std::pair<std::string, std::string>> fields;
  bool operator==(const Parsed&) const = default;
};

Parsed parse(const std::string& text) {
  Fields fields;
  Parsed parsed;
  const auto done = fields.parse(text);
  parsed.ok = done.has_value();
  if (!done) parsed.fault = done.error().fault;
  if (done) {
    for (const Field& one : fields.all()) parsed.fields.emplace_back(one.key, one.raw);
  }
  return parsed;
}

// A line in a form that is not ours, so that simdjson reads it: a blank behind the first brace.
Parsed parse_by_simdjson(const std::string& text) { return parse("{ " + text.substr(1)); }

// A whole number of more than 64 bits; newer versions have an error of its own for it.
template <class Code>
bool is_too_large(Code error) {
  if constexpr (requires { Code::BIGINT_ERROR; }) {
    if (error == Code::BIGINT_ERROR) return true;
  }
  return error == Code::NUMBER_ERROR;
}

// What the dom parser of simdjson, another one than the library uses, says of it.
bool is_json_object(const std::string& text, bool what_a_double_cannot_hold = false) {
  simdjson::dom::parser parser;
  simdjson::dom::element element;
  const auto error = parser.parse(text).get(element);
  if (is_too_large(error)) return what_a_double_cannot_hold;
  return !error && element.is_object();
}

std::string random_value(test::Random& random, int depth) {
  switch (random.below(depth > 0 ? 9 : 7)) {
    case 0: return std::to_string(random.bits() >> random.below(64));
    case 1:
      return "-" + std::to_string(random.below(1000)) + "." + std::to_string(random.below(1000));
    case 2: return random.one_in(2) ? "true" : "false";
    case 3: return "null";
    case 4: {
      std::string text = "\"";
      for (std::uint64_t i = random.below(12); i > 0; --i) {
        text += static_cast<char>(random.between('a', 'z'));
      }
      return text + '"';
    }
    case 5: return '"' + to_hex(random.bytes(random.below(20))) + '"';
    case 6: {
      constexpr const char* kOdd[] = {"\"a\\\"b\"", "\"\\u00e4\"", "\"ä\"", "1e5",
                                      "-0.0",       "\"\\n\"",     "{}",    "[]"};
      return kOdd[random.below(8)];
    }
    case 7: {
      std::string text = "[";
      for (std::uint64_t i = random.below(4); i > 0; --i) {
        if (text.size() > 1) text += ',';
        text += random_value(random, depth - 1);
      }
      return text + ']';
    }
    default: {
      std::string text = "{";
      for (std::uint64_t i = random.below(4); i > 0; --i) {
        if (text.size() > 1) text += ',';
        text += "\"k" + std::to_string(i) + "\":" + random_value(random, depth - 1);
      }
      return text + '}';
    }
  }
}

std::string random_record(test::Random& random) {
  constexpr const char* kKeys[] = {"ts", "src", "seq", "hex", "link", "security", "values", "new"};
  std::string text = R"({"v":1,"t":"apdu")";
  for (const char* key : kKeys) {
    if (random.one_in(2)) text += std::string(",\"") + key + "\":" + random_value(random, 3);
  }
  return text + '}';
}

std::string mutated(std::string text, test::Random& random) {
  constexpr std::string_view kChars = "{}[]\":,\\ 0e+-.tfnu\"\x01\x7f\xc3\xa4";
  for (std::uint64_t i = random.between(1, 2); i > 0; --i) {
    const std::size_t at = random.below(text.size() + 1);
    switch (random.below(4)) {
      case 0: text.insert(at, 1, kChars[random.below(kChars.size())]); break;
      case 1:
        if (at < text.size()) text.erase(at, 1);
        break;
      case 2:
        if (at < text.size()) text[at] = kChars[random.below(kChars.size())];
        break;
      default:
        text.resize(at);
        if (text.empty()) text = "{";
    }
  }
  return text;
}

}  // namespace

TEST_CASE("our scanner and simdjson split a record alike") {
  test::Random random;
  INFO("seed ", test::seed());
  for (int round = 0; round < 20000; ++round) {
    const std::string text = random_record(random);
    CAPTURE(text);
    const Parsed own = parse(text);
    REQUIRE(own.ok);
    REQUIRE(own == parse_by_simdjson(text));
  }
}

TEST_CASE("what is no JSON is refused by both, what is JSON is read by both") {
  test::Random random;
  INFO("seed ", test::seed());
  int good = 0;
  for (int round = 0; round < 60000; ++round) {
    const std::string text = mutated(random_record(random), random);
    if (text[0] != '{') continue;
    CAPTURE(text);
    const Parsed own = parse(text);
    REQUIRE(own == parse_by_simdjson(text));
    const bool json = is_json_object(text);
    if (own.ok) REQUIRE(is_json_object(text, true));
    if (json) REQUIRE((own.ok || own.fault == Fault::duplicate_key));
    good += own.ok ? 1 : 0;
  }
  CHECK(good > 1000);
}

TEST_CASE("forms of the same record") {
  const Parsed plain = parse(R"({"v":1,"t":"apdu","hex":"0f00"})");
  REQUIRE(plain.ok);
  CHECK(plain.fields[2] == std::pair<std::string, std::string>{"hex", "\"0f00\""});
  CHECK(parse(R"( { "v" : 1 , "t" : "apdu" , "hex" : "0f00" } )") == plain);
  CHECK(parse("{\"v\":1,\t\"t\":\"apdu\",\r\n\"hex\":\"0f00\"}") == plain);
  CHECK(parse(R"({"v":1,"\u0074":"apdu","he\u0078":"0f00"})") == plain);
  CHECK(parse("{}").ok);
  CHECK(parse("{ }").ok);
  CHECK(parse(R"({"a":{},"b":[ ],"c":{ "d" : [1 ,2] }})").fields[2].second == R"({"d":[1,2]})");
}

TEST_CASE("what is no object is refused") {
  for (const char* bad : {"",
                          " ",
                          "{",
                          "}",
                          "[]",
                          "1",
                          "\"a\"",
                          "null",
                          R"({"a":1)",
                          R"({"a":1}})",
                          R"({"a":1} x)",
                          R"({"a":1}{})",
                          R"({"a"})",
                          R"({"a":})",
                          R"({"a":1,})",
                          R"({,"a":1})",
                          R"({a:1})",
                          R"({"a":01})",
                          R"({"a":+1})",
                          R"({"a":1.})",
                          R"({"a":.5})",
                          R"({"a":1e})",
                          R"({"a":1e+})",
                          R"({"a":-})",
                          R"({"a":0x10})",
                          R"({"a":nul})",
                          R"({"a":nullx})",
                          R"({"a":truex})",
                          R"({"a":True})",
                          R"({"a":NaN})",
                          R"({"a":"\x41"})",
                          R"({"a":"\u12"})",
                          "{\"a\":\"\n\"}",
                          "{\"a\":\"\x01\"}",
                          "{\"a\":\"\xff\"}",
                          "{\"a\":\"\xc3\"}",
                          "{\"hex\":\"\xff\"}",
                          "{\"hex\":\"\x01\"}",
                          R"({"hex":"a\","b":1})",
                          R"({"hex":"\q"})",
                          R"({"a":'b'})",
                          R"({"a":1 "b":2})",
                          R"({"a":[1,]})",
                          R"({"a":[1 2]})",
                          R"({"a":{"b":1]})"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse(bad).ok);
    CHECK(parse(bad).fault == Fault::bad_json);
    CHECK_FALSE(is_json_object(bad));
  }
}

TEST_CASE("a key that stands twice") {
  for (const char* bad : {R"({"a":1,"a":2})", R"({"a":1, "a":2})", R"({"a":1,"\u0061":2})",
                          R"({"hex":"00","b":1,"he\u0078":"01"})"}) {
    CAPTURE(bad);
    CHECK(parse(bad).fault == Fault::duplicate_key);
  }
  std::vector<Field> members;
  CHECK(split_object(R"({"a":1,"a":2})", members).error().fault == Fault::duplicate_key);
  CHECK(parse(R"({"a":{"a":1}})").ok);
  CHECK(parse(R"({"a":1,"A":2})").ok);
}

TEST_CASE("a key that stands twice among any number of them, in time that grows with the number") {
  test::Random random;
  INFO("seed ", test::seed());
  const auto object = [](std::size_t keys, std::size_t first, std::size_t again) {
    std::string text = "{";
    for (std::size_t i = 0; i < keys; ++i) {
      text += (i == 0 ? "\"k" : ",\"k") + std::to_string(i == again ? first : i) + "\":1";
    }
    return text + "}";
  };
  for (const std::size_t keys : {2, 20, 31, 32, 33, 34, 40, 100, 1000}) {
    CHECK(parse(object(keys, keys, keys)).ok);
    for (int round = 0; round < 20; ++round) {
      const auto first = static_cast<std::size_t>(random.below(keys - 1));
      const auto again = static_cast<std::size_t>(random.between(first + 1, keys - 1));
      CAPTURE(keys);
      CAPTURE(first);
      CAPTURE(again);
      CHECK(parse(object(keys, first, again)).fault == Fault::duplicate_key);
    }
  }
  const auto time_of = [&](std::size_t keys) {
    const std::string text = object(keys, keys, keys);
    return test::cpu_time([&] { CHECK(parse(text).ok); });
  };
  const double some = time_of(20'000), many = time_of(200'000);
  MESSAGE("20,000 keys: " << some << " s, 200,000: " << many << " s");
  CHECK(many < 40 * some);  // a hundred times if each were compared with each
}

TEST_CASE("big numbers are numbers, digit by digit") {
  const std::string digits(400, '7');
  for (const std::string& number :
       {digits, "-" + digits + ".5", "0." + digits, std::string("1e400"), std::string("1E-400"),
        std::string("18446744073709551616"), std::string("123456789012345678901234567890")}) {
    const std::string text = "{\"a\":" + number + "}";
    CAPTURE(text);
    REQUIRE(parse(text).ok);
    CHECK(parse(text).fields[0].second == number);
    CHECK(parse_by_simdjson(text) == parse(text));
  }
}

TEST_CASE("escapes in values") {
  Fields fields;
  const std::string line = R"({"src":"a\"b\\c\n\u00e4\ud83d\ude00\u0000z","hex":"0f\u0030\u0030"})";
  REQUIRE(fields.parse(line));
  std::string scratch;
  using namespace std::string_view_literals;
  CHECK(to_text(fields.find("src")->raw, scratch) == "a\"b\\c\nä\xf0\x9f\x98\x80\0z"sv);
  CHECK_FALSE(parse(R"({"a":"\ud83d"})").ok);  // half a pair
  CHECK(to_text("\"plain\"", scratch) == "plain");
  CHECK_FALSE(to_text("12", scratch).has_value());
  CHECK_FALSE(to_text("\"", scratch).has_value());
}

TEST_CASE("nesting has a limit, the same for both readers") {
  const auto nested = [](int levels, const char* blank) {
    return std::string("{") + blank +
           "\"a\":" + std::string(static_cast<std::size_t>(levels), '[') +
           std::string(static_cast<std::size_t>(levels), ']') + "}";
  };
  for (const int levels : {1, 10, 60, 63, 64, 65, 66, 100, 2000}) {
    CAPTURE(levels);
    CHECK(parse(nested(levels, "")).ok == (levels <= 64));
    CHECK(parse(nested(levels, " ")).ok == (levels <= 64));
  }
  CHECK_FALSE(parse("{\"a\":" + std::string(1 << 20, '[')).ok);
  CHECK_FALSE(parse("{\"a\":" + std::string(1 << 20, '{')).ok);
  std::string objects;
  for (int i = 0; i < 100000; ++i) objects += "{\"a\":";
  CHECK_FALSE(parse(objects).ok);
}

TEST_CASE("arrays and objects are split") {
  std::vector<std::string_view> elements;
  REQUIRE(split_array(R"([1,"a,b",[2,3],{"c":4}])", elements));
  REQUIRE(elements.size() == 4);
  CHECK(elements[1] == "\"a,b\"");
  CHECK(elements[2] == "[2,3]");
  REQUIRE(split_array("[]", elements));
  CHECK(elements.empty());
  CHECK_FALSE(split_array("{}", elements));
  CHECK_FALSE(split_array("", elements));
  CHECK_FALSE(split_array("[1,", elements));
  CHECK_FALSE(split_array("[1] 2", elements));
  std::vector<Field> members;
  REQUIRE(split_object(R"({"hex":"a\"b","c":[1]})", members));
  CHECK(members[0].raw == R"("a\"b")");
}

TEST_CASE("what is no object has no members") {
  std::vector<Field> members;
  for (const char* other : {"", "5", "[1]", "\"a\"", "{", "{\"a\":1"}) {
    const auto split = split_object(other, members);
    REQUIRE_FALSE(split);
    CHECK(split.error().fault == Fault::bad_json);
  }
  CHECK(split_object(R"({"a":1})", members));
}

TEST_CASE("numbers, booleans, hex from raw text") {
  CHECK(to_unsigned("18446744073709551615") == UINT64_MAX);
  for (const char* bad : {"18446744073709551616", "-1", "1.0", "1e3", "", "\"1\"", "+1"}) {
    CAPTURE(bad);
    CHECK_FALSE(to_unsigned(bad).has_value());
  }
  CHECK(to_bool("true") == true);
  CHECK_FALSE(to_bool("1").has_value());
  CHECK(is_number("-1"));
  CHECK_FALSE(is_number("\"1\""));
  CHECK(is_null("null"));
  ByteVector bytes;
  CHECK(to_hex_bytes("\"0fAB\"", bytes));
  CHECK(to_hex(bytes) == "0fab");
  CHECK_FALSE(to_hex_bytes("\"0f0\"", bytes));
  CHECK_FALSE(to_hex_bytes("0f", bytes));
  CHECK_FALSE(to_hex_bytes("\"0g\"", bytes));
}

TEST_CASE("what the writer writes is read back") {
  test::Random random;
  INFO("seed ", test::seed());
  for (int round = 0; round < 3000; ++round) {
    const ByteVector raw = random.bytes(random.below(40));
    Buffer out;
    Writer json(out);
    json.begin_object();
    json.member("text", as_text(raw));
    json.key("list");
    json.begin_array();
    json.number(-5);
    json.null();
    json.boolean(true);
    json.end_array();
    json.member_hex("hex", raw);
    json.key("value");
    json.decimal(Decimal::of(-5, -1));
    json.end_object();
    const std::string line(out.view());
    CAPTURE(line);
    Fields fields;
    REQUIRE(fields.parse(line));
    REQUIRE(fields.all().size() == 4);
    REQUIRE(is_json_object(line));
    // Nothing that a terminal obeys stands in it.
    for (const char c : line) {
      REQUIRE(static_cast<unsigned char>(c) >= 0x20);
      REQUIRE(c != 0x7f);
    }
    REQUIRE(fields.find("list")->raw == "[-5,null,true]");
    REQUIRE(fields.find("value")->raw == "-0.5");
    ByteVector bytes;
    REQUIRE(to_hex_bytes(fields.find("hex")->raw, bytes));
    REQUIRE(bytes == raw);
  }
  Buffer out;
  add_escaped(out, "ä\x1b\"\\\n\x7f\xc2\x9b\xff");
  CHECK(out.view() == "ä\\u001b\\\"\\\\\\n\\u007f\\u009b\xef\xbf\xbd");
  out.clear();
  add_escaped(out, "1\xe2\x80\x8b\xe2\x80\xae\xe2\x81\xa9\xd8\x9c\xef\xbb\xbf\xe2\x80\xaf");
  CHECK(out.view() == "1\\u200b\\u202e\\u2069\\u061c\\ufeff\xe2\x80\xaf");
}

}  // namespace meterpipe::json
