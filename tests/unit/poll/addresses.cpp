// How meters are named, and of whom an answer is.
#include "poll/address.hpp"

#include <doctest/doctest.h>

#include "poll/requests.hpp"
#include "support/random.hpp"
#include "support/text.hpp"

namespace meterpipe::poll {

using namespace test;

TEST_CASE("address: the forms, and the bytes that they stand for") {
  const auto bytes_of = [](std::string_view text) {
    const auto address = parse_meter_address(text);
    REQUIRE(address);
    return to_hex(address->secondary.bytes);
  };
  CHECK(bytes_of("12345678") == "78563412ffffffff");
  CHECK(bytes_of("1234FFFF") == "ffff3412ffffffff");
  CHECK(bytes_of("12345678-KAM") == "785634122d2cffff");
  CHECK(bytes_of("12345678-kam-1B-04") == "785634122d2c1b04");
  CHECK(bytes_of("12345678-*-*-04") == "78563412ffffff04");
  CHECK(bytes_of("123456782D2C1B04") == "785634122d2c1b04");
  CHECK(bytes_of("1234567f@300") == "7f563412ffffffff");
  CHECK(parse_meter_address("1234567f@300")->baud == 300U);
  CHECK(parse_meter_address("0")->primary == 0);
  CHECK(parse_meter_address("250@9600")->primary == 250);
  CHECK(parse_meter_address("250@9600")->link() == 250);
  CHECK(parse_meter_address("12345678")->link() == 0xfd);
  CHECK_FALSE(parse_meter_address("12345678")->primary);
  for (const char* text : {"5", "250@9600", "12345678", "1234FFFF", "12345678-KAM-1b-04",
                           "12345678-KAM-*-*@300", "FFFFFFFF-*-*-07", "ABCDEF12"}) {
    CHECK(to_string(*parse_meter_address(text)) == text);
  }
}

TEST_CASE("address: what is none says why") {
  for (const char* text : {"",
                           "251",
                           "253",
                           "255",
                           "-1",
                           "5 ",
                           "1234567",
                           "123456789",
                           "1234567G",
                           "5@",
                           "5@x",
                           "5@299",
                           "5@38401",
                           "12345678-KA",
                           "12345678-K1M",
                           "12345678-KAM-1",
                           "12345678-KAM-1b-044",
                           "12345678-KAM-1b-04-",
                           "123456782D2C1B",
                           "5-KAM",
                           "@300"}) {
    CAPTURE(text);
    const auto address = parse_meter_address(text);
    REQUIRE_FALSE(address);
    CHECK(address.error().size() > 20);
  }
}

TEST_CASE("address: a mask stands for what has its digits and bytes") {
  Random random;
  INFO("seed ", seed());
  for (int round = 0; round < 2000; ++round) {
    SecondaryAddress meter;
    for (std::size_t i = 0; i < kDigits; ++i) {
      meter.set_digit(i, static_cast<std::uint8_t>(random.below(10)));
    }
    for (std::size_t i = 4; i < 8; ++i) {
      meter.bytes[i] = static_cast<std::uint8_t>(random.below(0xff));
    }
    CHECK_FALSE(meter.has_wildcards());
    const auto again = parse_meter_address(to_string(meter));
    REQUIRE(again);
    CHECK(again->secondary == meter);
    SecondaryAddress mask = meter;
    const std::size_t digit = random.below(kDigits), byte = random.between(4, 7);
    mask.set_digit(digit, 0x0f);
    mask.bytes[byte] = 0xff;
    CHECK(mask.has_wildcards());
    CHECK(matches(mask, meter));
    CHECK(matches(SecondaryAddress{}, meter));
    SecondaryAddress other = mask;
    const std::size_t changed = (digit + 1 + random.below(kDigits - 1)) % kDigits;
    other.set_digit(changed, static_cast<std::uint8_t>((meter.digit(changed) + 1) % 10));
    CHECK_FALSE(matches(other, meter));
    other = mask;
    const std::size_t at = 4 + (byte - 3) % 4;
    other.bytes[at] = static_cast<std::uint8_t>((meter.bytes[at] + 1) % 0xff);
    CHECK_FALSE(matches(other, meter));
  }
}

TEST_CASE("address: who an answer is of, in each form of its header") {
  const ByteVector head = hex("78563412 2d2c 1b 04 05 00 0000");
  CHECK(to_string(*identity_of(0x72, head)) == "12345678-KAM-1b-04");
  CHECK(to_string(*identity_of(0x76, hex("12345678 2c2d 1b 04 05 00 0000"))) ==
        "12345678-KAM-1b-04");
  CHECK(to_string(*identity_of(0x73, head)) == "12345678");
  CHECK(to_string(*identity_of(0x77, hex("12345678 05"))) == "12345678");
  CHECK_FALSE(identity_of(0x78, head));
  CHECK_FALSE(identity_of(0x70, head));
  CHECK_FALSE(identity_of(0x72, Bytes(head).first(7)));
  CHECK(identity_of(0x72, Bytes(head).first(8)));
}

TEST_CASE("requests: byte by byte") {
  CHECK(to_hex(begin_anew(5)) == "1040054516");
  CHECK(to_hex(give_data(5, true)) == "107b058016");
  CHECK(to_hex(give_data(5, false)) == "105b056016");
  CHECK(to_hex(give_data(kSelected, true)) == "107bfd7816");
  CHECK(to_hex(select_meter(parse_meter_address("12345678")->secondary)) ==
        "680b0b6873fd5278563412ffffffffd216");
  CHECK(to_hex(set_primary(5, 7)) ==
        "680606685305"
        "51017a072b16");
}

}  // namespace meterpipe::poll
