#include "readings/p1.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/crc16.hpp"
#include "base/decimal.hpp"
#include "base/telegram.hpp"
#include "base/utf8.hpp"
#include "base/whole_number.hpp"
#include "cosem/quantity.hpp"
#include "readings/p1_words.hpp"

namespace meterpipe::readings {
namespace {

constexpr std::size_t kMostGroups = 256;      // of a line
constexpr std::size_t kMostLinesOfText = 32;  // of one value
constexpr std::uint8_t kHeat = 6;             // medium, and a code of heat meters

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

// What a number of this code must have a unit for, with or without a star.
bool takes_unit(const cosem::Obis& code, cosem::Subject subject) {
  constexpr std::uint8_t kLimiter = 17, kFirstService = 94;
  if (cosem::is_fuse_threshold(code)) return true;
  if (code.a == 0) return subject == cosem::Subject::sub_value || code.c == kLimiter;
  return code.a != 1 && code.c != 0 && code.c < kFirstService;  // gas, water, heat
}

// Objects that are lists: 98.x, what was stored at the ends of billing periods; 99.x, profiles and
// logs.
bool may_be_list(const cosem::Obis& code) { return code.c == 98 || code.c == 99; }

// Objects whose text may be longer than a line.
bool may_be_long(const cosem::Obis& code, cosem::Subject subject) {
  constexpr std::uint8_t kService = 96;
  return is_in_hex(subject) || (subject == cosem::Subject::other && code.c == kService);
}

// C.1.0, F.F, L.1, P.1: letters of IEC 62056-21 for the value groups 96 to 99, F also for 97 in D.
// F alone is F.F of a heat meter.
std::string without_letters(std::string_view code) {
  if (code == "F") code = "F.F";
  constexpr std::string_view kLetters = "CFLP";
  std::string text;
  bool is_start = true;
  for (const char c : code) {
    const std::size_t letter = is_start ? kLetters.find(c) : std::string_view::npos;
    if (letter == std::string_view::npos) {
      text += c;
    } else {
      text += std::to_string(96 + letter);
    }
    is_start = c == ':' || c == '.';
  }
  return text;
}

// code = OBIS
//      | [ A "-" B ":" ] C "." D [ "." E ] [ ( "*" | "&" | "." ) F ]     with letters
//
//   21.7.0.255   F.F   0.0   C.1.0   1-0:99:97.0, as DSMR 4 prints it
//
// Only what has neither medium nor channel may lack E.
std::optional<cosem::ObisPattern> code_of_line(std::string_view text) {
  auto code = cosem::parse_obis(text);
  if (!code) {
    std::string other = without_letters(text);
    std::size_t at = other.find(':');
    at = at == std::string::npos ? 0 : at + 1;
    if (const std::size_t colon = other.find(':', at); colon != std::string::npos) {
      other[colon] = '.';
    }
    constexpr std::ptrdiff_t kDotsWithF = 3;
    const auto from = other.begin() + static_cast<std::ptrdiff_t>(at);
    if (std::count(from, other.end(), '.') == kDotsWithF) other[other.rfind('.')] = '*';
    if (const std::size_t reset = other.find('&', at); reset != std::string::npos) {
      other[reset] = '*';
    }
    code = cosem::parse_obis(other);
  }
  if (!code || (!code->e && code->a)) return std::nullopt;
  return code;
}

class Telegram {
 public:
  explicit Telegram(P1Telegram& out) : out_(out) {}

  void lines(std::string_view body) {
    constexpr std::size_t kUsual = 64;
    out_.values.reserve(kUsual);
    out_.sent.reserve(kUsual);
    std::size_t number = 1;
    while (!body.empty()) {
      const std::size_t end = std::min(body.find('\n'), body.size());
      std::string_view line = body.substr(0, end);
      while (!line.empty() && line.back() == '\r') line.remove_suffix(1);
      if (number > 1 && !line.empty() && line.back() != ')') {
        if (const std::size_t more = text_over_lines(body, line); more != 0) {
          number += more;
          continue;
        }
      }
      body.remove_prefix(std::min(end + 1, body.size()));
      // The acknowledgement of who reads, before an answer of mode C: none of the meter's lines.
      constexpr char kAck = 0x06;
      if (number == 2 && line.starts_with(kAck)) {
        ++number;
        continue;
      }
      if (number == 1) {
        out_.ident = line.starts_with('/') && is_printable_utf8(line) ? line.substr(1) : "";
      } else if (!line.empty() && !(line[0] == '(' ? continuation(line) : whole_line(line))) {
        damaged(line, number);
      }
      ++number;
    }
    for (std::size_t i = 0; i < out_.values.size(); ++i) out_.values[i].sent = &out_.sent[i];
    find_channels();
    find_clock_and_number();
  }

 private:
  // A value of the line at hand, to be filled.
  Sent& add() {
    Value value;
    value.obis = line_.name;
    value.short_code = line_.short_code;
    if (line_.subject == cosem::Subject::sub_type) types_.push_back(out_.values.size());
    out_.values.push_back(value);
    return out_.sent.emplace_back();
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

  // (…)(…)…: the texts between, and behind them; nothing where they are broken. ((ER11)) is one.
  std::optional<std::string_view> split(std::string_view text) {
    groups_.clear();
    while (!text.empty() && text[0] == '(') {
      std::size_t end = text.find_first_of("()", 1);
      if (end == 1 && text[1] == '(') {
        end = text.find("))");
        if (end == std::string_view::npos || !error_word(text.substr(1, end))) return std::nullopt;
        ++end;
      }
      if (end == std::string_view::npos || text[end] != ')') return std::nullopt;
      if (groups_.size() == kMostGroups) return std::nullopt;
      groups_.push_back(text.substr(1, end - 1));
      text.remove_prefix(end + 1);
    }
    if (groups_.empty()) return std::nullopt;
    return text;
  }

  // From the first group to the last, with what stands between them.
  std::string_view all_groups() const {
    const char* const from = groups_.front().data();
    return {from, static_cast<std::size_t>(groups_.back().data() + groups_.back().size() - from)};
  }

  std::optional<P1Quantity> quantity(std::string_view text) const {
    return p1_quantity(text, line_.expected, line_.takes_unit);
  }

  // (time)(number*unit), the time not set, damaged or missing.
  bool is_sub_meter() const {
    if (groups_.size() != 2 || groups_[0].find('*') != std::string_view::npos) return false;
    const bool volume = line_.subject == cosem::Subject::sub_value;
    if (!volume && !groups_[0].empty() && !is_time_like(groups_[0])) return false;
    if (volume && groups_[1].empty()) return is_time_like(groups_[0]);
    return quantity(groups_[1]) || (volume && p1_number(groups_[1]));
  }

  // (number*unit)(time), in the same way; (number)(time) of what is measured: Landis+Gyr's peaks of
  // the periods before.
  bool is_value_first() const {
    if (groups_.size() != 2) return false;
    if (quantity(groups_[0])) return groups_[1].empty() || is_time_like_behind(groups_[1]);
    return line_.is_measured && p1_number(groups_[0]) && !is_time_like_behind(groups_[0]) &&
           is_time_like_behind(groups_[1]);
  }

  // (time)…(unit)(number): DSMR 2 and 3, where the number stands on the same line.
  bool is_unit_first() const {
    return groups_.size() > 2 && line_.subject == cosem::Subject::sub_value &&
           p1_number(groups_.back()) && is_unit(groups_[groups_.size() - 2]);
  }

  static bool is_unit(std::string_view text) {
    return !text.empty() && !is_digit(text[0]) &&
           p1_quantity("0*" + std::string(text), cosem::Quantity::none, false);
  }

  bool all_quantities() const {
    return std::ranges::all_of(
        groups_, [this](std::string_view group) { return quantity(group).has_value(); });
  }

  // One value, or several one behind the other; a line is whole or bad.
  bool whole_line(std::string_view line) {
    constexpr char kStx = 0x02;  // an answer of mode C begins with it
    if (line[0] == kStx) line.remove_prefix(1);
    if (line.empty()) return true;
    const std::size_t before = out_.values.size();
    do {
      const std::size_t open = line.find('(');
      const auto code =
          open == std::string_view::npos ? std::nullopt : code_of_line(line.substr(0, open));
      const auto rest = code ? split(line.substr(open)) : std::nullopt;
      if (!rest || !one_value(*code)) {
        out_.values.resize(before);
        out_.sent.resize(before);
        std::erase_if(types_, [before](std::size_t type) { return type >= before; });
        can_continue_ = false;
        return false;
      }
      line = *rest;
      while (!line.empty() && line[0] == ' ') line.remove_prefix(1);
    } while (!line.empty());
    return true;
  }

  // Of the groups. False: it is none, and what was added is to be taken away.
  bool one_value(const cosem::ObisPattern& code) {
    begin(code);
    Sent& sent = add();
    if (may_be_list(line_.name)) {
      if (p1_list(groups_, sent)) {
        sent.raw = all_groups();
        return true;
      }
      sent = {};
    }
    if (groups_.size() == 1) {
      if (!set_value(sent, groups_[0])) return false;
      if (out_.values.size() == 1) find_heat();
      return true;
    }
    if (groups_.size() == 2) {
      const auto time = p1_time(groups_[0]);
      // A sub-meter's time that is none: the number stands without it.
      if (time || is_sub_meter()) {
        set_time(sent, time, groups_[0]);
        if (!set_value(sent, groups_[1])) return false;
        look_for_nothing(sent);
        return true;
      }
      if (is_value_first()) {
        set_time(sent, p1_time_behind(groups_[1]), groups_[1]);
        return set_value(sent, groups_[0]);
      }
    }
    if (all_quantities()) {
      // Which number is the value, only the threshold's order tells.
      if (!cosem::is_fuse_threshold(line_.name) || !set_value(sent, groups_[0])) return false;
      sent.raw = all_groups();
      return true;
    }
    if (is_unit_first()) {
      set_unit_and_number(sent, groups_[0], groups_[groups_.size() - 2], groups_.back());
      look_for_nothing(sent);
      return true;
    }
    // A list that nobody knows, or a value whose number stands on the next line.
    sent.raw = all_groups();
    can_continue_ = !may_be_list(line_.name);  // the first row of a profile is not its value
    return is_printable_utf8(sent.raw);
  }

  // The value of the line before, whose last group is its unit and whose first is its time.
  bool continuation(std::string_view line) {
    if (!can_continue_) return false;
    can_continue_ = false;
    const std::string_view before = out_.sent.back().raw;
    const auto rest = split(line);
    if (!rest || !rest->empty() || groups_.size() != 1) return false;
    const std::size_t unit = before.rfind('(');
    if (unit == std::string_view::npos || !p1_number(groups_[0])) return false;
    const std::string_view name = before.substr(unit + 1);
    if (!is_unit(name)) return false;
    Sent sent;
    set_unit_and_number(sent, before.substr(0, before.find(')')), name, groups_[0]);
    look_for_nothing(sent);
    out_.sent.back() = std::move(sent);
    return true;
  }

  // A value that begins in the first line of `body`, which is `line`, and ends in another one.
  // Takes them off and tells how many they are; 0: there is none.
  std::size_t text_over_lines(std::string_view& body, std::string_view line) {
    const std::size_t open = line.find('(');
    if (open == std::string_view::npos || line.find_first_of("()", open + 1) < line.size())
      return 0;
    const auto code = code_of_line(line.substr(0, open));
    if (!code) return 0;
    const std::size_t close = body.find_first_of("()", open + 1);
    if (close == std::string_view::npos || body[close] != ')') return 0;
    const std::string_view raw = body.substr(open + 1, close - open - 1);
    const std::size_t behind = std::min(body.find('\n', close), body.size());
    std::string_view left = body.substr(close + 1, behind - close - 1);
    while (!left.empty() && left.back() == '\r') left.remove_suffix(1);
    const auto ends = static_cast<std::size_t>(std::count(raw.begin(), raw.end(), '\n'));
    if (!left.empty() || ends > kMostLinesOfText) return 0;
    groups_ = {raw};
    begin(*code);
    if (!may_be_long(line_.name, line_.subject)) return 0;
    std::string plain(raw);
    std::erase_if(plain, [](char c) { return c == '\r' || c == '\n'; });
    if (!is_printable_utf8(plain)) return 0;
    Sent& sent = add();
    sent.raw = raw;
    if (auto text = text_of_hex(plain)) sent.text = std::move(*text);
    sent.plain = std::move(plain);
    body.remove_prefix(std::min(behind + 1, body.size()));
    return ends + 1;
  }

  static void set_time(Sent& sent, const std::optional<P1Time>& time, std::string_view raw) {
    sent.at_raw = raw;
    if (!time) return;
    sent.at = time->iso;
    sent.summer = time->summer;
  }

  // (632525252525S)(00000.000): digits that are no time, and a 0 or nothing. A counter that goes to
  // 0 and back would be counted whole once more.
  void look_for_nothing(Sent& sent) const {
    const bool is_read = !sent.at.empty() || !is_time_like(sent.at_raw);
    if (line_.subject != cosem::Subject::sub_value || is_read) return;
    if (!sent.is_number() && !sent.raw.empty()) return;
    if (sent.number.find_first_of("123456789") != std::string::npos) return;
    sent.is_nothing = true;
    sent.number.clear();
    sent.unit = {};
  }

  static void set_unit_and_number(Sent& sent, std::string_view time, std::string_view unit,
                                  std::string_view number) {
    if (is_time_like(time)) set_time(sent, p1_time(time), time);
    sent.raw = number;
    sent.number = *p1_number(number);
    sent.unit = cosem::spelled_unit(unit);
  }

  // What the line's code says of what stands behind it.
  void begin(const cosem::ObisPattern& code) {
    line_.name = code.code();
    line_.short_code = !code.a;
    constexpr std::uint8_t kFirstLetter = 96;  // C, F, L and P
    if (is_heat_ && line_.short_code && line_.name.c < kFirstLetter) line_.name.a = kHeat;
    line_.meaning = cosem::meaning_of(line_.name);
    line_.is_measured = is_measured(line_.name, line_.meaning);
    line_.subject =
        line_.name.a == 0 || line_.is_measured ? line_.meaning.subject : subject_of(line_.name);
    line_.expected = line_.subject == cosem::Subject::failures ? cosem::Quantity::duration
                                                               : line_.meaning.by_code;
    line_.takes_unit = line_.is_measured || takes_unit(line_.name, line_.subject);
    can_continue_ = false;
  }

  // 096.1*C&060.2*C: the greatest temperatures of a heat meter, text as they were sent.
  bool are_joined_quantities(std::string_view raw) const {
    if (line_.is_measured || raw.find('&') == std::string_view::npos) return false;
    for (;;) {
      const std::size_t end = std::min(raw.find('&'), raw.size());
      if (!quantity(raw.substr(0, end))) return false;
      if (end == raw.size()) return true;
      raw.remove_prefix(end + 1);
    }
  }

  bool set_value(Sent& sent, std::string_view raw) const {
    sent.raw = raw;
    if (auto found = quantity(raw)) {
      sent.number = std::move(found->number);
      sent.unit = is_heat_ && found->unit == "m" ? "min" : found->unit;
      return true;
    }
    if (!is_printable_utf8(raw)) {
      sent.is_bytes = is_in_hex(line_.subject);
      return sent.is_bytes;
    }
    if (const auto word = error_word(raw)) {
      if (word->size() != raw.size()) sent.plain = *word;
      return true;
    }
    if (are_joined_quantities(raw)) return true;
    if (raw.find('*') != std::string_view::npos && (raw != "*" || line_.is_measured)) return false;
    auto number = p1_number(raw);
    if (line_.is_measured) {
      if (number) sent.number = std::move(*number);
      return !raw.empty() ? number.has_value() : true;
    }
    if (line_.meaning.subject == cosem::Subject::clock && line_.name.d == 0) {
      if (const auto time = p1_time(raw)) {
        sent.at = time->iso;
        sent.is_clock = true;
        sent.summer = time->summer;
        return true;
      }
    }
    if (raw.starts_with(' ') || raw.ends_with(' ')) sent.plain = without_blanks(raw);
    if (is_in_hex(line_.subject)) {
      if (auto text = text_of_hex(raw)) sent.text = std::move(*text);
    } else if (number && is_a_count(line_.name, line_.meaning, line_.subject)) {
      sent.number = std::move(*number);
    }
    return true;
  }

  // Which device a sub-meter is, its type says on the same channel.
  void find_channels() {
    for (const std::size_t i : types_) {
      const Value& type = out_.values[i];
      const auto number = whole_number<std::uint8_t>(type.sent->value());
      if (!number) continue;
      for (Value& value : out_.values) {
        if (value.obis->c == type.obis->c && value.obis->b == type.obis->b) {
          value.channel = cosem::medium_of_device_type(*number);
        }
      }
    }
  }

  // Heat meters of Landis+Gyr (Ultraheat) have codes of their own, and begin with their energy:
  // 6.8(0328.872*MWh)6.26(03329.65*m3). They are none of electricity, and have no name here.
  void find_heat() {
    constexpr std::uint8_t kTotal = 8;
    cosem::Obis& code = *out_.values[0].obis;
    if (!line_.short_code || code.c != kHeat || code.d != kTotal) return;
    const cosem::Quantity quantity = cosem::parse_unit(out_.sent[0].unit).quantity;
    is_heat_ = quantity == cosem::Quantity::active_energy || quantity == cosem::Quantity::heat;
    if (is_heat_) code.a = kHeat;
  }

  void find_clock_and_number() {
    constexpr cosem::Obis kClock{0, 0, 1, 0, 0, 255};
    // The last ones only where there is nothing better. Meters without a number send one of zeros.
    constexpr cosem::Obis kNumbers[] = {{0, 0, 96, 1, 1, 255}, {0, 0, 96, 1, 0, 255},
                                        {0, 0, 42, 0, 0, 255}, {0, 0, 0, 0, 0, 255},
                                        {1, 0, 0, 0, 0, 255},  {1, 0, 96, 1, 0, 255}};
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
        return !sent.is_bytes && sent.words().find_first_not_of(" 0") != std::string_view::npos;
      });
    }
  }

  // The line at hand.
  struct Line {
    cosem::Obis name;
    bool short_code = false, is_measured = false, takes_unit = false;
    cosem::Meaning meaning;
    cosem::Subject subject = cosem::Subject::other;
    cosem::Quantity expected = cosem::Quantity::none;
  };

  P1Telegram& out_;
  Line line_;
  std::vector<std::string_view> groups_;
  std::vector<std::size_t> types_;  // of sub-meters: places among the values
  bool can_continue_ = false;
  bool is_heat_ = false;
  std::size_t last_bad_ = 0;
};

}  // namespace

bool give_units(P1Telegram& telegram, const std::vector<CodeRule>& codes) {
  bool any = false;
  for (std::size_t i = 0; i < telegram.values.size(); ++i) {
    Sent& sent = telegram.sent[i];
    Value& value = telegram.values[i];
    if (!sent.is_number() || !sent.unit.empty()) continue;
    for (const CodeRule& rule : codes) {
      if (!rule.code.matches(*value.obis)) continue;
      auto number = parse_decimal(sent.number);
      if (!number || rule.scale.unit == cosem::kNoUnit) break;
      number->exponent += rule.scale.scaler;
      sent.number = to_string(*number);
      sent.unit = cosem::unit_name(rule.scale.unit);
      value.scaler = rule.scale.scaler;
      any = true;
      break;
    }
  }
  return any;
}

Result<void> parse_p1(Bytes bytes, bool check, P1Telegram& out) {
  out = {};
  const std::string_view text = as_text(bytes);
  // The ! that ends it begins a line.
  std::size_t end = text.find("\n!");
  // That of an answer of mode C may stand behind its last value.
  if (end == std::string_view::npos) end = text.find(")!\r\n\x03");
  if (end == std::string_view::npos) return fail(Fault::truncated_telegram, 0, 0, bytes.size());
  ++end;
  std::string_view behind = text.substr(end + 1);
  // An answer of mode C has ETX and BCC there.
  constexpr char kAnswer = '\x02', kAnswerEnd = '\x03';
  const std::size_t stx = text.find(kAnswer), etx = behind.find(kAnswerEnd);
  if (stx < end && etx < behind.size() && etx + 2 == behind.size() &&
      behind.find_first_not_of("\r\n") == etx) {
    std::uint8_t bcc = 0;
    for (const std::uint8_t byte : bytes.subspan(stx + 1, end + 1 + etx - stx)) bcc ^= byte;
    if (check && bcc != bytes.back()) return fail(Fault::bad_bcc, 0, bcc, bytes.back());
    behind = {};
  }
  while (!behind.empty() && (behind.back() == '\r' || behind.back() == '\n' ||
                             is_telegram_fill(static_cast<unsigned char>(behind.back())))) {
    behind.remove_suffix(1);
  }
  if (check && !behind.empty()) {
    const Bytes told = bytes.first(end + 1);
    const std::string_view written = written_crc(behind);
    if (behind.size() > written.size()) {
      return fail(Fault::trailing_bytes, end + 1 + written.size(), 0,
                  behind.size() - written.size());
    }
    if (!fits_telegram(told, written)) {
      return fail(Fault::bad_crc, 0, crc16_arc(told), packed_text(written));
    }
  }
  Telegram(out).lines(text.substr(0, end));
  return {};
}

}  // namespace meterpipe::readings
