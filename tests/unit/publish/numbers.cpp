// Numbers as text: no digit is lost, whatever their length.
#include "shape/numbers.hpp"

#include <doctest/doctest.h>

#include <random>

#include "base/decimal.hpp"

namespace meterpipe::shape {

TEST_CASE("numbers: the point is moved") {
  CHECK(shift_point("1327456", -3) == "1327.456");
  CHECK(shift_point("0", -3) == "0.000");
  CHECK(shift_point("5", -3) == "0.005");
  CHECK(shift_point("-5", -3) == "-0.005");
  CHECK(shift_point("1234.50", -3) == "1.23450");
  CHECK(shift_point("1327.456", 3) == "1327456");
  CHECK(shift_point("0.5", 3) == "500");
  CHECK(shift_point("0.0005", 3) == "0.5");
  CHECK(shift_point("-1.50", 3) == "-1500");
  CHECK(shift_point("0.000", 3) == "0");
  CHECK(shift_point("0", 3) == "0");
  CHECK(shift_point("123456789012345678901234567890.1", -3) == "123456789012345678901234567.8901");
  CHECK(shift_point("1e5", -3) == "100");
  CHECK_FALSE(shift_point("1e99999", -3));
}

TEST_CASE("numbers: there and back is the same number, exactly") {
  std::mt19937_64 random(5);
  for (int i = 0; i < 20000; ++i) {
    const Decimal value = Decimal::of(
        static_cast<std::int64_t>(random() >> (random() % 48 + 16)) * (random() % 2 == 0 ? 1 : -1),
        -static_cast<int>(random() % 8));
    const std::string text = to_string(value);
    CAPTURE(text);
    for (const int places : {-3, 3}) {
      const auto moved = shift_point(text, places);
      REQUIRE(moved);
      const auto read = parse_decimal(*moved);
      REQUIRE(read);  // a JSON number, without zeros in front
      Decimal expected = value;
      expected.exponent += places;
      REQUIRE(compare(*read, expected) == 0);
      const auto back = shift_point(*moved, -places);
      REQUIRE(back);
      REQUIRE(compare(*parse_decimal(*back), value) == 0);
      if (places == -3) REQUIRE(*back == text);
    }
  }
}

TEST_CASE("numbers: as JavaScript prints them, with all digits") {
  CHECK(without_zeros("232.0") == "232");
  CHECK(without_zeros("229.20") == "229.2");
  CHECK(without_zeros("100") == "100");
  CHECK(without_zeros("0.000") == "0");
  CHECK(without_zeros("-0.0") == "0");
  CHECK(without_zeros("-0.50") == "-0.5");
  CHECK(without_zeros("12345678901234567890.10") == "12345678901234567890.1");
  CHECK(without_zeros("1.50e2") == "150");
  CHECK(places_of("232.00") == 2);
  CHECK(places_of("232") == 0);
}

}  // namespace meterpipe::shape
