#include "share/new_identity.hpp"

#include <algorithm>
#include <limits>
#include <optional>

#include "base/ascii.hpp"
#include "base/hex.hpp"
#include "base/utf8.hpp"
#include "readings/text.hpp"
#include "sim/household.hpp"

namespace meterpipe::share {
namespace {

constexpr std::size_t kLetters = 3;  // of a manufacturer
constexpr int kTries = 1000;         // until a value is a new one; more are never needed

bool is_hex(std::uint8_t c) { return hex_digit(static_cast<char>(c)) >= 0; }
bool is_bcd(std::uint8_t byte) { return (byte >> 4) <= 9 && (byte & 15) <= 9; }

// Letters of hex digits: `E9900003`, `059F43`.
bool is_hex_text(Bytes text) {
  return std::ranges::all_of(text, [](std::uint8_t c) { return !is_letter(c) || is_hex(c); });
}

std::uint8_t like(std::uint8_t c, bool hex, Dice& dice) {
  if (is_digit(c)) return static_cast<std::uint8_t>('0' + dice.below(10));
  if (is_letter(c)) {
    return static_cast<std::uint8_t>((is_upper(c) ? 'A' : 'a') + dice.below(hex ? 6 : 26));
  }
  return c;
}

std::uint8_t like_byte(std::uint8_t byte, bool bcd, Dice& dice) {
  if (!bcd) return static_cast<std::uint8_t>(dice.below(256));
  return static_cast<std::uint8_t>(is_bcd(byte) ? dice.below(10) << 4 | dice.below(10) : byte);
}

// The largest integer of as many bytes, with and without a sign.
std::uint64_t most_like(std::uint64_t value) {
  for (const int bits : {7, 8, 15, 16, 31, 32, 63}) {
    const std::uint64_t most = (std::uint64_t{1} << bits) - 1;
    if (value <= most) return most;
  }
  return std::numeric_limits<std::uint64_t>::max();
}
// A number in digits keeps the width of its integer.
bool fits_width(Bytes old, Bytes made) {
  const auto was = number_in(old), is = number_in(made);
  if (!was || !is) return true;
  constexpr std::uint64_t kWide = std::numeric_limits<std::uint32_t>::max();
  const bool zero_in_front = old[0] == '0';
  return (*was > kWide) == (*is > kWide) && *is <= most_like(*was) &&
         zero_in_front == (made[0] == '0');
}

// Zeros in front of digits that stay, so that the number behind them has as many.
std::size_t zeros_in_front(Bytes text) {
  constexpr std::ptrdiff_t kLeast = 6;
  if (!std::ranges::all_of(text, [](std::uint8_t c) { return is_digit(c); })) return 0;
  const auto first = std::ranges::find_if(text, [](auto c) { return c != '0'; });
  return text.end() - first >= kLeast ? static_cast<std::size_t>(first - text.begin()) : 0;
}

ByteVector drawn(Bytes old, Dice& dice) {
  ByteVector made(old.begin(), old.end());
  if (is_printable_utf8(as_text(old))) {
    const std::size_t from = letters_in_front(old);
    const bool hex = is_hex_text(old.subspan(from));
    const std::size_t zeros = zeros_in_front(old.subspan(from));
    for (std::size_t i = from + zeros; i < made.size(); ++i) made[i] = like(old[i], hex, dice);
    if (zeros != 0) made[from + zeros] = static_cast<std::uint8_t>('1' + dice.below(9));
    return made;
  }
  const bool named =
      old.size() > kLetters && is_upper(old[0]) && is_upper(old[1]) && is_upper(old[2]);
  const Bytes rest = old.subspan(named ? kLetters : 0);
  const bool bcd = std::ranges::all_of(rest, is_bcd);
  for (std::size_t i = old.size() - rest.size(); i < made.size(); ++i) {
    made[i] = like_byte(old[i], bcd, dice);
  }
  return made;
}

// Whether it can be told from others of its kind.
bool says_something(Bytes value) {
  if (value.empty()) return false;
  if (std::ranges::all_of(value, [&](std::uint8_t c) { return c == value[0]; })) return false;
  if (!is_printable_utf8(as_text(value))) return true;
  const Bytes rest = value.subspan(letters_in_front(value));
  return std::ranges::any_of(rest, [](std::uint8_t c) { return is_digit(c) || is_letter(c); });
}

}  // namespace

std::optional<std::uint64_t> number_in(Bytes digits) {
  std::uint64_t value = 0;
  for (const std::uint8_t c : digits) {
    if (!is_digit(c) || value > (std::numeric_limits<std::uint64_t>::max() - 9) / 10) return {};
    value = value * 10 + (c - '0');
  }
  return digits.empty() ? std::nullopt : std::optional(value);
}

std::size_t letters_in_front(Bytes text) {
  const std::size_t from = !text.empty() && is_digit(text[0]) ? 1 : 0;
  if (text.size() <= from + kLetters) return 0;
  const Bytes letters = text.subspan(from, kLetters);
  return std::ranges::all_of(letters, is_upper) ? from + kLetters : 0;
}

std::uint64_t Dice::roll() {
  state_ += 0x9e3779b97f4a7c15u;
  return sim::mix(state_);
}

ByteVector Dice::bytes(std::size_t size) {
  ByteVector made(size);
  for (std::uint8_t& byte : made) byte = static_cast<std::uint8_t>(below(256));
  return made;
}

ByteVector disguised(Bytes old, Dice& dice) {
  for (int i = 0; i < kTries; ++i) {
    ByteVector made = drawn(old, dice);
    if (!std::ranges::equal(made, old) && fits_width(old, made)) return made;
  }
  return {old.begin(), old.end()};
}

apdu::Title new_title(Bytes old, Dice& dice) {
  apdu::Title title;
  const bool named = is_upper(old[0]) && is_upper(old[1]) && is_upper(old[2]);
  const bool numbered = !readings::number_of_title(old).empty();
  for (int i = 0; i < kTries; ++i) {
    ByteVector made;
    if (numbered) {
      const std::uint32_t serial = 1 + dice.below(9'999'999);
      made.assign(old.begin(), old.begin() + 5);
      for (const int shift : {16, 8, 0}) made.push_back(static_cast<std::uint8_t>(serial >> shift));
    } else if (!named || is_printable_utf8(as_text(old))) {
      made = drawn(old, dice);
    } else {
      made.assign(old.begin(), old.begin() + 4);
      const Bytes rest = old.subspan(4);
      const bool bcd = std::ranges::all_of(rest, is_bcd);
      for (const std::uint8_t byte : rest) made.push_back(like_byte(byte, bcd, dice));
    }
    title.assign(made);
    const bool same = std::ranges::equal(made, old);
    if (!same && readings::number_of_title(made).empty() != numbered) break;
  }
  return title;
}

void Identities::add_title(Bytes title) {
  const ByteVector bytes(title.begin(), title.end());
  if (bytes.size() != apdu::kTitleLength || number_of(title) != 0) return;
  titles_.push_back(bytes);
  numbers_.emplace(bytes, titles_.size());
}

void Identities::add(Bytes value) {
  if (says_something(value)) values_.emplace(value.begin(), value.end());
}

std::size_t Identities::number_of(Bytes title) const {
  const auto found = numbers_.find(ByteVector(title.begin(), title.end()));
  return found == numbers_.end() ? 0 : found->second;
}

bool Identities::is_new(const ByteVector& made) const {
  return !taken_.contains(made) && !values_.contains(made) && !numbers_.contains(made);
}

void Identities::settle(Bytes old, ByteVector made, bool is_title) {
  ByteVector from(old.begin(), old.end());
  taken_.insert(made);
  sizes_.insert(from.size());
  changes_.push_back({from, made, is_title});
  map_.emplace(std::move(from), std::move(made));
}

// The longest one that is known already and with which `text` begins: its new value, or nothing.
const ByteVector* Identities::known_at_start(Bytes text) const {
  constexpr std::size_t kLeast = 6;
  for (const std::size_t size : sizes_) {
    if (size < kLeast) return nullptr;
    if (size > text.size()) continue;
    const auto found = map_.find(ByteVector(text.begin(), text.begin() + size));
    if (found != map_.end()) return &found->second;
  }
  return nullptr;
}

// What is known already stands in it as it is now; the rest is drawn.
ByteVector Identities::made_from(Bytes old, Dice& dice) const {
  ByteVector made = disguised(old, dice);
  for (std::size_t at = 0; at < old.size();) {
    const ByteVector* known = known_at_start(old.subspan(at));
    if (known != nullptr) std::ranges::copy(*known, made.begin() + at);
    at += known == nullptr ? 1 : known->size();
  }
  return made;
}

void Identities::draw(Dice& dice) {
  for (const ByteVector& title : titles_) {
    ByteVector made;
    for (int i = 0; i < kTries; ++i) {
      const apdu::Title one = new_title(title, dice);
      made.assign(Bytes(one).begin(), Bytes(one).end());
      const std::string number = readings::number_of_title(made);
      const Bytes digits = as_bytes(number);
      if (is_new(made) && (number.empty() || is_new({digits.begin(), digits.end()}))) break;
    }
    const std::string was = readings::number_of_title(title);
    const std::string is = readings::number_of_title(made);
    settle(title, made, true);
    if (!was.empty()) {
      const Bytes number = as_bytes(is);
      settle(as_bytes(was), {number.begin(), number.end()}, false);
    }
  }
  std::vector<ByteVector> values(values_.begin(), values_.end());
  std::ranges::stable_sort(
      values, [](const ByteVector& a, const ByteVector& b) { return a.size() < b.size(); });
  for (const ByteVector& value : values) {
    if (map_.contains(value)) continue;
    ByteVector made;
    for (int i = 0; i < kTries; ++i) {
      made = made_from(value, dice);
      if (is_new(made)) break;
    }
    settle(value, std::move(made), false);
  }
}

ByteVector Identities::now(Bytes old) const {
  const ByteVector key(old.begin(), old.end());
  const auto found = map_.find(key);
  return found == map_.end() ? key : found->second;
}

}  // namespace meterpipe::share
