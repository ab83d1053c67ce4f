#include "share/patch.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>
#include <string>

#include "base/ascii.hpp"
#include "base/hex.hpp"
#include "base/utf8.hpp"
#include "share/new_identity.hpp"

namespace meterpipe::share {
namespace {

constexpr std::size_t kLeastText = 6;
constexpr std::size_t kLeastBytes = 4;
constexpr std::uint64_t kLeastTold = 1'000'000;  // smaller ones are not told from others
constexpr std::size_t kFewDigits = 8;  // up to here others beside them make another number

bool all_digits(Bytes text) {
  return std::ranges::all_of(text, [](std::uint8_t c) { return is_digit(c); });
}

std::uint32_t start_of(Bytes bytes, std::size_t place) {
  std::uint32_t value;
  std::memcpy(&value, bytes.data() + place, sizeof value);
  return value;
}

ByteVector cased(Bytes text, bool in_capitals) {
  ByteVector out(text.begin(), text.end());
  for (std::uint8_t& c : out) c = in_capitals ? upper(c) : lower(c);
  return out;
}

ByteVector hex_text(Bytes bytes) {
  const std::string text = to_hex(bytes);
  return {text.begin(), text.end()};
}

// 12345678 -> 12 34 56 78
ByteVector bcd_of(Bytes digits) {
  std::string text(as_text(digits));
  if (text.size() % 2 != 0) text.insert(text.begin(), '0');
  return from_hex(text).value_or(ByteVector());
}
ByteVector reversed(ByteVector bytes) {
  std::ranges::reverse(bytes);
  return bytes;
}

// 12.345.678 -> 12345678; empty where there is anything else in it.
ByteVector without_points(Bytes text) {
  ByteVector digits;
  for (const std::uint8_t c : text) {
    if (is_digit(c)) {
      digits.push_back(c);
    } else if (c != '.' && c != '-' && c != '/' && c != ' ') {
      return {};
    }
  }
  return digits;
}

// Where the digits begin that end a text with letters before them; 0: nowhere.
std::size_t behind_letters(Bytes text) {
  std::size_t at = text.size();
  while (at > 0 && is_digit(text[at - 1])) --at;
  return at < text.size() && at > 0 && is_letter(text[at - 1]) ? at : 0;
}

Bytes without_zeros(Bytes digits) {
  while (!digits.empty() && digits[0] == '0') digits = digits.subspan(1);
  return digits;
}

}  // namespace

bool Patterns::is_telling(Bytes bytes) {
  const auto zeros = static_cast<std::size_t>(std::ranges::count(bytes, 0));
  return bytes.size() >= kLeastText && bytes.size() - zeros >= kLeastBytes;
}

void Patterns::add(Bytes from, Bytes to) { add(from, to, false); }

void Patterns::add(Bytes from, Bytes to, bool whole) {
  if (from.size() < kLeastBytes || from.size() != to.size()) return;
  if (!by_bytes_.emplace(as_text(from), patterns_.size()).second) return;
  auto& sizes = by_start_[start_of(from, 0)];
  const auto behind = std::ranges::lower_bound(sizes, from.size(), std::greater<>());
  if (behind == sizes.end() || *behind != from.size()) sizes.insert(behind, from.size());
  patterns_.push_back({{from.begin(), from.end()},
                       {to.begin(), to.end()},
                       from.size() <= kFewDigits && all_digits(from),
                       whole,
                       is_telling(from)});
}

void Patterns::add_forms(Bytes from, Bytes to) {
  if (from.size() != to.size()) return;
  if (!is_printable_utf8(as_text(from))) {
    if (from.size() < kLeastBytes) return;
    add(from, to, from.size() < kLeastText);
    const ByteVector hex_from = hex_text(from), hex_to = hex_text(to);
    for (const bool upper : {false, true}) add(cased(hex_from, upper), cased(hex_to, upper));
    return;
  }
  add_text_and_numbers(from, to);
  // Parts that others send alone.
  const std::size_t letters = letters_in_front(from);
  const Bytes rest = from.subspan(letters), rest_to = to.subspan(letters);
  const ByteVector digits = without_points(rest), digits_to = without_points(rest_to);
  add_text_and_numbers(digits, digits_to);
  add_text_and_numbers(without_zeros(digits), without_zeros(digits_to));
  // Behind any other letters, such as the E of a telegram's; zeros stand in the same places.
  const std::size_t behind = behind_letters(from);
  if (behind == 0 || behind == letters) return;
  const Bytes last = from.subspan(behind), last_to = to.subspan(behind);
  const std::size_t zeros = last.size() - without_zeros(last).size();
  add_text_and_numbers(last, last_to);
  add_text_and_numbers(last.subspan(zeros), last_to.subspan(zeros));
}

void Patterns::add_text_and_numbers(Bytes from, Bytes to) {
  if (from.size() < kLeastText || from.size() != to.size()) return;
  add(from, to);
  const ByteVector hex_from = hex_text(from), hex_to = hex_text(to);
  for (const bool upper : {false, true}) {
    add(cased(hex_from, upper), cased(hex_to, upper));
    const ByteVector was = cased(from, upper), is = cased(to, upper);
    add(was, is);
    const ByteVector hex_was = hex_text(was), hex_is = hex_text(is);
    add(hex_was, hex_is);
    add(cased(hex_was, true), cased(hex_is, true));
  }
  if (!all_digits(from) || !all_digits(to)) return;
  if (from.size() >= 2 * kLeastBytes) {
    const ByteVector was = bcd_of(from), is = bcd_of(to);
    add(was, is);
    add(reversed(was), reversed(is));
    add_integer(was, is);
    add_integer(reversed(was), reversed(is));
  }
  add_number(from, to);
}

// Bytes that are all of an integer; a small one is not told from others.
bool Patterns::add_integer(const ByteVector& from, const ByteVector& to) {
  if (from.size() > sizeof(std::uint64_t) || integer_of(from) < kLeastTold) return false;
  numbers_.try_emplace(integer_of(from), integer_of(to));
  return true;
}

void Patterns::add_number(Bytes from, Bytes to) {
  const auto was = number_in(from), is = number_in(to);
  if (!was || !is || *was < kLeastTold) return;
  numbers_.try_emplace(*was, *is);
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  if (*was > kMost || *is > kMost) return;
  ByteVector bytes(sizeof(std::uint32_t)), bytes_to(sizeof(std::uint32_t));
  put_integer(bytes, *was);
  put_integer(bytes_to, *is);
  add(bytes, bytes_to);
  std::ranges::reverse(bytes);
  std::ranges::reverse(bytes_to);
  if (add_integer(bytes, bytes_to)) add(bytes, bytes_to);
}

void Patterns::add_key(Bytes key) {
  add(key, key);
  const ByteVector hex = hex_text(key);
  for (const bool upper : {false, true}) add(cased(hex, upper), cased(hex, upper));
}

const Patterns::Pattern* Patterns::at(Bytes bytes, std::size_t place, Where where) const {
  const auto found = by_start_.find(start_of(bytes, place));
  if (found == by_start_.end()) return nullptr;
  for (const std::size_t size : found->second) {
    if (size > bytes.size() - place) continue;
    const auto known = by_bytes_.find(std::string(as_text(bytes.subspan(place, size))));
    if (known == by_bytes_.end()) continue;
    const Pattern& one = patterns_[known->second];
    if (where == Where::anything && !one.telling) continue;
    if (one.whole && one.from.size() != bytes.size()) continue;
    const std::size_t behind = place + one.from.size();
    if (one.apart && ((place > 0 && is_digit(bytes[place - 1])) ||
                      (behind < bytes.size() && is_digit(bytes[behind])))) {
      continue;
    }
    return &one;
  }
  return nullptr;
}

std::size_t Patterns::replace(std::span<std::uint8_t> bytes, Where where) const {
  std::size_t count = 0;
  for (std::size_t place = 0; place + kLeastBytes <= bytes.size();) {
    const Pattern* one = at(bytes, place, where);
    if (one == nullptr) {
      ++place;
      continue;
    }
    overwrite(bytes, place, one->to);
    place += one->to.size();
    ++count;
  }
  return count;
}

bool Patterns::replace_integer(std::span<std::uint8_t> bytes) const {
  const auto found = numbers_.find(integer_of(bytes));
  if (found == numbers_.end()) return false;
  put_integer(bytes, found->second);
  return true;
}

std::optional<std::size_t> Patterns::find(Bytes bytes, Where where) const {
  for (std::size_t place = 0; place + kLeastBytes <= bytes.size(); ++place) {
    if (at(bytes, place, where) != nullptr) return place;
  }
  return std::nullopt;
}

bool Patterns::is_integer(Bytes bytes) const { return numbers_.contains(integer_of(bytes)); }

}  // namespace meterpipe::share
