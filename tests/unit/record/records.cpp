// lib/record: records as they are read and written, what is wrong with them, the times of pieces.
#include "record/records.hpp"

#include <doctest/doctest.h>

#include <string>

#include "record/fault_text.hpp"
#include "record/stream_times.hpp"
#include "support/json_tree.hpp"
#include "support/text.hpp"

namespace meterpipe::record {

using test::hex;

TEST_CASE("the head of a record") {
  Line line;
  const std::string text =
      R"({"v":1,"t":"apdu","ts":"2026-11-22T18:00:00+01:00","src":"a\"b","seq":7,"hex":"0f"})";
  REQUIRE(line.parse(text));
  CHECK(line.type() == Type::apdu);
  CHECK(line.version() == 1);
  CHECK(line.head().ts == "2026-11-22T17:00:00.000000Z");
  CHECK(line.head().src == "a\"b");
  CHECK(line.head().seq == 7u);

  const auto error = [](const std::string& bad) {
    Line one;
    const auto parsed = one.parse(bad);
    REQUIRE_FALSE(parsed.has_value());
    return parsed.error();
  };
  CHECK(error(R"({"v":1})").fault == Fault::missing_field);
  CHECK(error("{}").fault == Fault::missing_field);
  CHECK(error("[1]").fault == Fault::bad_json);
  CHECK(error(R"({"v":1,"t":1})").fault == Fault::bad_field);
  CHECK(error(R"({"v":1,"t":"apdu","ts":"today"})").offset == 24);
  CHECK(error(R"({ "v":1,"t":"apdu","ts":"today"})").offset == 20);  // of the key, read otherwise
  CHECK(error(R"({"v":"1","t":"apdu"})").fault == Fault::bad_field);
  CHECK(error(R"({"v":1,"t":"apdu","seq":-1})").fault == Fault::bad_field);
  CHECK(error(R"({"v":1,"t":"apdu","src":5})").fault == Fault::bad_field);
  CHECK(error(R"({"v":1,"t":"apdu","t":"apdu"})").fault == Fault::duplicate_key);

  // What passes through may say when and where in its own way.
  for (const char* foreign :
       {R"({"t":"weather","ts":1234,"seq":"x","src":null})", R"({"v":"x","t":"weather"})",
        R"({"v":2,"t":"apdu","ts":{"s":1},"seq":[1]})"}) {
    CAPTURE(foreign);
    Line other;
    CHECK(other.parse(foreign));
  }
}

TEST_CASE("apdu records keep what they do not know, after their own") {
  Line line;
  const std::string text =
      R"({"v":1,"t":"apdu","new":{"a":[1,2]},"ts":"2026-11-22T17:00:00.000001Z","src":"s","seq":4,)"
      R"("link":"mbus","frames":2,"quirks":["l-overflow"],"security":{"service":"general-glo-cipher)"
      R"(ing","title":"4b464d1020000001","counter":1234,"sc":"21","suite":1,"encrypted":true,"auth)"
      R"(":"none"},"hex":"0f00","later":1.50})";
  REQUIRE(line.parse(text));
  ApduRecord record;
  REQUIRE(read(line, record));
  CHECK(record.security->counter == 1234);
  CHECK(record.security->auth == apdu::Auth::none);
  CHECK(record.security->suite() == 1);
  Buffer out;
  write(out, record);
  CHECK(
      out.view() ==
      R"({"v":1,"t":"apdu","ts":"2026-11-22T17:00:00.000001Z","src":"s","seq":4,"link":"mbus",)"
      R"("frames":2,"quirks":["l-overflow"],"security":{"service":"general-glo-ciphering","title")"
      R"(:"4b464d1020000001","counter":1234,"sc":"21","suite":1,"encrypted":true,"auth":"none"},)"
      R"("hex":"0f00","new":{"a":[1,2]},"later":1.50})"
      "\n");
}

TEST_CASE("records with values of the wrong form") {
  const auto fault = [](const char* text) {
    Line line;
    REQUIRE(line.parse(text));
    if (line.type() == Type::bytes) {
      BytesRecord record;
      const auto done = read(line, record);
      return done ? Fault::noise : done.error().fault;
    }
    ApduRecord record;
    const auto done = read(line, record);
    return done ? Fault::noise : done.error().fault;
  };
  CHECK(fault(R"({"v":1,"t":"bytes","ms":5,"marked":[1,2],"why":"gap","hex":"00"})") ==
        Fault::noise);
  CHECK(fault(R"({"v":1,"t":"bytes","why":"gap"})") == Fault::missing_field);
  for (const char* bad :
       {R"({"v":1,"t":"bytes","hex":"0"})", R"({"v":1,"t":"bytes","hex":5})",
        R"({"v":1,"t":"bytes","ms":-1,"hex":""})",
        R"({"v":1,"t":"bytes","ms":18446744073709551615,"hex":""})",
        R"({"v":1,"t":"bytes","marked":[1,"2"],"hex":""})",
        R"({"v":1,"t":"bytes","marked":[4294967296],"hex":""})",
        R"({"v":1,"t":"bytes","marked":5,"hex":""})", R"({"v":1,"t":"apdu","hex":"0g"})",
        R"({"v":1,"t":"apdu","frames":"2","hex":""})", R"({"v":1,"t":"apdu","link":1,"hex":""})",
        R"({"v":1,"t":"apdu","security":1,"hex":""})",
        R"({"v":1,"t":"apdu","security":{"counter":4294967296},"hex":""})",
        R"({"v":1,"t":"apdu","security":{"sc":"2121"},"hex":""})",
        R"({"v":1,"t":"apdu","security":{"title":"4"},"hex":""})"}) {
    CAPTURE(bad);
    CHECK(fault(bad) == Fault::bad_field);
  }
}

TEST_CASE("every fault has a code and a sentence") {
  for (int i = 0; i <= static_cast<int>(Fault::line_too_long); ++i) {
    const auto fault = static_cast<Fault>(i);
    const std::string text = describe(Error{fault, 1, 2, 3});
    CAPTURE(text);
    CHECK_FALSE(text.empty());
    CHECK(text.find('{') == std::string::npos);
    for (const char c : code_of(fault)) CHECK((c == '-' || (c >= 'a' && c <= 'z')));
  }
}

TEST_CASE("error and mbus records") {
  Buffer out;
  write(out, error_record({"", "s\x1b", 5}, "mbus-frame", Error{Fault::bad_checksum, 0, 0x3f, 0x3e},
                          hex("68")));
  CHECK(out.view() ==
        "{\"v\":1,\"t\":\"error\",\"src\":\"s\\u001b\",\"seq\":5,\"by\":\"mbus-frame\",\"code\":"
        "\"bad-checksum\",\"text\":\"frame at byte 0: checksum is 3e, bytes add up to 3f\",\"hex\":"
        "\"68\"}\n");
}

TEST_CASE("a byte of a piece without a time, and one of no piece, have none") {
  StreamTimes times;
  CHECK_FALSE(times.at(0));
  times.add(10, 1, std::nullopt, 0);
  times.add(11, 1, Micros{5}, 0);
  CHECK_FALSE(times.at(9));
  CHECK_FALSE(times.at(10));
  CHECK(times.at(11) == Micros{5});
}

TEST_CASE("the time of a byte within its piece") {
  StreamTimes times;
  times.add(0, 11, 1'000'000, 100);
  times.add(11, 5, std::nullopt, 0);
  times.add(16, 1, 9'000'000, 0);
  CHECK(times.at(0) == 1'000'000);
  CHECK(times.at(5) == 1'050'000);
  CHECK(times.at(10) == 1'100'000);
  CHECK_FALSE(times.at(12));
  CHECK(times.at(16) == 9'000'000);
}

}  // namespace meterpipe::record
