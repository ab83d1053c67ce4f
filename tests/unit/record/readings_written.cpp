// lib/views: the values of a message as JSON, text and CSV; random bodies in every form.
#include <doctest/doctest.h>

#include <bit>
#include <string>

#include <fmt/format.h>

#include "apdu/notification.hpp"
#include "json/fields.hpp"
#include "readings/infer.hpp"
#include "support/random.hpp"
#include "support/text.hpp"
#include "views/asn_writers.hpp"
#include "views/reading_columns.hpp"
#include "views/reading_json.hpp"

namespace meterpipe::views {

using decode::DecodedMessage;
using test::hex;

namespace {

struct Decoded {
  axdr::Nodes nodes;
  readings::Inferred inferred;
  ByteVector bytes;
  decode::DecodedMessage reading;
};

std::string written(const std::string& body, cosem::Language language = cosem::Language::english,
                    char form = 'j') {
  Decoded one;
  one.bytes = hex("0f 00000001 00 " + body);
  const auto header = apdu::parse_notification(one.bytes, one.nodes);
  REQUIRE(header.has_value());
  readings::infer(one.nodes, one.bytes, one.inferred);
  one.reading.id = "x";
  one.reading.layout = "y";
  one.reading.apdu = one.bytes;
  one.reading.nodes = &one.nodes;
  one.reading.values = &one.inferred.values;
  const cosem::NameFormat names{language, ""};
  ReadingJson json(names);
  ReadingText lines(names);
  ReadingCsv csv(names);
  Buffer out;
  for (int i = 0; i < 2; ++i) {  // the second time from what was kept ready
    out.clear();
    if (form == 'j') json.write(out, one.reading);
    if (form == 't') lines.write(out, one.reading);
    if (form == 'c') csv.write(out, one.reading);
  }
  std::string text(out.view());
  if (form != 'j') return text;
  // It is JSON; the values alone are of interest.
  text.pop_back();
  json::Fields fields;
  REQUIRE(fields.parse(text));
  const std::string_view values = fields.find("values")->raw;
  return std::string(values.substr(1, values.size() - 2));
}

std::string entry(const std::string& value, int scaler, int unit) {
  return "02 03 09 06 0100010700ff " + value + " 02 02 0f " + fmt::format("{:02x}", scaler & 0xff) +
         " 16 " + fmt::format("{:02x}", unit);
}

const std::string kName = R"({"obis":"1-0:1.7.0","name":"Active power import",)";

std::string real64(double value) {
  return "18" + fmt::format("{:016x}", std::bit_cast<std::uint64_t>(value));
}
std::string real32(float value) {
  return "17" + fmt::format("{:08x}", std::bit_cast<std::uint32_t>(value));
}

}  // namespace

TEST_CASE("numbers are exact, with scaler and unit") {
  CHECK(written(entry("12 0910", -1, 35)) ==
        kName + R"("value":232.0,"unit":"V","raw":2320,"scaler":-1,"type":"long-unsigned"})");
  CHECK(written(entry("10 fffb", -3, 33)) ==
        kName + R"("value":-0.005,"unit":"A","raw":-5,"scaler":-3,"type":"long"})");
  CHECK(written(entry("06 00000007", 3, 30)) ==
        kName + R"("value":7000,"unit":"Wh","raw":7,"scaler":3,"type":"double-long-unsigned"})");
  CHECK(written(entry("10 03e8", -3, 255)) ==
        kName + R"("value":1.000,"raw":1000,"scaler":-3,"type":"long"})");
  CHECK(written(entry("11 05", 0, 200)) ==
        kName + R"("value":5,"unit":"unit 200","raw":5,"scaler":0,"type":"unsigned"})");
  CHECK(written("02 02 09 06 0100010700ff 11 05") ==
        kName + R"("value":5,"raw":5,"type":"unsigned"})");
  // More digits than a double carries: also as a string.
  CHECK(written(entry("15 ffffffffffffffff", -3, 30)) ==
        kName + R"("value":18446744073709551.615,"exact":"18446744073709551.615","unit":"Wh",)"
                R"("raw":18446744073709551615,"scaler":-3,"type":"long64-unsigned"})");
  CHECK(written(entry("15 00038d7ea4c67fff", 0, 30)).find("exact") == std::string::npos);  // 15
  CHECK(written(entry("15 00038d7ea4c68000", 0, 30)).find("exact") != std::string::npos);  // 16
  CHECK(written(entry("14 8000000000000000", 127, 30)).find("-9223372036854775808000") !=
        std::string::npos);
}

TEST_CASE("reals are the shortest decimal that reads back as the same") {
  CHECK(written(entry(real32(230.1f), 0, 35)) ==
        kName + R"("value":230.1,"unit":"V","raw":230.1,"scaler":0,"type":"float32"})");
  CHECK(written(entry(real32(2300.0f), -1, 35)) ==
        kName + R"("value":230.0,"unit":"V","raw":2300,"scaler":-1,"type":"float32"})");
  CHECK(written(entry(real64(-0.1), 0, 35)).find(R"("value":-0.1,)") != std::string::npos);
  CHECK(written(entry(real64(0.0), 0, 35)).find(R"("value":0,)") != std::string::npos);
  for (const float none :
       {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    CHECK(written(entry(real32(none), 0, 35)).find(R"("hex":)") != std::string::npos);
  }
  test::Random random;
  INFO("seed ", test::seed());
  for (int i = 0; i < 3000; ++i) {
    const auto value = std::bit_cast<double>(random.bits());
    if (!std::isfinite(value)) continue;
    const std::string text = written(entry(real64(value), 0, 35));
    const std::size_t at = text.find("\"raw\":") + 6;
    CAPTURE(text);
    REQUIRE(std::strtod(text.c_str() + at, nullptr) == value);
  }
  // The largest and the smallest with scalers at their ends.
  for (const double value : {1.7976931348623157e308, 5e-324, -4.9406564584124654e-324}) {
    for (const int scaler : {-128, 0, 127}) {
      const std::string text = written(entry(real64(value), scaler, 35));
      CHECK(text.size() > 300);
      CHECK(written("02 01 " + real64(value), cosem::Language::english, 't').size() > 300);
    }
  }
}

TEST_CASE("everything that is no number") {
  const auto value = [](const std::string& element) {
    const std::string text = written("02 02 09 06 0100010700ff " + element);
    CHECK(text.starts_with(kName));
    return text.substr(kName.size());
  };
  CHECK(value("00") == R"("value":null,"type":"null-data"})");
  CHECK(value("03 01") == R"("value":true,"type":"boolean"})");
  CHECK(value("03 00") == R"("value":false,"type":"boolean"})");
  CHECK(value("04 0a b780") == R"("value":"1011011110","type":"bit-string"})");
  CHECK(value("0a 05 4142000000") == R"("value":"AB","type":"visible-string"})");
  CHECK(value("0c 02 c3a4") == R"("value":"ä","type":"utf8-string"})");
  CHECK(value("09 03 00ff01") == R"("hex":"00ff01","type":"octet-string"})");
  CHECK(value("09 04 1b5b324a") == R"("hex":"1b5b324a","type":"octet-string"})");
  CHECK(value("09 03 22415c") == R"("value":"\"A\\","type":"octet-string"})");
  CHECK(
      value("09 0c 07ea0b160712000000ffc400") ==
      R"("value":"2026-11-22T18:00:00+01:00","hex":"07ea0b160712000000ffc400","type":"octet-string"})");
  CHECK(
      value("19 07ea071603120000 00ffc481") ==
      R"("value":"2026-07-22T18:00:00+01:00","hex":"07ea07160312000000ffc481","status":["invalid","dst"],"doubt":"dst","type":"date-time"})");
  CHECK(value("19 ffffffffffffffffff800000") ==
        R"("hex":"ffffffffffffffffff800000","type":"date-time"})");
  CHECK(value("1a 07ea0b1607") == R"("value":"2026-11-22","hex":"07ea0b1607","type":"date"})");
  CHECK(value("1a ffff0b1607") == R"("hex":"ffff0b1607","type":"date"})");
  CHECK(value("1b 12000500") == R"("value":"18:00:05","hex":"12000500","type":"time"})");
  CHECK(
      value("01 02 11 01 02 01 0a 01 41") ==
      R"("value":{"array":[{"unsigned":1},{"structure":[{"visible-string":"A"}]}]},"type":"array"})");
}

TEST_CASE("a value by place, and a code that comes again with another unit") {
  CHECK(
      written("02 02 11 05 00") ==
      R"({"pos":0,"value":5,"raw":5,"type":"unsigned"},{"pos":1,"value":null,"type":"null-data"})");
  const std::string twice = written("02 02 " + entry("11 05", 0, 30) + entry("12 0005", -1, 27));
  CHECK(twice == kName + R"("value":5,"unit":"Wh","raw":5,"scaler":0,"type":"unsigned"},)" + kName +
                     R"("value":0.5,"unit":"W","raw":5,"scaler":-1,"type":"long-unsigned"})");
}

TEST_CASE("text and CSV") {
  const std::string body = "02 02 " + entry("12 0910", -1, 35) + "0a 03 612c22";
  CHECK(written(body, cosem::Language::german, 't') ==
        "1-0:1.7.0  Wirkleistung Bezug  232.0 V\n[1]  a,\"\n");
  CHECK(written(body, cosem::Language::english, 'c') ==
        ",,,,1-0:1.7.0,Active power import,232.0,V,unknown\n,,,,,1,\"a,\"\"\",,unknown\n");
}

TEST_CASE("random bodies give well-formed lines in every form") {
  test::Random random;
  INFO("seed ", test::seed());
  int readable = 0;
  for (int round = 0; round < 30000; ++round) {
    ByteVector body = random.bytes(random.between(1, 40));
    if (random.one_in(2)) {
      constexpr std::uint8_t kTags[] = {1, 2, 9, 0x0a, 0x0c, 4, 0x13, 0x17, 0x18, 0x19, 0, 3};
      for (auto& byte : body) {
        if (random.one_in(2)) byte = kTags[random.below(12)];
        if (random.one_in(4)) byte = static_cast<std::uint8_t>(random.below(6));
      }
    }
    const ByteVector apdu = test::join(hex("0f 00000001 00"), body);
    Decoded one;
    if (!apdu::parse_notification(apdu, one.nodes)) continue;
    ++readable;
    CAPTURE(to_hex(apdu));
    const std::string json = written(to_hex(body));
    static_cast<void>(written(to_hex(body), cosem::Language::german, 't'));
    static_cast<void>(written(to_hex(body), cosem::Language::german, 'c'));
    Buffer xml, tree;
    REQUIRE(write_xml(xml, apdu));
    REQUIRE(write_tree(tree, apdu));
    json::Fields fields;
    REQUIRE(fields.parse(tree.view().substr(0, tree.size() - 1)));
    const std::string_view drawn = xml.view();
    for (std::size_t at = 0; (at = drawn.find("<!--", at)) != std::string_view::npos; ++at) {
      const std::size_t end = drawn.find("-->", at);
      REQUIRE(end != std::string_view::npos);
      REQUIRE(drawn.substr(at + 4, end - at - 4).find("--") == std::string_view::npos);
    }
  }
  CHECK(readable > 100);
}

}  // namespace meterpipe::views
