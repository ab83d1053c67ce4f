#include <doctest/doctest.h>

#include "base/hex.hpp"
#include "sim/axdr.hpp"

namespace meterpipe::sim {

namespace {

template <class Write>
std::string written(Write&& write, DataWriter::Tags tags = DataWriter::Tags::written) {
  ByteVector out;
  DataWriter data(out, tags);
  write(data);
  return to_hex(out);
}

}  // namespace

TEST_CASE("lengths take the shortest form, or the one that is asked for") {
  const auto length = [](std::uint64_t value, unsigned width) {
    ByteVector out;
    add_length(out, value, width);
    return to_hex(out);
  };
  CHECK(length(0x4d, 0) == "4d");
  CHECK(length(0x7f, 0) == "7f");
  CHECK(length(0x80, 0) == "8180");
  CHECK(length(0xf8, 0) == "81f8");
  CHECK(length(0x155, 0) == "820155");
  CHECK(length(0x10000, 0) == "83010000");
  CHECK(length(0xe7, 2) == "8200e7");
  CHECK(length(0x05, 1) == "8105");
  CHECK(length(0x155, 1) == "820155");
}

TEST_CASE("every type of Data in its own bytes") {
  CHECK(written([](DataWriter& d) { d.null(); }) == "00");
  CHECK(written([](DataWriter& d) { d.boolean(true); }) == "0301");
  CHECK(written([](DataWriter& d) { d.double_long(-2); }) == "05fffffffe");
  CHECK(written([](DataWriter& d) { d.double_long_unsigned(1327456); }) == "0600144160");
  CHECK(written([](DataWriter& d) { d.octet_string(as_bytes("KFM")); }) == "09034b464d");
  CHECK(written([](DataWriter& d) { d.visible_string("A"); }) == "0a0141");
  CHECK(written([](DataWriter& d) { d.utf8_string("ö"); }) == "0c02c3b6");
  CHECK(written([](DataWriter& d) { d.bcd(0x42); }) == "0d42");
  CHECK(written([](DataWriter& d) { d.integer(-1); }) == "0fff");
  CHECK(written([](DataWriter& d) { d.long_integer(-500); }) == "10fe0c");
  CHECK(written([](DataWriter& d) { d.unsigned_integer(200); }) == "11c8");
  CHECK(written([](DataWriter& d) { d.long_unsigned(2292); }) == "1208f4");
  CHECK(written([](DataWriter& d) { d.long64(-1); }) == "14ffffffffffffffff");
  CHECK(written([](DataWriter& d) { d.long64_unsigned(1); }) == "150000000000000001");
  CHECK(written([](DataWriter& d) { d.enumeration(35); }) == "1623");
  CHECK(written([](DataWriter& d) { d.float32(1.5F); }) == "173fc00000");
  CHECK(written([](DataWriter& d) { d.float64(-2.0); }) == "18c000000000000000");
  CHECK(written([](DataWriter& d) { d.date({0x07, 0xe5, 3, 7, 7}); }) == "1a07e5030707");
  CHECK(written([](DataWriter& d) { d.time({14, 55, 33, 0}); }) == "1b0e372100");
  CHECK(written([](DataWriter& d) {
          d.date_time({0x07, 0xea, 3, 2, 1, 7, 0, 5, 0, 0xff, 0xc4, 0});
        }) ==
        "1907ea030201070005"
        "00ffc400");
  CHECK(written([](DataWriter& d) { d.dont_care(); }) == "ff");
  CHECK(written([](DataWriter& d) { d.scaler_unit(-1, 35); }) == "02020fff1623");
  const ByteVector bits{0xa8};
  CHECK(written([&](DataWriter& d) { d.bit_string(bits, 5); }) == "0405a8");
}

TEST_CASE("long strings and counts get long lengths") {
  const std::string text(200, 'x');
  CHECK(written([&](DataWriter& d) { d.visible_string(text); }).substr(0, 8) == "0a81c878");
  CHECK(written([](DataWriter& d) { d.array(300); }) == "0182012c");
}

TEST_CASE("a compact-array: the types once, then contents without tags") {
  ByteVector description, contents;
  describe_structure(description, 2);
  description.push_back(0x12);
  description.push_back(0x0f);
  DataWriter inside(contents, DataWriter::Tags::left_out);
  for (const int i : {1, 3}) {
    inside.structure(2);
    inside.long_unsigned(static_cast<std::uint16_t>(i));
    inside.integer(static_cast<std::int8_t>(i + 1));
  }
  CHECK(written([&](DataWriter& d) { d.compact_array(description, contents); }) ==
        "130202120f06000102000304");
  ByteVector array;
  describe_array(array, 3);
  CHECK(to_hex(array) == "010003");
}

}  // namespace meterpipe::sim
