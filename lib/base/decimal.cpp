#include "base/decimal.hpp"

#include <charconv>
#include <cstring>

namespace meterpipe {

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

}  // namespace meterpipe
