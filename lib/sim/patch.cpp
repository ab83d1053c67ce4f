#include "sim/patch.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "base/hex.hpp"
#include "base/utf8.hpp"

namespace meterpipe::sim {
namespace {

constexpr std::size_t kLeastText = 6;
constexpr std::size_t kLeastBytes = 4;
constexpr std::size_t kFewDigits = 8;  // up to here others beside them make another number

bool is_digit(std::uint8_t c) { return c >= '0' && c <= '9'; }
bool all_digits(Bytes text) { return std::all_of(text.begin(), text.end(), is_digit); }

std::uint32_t start_of(Bytes bytes, std::size_t place) {
  std::uint32_t value;
  std::memcpy(&value, bytes.data() + place, sizeof value);
  return value;
}

ByteVector cased(Bytes text, bool upper) {
  ByteVector out(text.begin(), text.end());
  for (std::uint8_t& c : out) {
    if (upper && c >= 'a' && c <= 'z') c = static_cast<std::uint8_t>(c - 32);
    if (!upper && c >= 'A' && c <= 'Z') c = static_cast<std::uint8_t>(c + 32);
  }
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
  std::reverse(bytes.begin(), bytes.end());
  return bytes;
}

// The integer of 4 bytes, of 8 where it needs them, or nothing.
ByteVector integer_of(Bytes digits, std::size_t size) {
  std::uint64_t value = 0;
  for (const std::uint8_t c : digits) {
    if (value > 0x1999999999999998u) return {};
    value = value * 10 + (c - '0');
  }
  constexpr std::uint64_t kThreeBytes = 0xffffff;
  if (value <= kThreeBytes || (size == 4 && value > 0xffffffffu)) return {};
  ByteVector out;
  for (std::size_t i = size; i-- > 0;) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  return out;
}

}  // namespace

void Patterns::add(Bytes from, Bytes to) {
  if (from.size() < kLeastBytes || from.size() != to.size()) return;
  auto& known = by_start_[start_of(from, 0)];
  for (const std::size_t index : known) {
    if (std::equal(from.begin(), from.end(), patterns_[index].from.begin(),
                   patterns_[index].from.end())) {
      return;
    }
  }
  known.push_back(patterns_.size());
  patterns_.push_back({{from.begin(), from.end()},
                       {to.begin(), to.end()},
                       from.size() <= kFewDigits && all_digits(from)});
  std::stable_sort(known.begin(), known.end(), [this](std::size_t a, std::size_t b) {
    return patterns_[a].from.size() > patterns_[b].from.size();
  });
}

void Patterns::add_forms(Bytes from, Bytes to) {
  if (from.size() != to.size()) return;
  const bool is_text = is_printable_utf8(as_text(from));
  if (is_text ? from.size() >= kLeastText : from.size() >= kLeastBytes) {
    add(from, to);
    const ByteVector hex_from = hex_text(from), hex_to = hex_text(to);
    for (const bool upper : {false, true}) {
      add(cased(hex_from, upper), cased(hex_to, upper));
      if (!is_text) continue;
      const ByteVector was = cased(from, upper), is = cased(to, upper);
      add(was, is);
      const ByteVector hex_was = hex_text(was), hex_is = hex_text(is);
      add(hex_was, hex_is);
      add(cased(hex_was, true), cased(hex_is, true));
    }
  }
  if (!is_text || !all_digits(from) || !all_digits(to)) return;
  const ByteVector was = bcd_of(from), is = bcd_of(to);
  if (from.size() >= 2 * kLeastBytes) {
    add(was, is);
    add(reversed(was), reversed(is));
  }
  for (const std::size_t size : {std::size_t{4}, std::size_t{8}}) {
    add(integer_of(from, size), integer_of(to, size));
  }
}

void Patterns::add_key(Bytes key) {
  add(key, key);
  const ByteVector hex = hex_text(key);
  for (const bool upper : {false, true}) add(cased(hex, upper), cased(hex, upper));
}

const Patterns::Pattern* Patterns::at(Bytes bytes, std::size_t place) const {
  const auto found = by_start_.find(start_of(bytes, place));
  if (found == by_start_.end()) return nullptr;
  for (const std::size_t index : found->second) {
    const Pattern& one = patterns_[index];
    if (one.from.size() > bytes.size() - place ||
        std::memcmp(bytes.data() + place, one.from.data(), one.from.size()) != 0) {
      continue;
    }
    const std::size_t behind = place + one.from.size();
    if (one.apart && ((place > 0 && is_digit(bytes[place - 1])) ||
                      (behind < bytes.size() && is_digit(bytes[behind])))) {
      continue;
    }
    return &one;
  }
  return nullptr;
}

std::size_t Patterns::replace(std::span<std::uint8_t> bytes) const {
  std::size_t count = 0;
  for (std::size_t place = 0; place + kLeastBytes <= bytes.size();) {
    const Pattern* one = at(bytes, place);
    if (one == nullptr) {
      ++place;
      continue;
    }
    std::copy(one->to.begin(), one->to.end(), bytes.begin() + static_cast<std::ptrdiff_t>(place));
    place += one->to.size();
    ++count;
  }
  return count;
}

std::optional<std::size_t> Patterns::find(Bytes bytes) const {
  for (std::size_t place = 0; place + kLeastBytes <= bytes.size(); ++place) {
    if (at(bytes, place) != nullptr) return place;
  }
  return std::nullopt;
}

}  // namespace meterpipe::sim
