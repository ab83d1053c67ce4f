#include "base/decimal.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace meterpipe {
namespace {

constexpr int kMostPlaces = 470;  // as far as a meter's numbers go, see kDecimalChars

// The magnitude at a finer exponent, or nothing where it does not fit.
std::optional<std::uint64_t> magnitude_at(const Decimal& value, int exponent) {
  std::uint64_t result = value.magnitude;
  if (result == 0) return 0;
  for (int i = value.exponent; i > exponent; --i) {
    if (__builtin_mul_overflow(result, std::uint64_t{10}, &result)) return std::nullopt;
  }
  return result;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

int Decimal::digits() const {
  if (magnitude < 1'000'000'000'000'000ULL) {  // nearly always: a meter's counters are small
    int n = 1;
    for (std::uint64_t bound = 10; magnitude >= bound; bound *= 10) ++n;
    return n;
  }
  int n = 1;
  for (std::uint64_t rest = magnitude; rest >= 10; rest /= 10) ++n;
  return n;
}

char* write_decimal(char* to, const Decimal& value) {
  if (value.negative && value.magnitude != 0) *to++ = '-';
  char* end = std::to_chars(to, to + 20, value.magnitude).ptr;
  if (value.exponent == 0 || (value.exponent > 0 && value.magnitude == 0)) return end;
  if (value.exponent > 0) {
    std::memset(end, '0', static_cast<std::size_t>(value.exponent));
    return end + value.exponent;
  }
  const auto places = static_cast<std::size_t>(-value.exponent);
  auto count = static_cast<std::size_t>(end - to);
  if (count <= places) {  // 37 * 10^-2: room for "0." and zeros in front
    const std::size_t lead = places - count + 2;
    for (std::size_t i = count; i-- > 0;) to[lead + i] = to[i];
    for (std::size_t i = 0; i < lead; ++i) to[i] = '0';
    to[1] = '.';
    return to + lead + count;
  }
  char* point = end - places;
  for (char* at = end; at > point; --at) *at = at[-1];
  *point = '.';
  return end + 1;
}

std::string to_string(const Decimal& value) {
  char text[kDecimalChars];
  return {text, write_decimal(text, value)};
}

std::optional<Decimal> parse_decimal(std::string_view text) {
  Decimal result;
  std::size_t at = 0;
  if (at < text.size() && text[at] == '-') {
    result.negative = true;
    ++at;
  }
  bool fits = true;
  const auto take_digits = [&] {
    const std::size_t start = at;
    for (; at < text.size() && is_digit(text[at]); ++at) {
      const auto digit = static_cast<std::uint64_t>(text[at] - '0');
      fits =
          fits && !__builtin_mul_overflow(result.magnitude, std::uint64_t{10}, &result.magnitude);
      fits = fits && !__builtin_add_overflow(result.magnitude, digit, &result.magnitude);
    }
    return at - start;
  };
  const std::size_t whole = take_digits();
  if (whole == 0 || (whole > 1 && text[at - whole] == '0')) return std::nullopt;
  if (at < text.size() && text[at] == '.') {
    ++at;
    const std::size_t places = take_digits();
    if (places == 0 || places > kMostPlaces) return std::nullopt;
    result.exponent = -static_cast<int>(places);
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && text[at] == '+') ++at;
    int power = 0;
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), power);
    if (error != std::errc() || power > kMostPlaces || power < -kMostPlaces) return std::nullopt;
    at = static_cast<std::size_t>(end - text.data());
    result.exponent += power;
  }
  if (at != text.size() || !fits || result.exponent < -kMostPlaces) return std::nullopt;
  return result;
}

std::optional<Decimal> add(const Decimal& a, const Decimal& b) {
  const int exponent = std::min(a.exponent, b.exponent);
  const auto left = magnitude_at(a, exponent), right = magnitude_at(b, exponent);
  if (!left || !right) return std::nullopt;
  if (a.negative == b.negative) {
    std::uint64_t sum = 0;
    if (__builtin_add_overflow(*left, *right, &sum)) return std::nullopt;
    return Decimal{sum, exponent, a.negative && sum != 0};
  }
  if (*left < *right) return Decimal{*right - *left, exponent, b.negative};
  return Decimal{*left - *right, exponent, a.negative && *left != *right};
}

std::optional<Decimal> subtract(const Decimal& a, const Decimal& b) {
  return add(a, {b.magnitude, b.exponent, !b.negative});
}

int compare(const Decimal& a, const Decimal& b) {
  const int a_sign = a.magnitude == 0 ? 0 : a.negative ? -1 : 1;
  const int b_sign = b.magnitude == 0 ? 0 : b.negative ? -1 : 1;
  if (a_sign != b_sign || a_sign == 0) return a_sign < b_sign ? -1 : a_sign > b_sign ? 1 : 0;
  // The one that does not fit at the finer exponent has more digits in front of the point.
  const int exponent = std::min(a.exponent, b.exponent);
  const auto left = magnitude_at(a, exponent), right = magnitude_at(b, exponent);
  int order = 0;
  if (!left || !right) {
    order = !left ? 1 : -1;
  } else {
    order = *left < *right ? -1 : *left > *right ? 1 : 0;
  }
  return a_sign * order;
}

Decimal absolute(Decimal number) {
  number.negative = false;
  return number;
}

}  // namespace meterpipe
