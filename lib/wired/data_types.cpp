#include "wired/data_types.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "base/civil.hpp"
#include "base/hex.hpp"
#include "wired/latin1.hpp"

namespace meterpipe::wired {
namespace {

using Is = Record::Is;

void no_value(Record& record, std::string_view why) {
  record.is = Is::nothing;
  record.why = why;
}

// data * 10^exponent + what an extension adds, exactly.
void set_number(Record& record, Decimal number) {
  number.exponent += record.meaning.exponent;
  for (const Decimal& one : record.meaning.added) {
    const auto sum = add(number, one);
    if (!sum) return no_value(record, "overflow");
    number = *sum;
  }
  if (number.magnitude == 0) number.negative = false;
  record.is = Is::number;
  record.number = number;
}

void set_text(Record& record, std::string text) {
  record.is = Is::text;
  record.text = std::move(text);
}

std::uint64_t value_of(Bytes low_first) {
  std::uint64_t value = 0;
  for (std::size_t i = low_first.size(); i-- > 0;) value = value << 8 | low_first[i];
  return value;
}

// Type A. The first digit F and all others decimal: negative.
void read_bcd(Record& record, Bytes bytes, bool negative) {
  std::string digits;
  for (std::size_t i = bytes.size(); i-- > 0;) {
    for (const int nibble : {bytes[i] >> 4, bytes[i] & 0x0f}) {
      digits += "0123456789abcdef"[nibble];
    }
  }
  if (!digits.empty() && digits[0] == 'f') {
    negative = !negative;
    digits[0] = '0';
  }
  std::uint64_t magnitude = 0;
  for (const char c : digits) {
    if (c > '9') return no_value(record, "bad-digits");
    magnitude = magnitude * 10 + static_cast<std::uint64_t>(c - '0');
  }
  if (record.meaning.form == Form::digits && !negative) return set_text(record, digits);
  set_number(record, {magnitude, 0, negative});
}

// Types B, C and D.
void read_integer(Record& record, Bytes bytes) {
  const std::uint64_t value = value_of(bytes);
  const std::size_t width = bytes.size() * 8;
  const Form form = record.meaning.form;
  if (form == Form::bits) {
    record.type = "D";
    return set_number(record, Decimal::of_unsigned(value));
  }
  if (form == Form::unsigned_number || form == Form::digits) {
    record.type = "C";
    if (std::ranges::all_of(bytes, [](std::uint8_t b) { return b == 0xff; })) {
      return no_value(record, "not-available");
    }
    if (form == Form::digits) return set_text(record, std::to_string(value));
    return set_number(record, Decimal::of_unsigned(value));
  }
  record.type = "B";
  const std::uint64_t sign = std::uint64_t{1} << (width - 1);
  if (value == sign) return no_value(record, "not-available");
  const auto extended = static_cast<std::int64_t>((value ^ sign) - sign);
  set_number(record, Decimal::of(extended));
}

// Type H: the shortest decimal that reads back as the same real.
void read_real(Record& record, Bytes bytes) {
  record.type = "H";
  const auto real = std::bit_cast<float>(static_cast<std::uint32_t>(value_of(bytes)));
  if (!std::isfinite(real)) return no_value(record, "not-a-number");
  std::array<char, 64> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), real).ptr;
  const auto number = parse_decimal({text.data(), static_cast<std::size_t>(end - text.data())});
  if (!number) return no_value(record, "not-a-number");
  set_number(record, *number);
}

// What a date says: 2014-03-13, every year --01-31, every month ---31.
struct Date {
  std::string text;      // or empty
  std::string_view why;  // there is none
  bool is_day = false;   // one day of the calendar
};

Date read_date(std::uint8_t low, std::uint8_t high, int century) {
  constexpr int kEveryYear = 127, kEveryMonth = 15;
  if ((low == 0 && high == 0) || (low == 0xff && high == 0xff)) return {{}, "no-date", false};
  const int day = low & 0x1f, month = high & 0x0f, year = low >> 5 | (high >> 4) << 3;
  if (year == kEveryYear && month == kEveryMonth && day >= 1) {
    return {fmt::format("---{:02}", day), {}, false};
  }
  if (year == kEveryYear && is_date(2000, month, day)) {
    return {fmt::format("--{:02}-{:02}", month, day), {}, false};
  }
  if (year > 99 && month == kEveryMonth) return {{}, "bad-date", false};
  if (month == kEveryMonth && day >= 1) return {fmt::format("---{:02}", day), {}, false};
  const int full = century + year;
  if (year > 99 || !is_date(full, month, day)) return {{}, "bad-date", false};
  return {fmt::format("{:04}-{:02}-{:02}", full, month, day), {}, true};
}

void read_date_time(Record& record, Bytes b) {  // F
  record.type = "F";
  const int minute = b[0] & 0x3f, hour = b[1] & 0x1f, hundreds = b[1] >> 5 & 3;
  const int year = b[2] >> 5 | (b[3] >> 4) << 3;
  if (std::ranges::all_of(b, [](std::uint8_t byte) { return byte == 0xff; })) {
    return no_value(record, "no-date");
  }
  if ((b[0] & 0x80) != 0) return no_value(record, "invalid-time");
  const int century = hundreds == 0 && year <= 80 ? 2000 : 1900 + 100 * hundreds;
  const Date date = read_date(b[2], b[3], century);
  if (!date.why.empty()) return no_value(record, date.why);
  if (hour > 23 || minute > 59) return no_value(record, "bad-time");
  record.is_time = date.is_day;
  record.summer = (b[1] & 0x80) != 0;
  set_text(record, fmt::format("{}T{:02}:{:02}", date.text, hour, minute));
}

void read_long_date_time(Record& record, Bytes b) {  // I
  record.type = "I";
  if (std::ranges::all_of(b, [](std::uint8_t byte) { return byte == 0xff; })) {
    return no_value(record, "no-date");
  }
  if ((b[1] & 0x80) != 0) return no_value(record, "invalid-time");
  const Date date = read_date(b[3], b[4], 2000);
  if (!date.why.empty()) return no_value(record, date.why);
  const int second = b[0] & 0x3f, minute = b[1] & 0x3f, hour = b[2] & 0x1f;
  if (hour > 23 || minute > 59 || second > 59) return no_value(record, "bad-time");
  record.is_time = date.is_day;
  record.summer = (b[0] & 0x40) != 0;
  set_text(record, fmt::format("{}T{:02}:{:02}:{:02}", date.text, hour, minute, second));
}

void read_time_of_day(Record& record, Bytes b) {  // J
  record.type = "J";
  const int second = b[0] & 0x3f, minute = b[1] & 0x3f, hour = b[2] & 0x1f;
  if (hour > 23 || minute > 59 || second > 59) return no_value(record, "bad-time");
  set_text(record, fmt::format("{:02}:{:02}:{:02}", hour, minute, second));
}

// ABB: ss mm hh DD MM YY in twelve BCD digits.
void read_bcd_time(Record& record, Bytes b) {
  record.type = "A";
  std::array<int, 6> parts{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if ((b[i] >> 4) > 9 || (b[i] & 0x0f) > 9) return no_value(record, "bad-time");
    parts[i] = (b[i] >> 4) * 10 + (b[i] & 0x0f);
  }
  const auto [second, minute, hour, day, month, year] = parts;
  if (day == 0 && month == 0) return no_value(record, "no-date");
  if (!is_date(2000 + year, month, day)) return no_value(record, "bad-date");
  if (hour > 23 || minute > 59 || second > 59) return no_value(record, "bad-time");
  record.is_time = true;
  set_text(record, fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", 2000 + year, month, day, hour,
                               minute, second));
}

// Which type a time has is told by its length.
void read_time(Record& record, DataForm form, Bytes bytes) {
  if (form.field == DataField::bcd && bytes.size() == 6) return read_bcd_time(record, bytes);
  if (form.field == DataField::integer) {
    switch (bytes.size()) {
      case 2: {
        record.type = "G";
        const Date date = read_date(bytes[0], bytes[1], 2000);
        return date.why.empty() ? set_text(record, date.text) : no_value(record, date.why);
      }
      case 3: return read_time_of_day(record, bytes);
      case 4: return read_date_time(record, bytes);
      case 6: return read_long_date_time(record, bytes);
      default: break;
    }
  }
  record.type = form.field == DataField::bcd ? "A" : "B";
  no_value(record, "unknown-time");
}

constexpr std::uint8_t kText = 0xc0, kPositive = 0xc0, kNegative = 0xd0, kBinary = 0xe0;

void read_variable(Record& record, bool high_first) {
  const std::uint8_t lvar = record.data[0];
  const Bytes bytes = record.data.subspan(1);
  ByteVector ordered(bytes.begin(), bytes.end());  // low byte first
  if (high_first) std::ranges::reverse(ordered);
  if (lvar < kText) {
    record.type = "text";
    return set_text(record, latin1(bytes, !high_first));
  }
  if (lvar < kBinary) {
    record.type = "bcd";
    if (bytes.empty()) return no_value(record, "no-data");
    static_assert(kPositive < kNegative);
    return read_bcd(record, ordered, lvar >= kNegative);
  }
  record.type = record.meaning.form == Form::time ? "M" : "binary";
  if (bytes.empty()) return no_value(record, "no-data");
  std::ranges::reverse(ordered);
  set_text(record, to_hex(ordered));
}

}  // namespace

DataForm data_form(std::uint8_t dif) {
  constexpr std::array<DataForm, 16> kForms{{{DataField::none, 0},
                                             {DataField::integer, 1},
                                             {DataField::integer, 2},
                                             {DataField::integer, 3},
                                             {DataField::integer, 4},
                                             {DataField::real, 4},
                                             {DataField::integer, 6},
                                             {DataField::integer, 8},
                                             {DataField::selection, 0},
                                             {DataField::bcd, 1},
                                             {DataField::bcd, 2},
                                             {DataField::bcd, 3},
                                             {DataField::bcd, 4},
                                             {DataField::variable, 0},
                                             {DataField::bcd, 6},
                                             {DataField::special, 0}}};
  return kForms[dif & 0x0f];
}

std::optional<std::size_t> variable_size(std::uint8_t lvar) {
  if (lvar < kText) return lvar;
  const std::size_t low = lvar & 0x0f;
  switch (lvar >> 4) {
    case 0xc:
    case 0xd: return low <= 9 ? std::optional(low) : std::nullopt;
    case 0xe: return low;
    default:
      if (lvar <= 0xf4) return 4 * (lvar - std::size_t{0xec});
      if (lvar == 0xf5) return 48;
      if (lvar == 0xf6) return 64;
      return std::nullopt;
  }
}

void read_value(Record& record, DataForm form, bool high_first) {
  switch (form.field) {
    case DataField::none:
    case DataField::selection: return no_value(record, "no-data");
    case DataField::variable: read_variable(record, high_first); break;
    default: {
      ByteVector ordered(record.data.begin(), record.data.end());
      if (high_first) std::ranges::reverse(ordered);
      if (record.meaning.form == Form::time) {
        read_time(record, form, ordered);
      } else if (form.field == DataField::bcd) {
        record.type = "A";
        read_bcd(record, ordered, false);
      } else if (form.field == DataField::real) {
        read_real(record, ordered);
      } else {
        read_integer(record, ordered);
      }
    }
  }
  // What has a meaning here only as bytes, and what the meter itself calls none.
  if (record.meaning.form == Form::opaque) no_value(record, "not-decoded");
  if (record.meaning.form == Form::secret) no_value(record, "secret");
  if (!record.meaning.no_value.empty()) no_value(record, record.meaning.no_value);
  if (record.is == Is::nothing) {
    record.text.clear();
    record.is_time = record.summer = false;
  }
}

}  // namespace meterpipe::wired
