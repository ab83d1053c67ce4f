#include "dump/stamps.hpp"

#include <algorithm>
#include <cstdint>

#include "base/timestamp.hpp"

namespace meterpipe::dump {
namespace {

std::uint64_t number(std::string_view digits) {
  std::uint64_t value = 0;
  for (const char c : digits.substr(0, 19))
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  return value;
}

// The tokens of one piece without blanks, from `at_` on.
class Piece {
 public:
  Piece(const Lexed& lexed, std::size_t first, std::size_t last)
      : lexed_(lexed), at_(first), last_(last) {}

  bool is_stamp() {
    const std::size_t first = at_;
    if (const std::size_t end = date(); end != 0) {
      at_ = end;
      if (at_ == last_) return true;
      const std::size_t behind = time();
      if (behind == 0) return false;
      at_ = behind;
      return at_ == last_ || zone();
    }
    at_ = first;
    if (const std::size_t end = time(); end != 0) {
      at_ = end;
      return at_ == last_ || zone();
    }
    return is_count();
  }

 private:
  std::size_t left() const { return last_ - at_; }
  std::size_t width(std::size_t i) const { return lexed_.tokens[at_ + i].width(); }
  std::uint64_t value(std::size_t i) const { return number(lexed_.digits(lexed_.tokens[at_ + i])); }
  char join(std::size_t i) const { return lexed_.between(at_ + i)[0]; }

  // Each gives the token behind it, or 0.
  std::size_t date() const {
    if (left() >= 1 && width(0) == 8 && can_be_stamp(lexed_.digits(lexed_.tokens[at_])))
      return at_ + 1;
    if (left() < 3 || join(0) != join(1)) return 0;
    const bool small = width(1) <= 2 && value(1) >= 1 && value(1) <= 31;
    if (!small || join(0) == ':' || join(0) == ',') return 0;
    if (width(0) == 4 && width(2) <= 2 && value(1) <= 12 && value(2) >= 1 && value(2) <= 31 &&
        value(0) >= 1900 && value(0) < 2200) {
      return at_ + 3;
    }
    if (width(0) > 2 || value(0) < 1 || value(0) > 31) return 0;
    if (width(2) == 4 && value(2) >= 1900 && value(2) < 2200) return at_ + 3;
    // Two digits of the year: only with a month that is one.
    return width(2) == 2 && (value(0) <= 12 || value(1) <= 12) ? at_ + 3 : 0;
  }

  std::size_t time() const {
    if (left() >= 1 && width(0) == 6 && can_be_stamp(lexed_.digits(lexed_.tokens[at_]))) {
      return fraction(at_ + 1);
    }
    if (left() < 2 || width(0) > 2 || width(1) != 2 || value(0) > 24 || value(1) > 59) return 0;
    const char colon = join(0);
    if (colon != ':' && colon != '.' && colon != '-') return 0;
    if (left() >= 3 && join(1) == colon && width(2) == 2 && value(2) <= 60)
      return fraction(at_ + 3);
    return colon == ':' ? at_ + 2 : 0;
  }

  std::size_t fraction(std::size_t end) const {
    if (end >= last_) return end;
    const char join = lexed_.between(end - 1)[0];
    const std::size_t width = lexed_.tokens[end].width();
    if ((join == '.' || join == ',') && width <= 9) return end + 1;
    return join == ':' && width == 3 ? end + 1 : end;
  }

  // +01:00, +0100, +01
  bool zone() const {
    const char sign = lexed_.between(at_ - 1)[0];
    if (sign != '+' && sign != '-') return false;
    if (left() == 1) return width(0) == 4 || width(0) == 2;
    return left() == 2 && width(0) == 2 && width(1) == 2 && join(0) == ':';
  }

  bool is_count() const {
    return left() == 2 && join(0) == '.' &&
           (width(1) == 3 || width(1) == 6 || width(1) == 9 || width(0) == 10);
  }

  const Lexed& lexed_;
  std::size_t at_, last_;
};

// Tokens that nothing but one such mark joins are one piece.
bool is_tight(std::string_view between) {
  return between.size() == 1 &&
         std::string_view(":.-/,+T_t").find(between[0]) != std::string_view::npos;
}

// aa:bb:cc:dd:ee:ff before other numbers, which are no group of six.
bool is_address(const Lexed& lexed, std::size_t first, std::size_t last) {
  const std::vector<Token>& tokens = lexed.tokens;
  if (last - first != 6 || last == tokens.size()) return false;
  for (std::size_t i = first; i < last; ++i) {
    if (tokens[i].width() != 2 || tokens[i].mark != Mark::none) return false;
    const std::string_view join = i + 1 < last ? lexed.between(i) : ":";
    if (join != ":" && join != "-") return false;
  }
  std::size_t next = last + 1;
  while (next < tokens.size() && lexed.between(next - 1) == lexed.between(first)) ++next;
  return next - last != 6;
}

}  // namespace

void mark_stamps(Lexed& lexed, std::string_view separator) {
  std::vector<Token>& tokens = lexed.tokens;
  for (std::size_t first = 0; first < tokens.size();) {
    std::size_t last = first + 1;
    bool plain = true, sure = tokens[first].is_stamp, other_join = false;
    const auto look = [&](const Token& token) {
      plain = plain && token.mark == Mark::none && is_decimal(lexed.digits(token));
      sure = sure || token.is_stamp;
    };
    look(tokens[first]);
    while (last < tokens.size() && !tokens[last].after_word && is_tight(lexed.between(last - 1))) {
      other_join = other_join || lexed.between(last - 1) != separator;
      look(tokens[last]);
      ++last;
    }
    if (is_address(lexed, first, last)) {
      for (std::size_t i = first; i < last; ++i) tokens[i].is_stamp = true;
    }
    if (plain && last - first <= 10 &&
        (sure || (last - first >= 2 && other_join && Piece(lexed, first, last).is_stamp()))) {
      for (std::size_t i = first; i < last; ++i) tokens[i].is_stamp = true;
    }
    first = last;
  }
}

bool can_be_stamp(std::string_view digits) {
  if (!is_decimal(digits)) return false;
  const auto day = [](std::string_view text) {
    const std::uint64_t year = number(text.substr(0, 4)), month = number(text.substr(4, 2)),
                        date = number(text.substr(6, 2));
    return year >= 1990 && year < 2100 && month >= 1 && month <= 12 && date >= 1 && date <= 31;
  };
  const auto clock = [](std::string_view text) {
    return number(text.substr(0, 2)) < 24 && number(text.substr(2, 2)) < 60 &&
           number(text.substr(4, 2)) <= 60;
  };
  switch (digits.size()) {
    case 6: return clock(digits);
    case 8: return day(digits);
    case 14: return day(digits) && clock(digits.substr(8));
    case 10:  // from 2001 to 2038
    case 13:
    case 16:
    case 19: {
      const std::uint64_t seconds = number(digits.substr(0, 10));
      return seconds >= 1'000'000'000 && seconds < 2'200'000'000;
    }
    default: return false;
  }
}

std::string iso_time(std::string_view prefix) {
  constexpr std::string_view kShape = "0000-00-00 00:00:00";
  for (std::size_t at = 0; at + kShape.size() <= prefix.size(); ++at) {
    bool fits = true;
    for (std::size_t i = 0; fits && i < kShape.size(); ++i) {
      const char c = prefix[at + i];
      fits = kShape[i] == '0'   ? c >= '0' && c <= '9'
             : kShape[i] == ' ' ? c == ' ' || c == 'T' || c == 't'
                                : c == kShape[i];
    }
    if (!fits) continue;
    std::string text(prefix.substr(at, kShape.size()));
    std::size_t end = at + kShape.size();
    const auto is_digit_at = [&](std::size_t i) {
      return i < prefix.size() && prefix[i] >= '0' && prefix[i] <= '9';
    };
    if (end < prefix.size() && (prefix[end] == '.' || prefix[end] == ',') && is_digit_at(end + 1)) {
      text += '.';
      for (++end; is_digit_at(end); ++end) {
        if (text.size() < kShape.size() + 10) text += prefix[end];
      }
    }
    std::string zone = "Z";
    const char sign = end < prefix.size() ? prefix[end] : ' ';
    if ((sign == '+' || sign == '-') && is_digit_at(end + 1) && is_digit_at(end + 2)) {
      const std::size_t minutes = end + 3 + (end + 3 < prefix.size() && prefix[end + 3] == ':');
      zone = std::string(prefix.substr(end, 3)) + ":";
      zone += is_digit_at(minutes) && is_digit_at(minutes + 1)
                  ? std::string(prefix.substr(minutes, 2))
                  : std::string("00");
    }
    if (const auto time = parse_timestamp(text + zone)) return format_timestamp(*time);
  }
  return {};
}

}  // namespace meterpipe::dump
