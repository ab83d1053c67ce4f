#include "shape/numbers.hpp"

#include <algorithm>

#include "base/decimal.hpp"

namespace meterpipe::shape {
namespace {

bool has_exponent(std::string_view number) {
  return number.find_first_of("eE") != std::string_view::npos;
}

}  // namespace

std::optional<std::string> shift_point(std::string_view number, int places) {
  if (has_exponent(number)) {
    auto value = parse_decimal(number);
    if (!value) return std::nullopt;
    value->exponent += places;
    return to_string(*value);
  }
  std::string result;
  if (!number.empty() && number[0] == '-') {
    result = '-';
    number.remove_prefix(1);
  }
  const std::size_t point = number.find('.');
  std::string digits(number.substr(0, point));
  auto whole = static_cast<long>(digits.size());  // of them stand in front of the point
  if (point != std::string_view::npos) digits += number.substr(point + 1);
  whole += places;
  const auto missing = whole - static_cast<long>(digits.size());
  if (missing > 0) digits.append(static_cast<std::size_t>(missing), '0');
  if (whole < 1) {
    digits.insert(0, static_cast<std::size_t>(1 - whole), '0');
    whole = 1;
  }
  // 0.5 shifted to the right is 500, not 0500.
  const auto first = digits.find_first_not_of('0');
  const auto zeros =
      first == std::string::npos ? whole - 1 : std::min(static_cast<long>(first), whole - 1);
  digits.erase(0, static_cast<std::size_t>(zeros));
  whole -= zeros;
  const auto front = static_cast<std::size_t>(whole);
  result.append(digits, 0, front);
  if (digits.size() > front) result.append(1, '.').append(digits, front);
  return result;
}

std::string without_zeros(std::string_view number) {
  std::string text(number);
  if (has_exponent(number)) {
    const auto value = parse_decimal(number);
    if (!value) return text;
    text = to_string(*value);
  }
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  return text == "-0" ? "0" : text;
}

int places_of(std::string_view number) {
  if (has_exponent(number)) {
    const auto value = parse_decimal(number);
    return value && value->exponent < 0 ? -value->exponent : 0;
  }
  const std::size_t point = number.find('.');
  if (point == std::string_view::npos) return 0;
  return static_cast<int>(number.size() - point - 1);
}

}  // namespace meterpipe::shape
