// Elements of SML of every shape: what is no file of values is told with its place, each way to say
// a time is read, and each type of a value.
#include <doctest/doctest.h>

#include <string>

#include "base/crc16.hpp"
#include "base/hex.hpp"
#include "decode/sml_reading.hpp"

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

std::string list_of(const std::string& time, const std::string& entries) {
  return message_of("0701" + ("770103aabb01" + time + entries) + "0101");
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
  CHECK(wired::parse_sml(file_of(message_of("01017101")))->empty());
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
  decode::SmlReading reading;
  REQUIRE(decode::read_sml(file_of(list_of("726203736567748580"
                                           "52"
                                           "3c"
                                           "523c",
                                           "70")),
                           reading));
  CHECK(reading.time == "2025-01-01T02:00:00+02:00");
  CHECK_FALSE(reading.running_s);
  REQUIRE(decode::read_sml(file_of(list_of("7262026567748580", "70")), reading));
  CHECK(reading.time == "2025-01-01T00:00:00+00:00");
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
  decode::SmlReading reading;
  REQUIRE(decode::read_sml(file, reading));
  std::vector<axdr::Tag> tags;
  for (const axdr::Node& node : reading.nodes) tags.push_back(node.tag);
  CHECK(tags == std::vector<axdr::Tag>{axdr::Tag::boolean, axdr::Tag::null_data,
                                       axdr::Tag::null_data, axdr::Tag::unsigned_});
}

}  // namespace meterpipe::test
