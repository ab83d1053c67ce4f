// lib/readings/shown: what a value is shown as, of every type of Data and of a telegram.
#include "readings/shown.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "axdr/tree.hpp"
#include "readings/p1.hpp"
#include "support/text.hpp"

using namespace meterpipe;
using namespace meterpipe::readings;
using test::hex;

namespace {

std::string word_of(ShownAs as) {
  constexpr const char* kNames[] = {"null", "boolean", "number",    "clock", "time",
                                    "bits", "text",    "container", "bytes"};
  return kNames[static_cast<std::size_t>(as)];
}

// "number 232.0 long-unsigned", "text? ABC octet-string" where the type does not say it.
std::string said(const Shown& shown, int scaler = 0) {
  const bool looks = !shown.by_type && shown.as != ShownAs::bytes;
  return word_of(shown.as) + (looks ? "? " : " ") + shown.word(scaler) + ' ' +
         std::string(shown.type);
}

std::string said(const std::string& data, int scaler = 0) {
  const ByteVector bytes = hex(data);
  axdr::Nodes nodes;
  REQUIRE(axdr::parse_all(bytes, 0, nodes).has_value());
  Value value;
  value.node = 0;
  const Shown shown = shown_of(value, nodes, bytes);
  // The short way that the hot path takes says the same.
  const auto number = raw_number(value, nodes, bytes);
  CHECK(number.has_value() == (shown.as == ShownAs::number));
  if (number) CHECK(*number == shown.number);
  return said(shown, scaler);
}

struct SentLine {
  std::string text;
  P1Telegram parsed;
};
void read_line(const std::string& line, SentLine& out) {
  out.text = "/ABC5\\meter\r\n\r\n" + line + "\r\n!\r\n";
  REQUIRE(parse_p1(as_bytes(out.text), true, out.parsed).has_value());
  REQUIRE(out.parsed.values.size() == 1);
}
std::string said_by_telegram(const std::string& line) {
  SentLine telegram;
  read_line(line, telegram);
  const Value& value = telegram.parsed.values[0];
  CHECK_FALSE(raw_number(value, {}, {}).has_value());
  const std::string unit = unit_of(value);
  return said(shown_of(value, {}, {})) + (unit.empty() ? "" : ' ' + unit);
}

const std::string kTwelve = "07e60b0c0610360000ffc400";

}  // namespace

TEST_CASE("shown: numbers, with their scaler") {
  CHECK(said("12 0910", -1) == "number 232.0 long-unsigned");
  CHECK(said("0f fb") == "number -5 integer");
  CHECK(said("16 ff") == "number 255 enum");
  CHECK(said("15 ffffffffffffffff", -3) == "number 18446744073709551.615 long64-unsigned");
  CHECK(said("17 4366199a") == "number 230.1 float32");
  CHECK(said("17 7fc00000") == "bytes 7fc00000 float32");  // not a number
  CHECK(said("18 fff0000000000000") == "bytes fff0000000000000 float64");
}

TEST_CASE("shown: truth, bits, nothing, containers") {
  CHECK(said("00") == "null null null-data");
  CHECK(said("ff") == "null null dont-care");
  CHECK(said("03 00") == "boolean false boolean");
  CHECK(said("03 07") == "boolean true boolean");
  CHECK(said("04 05 b0") == "bits 10110 bit-string");
  CHECK(said("04 00") == "bits  bit-string");
  CHECK(said("0d 42") == "bytes 42 bcd");
  CHECK(said("02 01 11 05") == "container 1105 structure");
  CHECK(said("01 00") == "container  array");
}

TEST_CASE("shown: times") {
  CHECK(said("09 0c " + kTwelve) == "clock? 2022-11-12T16:54:00+01:00 octet-string");
  CHECK(said("19 " + kTwelve) == "clock 2022-11-12T16:54:00+01:00 date-time");
  // Not specified in full: a clock all the same, in hex.
  CHECK(said("09 0c ffffffffffffffffff8000ff") == "clock? ffffffffffffffffff8000ff octet-string");
  CHECK(said("19 ffffffffffffffffff8000ff") == "clock ffffffffffffffffff8000ff date-time");
  CHECK(said("19 07e6200c0610360000ffc400") == "bytes 07e6200c0610360000ffc400 date-time");
  // What its type calls text is no clock, whatever its bytes look like.
  CHECK(said("0a 0c " + kTwelve) == "bytes " + kTwelve + " visible-string");
  CHECK(said("0c 0c " + kTwelve) == "bytes " + kTwelve + " utf8-string");
  CHECK(said("1a 07e60b0c06") == "time 2022-11-12 date");
  CHECK(said("1a ffff0b0c06") == "bytes ffff0b0c06 date");
  CHECK(said("1b 10360000") == "time 16:54:00 time");
  CHECK(said("1b 1036ff00") == "bytes 1036ff00 time");
}

TEST_CASE("shown: text is what can be read, without its padding") {
  CHECK(said("09 05 4142430000") == "text? ABC octet-string");
  CHECK(said("0a 03 414243") == "text ABC visible-string");
  CHECK(said("0c 02 c3bc") == "text \xc3\xbc utf8-string");
  CHECK(said("09 00") == "text?  octet-string");
  CHECK(said("09 02 0000") == "bytes 0000 octet-string");
  CHECK(said("09 06 0100010800ff") == "bytes 0100010800ff octet-string");
  CHECK(said("0a 01 ff") == "bytes ff visible-string");
}

TEST_CASE("shown: a telegram's values are values") {
  CHECK(said_by_telegram("1-0:1.8.0(000123.450*kWh)") == "number 123.450 p1 kWh");
  CHECK(said_by_telegram("0-0:96.7.21(00004)") == "number 4 p1");
  CHECK(said_by_telegram("0-0:96.14.0(0002)") == "text 0002 p1");
  CHECK(said_by_telegram("0-0:96.1.1(4142433132)") == "text ABC12 p1");
  CHECK(said_by_telegram("0-0:1.0.0(260329030000S)") == "clock 2026-03-29T03:00:00 p1");
  CHECK(said_by_telegram("0-0:96.13.0()") == "text  p1");
  SentLine clock;
  read_line("0-0:1.0.0(260329030000S)", clock);
  const Shown shown = shown_of(*clock.parsed.values[0].sent);
  CHECK(shown.text == "260329030000S");  // as it was sent
  CHECK_FALSE(shown.clock.has_value());
  CHECK(shown.sent->summer);
}

TEST_CASE("shown: units") {
  Value value;
  CHECK(unit_of(value).empty());
  value.has_unit = true;
  CHECK(unit_of(value).empty());  // 255: none
  value.unit = 30;
  CHECK(unit_of(value) == "Wh");
  value.unit = 200;
  CHECK(unit_of(value) == "unit 200");
}
