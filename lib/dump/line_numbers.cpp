#include "dump/line_numbers.hpp"

#include <charconv>

#include "base/hex.hpp"
#include "dump/lexer.hpp"

namespace meterpipe::dump {
namespace {

struct Number {
  std::uint64_t value = 0;
  std::size_t end = 0;  // behind the mark; 0: the line begins with no number of a line
};

Number number_of(std::string_view line) {
  constexpr std::size_t kLongest = 7;
  std::size_t at = 0;
  while (at < line.size() && at <= kLongest && is_decimal(line.substr(at, 1))) ++at;
  if (at == 0 || at > kLongest || at + 1 >= line.size() || (line[0] == '0' && at > 1)) return {};
  if ((line[at] != ':' && line[at] != '-') || is_blank(line[at + 1])) return {};
  Number number;
  std::from_chars(line.data(), line.data() + at, number.value);
  number.end = at + 1;
  return number;
}

bool may_be_time(std::string_view line, const Number& hour) {
  const std::string_view minute = line.substr(hour.end, 2);
  return line[hour.end - 1] == ':' && hour.value < 24 && minute.size() == 2 && is_decimal(minute) &&
         minute < "60" && (line.size() == hour.end + 2 || hex_digit(line[hour.end + 2]) < 0);
}

}  // namespace

bool LineNumbers::take(std::span<std::string_view> lines) {
  constexpr std::size_t kFewestLines = 3;
  const LineNumbers known = *this;
  bool climb = true, by_one = true, is_free = true;
  std::size_t count = 0;
  for (const std::string_view line : lines) {
    if (without_blanks(line).empty()) continue;
    const Number number = number_of(line);
    if (number.end == 0) {
      *this = {};
      return false;
    }
    if (count++ > 0 || known.count_ > 0) {
      climb = climb && number.value > last_;
      by_one = by_one && number.value == last_ + 1;
    }
    count_ = by_one ? count_ + 1 : 1;
    may_be_times_ = may_be_times_ && may_be_time(line, number);
    is_free = is_free && line.find(line[number.end - 1], number.end) == std::string_view::npos;
    last_ = number.value;
  }
  if (count == 0) return false;
  are_sure_ =
      climb && !may_be_times_ &&
      (known.are_sure_ || (by_one && count_ >= kFewestLines) || (is_free && count > kFewestLines));
  if (!are_sure_) return false;
  for (std::string_view& line : lines) line.remove_prefix(number_of(line).end);
  return true;
}

}  // namespace meterpipe::dump
