#include "record/reading_record.hpp"

#include <doctest/doctest.h>

#include <string>

namespace meterpipe::record {

namespace {

Result<void> read_text(const std::string& text, Line& line, ReadingRecord& record) {
  REQUIRE(line.parse(text));
  return read(line, record);
}

}  // namespace

TEST_CASE("reading record: its keys and values") {
  const std::string text =
      R"({"v":1,"t":"reading","ts":"2026-11-22T17:00:00.123456Z","src":"ttyUSB0","seq":4,)"
      R"("id":"4b464d1020039534:1234","meter":"1KFM0200234804","time":"2026-11-22T18:00:00+01:00",)"
      R"("invoke":1571480,"auth":"none","layout":"nested","new":[1],"values":[)"
      R"({"obis":"1-0:32.7.0","name":"Spannung L1 \u00e4","value":232.10,"unit":"V","raw":2321,)"
      R"("scaler":-1,"type":"long-unsigned"},{"pos":34,"hex":"00ff"},{"pos":"3.1","value":null},{}]})";
  Line line;
  ReadingRecord record;
  REQUIRE(read_text(text, line, record));
  CHECK(record.head.src == "ttyUSB0");
  CHECK(record.head.seq == 4);
  CHECK(record.id == "4b464d1020039534:1234");
  CHECK(record.title() == "4b464d1020039534");
  CHECK(record.meter == "1KFM0200234804");
  CHECK(record.time == "2026-11-22T18:00:00+01:00");
  CHECK(record.auth == "none");
  CHECK(record.layout == "nested");
  REQUIRE(record.values.size() == 4);
  CHECK(record.values[0].obis == "1-0:32.7.0");
  CHECK(record.values[0].name == "Spannung L1 ä");
  CHECK(record.values[0].value == "232.10");
  CHECK(record.values[0].unit == "V");
  CHECK(record.values[0].type == "long-unsigned");
  CHECK(record.values[1].pos == "34");
  CHECK(record.values[1].hex == "00ff");
  CHECK(record.values[1].value.empty());
  CHECK(record.values[2].pos == "3.1");
  CHECK(record.values[2].value == "null");
  CHECK(record.values[3].obis.empty());

  // the same with blanks: another way through the JSON reader, and nothing left of the last one
  std::string spaced;
  for (const char c : text) {
    spaced += c;
    if (c == ',') spaced += ' ';
  }
  REQUIRE(read_text(spaced, line, record));
  REQUIRE(record.values.size() == 4);
  CHECK(record.values[0].value == "232.10");
}

TEST_CASE("reading record: the key of a wired M-Bus meter's value stands for a code") {
  Line line;
  REQUIRE(
      line.parse(R"({"v":1,"t":"reading","values":[{"key":"0c13","obis":"8-0:1.0.0","value":1},)"
                 R"({"key":"426c","name":"Date","value":"2014-03-13"}]})"));
  ReadingRecord record;
  REQUIRE(read(line, record));
  CHECK(record.values[0].obis == "8-0:1.0.0");
  CHECK(record.values[1].obis == "426c");
}

TEST_CASE("reading record: a title only where id has one") {
  ReadingRecord record;
  record.id = "4b464d1020039534@2026-11-22T17:00:00Z";
  CHECK(record.title().empty());
  record.id = "4b464d102003953x:1";
  CHECK(record.title().empty());
  record.id = "4b464d1020039534";
  CHECK(record.title().empty());
}

TEST_CASE("reading record: what is malformed, and where") {
  Line line;
  ReadingRecord record;
  const auto fault = [&](const std::string& text) {
    const auto result = read_text(R"({"v":1,"t":"reading",)" + text, line, record);
    REQUIRE_FALSE(result);
    return result.error();
  };
  CHECK(fault(R"("meter":"1"})").fault == Fault::missing_field);
  CHECK(fault(R"("meter":1,"values":[]})").fault == Fault::bad_field);
  CHECK(fault(R"("meter":1,"values":[]})").offset == 30);  // as all columns: from 1 on
  CHECK(fault(R"("values":{}})").fault == Fault::bad_field);
  CHECK(fault(R"("values":[1]})").fault == Fault::bad_field);
  CHECK(fault(R"("values":[{"obis":1}]})").offset == 40);
  CHECK(fault(R"("values":[{"obis":"a","obis":"b"}]})").fault == Fault::duplicate_key);
  CHECK(fault(R"("values":[{"pos":true}]})").fault == Fault::bad_field);
  // With blanks in it: the key.
  CHECK(fault(R"( "meter": 1, "values": []})").offset == 23);
  CHECK(fault(R"("values": [{"obis": "a", "unit": null}]})").offset == 22);
}

}  // namespace meterpipe::record
