// An exact decimal: sign, integer magnitude, power of ten. Energy is money, so a value keeps all
// the digits that the meter sent: 2320 * 10^-1 is written 232.0.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace meterpipe {

inline constexpr int kDoubleDigits = 15;

struct Decimal {
  std::uint64_t magnitude = 0;
  // Of an integer the COSEM scaler, -128..127 (IEC 62056-6-2, scaler_unit); of a float64 with a
  // scaler -470..436.
  int exponent = 0;
  bool negative = false;

  static Decimal of(std::int64_t value, int exponent = 0) {
    const bool negative = value < 0;
    const auto bits = static_cast<std::uint64_t>(value);
    return {negative ? 0 - bits : bits, exponent, negative};
  }
  static Decimal of_unsigned(std::uint64_t value, int exponent = 0) {
    return {value, exponent, false};
  }

  // How many significant digits the mantissa has; 1 for zero.
  int digits() const;
  // More than a double carries (kDoubleDigits), the zeros of a positive exponent counted.
  bool exceeds_double() const;

  bool operator==(const Decimal&) const = default;
};

inline bool Decimal::exceeds_double() const {
  if (magnitude < 1'000'000'000'000 && exponent <= 3) return false;  // nearly always
  return digits() + (exponent > 0 ? exponent : 0) > kDoubleDigits;
}

// The longest text: sign, "0." and 470 places; or sign, 20 digits and 436 zeros.
inline constexpr std::size_t kDecimalChars = 480;

// A JSON number with all digits and no exponent; needs room for kDecimalChars, returns the end.
char* write_decimal(char* to, const Decimal& value);
std::string to_string(const Decimal& value);

// number = [ "-" ] digits [ "." digits ] [ ( "e" | "E" ) [ sign ] digits ]    (RFC 8259, 6)
//   232.0 -> 2320 * 10^-1     -0.50 -> -50 * 10^-2     1e5 -> 1 * 10^5
// All digits are kept, zeros at the end too. Nothing for another text, and for more digits than
// 64 bits hold.
std::optional<Decimal> parse_decimal(std::string_view text);

// Exact, at the finer exponent of the two; nothing where 64 bits do not hold the result.
std::optional<Decimal> add(const Decimal& a, const Decimal& b);
std::optional<Decimal> subtract(const Decimal& a, const Decimal& b);

// -1, 0 or 1 as a is less than, equal to or greater than b: 2.0 equals 2, whatever their size.
int compare(const Decimal& a, const Decimal& b);

// The number without its sign.
Decimal absolute(Decimal number);

}  // namespace meterpipe
