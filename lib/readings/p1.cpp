#include "readings/p1.hpp"

#include <algorithm>

#include "base/civil.hpp"
#include "base/crc16.hpp"
#include "base/hex.hpp"
#include "base/telegram.hpp"
#include "base/utf8.hpp"
#include "cosem/quantity.hpp"

namespace meterpipe::readings {
namespace {

constexpr std::size_t kMostGroups = 256;  // of a line
constexpr std::size_t kLongestNumber = 40, kLongestUnit = 16;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool are_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_digit);
}

// [-]digits[.digits] without the zeros in front; nothing where it is no number.
std::optional<std::string> number_of(std::string_view text) {
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

struct Time {
  std::string iso;
  bool summer = false;
};

constexpr std::size_t kTimeDigits = 12;

bool is_time_like(std::string_view text) {
  return (text.size() == kTimeDigits || text.size() == kTimeDigits + 1) &&
         are_digits(text.substr(0, kTimeDigits));
}

// YYMMDDhhmmss[S|W]; YY is 2000 to 2069: 70 to 99 is no year of a P1 port but a clock not set.
std::optional<Time> time_of(std::string_view text) {
  constexpr std::size_t kDigits = kTimeDigits;
  constexpr int kYears = 70;
  if (!is_time_like(text)) return std::nullopt;
  const char season = text.size() > kDigits ? text[kDigits] : 'W';
  if (season != 'S' && season != 'W') return std::nullopt;
  const auto two = [&](std::size_t at) { return (text[at] - '0') * 10 + text[at + 1] - '0'; };
  const CivilTime time{2000 + two(0), two(2), two(4), two(6), two(8), two(10)};
  if (two(0) >= kYears || !is_date(time.year, time.month, time.day)) return std::nullopt;
  if (time.hour > 23 || time.minute > 59 || time.second > 59) return std::nullopt;
  char iso[kCivilChars];
  return Time{{iso, write_civil(iso, time)}, season == 'S'};
}

// The text whose hex this is, where it is one.
std::optional<std::string> text_of_hex(std::string_view digits) {
  ByteVector bytes;
  if (digits.empty() || !append_hex(bytes, digits)) return std::nullopt;
  for (const std::uint8_t byte : bytes) {
    if (byte < 0x20 || byte > 0x7e) return std::nullopt;
  }
  return std::string(as_text(bytes));
}

// Some meters leave out medium and channel also where they mean an abstract object: 96.1.0.
cosem::Subject subject_of(cosem::Obis code) {
  code.a = 0;
  return cosem::meaning_of(code).subject;
}

bool is_in_hex(cosem::Subject subject) {
  return subject == cosem::Subject::identifier || subject == cosem::Subject::message;
}

// Numbers that have no unit: counts of failures, sags and swells; states of breaker and valve,
// type and, where its unit was left out, volume of a sub-meter; power factors. All else without a
// unit is text: 0002 is a tariff, 50 a version.
bool is_a_count(const cosem::Obis& code, const cosem::Meaning& meaning, cosem::Subject subject) {
  switch (subject) {
    case cosem::Subject::failures:
    case cosem::Subject::breaker:
    case cosem::Subject::sub_type:
    case cosem::Subject::sub_value:
    case cosem::Subject::sub_valve: return true;
    default: break;
  }
  if (code.a != 1 || !meaning.is_electric()) return false;
  switch (meaning.processing) {
    case cosem::Processing::momentary: return meaning.by_code == cosem::Quantity::power_factor;
    case cosem::Processing::under_limit_count:
    case cosem::Processing::over_limit_count: return meaning.by_code == cosem::Quantity::voltage;
    default: return false;
  }
}

// Power, energy, voltage, current, power factor, frequency of a phase or all: their maximum,
// momentary value, time integral. Their text is a number or damaged.
bool is_measured(const cosem::Obis& code, const cosem::Meaning& meaning) {
  return code.a == 1 && meaning.is_electric() &&
         (meaning.processing == cosem::Processing::maximum ||
          meaning.processing == cosem::Processing::momentary ||
          meaning.processing == cosem::Processing::total);
}

// 31.4.0, 51.4.0, 71.4.0: the threshold of the fuse. Hungary sends a second one behind it.
bool is_threshold(const cosem::Obis& code) {
  const cosem::Meaning meaning = cosem::meaning_of(code);
  return code.a == 1 && meaning.by_code == cosem::Quantity::current && meaning.phase != 0 &&
         meaning.processing == cosem::Processing::running_average;
}

// NUMBER*UNIT
struct Quantity {
  std::string number;
  std::string_view unit;
};
std::optional<Quantity> quantity_of(std::string_view text) {
  const std::size_t star = text.find('*');
  if (star == std::string_view::npos) return std::nullopt;
  auto number = number_of(text.substr(0, star));
  const std::string_view unit = text.substr(star + 1);
  // A digit that is none is damage: no other text has a unit.
  if (!number || unit.empty() || unit.size() > kLongestUnit ||
      unit.find('*') != std::string_view::npos) {
    return std::nullopt;
  }
  return Quantity{std::move(*number), unit};
}

class Telegram {
 public:
  explicit Telegram(P1Telegram& out) : out_(out) {}

  void lines(std::string_view body) {
    std::size_t number = 1;
    while (!body.empty()) {
      const std::size_t end = std::min(body.find('\n'), body.size());
      std::string_view line = body.substr(0, end);
      body.remove_prefix(std::min(end + 1, body.size()));
      while (!line.empty() && line.back() == '\r') line.remove_suffix(1);
      if (number == 1) {
        out_.ident = is_printable_utf8(line) ? line.substr(1) : std::string_view();
      } else if (!line.empty() && !(line[0] == '(' ? continuation(line) : whole_line(line))) {
        damaged(line, number);
      }
      ++number;
    }
    for (std::size_t i = 0; i < out_.values.size(); ++i) out_.values[i].sent = &out_.sent[i];
    find_clock_and_number();
  }

 private:
  void add(const Value& value, Sent&& sent) {
    out_.values.push_back(value);
    out_.sent.push_back(std::move(sent));
  }

  void damaged(std::string_view line, std::size_t number) {
    can_continue_ = false;
    // Line after line of noise is one error: no more comes out than went in.
    if (!out_.bad.empty() && last_bad_ + 1 == number) {
      Bytes& bytes = out_.bad.back().bytes;
      const std::uint8_t* end = as_bytes(line).data() + line.size();
      bytes = Bytes(bytes.data(), static_cast<std::size_t>(end - bytes.data()));
    } else {
      out_.bad.push_back({number, as_bytes(line)});
    }
    last_bad_ = number;
  }

  // (…)(…)…: the texts between; false where anything stands around or inside them.
  bool split(std::string_view text) {
    groups_.clear();
    while (!text.empty()) {
      const std::size_t end = text.find_first_of("()", 1);
      if (text[0] != '(' || end == std::string_view::npos || text[end] != ')') return false;
      if (groups_.size() == kMostGroups) return false;
      groups_.push_back(text.substr(1, end - 1));
      text.remove_prefix(end + 1);
    }
    return !groups_.empty();
  }

  // (time)(number*unit), the time not set, damaged or missing.
  bool is_sub_meter(const cosem::Obis& code) const {
    if (groups_.size() != 2 || groups_[0].find('*') != std::string_view::npos) return false;
    const bool volume = subject_of(code) == cosem::Subject::sub_value;
    if (!volume && !groups_[0].empty() && !is_time_like(groups_[0])) return false;
    return quantity_of(groups_[1]) || (volume && number_of(groups_[1]));
  }

  bool all_quantities() const {
    return std::ranges::all_of(
        groups_, [](std::string_view group) { return quantity_of(group).has_value(); });
  }

  bool whole_line(std::string_view line) {
    const std::size_t open = line.find('(');
    if (open == std::string_view::npos || !is_printable_utf8(line)) return false;
    const auto code = cosem::parse_obis(line.substr(0, open));
    if (!code || !code->e || !split(line.substr(open))) return false;
    const cosem::Obis name = code->code();
    Value value;
    value.obis = name;
    value.short_code = !code->a;
    Sent sent;
    const std::size_t last = groups_.size() - 1;
    if (const auto time = groups_.size() == 2 ? time_of(groups_[0]) : std::nullopt) {
      set_time(sent, *time, groups_[0]);
    } else if (is_sub_meter(name)) {
      sent.at_raw = groups_[0];  // a time that is none: the number stands without it
    } else if (groups_.size() > 1 && all_quantities()) {
      // Which number is the value, only the threshold's order tells.
      if (!is_threshold(name) || !set_value(sent, name, groups_[0])) return false;
      sent.raw = line.substr(open + 1, line.size() - open - 2);
      can_continue_ = false;
      add(value, std::move(sent));
      return true;
    } else if (groups_.size() > 1) {
      // A log, or a value whose number stands on the next line.
      sent.raw = line.substr(open + 1, line.size() - open - 2);
      add(value, std::move(sent));
      can_continue_ = true;
      return true;
    }
    if (!set_value(sent, name, groups_[last])) return false;
    can_continue_ = false;
    add(value, std::move(sent));
    return true;
  }

  // The value of the line before, whose last group is its unit and whose first is its time.
  bool continuation(std::string_view line) {
    if (!can_continue_ || !is_printable_utf8(line)) return false;
    can_continue_ = false;
    Sent sent = out_.sent.back();
    const std::string_view before = sent.raw;
    if (!split(line) || groups_.size() != 1) return false;
    const std::string_view raw = groups_[0];
    const std::size_t unit = before.rfind('(');
    const std::size_t first = before.find(')');
    const auto number = number_of(raw);
    if (unit == std::string_view::npos || !number) return false;
    const std::string_view name = before.substr(unit + 1);
    if (name.empty() || name.size() > kLongestUnit || is_digit(name[0])) return false;
    const auto time = time_of(before.substr(0, first));
    if (time) set_time(sent, *time, before.substr(0, first));
    sent.raw = raw;
    sent.number = *number;
    sent.unit = name;
    out_.sent.back() = std::move(sent);
    return true;
  }

  static void set_time(Sent& sent, const Time& time, std::string_view raw) {
    sent.at = time.iso;
    sent.at_raw = raw;
    sent.summer = time.summer;
  }

  static bool set_value(Sent& sent, const cosem::Obis& code, std::string_view raw) {
    sent.raw = raw;
    if (raw.find('*') != std::string_view::npos) {
      auto quantity = quantity_of(raw);
      if (!quantity) return false;
      sent.number = std::move(quantity->number);
      sent.unit = quantity->unit;
      return true;
    }
    auto number = number_of(raw);
    const cosem::Meaning meaning = cosem::meaning_of(code);
    if (is_measured(code, meaning) && !raw.empty() && !number) return false;
    if (meaning.subject == cosem::Subject::clock && code.d == 0) {
      if (const auto time = time_of(raw)) {
        sent.at = time->iso;
        sent.is_clock = true;
        sent.summer = time->summer;
        return true;
      }
    }
    const cosem::Subject subject = code.a == 0 ? meaning.subject : subject_of(code);
    if (is_in_hex(subject)) {
      if (auto text = text_of_hex(raw)) sent.text = std::move(*text);
    } else if (number && is_a_count(code, meaning, subject)) {
      sent.number = std::move(*number);
    }
    return true;
  }

  void find_clock_and_number() {
    constexpr cosem::Obis kClock{0, 0, 1, 0, 0, 255};
    constexpr cosem::Obis kNumbers[] = {
        {0, 0, 96, 1, 1, 255}, {0, 0, 96, 1, 0, 255}, {0, 0, 42, 0, 0, 255}};
    const auto find = [this](const cosem::Obis& code, auto usable) {
      std::optional<std::size_t> found;
      for (std::size_t i = 0; i < out_.values.size() && !found; ++i) {
        if (out_.values[i].obis == code && usable(out_.sent[i])) found = i;
      }
      return found;
    };
    out_.clock = find(kClock, [](const Sent& sent) { return sent.is_clock; });
    for (const cosem::Obis& code : kNumbers) {
      if (out_.number) break;
      out_.number = find(code, [](const Sent& sent) {
        return sent.words().find_first_not_of(' ') != std::string_view::npos;
      });
    }
  }

  P1Telegram& out_;
  std::vector<std::string_view> groups_;
  bool can_continue_ = false;
  std::size_t last_bad_ = 0;
};

}  // namespace

Result<void> parse_p1(Bytes bytes, bool check, P1Telegram& out) {
  out = {};
  const std::string_view text = as_text(bytes);
  // The ! that ends it begins a line.
  std::size_t end = text.find("\n!");
  if (end == std::string_view::npos) return fail(Fault::truncated_telegram, 0, 0, bytes.size());
  ++end;
  std::string_view behind = text.substr(end + 1);
  while (!behind.empty() && (behind.back() == '\r' || behind.back() == '\n' ||
                             behind.back() == ' ' || behind.back() == '\0')) {
    behind.remove_suffix(1);
  }
  if (check && !behind.empty()) {
    ByteVector sent;
    if (behind.size() > 4) {
      return fail(Fault::trailing_bytes, end + 5, 0, behind.size() - 4);
    }
    if (behind.size() < 4 || !append_hex(sent, behind)) {
      return fail(Fault::truncated_telegram, 0, 0, bytes.size());
    }
    const Bytes told = bytes.first(end + 1);
    const auto written = static_cast<std::uint16_t>(sent[0] << 8 | sent[1]);
    if (!fits_telegram(told, written)) return fail(Fault::bad_crc, 0, crc16_arc(told), written);
  }
  Telegram(out).lines(text.substr(0, end));
  return {};
}

}  // namespace meterpipe::readings
