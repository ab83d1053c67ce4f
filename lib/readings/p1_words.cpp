#include "readings/p1_words.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/civil.hpp"
#include "base/hex.hpp"
#include "base/utf8.hpp"
#include "base/whole_number.hpp"
#include "cosem/obis.hpp"

namespace meterpipe::readings {
namespace {

constexpr std::size_t kLongestNumber = 40, kLongestUnit = 16;
constexpr std::size_t kTimeDigits = 12;

// Of the digits YYMMDDhhmmss.
std::optional<P1Time> time_of_digits(std::string_view text, bool summer) {
  constexpr int kYears = 70;
  const auto two = [&](std::size_t at) { return (text[at] - '0') * 10 + text[at + 1] - '0'; };
  const CivilTime time{2000 + two(0), two(2), two(4), two(6), two(8), two(10)};
  if (two(0) >= kYears || !is_date(time.year, time.month, time.day)) return std::nullopt;
  if (time.hour > 23 || time.minute > 59 || time.second > 59) return std::nullopt;
  char iso[kCivilChars];
  return P1Time{{iso, write_civil(iso, time)}, summer};
}

// How many it is said to be.
std::optional<std::size_t> count_of(std::string_view text) {
  constexpr std::size_t kLongestCount = 5;
  return text.size() > kLongestCount ? std::nullopt : whole_number<std::size_t>(text);
}

// 0-0:96.7.19; 0:96.7.19, as DSMR 4 prints it.
std::optional<cosem::Obis> listed_code(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || text.find('*') != std::string_view::npos) {
    return std::nullopt;
  }
  auto code = cosem::parse_obis(text);
  if (!code && colon == 1) {
    code = cosem::parse_obis(text.substr(colon + 1));
    if (code) code->a = static_cast<std::uint8_t>(text[0] - '0');
  }
  return code && code->e ? std::optional(code->code()) : std::nullopt;
}

}  // namespace

bool are_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c); });
}

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::optional<std::string> p1_number(std::string_view text) {
  text = without_blanks(text);
  std::string sign;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    if (text[0] == '-') sign = "-";
    text.remove_prefix(1);
  }
  const std::size_t point = std::min(text.find('.'), text.size());
  std::string_view whole = text.substr(0, point);
  if (text.size() > kLongestNumber || !are_digits(whole)) return std::nullopt;
  if (point != text.size() && !are_digits(text.substr(point + 1))) return std::nullopt;
  while (whole.size() > 1 && whole[0] == '0') whole.remove_prefix(1);
  std::string out(whole);
  out += text.substr(point);
  const bool zero = out.find_first_not_of("0.") == std::string::npos;
  return zero ? out : sign + out;
}

std::optional<P1Quantity> p1_quantity(std::string_view text, cosem::Quantity expected,
                                      bool starless) {
  const std::size_t star = text.find('*');
  if (star == std::string_view::npos && !starless) return std::nullopt;
  const std::size_t end =
      star != std::string_view::npos ? star : text.find_first_not_of("0123456789.-+ ");
  if (end == std::string_view::npos) return std::nullopt;
  auto number = p1_number(text.substr(0, end));
  std::string_view unit = text.substr(star != std::string_view::npos ? end + 1 : end);
  // A digit that is none is damage: no other text has a unit.
  if (!number || unit.size() > kLongestUnit || unit.find('*') != std::string_view::npos) {
    return std::nullopt;
  }
  unit = cosem::spelled_unit(unit, expected);
  if (unit.empty()) return std::nullopt;
  // A known one may be in Latin-1, and nothing else may be what is no text.
  const bool must_be_known = star == std::string_view::npos || !is_printable_utf8(text);
  if (must_be_known && !cosem::is_unit(unit)) return std::nullopt;
  return P1Quantity{std::move(*number), unit};
}

bool is_time_like(std::string_view text) {
  const bool has_season = text.size() == kTimeDigits + 1 && is_letter(text.back());
  return (text.size() == kTimeDigits || has_season) && are_digits(text.substr(0, kTimeDigits));
}

std::optional<P1Time> p1_time(std::string_view text) {
  if (!is_time_like(text)) return std::nullopt;
  const char season = text.size() > kTimeDigits ? text[kTimeDigits] : 'W';
  if (season != 'S' && season != 'W') return std::nullopt;
  return time_of_digits(text, season == 'S');
}

// Digits that can be a time behind a value: YYMMDDhhmm, with seconds or not, a digit for the season
// in front or not.
bool are_digits_of_time(std::string_view text) {
  constexpr std::size_t kToTheMinute = 10, kMost = 13;
  return are_digits(text) && text.size() >= kToTheMinute && text.size() <= kMost;
}

// 0 is winter, 1 summer; another one is a clock of another kind.
std::optional<P1Time> time_with_season(std::string_view text) {
  if (text[0] != '0' && text[0] != '1') return std::nullopt;
  std::string digits(text.substr(1));
  digits.resize(kTimeDigits, '0');
  return time_of_digits(digits, text[0] == '1');
}

std::optional<P1Time> p1_time_behind(std::string_view text) {
  constexpr std::string_view kForm = "00-00-00 00:00:00", kCentury = "20";
  if (are_digits_of_time(text) && text.size() != kTimeDigits) {
    if (text.size() % 2 != 0) return time_with_season(text);
    return time_of_digits(std::string(text) + "00", false);
  }
  constexpr std::size_t kBehindYear = 4;
  if (text.starts_with(kCentury) && text.size() > kBehindYear && text[kBehindYear] == '-') {
    text.remove_prefix(kCentury.size());
  }
  if (text.size() != kForm.size() && text.size() + 3 != kForm.size()) return p1_time(text);
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool must_be_digit = kForm[i] == '0';
    if (must_be_digit ? !is_digit(text[i]) : text[i] != kForm[i]) {
      return std::nullopt;
    }
    if (must_be_digit) digits += text[i];
  }
  digits.resize(kTimeDigits, '0');
  return time_of_digits(digits, false);
}

bool is_time_like_behind(std::string_view text) {
  if (is_time_like(text) || are_digits_of_time(text)) return true;
  constexpr std::ptrdiff_t kFewestDigits = 6;
  constexpr std::string_view kBetween = "-./:, ";
  const auto digits = std::ranges::count_if(text, is_digit);
  const auto between =
      std::ranges::count_if(text, [&](char c) { return kBetween.find(c) != kBetween.npos; });
  return digits >= kFewestDigits && between >= 2 && is_digit(text[0]) &&
         digits + between == std::ssize(text);
}

std::optional<std::string> text_of_hex(std::string_view digits) {
  ByteVector bytes;
  if (digits.empty() || !append_hex(bytes, digits)) return std::nullopt;
  for (const std::uint8_t byte : bytes) {
    if (byte < 0x20 || byte > 0x7e) return std::nullopt;
  }
  return std::string(as_text(bytes));
}

std::optional<std::string_view> error_word(std::string_view text) {
  if (text.size() > 2 && text.front() == '(' && text.back() == ')') {
    text = text.substr(1, text.size() - 2);
  }
  constexpr std::size_t kMostDigits = 3;
  const bool is_error =
      text.starts_with("ER") && text.size() <= 2 + kMostDigits && are_digits(text.substr(2));
  return is_error ? std::optional(text) : std::nullopt;
}

bool p1_list(const std::vector<std::string_view>& groups, Sent& sent) {
  std::size_t at = 0;
  if (groups.size() == 1 && groups[0].empty()) {
    sent.is_list = true;
    return true;
  }
  const std::optional<std::size_t> count = count_of(groups[0]);
  if (count) ++at;
  std::vector<cosem::Obis> codes;
  for (; at < groups.size(); ++at) {
    const auto code = listed_code(groups[at]);
    if (!code) break;
    codes.push_back(*code);
  }
  // Without a count the times must tell that it is a list.
  if (!count && (codes.empty() && !is_time_like(groups[0]))) return false;
  std::vector<std::string_view> times;
  bool is_used = true;  // the times have a value
  std::size_t in_turn = 0, columns = 1;
  for (; at < groups.size(); ++at) {
    const std::string_view group = groups[at];
    auto quantity = p1_quantity(group, cosem::Quantity::duration, false);
    if (!quantity && !is_time_like(group)) {
      if (auto number = p1_number(group)) quantity = P1Quantity{std::move(*number), {}};
    }
    if (!quantity) {
      if (!group.empty() && !is_time_like(group)) return false;
      if (is_used) {
        times.clear();
        in_turn = 0;
      }
      is_used = false;
      if (times.size() == 2) return false;  // nobody says what three of them are
      times.push_back(group);
      continue;
    }
    SentEntry entry;
    entry.number = std::move(quantity->number);
    entry.unit = quantity->unit;
    if (!times.empty()) {
      entry.at_raw = times.back();
      if (const auto time = p1_time(entry.at_raw)) {
        entry.at = time->iso;
        entry.summer = time->summer;
      }
      if (const auto stored = times.size() == 2 ? p1_time(times[0]) : std::nullopt) {
        entry.stored = stored->iso;
      }
    } else if (!count || *count != 0) {
      return false;  // a number of no time
    }
    // Two codes of two times are that of what is stored and that of the value.
    if (codes.size() == 1 || (codes.size() == 2 && times.size() == 2)) {
      entry.obis = codes.back();
    } else if (in_turn < codes.size()) {
      entry.obis = codes[in_turn];
    }
    columns = std::max(columns, ++in_turn);
    is_used = true;
    sent.list.push_back(std::move(entry));
  }
  if (!is_used) return false;
  // A number alone, 98.1.0(1) or L.1(1), counts nothing.
  if (sent.list.empty() && codes.empty() && count && *count != 0) return false;
  if (count && *count == 0) sent.list.clear();
  sent.doubtful_count = count && *count * columns != sent.list.size();
  sent.is_list = true;
  return true;
}

std::string words_of(const std::vector<SentEntry>& list) {
  std::string text;
  for (const SentEntry& entry : list) {
    if (!text.empty()) text += "; ";
    text += entry.at.empty() ? std::string(entry.at_raw) : entry.at;
    text += ' ' + entry.number;
    if (!entry.unit.empty()) text.append(1, ' ').append(entry.unit);
  }
  return text;
}

}  // namespace meterpipe::readings
