// What is made of a file of the predecessor is a file of ours, whatever stands in it.
#include "config/predecessor.hpp"

#include <doctest/doctest.h>

#include "config/json5.hpp"

using namespace meterpipe;

namespace {

// A value of what comes out, which must be TOML.
std::string value_of(std::string_view old, std::string_view section, std::string_view key) {
  const auto document = config::parse_json5(old);
  REQUIRE(document.has_value());
  const auto text = config::import_predecessor(*document, "name").text;
  CAPTURE(text);
  const auto ours = config::parse_document(text);
  REQUIRE(ours.has_value());
  const config::Entry* const entry = ours->find(section, key);
  return entry == nullptr ? "(none)" : entry->value.text;
}

}  // namespace

TEST_CASE("import: a key that stands twice is taken once, the later one") {
  CHECK(value_of("{a:{topicBase:'x/'},mqtt:{topicBase:'y/'}}", "obis-mqtt", "topic-base") == "y");
  CHECK(value_of("{port:'/dev/a',serial:{port:'/dev/b'}}", "", "port") == "/dev/b");
}

TEST_CASE("import: what is no character, no number or a sign of TOML") {
  CHECK(value_of("{topicBase:'\xff\"\\\\\x7f'}", "obis-mqtt", "topic-base") ==
        "\xef\xbf\xbd\"\\\x7f");
  CHECK(value_of(R"({topicBase:'\ud800'})", "obis-mqtt", "topic-base").find("\xef\xbf\xbd") == 0);
  CHECK(value_of("{maxTelegrams:007}", "mbus-read", "count") == "7");
  CHECK(value_of("{maxTelegrams:99999999999999}", "mbus-read", "count") == "(none)");
  CHECK(value_of("{maxTelegrams:-5}", "mbus-read", "count") == "(none)");
  CHECK(value_of("{}", "", "line") == "2400-8E1");
  CHECK(value_of("{baudRate:9600,parity:'even',dataBits:7}", "", "line") == "9600-7E1");
}
