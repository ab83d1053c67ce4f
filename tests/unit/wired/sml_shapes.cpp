// Elements of SML of every shape: what is no file of values is told with its place, each way to say
// a time is read, and each type of a value.
#include <doctest/doctest.h>

#include <string>

#include "base/crc16.hpp"
#include "base/hex.hpp"
#include "decode/sml_reading.hpp"
#include "record/fault_text.hpp"

namespace meterpipe::test {
namespace {

constexpr std::uint64_t kBefore = 8;  // the escape and the version

// Whatever stands in it, with an end and a checksum that are right.
ByteVector file_of(const std::string& hex) {
  ByteVector file = *from_hex("1b1b1b1b01010101" + hex + "1b1b1b1b1a00");
  const std::uint16_t crc = crc16_x25(file);
  file.push_back(static_cast<std::uint8_t>(crc));
  file.push_back(static_cast<std::uint8_t>(crc >> 8));
  return file;
}

std::string message_of(const std::string& body) { return "760201620062007263" + body + "63abcd00"; }

// `server`: with its TL.
std::string list_of(const std::string& time, const std::string& entries,
                    const std::string& server = "03aabb") {
  return message_of("0701" + ("7701" + server + "01" + time + entries) + "0101");
}

struct Place {
  Fault fault;
  std::uint64_t offset;
  bool operator==(const Place&) const = default;
};

Place refusal(const std::string& hex) {
  const auto lists = wired::parse_sml(file_of(hex));
  REQUIRE_FALSE(lists);
  return {lists.error().fault, lists.error().offset};
}

std::optional<wired::SmlTime> time_of_list(const std::string& time) {
  const auto lists = wired::parse_sml(file_of(list_of(time, "70")));
  REQUIRE(lists);
  REQUIRE(lists->size() == 1);
  return lists->front().time;
}

}  // namespace

TEST_CASE("SML: what is no element, and no message, is told with its place") {
  const Place first{Fault::bad_sml, kBefore};
  CHECK(refusal("1200") == first);                  // no type has this number
  CHECK(refusal("f1818181810100") == first);        // a length of more bytes than there are
  CHECK(refusal("7f") == first);                    // a list of more than there is
  CHECK(refusal("050102") == first);                // octets beyond the end
  CHECK(refusal("61") == first);                    // a number without a byte
  CHECK(refusal("6a010203040506070809") == first);  // and one of nine
  CHECK(refusal("7101") == first);                  // a list that is no message
  CHECK(refusal("0201") == first);                  // no list at all
  // Within a message, and behind one that is right.
  CHECK(refusal("76021201") == Place{Fault::bad_sml, kBefore});
  CHECK(refusal("760201120000000000") == Place{Fault::bad_sml, kBefore + 3});
  const std::string whole = list_of("01", "70");
  CHECK(refusal(whole + "1200") == Place{Fault::bad_sml, kBefore + whole.size() / 2});
  CHECK(refusal(whole + list_of("01", "717601010101010101")) ==
        Place{Fault::bad_sml, kBefore + whole.size() / 2});
}

TEST_CASE("SML: a list is one of values by its tag and its shape") {
  const Place first{Fault::bad_sml, kBefore};
  CHECK(refusal(message_of("07017101")) == first);  // too short
  CHECK(refusal(list_of("01", "01")) == first);     // no list of entries
  CHECK(refusal(list_of("01",
                        "71"
                        "77050101080001010101"
                        "0101")) == first);  // a code of four
  CHECK(refusal(list_of("01",
                        "71"
                        "76070100010800ff0101010101")) == first);  // six members
  // A scaler that is none would make another number of it.
  const auto entry = [](const std::string& scaler, const std::string& value) {
    return list_of("01",
                   "7177070100010800ff010162"
                   "1e" +
                       scaler + value + "01");
  };
  for (const std::string scaler : {"6201", "62ff", "53012c", "02ff", "4201", "7101"}) {
    CAPTURE(scaler);
    CHECK(refusal(entry(scaler, "6505f5e100")) == first);
    CHECK(wired::parse_sml(file_of(entry(scaler, "03abcd"))));
  }
  for (const std::string scaler : {"01", "52ff", "53ffff"}) {
    CAPTURE(scaler);
    CHECK(wired::parse_sml(file_of(entry(scaler, "6505f5e100"))));
  }
}

TEST_CASE("SML: a time is seconds of the meter, of UTC, or local with its offsets") {
  using Kind = wired::SmlTime::Kind;
  const auto bare = time_of_list("6500000010");
  REQUIRE(bare);
  CHECK(bare->kind == Kind::index);
  CHECK(bare->seconds == 16);
  const auto index = time_of_list("726201620a");
  REQUIRE(index);
  CHECK(index->kind == Kind::index);
  CHECK(index->seconds == 10);
  const auto local = time_of_list(
      "726203736567748580"
      "53ffc4"
      "53003c");
  REQUIRE(local);
  CHECK(local->kind == Kind::local);
  CHECK(local->seconds == 0x67748580);
  CHECK(local->offset == -60);
  CHECK(local->season == 60);
  // More than 32 bits, another choice, and what is none: no time.
  CHECK_FALSE(time_of_list("660100000000"));
  CHECK_FALSE(time_of_list("726201660100000000"));
  CHECK_FALSE(time_of_list("7262046201"));
  CHECK_FALSE(
      time_of_list("7262037362016200"
                   "5200"));
  CHECK_FALSE(
      time_of_list("726203736201"
                   "5305a1"
                   "5200"));  // 1441 minutes
  CHECK_FALSE(
      time_of_list("726203736201"
                   "5200"
                   "53fa5f"));
  CHECK_FALSE(time_of_list("7362016201620a"));
  CHECK_FALSE(time_of_list("0201"));
}

TEST_CASE("SML: local time is written with the offset that it says") {
  const auto local =
      decode::read_sml(file_of(list_of("726203736567748580"
                                       "52"
                                       "3c"
                                       "523c",
                                       "70")));
  REQUIRE(local);
  CHECK(local->front().time == "2025-01-01T02:00:00+02:00");
  CHECK_FALSE(local->front().running_s);
  const auto utc = decode::read_sml(file_of(list_of("7262026567748580", "70")));
  REQUIRE(utc);
  CHECK(utc->front().time == "2025-01-01T00:00:00+00:00");
}

TEST_CASE("SML: a value may be true or false, a list, or absent") {
  const auto entry = [](const std::string& value) {
    return "77070100600100ff010101"
           "01" +
           value + "01";
  };
  const ByteVector file =
      file_of(list_of("01", "74" + entry("4201") + entry("7101") + entry("01") + entry("62ff")));
  const auto lists = wired::parse_sml(file);
  REQUIRE(lists);
  using Type = wired::SmlEntry::Type;
  std::vector<Type> types;
  for (const auto& one : lists->front().entries) types.push_back(one.type);
  CHECK(types ==
        std::vector<Type>{Type::boolean, Type::list, Type::absent, Type::unsigned_integer});
  const auto readings = decode::read_sml(file);
  REQUIRE(readings);
  std::vector<axdr::Tag> tags;
  for (const axdr::Node& node : readings->front().nodes) tags.push_back(node.tag);
  CHECK(tags == std::vector<axdr::Tag>{axdr::Tag::boolean, axdr::Tag::null_data,
                                       axdr::Tag::null_data, axdr::Tag::unsigned_});
}

TEST_CASE("SML: each server of a file has a reading of its own") {
  const auto entry = [](const std::string& value) {
    return "71770701000108"
           "00ff0101621e5200" +
           value + "01";
  };
  const std::string first = "0b0a01454d480000000001", second = "0b0a01454d480000000002";
  const auto shown = [](const std::vector<std::string>& lists) {
    std::string content, text;
    for (const std::string& list : lists) content += list;
    const auto readings = decode::read_sml(file_of(content));
    REQUIRE(readings);
    for (const decode::SmlReading& reading : *readings) {
      text += (text.empty() ? "" : "; ") + reading.meter + ":";
      for (const axdr::Node& node : reading.nodes)
        text += " " + std::to_string(reading.bytes[node.offset]);
    }
    return text;
  };
  const std::string one = list_of("01", entry("6205"), first);
  const std::string two = list_of("01", entry("6207"), second);
  const std::string none = list_of("01", entry("6209"), "01");
  CHECK(shown({one, two}) == "1EMH0000000001: 5; 1EMH0000000002: 7");
  CHECK(shown({two, one, two, one}) == "1EMH0000000002: 7 7; 1EMH0000000001: 5 5");
  // A list that does not say whose it is.
  CHECK(shown({none, one, none, two, none}) == "1EMH0000000001: 9 5 9; 1EMH0000000002: 7 9");
  CHECK(shown({none, none}) == ": 9 9");
}

TEST_CASE("SML: a file without a list of values says what it has instead") {
  const auto said = [](const std::string& hex) {
    const auto readings = decode::read_sml(file_of(hex));
    REQUIRE_FALSE(readings);
    CHECK(record::code_of(readings.error().fault) == "no-values");
    const std::string text = record::describe(readings.error());
    return text.substr(text.find(": ") + 2);
  };
  const std::string opening = message_of(
                        "01017601010101"
                        "0101"),
                    end = message_of("02017101");
  CHECK(said("") == "it holds no more than its opening and its end");
  CHECK(said("00000000") == "it holds no more than its opening and its end");
  CHECK(said(opening + end) == "it holds no more than its opening and its end");
  CHECK(said(end) == "it holds no more than its opening and its end");
  CHECK(said(opening + message_of("ff017401010101")) == "it holds an attention response");
  const std::string attention = message_of("ff017403aabb078181c7c7fe020101");
  CHECK(said(attention) == "it holds an attention response 8181c7c7fe02");
  CHECK(said(opening + attention + end) == "it holds an attention response 8181c7c7fe02");
  CHECK(said(opening + message_of("05017101") + end) == "it holds parameters of the meter");
  CHECK(said(message_of("7777"
                        "7101")) == "it holds a message 7777");
  // What is there besides a list says nothing.
  CHECK(decode::read_sml(file_of(opening + attention + list_of("01", "70") + end)));
}

}  // namespace meterpipe::test
