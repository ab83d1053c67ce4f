// lib/base: exact decimals, hex, the checked reader, UTF-8, the output buffer.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "base/buffer.hpp"
#include "base/decimal.hpp"
#include "base/hex.hpp"
#include "base/reader.hpp"
#include "base/utf8.hpp"
#include "support/random.hpp"
#include "support/text.hpp"

namespace meterpipe::test {

namespace {

// The digits of a number by division, the point set in by hand: slow and plain.
std::string by_hand(const Decimal& value) {
  std::string digits;
  for (std::uint64_t rest = value.magnitude; rest != 0 || digits.empty(); rest /= 10) {
    digits += static_cast<char>('0' + static_cast<int>(rest % 10));
  }
  if (value.exponent > 0 && value.magnitude != 0) {
    digits.insert(0, static_cast<std::size_t>(value.exponent), '0');
  }
  if (value.exponent < 0) {
    const auto places = static_cast<std::size_t>(-value.exponent);
    while (digits.size() <= places) digits += '0';
    digits.insert(places, 1, '.');
  }
  std::reverse(digits.begin(), digits.end());
  return value.negative && value.magnitude != 0 ? "-" + digits : digits;
}

}  // namespace

TEST_CASE("a decimal is written with all its digits") {
  CHECK(to_string(Decimal::of(2320, -1)) == "232.0");
  CHECK(to_string(Decimal::of(-5, -3)) == "-0.005");
  CHECK(to_string(Decimal::of(0, -2)) == "0.00");
  CHECK(to_string(Decimal::of(0, 5)) == "0");
  CHECK(to_string(Decimal::of(12, 3)) == "12000");
  CHECK(to_string(Decimal::of_unsigned(18446744073709551615ULL)) == "18446744073709551615");
  CHECK(to_string(Decimal::of(INT64_MIN)) == "-9223372036854775808");
  CHECK(to_string(Decimal{0, 0, true}) == "0");
  CHECK(Decimal::of(0).digits() == 1);
  CHECK(Decimal::of(-999).digits() == 3);
  CHECK(Decimal::of_unsigned(UINT64_MAX).digits() == 20);
}

TEST_CASE("a decimal of any size is what long division says") {
  test::Random random;
  INFO("seed ", test::seed());
  for (int i = 0; i < 20000; ++i) {
    Decimal value;
    value.magnitude = random.bits() >> random.below(64);
    value.exponent = static_cast<int>(random.below(256)) - 128;
    value.negative = random.one_in(2);
    char text[kDecimalChars];
    const std::string written(text, write_decimal(text, value));
    REQUIRE(written == by_hand(value));
    REQUIRE(written.size() <= kDecimalChars);
  }
}

TEST_CASE("a decimal is read as it was written") {
  const auto read = [](std::string_view text) {
    const auto value = parse_decimal(text);
    return value ? to_string(*value) : "none";
  };
  for (const std::string_view same :
       {"0", "232.0", "-0.50", "18446744073709551615", "0.0000000001", "-17"}) {
    CHECK(read(same) == same);
  }
  CHECK(read("1e5") == "100000");
  CHECK(read("1.5E+1") == "15");
  CHECK(read("25e-1") == "2.5");
  for (const std::string_view wrong : {"", "-", "01", "1.", ".5", "1e", "1e999", "+1", "1 ", "0x1",
                                       "18446744073709551616", "nan"}) {
    CHECK(read(wrong) == "none");
  }
}

TEST_CASE("decimals add, subtract and compare exactly") {
  test::Random random;
  unsigned reckoned = 0;
  for (int i = 0; i < 20000; ++i) {
    const auto some = [&] {
      return Decimal::of(static_cast<std::int64_t>(random.below(2'000'001)) - 1'000'000,
                         static_cast<int>(random.below(9)) - 4);
    };
    const Decimal a = some(), b = some();
    // At 10^-4 all of them are whole.
    const auto whole = [](const Decimal& value) {
      auto result = static_cast<std::int64_t>(value.magnitude);
      for (int e = value.exponent; e > -4; --e) result *= 10;
      return value.negative ? -result : result;
    };
    const auto sum = add(a, b), difference = subtract(a, b);
    REQUIRE((sum && difference));
    CHECK(whole(*sum) == whole(a) + whole(b));
    CHECK(whole(*difference) == whole(a) - whole(b));
    const int order = whole(a) < whole(b) ? -1 : whole(a) > whole(b) ? 1 : 0;
    CHECK(compare(a, b) == order);
    ++reckoned;
  }
  CHECK(reckoned == 20000);
  const Decimal huge{1, 400, false}, tiny{1, -400, false};
  CHECK(compare(huge, tiny) == 1);
  CHECK(compare({1, 400, true}, {1, -400, true}) == -1);
  CHECK_FALSE(add(huge, tiny));
  CHECK_FALSE(add(Decimal::of_unsigned(~0ULL), Decimal::of(1)));
  CHECK(compare(Decimal::of(20, -1), Decimal::of(2)) == 0);
}

TEST_CASE("the longest decimals fit") {
  for (const int exponent : {-470, -342, -128, 127, 436}) {
    const Decimal value{UINT64_MAX, exponent, true};
    CHECK(by_hand(value).size() <= kDecimalChars);
    CHECK(to_string(value) == by_hand(value));
  }
}

TEST_CASE("hex there and back") {
  test::Random random;
  INFO("seed ", test::seed());
  for (int i = 0; i < 500; ++i) {
    const ByteVector bytes = random.bytes(random.below(300));
    const std::string digits = to_hex(bytes);
    REQUIRE(digits.size() == 2 * bytes.size());
    REQUIRE(from_hex(digits) == bytes);
    std::string upper = digits;
    for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    REQUIRE(from_hex(upper) == bytes);
    Buffer buffer;
    buffer.add("x");
    add_hex(buffer, bytes);
    REQUIRE(buffer.view() == "x" + digits);
    if (digits.empty()) continue;
    // One character wrong, anywhere, is found, and what stood there before stays.
    std::string broken = digits;
    const std::size_t at = random.below(broken.size());
    do broken[at] = static_cast<char>(random.byte());
    while (hex_digit(broken[at]) >= 0);
    ByteVector kept = hex("0102");
    REQUIRE_FALSE(append_hex(kept, broken));
    REQUIRE(kept == hex("0102"));
    REQUIRE_FALSE(append_hex(kept, std::string_view(digits).substr(1)));
    REQUIRE(kept == hex("0102"));
  }
}

TEST_CASE("the reader reads past no end") {
  const ByteVector bytes = hex("01 0203 04050607");
  Reader reader(bytes);
  CHECK(reader.u8() == 1);
  CHECK(reader.u16() == 0x0203);
  CHECK(reader.u32() == 0x04050607);
  CHECK(reader.at_end());
  CHECK_FALSE(reader.failed());
  CHECK(reader.u8() == 0);
  CHECK(reader.failed());
  CHECK(reader.peek() == 0);
  CHECK(reader.u32() == 0);
  CHECK(reader.take(3).empty());

  Reader half(Bytes(bytes).first(3));
  half.u8();
  CHECK(half.unsigned_of(8) == 0);
  CHECK(half.failed());
  CHECK(half.left() == 0);

  Reader taking(bytes);
  CHECK(taking.take(100).size() == 7);
  CHECK(taking.failed());
}

TEST_CASE("A-XDR lengths in every form") {
  const auto length = [](std::string_view text) {
    const ByteVector bytes = hex(text);
    Reader reader(bytes);
    const auto value = reader.length();
    return reader.failed() ? -1 : static_cast<long long>(value);
  };
  CHECK(length("00") == 0);
  CHECK(length("7f") == 127);
  CHECK(length("81 80") == 128);
  CHECK(length("81 05") == 5);
  CHECK(length("82 00 e7") == 231);
  CHECK(length("82 01 55") == 0x155);
  CHECK(length("83 01 00 00") == 65536);
  CHECK(length("84 ff ff ff ff") == 0xffffffffLL);
  for (const char* bad : {"80", "81", "82 01", "84 00 00 00", "85 00 00 00 00 01", "ff", ""}) {
    CAPTURE(bad);
    CHECK(length(bad) == -1);
  }
}

TEST_CASE("UTF-8: shortest forms, no surrogates, nothing a terminal obeys") {
  for (const char* good :
       {"", "Zähler 1", "°C", "€", "\xe2\x80\x8a", "\xe2\x80\x90", "\xe2\x80\xa7", "\xe2\x80\xaf",
        "\xe2\x81\x9f", "\xe2\x81\xb0", "\xd8\x9b", "\xef\xbb\xbe", "\xf0\x9f\x94\x8c"}) {
    CAPTURE(good);
    CHECK(is_printable_utf8(good));
  }
  for (
      const char* bad :
      {"\x1b[31m",      "a\nb",         "\x7f",          "\xc2\x9b",         "\xc0\x80",
       "\xc1\xbf",      "\xe0\x80\x80", "\xed\xa0\x80",  "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80",
       "\xc3",          "\xe2\x82",     "\x80",          "\xf0\x8f\xbf\xbf", "\xe2\x80\xaa",
       "a\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x81\xa9z", "\xe2\x80\x8bz",    "\xe2\x80\x8f",
       "\xe2\x80\xa8",  "\xe2\x80\xa9", "\xe2\x81\xa0",  "\xe2\x81\xaf",     "\xd8\x9c",
       "\xef\xbb\xbfz"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_printable_utf8(bad));
  }
  CHECK(utf8_sequence("€", 0) == 3);
  CHECK(utf8_sequence("€", 1) == 0);
  CHECK(utf8_sequence("\xf0\x90\x80\x80", 0) == 4);
}

TEST_CASE("the buffer keeps what was added, at any size") {
  Buffer buffer;
  std::string same;
  test::Random random;
  INFO("seed ", test::seed());
  for (int i = 0; i < 300; ++i) {
    const std::string piece(random.below(200), static_cast<char>('a' + i % 26));
    buffer.add(piece);
    buffer.add('|');
    same += piece + '|';
  }
  CHECK(buffer.view() == same);
  buffer.truncate(10);
  CHECK(buffer.view() == same.substr(0, 10));
  buffer.clear();
  CHECK(buffer.empty());
  buffer.add("");
  CHECK(buffer.view().empty());
}

}  // namespace meterpipe::test
