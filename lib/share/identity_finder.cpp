#include "share/identity_finder.hpp"

#include <algorithm>
#include <string>

#include "apdu/tags.hpp"
#include "base/ascii.hpp"
#include "base/hex.hpp"
#include "cosem/clock.hpp"
#include "cosem/names.hpp"
#include "readings/p1.hpp"
#include "readings/text.hpp"
#include "wired/data_types.hpp"
#include "wired/records.hpp"

namespace meterpipe::share {
namespace {

using axdr::Tag;
constexpr std::size_t kTellingDigits = 5;  // in a string that nothing else tells of
constexpr std::uint64_t kLeastNumber = 100;

bool is_type(const cosem::Obis& code) {
  return code.c == 96 && code.d == 1 &&
         ((code.a == 0 && code.e == 7) || (code.a == 1 && code.b == 1 && code.e == 1));
}
bool is_identity(const cosem::Obis& code) {
  if (code.c == 96 && code.d == 1) return !is_type(code);
  if (code.d == 0 && (code.c == 42 || code.c == 0)) return true;
  if (code.a == 0 && code.c == 2 && code.d <= 2) return true;  // modems: whom they call
  return code.a == 0 && code.c >= 25 && code.c <= 35 && !(code.c == 25 && code.d == 9);
}
// The number of a sub-meter at a client of M-Bus: attribute 6 of class 72.
bool is_submeter(const readings::Value& value) {
  constexpr std::uint16_t kMbusClient = 72;
  constexpr std::int8_t kNumber = 6;
  return value.interface_class == kMbusClient && value.attribute == kNumber;
}
bool is_message(const cosem::Obis& code) { return code.c == 96 && code.d == 13; }

// What a meter counts or measures: energy, power, times, failures, a sub-meter's values.
bool is_measured(const cosem::Obis& code) {
  constexpr std::uint8_t kFirstOther = 94;  // from here on: of a country, service entries
  if (code.a != 0) return code.c != 0 && code.c < kFirstOther;
  return code.c == 1 || code.c == 24 || (code.c == 96 && (code.d == 7 || code.d == 8));
}
// Codes under which a number may be a name: neither measured nor of a meaning that all meters
// share.
bool may_hold_name(const cosem::Obis& code) {
  if (is_measured(code) || is_type(code)) return false;
  if (code.c == 96) return code.d > 15 || code.d == 0 || code.d == 1;
  if (code.c >= 97 && code.c <= 99) return false;  // errors, lists, logs
  if (code.a != 0) return code.c >= 94;
  return code.c > 24 && code.c != 44 && !(code.c == 25 && code.d == 9);  // 44: firmware
}

std::size_t digits_in(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return is_digit(c); }));
}
bool is_signed(const axdr::Node& node) {
  return axdr::type_of(node.tag).number == axdr::Number::signed_integer;
}
bool is_clock(const cosem::Obis& code) { return code.c == 1 && code.d == 0 && code.a == 0; }

// 2026-11-22 18:00:00, 22.11.2026, 260122180000W: groups of two digits, the year of four.
bool is_time_text(std::string_view text) {
  constexpr std::size_t kTelegram = 12;
  const auto ends = text.find_last_not_of("SWZ");
  const std::string_view digits = text.substr(0, ends == text.npos ? 0 : ends + 1);
  if (digits.size() == kTelegram && ends + 2 == text.size() && digits_in(digits) == digits.size()) {
    return true;
  }
  std::size_t groups = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (!is_digit(text[at])) {
      if (std::string_view("-:./ TZ+").find(text[at]) == std::string_view::npos) return false;
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && is_digit(text[end])) ++end;
    if (end - at != 2 && end - at != 4) return false;
    ++groups;
    at = end;
  }
  return groups >= 3;
}

// Each run of characters for which `is_one` holds: where it begins and where it ends.
template <class IsOne, class See>
void each_run(std::string_view text, IsOne is_one, See see) {
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && is_one(static_cast<unsigned char>(text[end]))) ++end;
    if (end > at) see(at, end);
    at = end + 1;
  }
}

// Without the blanks and NULs that pad it.
Found trimmed(const axdr::Node& node, Bytes bytes, Found::Kind kind) {
  Found found{kind, node.offset, node.size};
  if (const auto text = readings::text_of(node, bytes)) found.size = text->size();
  return found;
}

ByteVector part_of(const Found& found, Bytes message) {
  ByteVector part(found.size);
  for (std::size_t i = 0; i < part.size(); ++i) part[i] = message[found.place(i)];
  return part;
}

bool has_digits(Bytes bytes) {
  return std::ranges::all_of(
      bytes, [](std::uint8_t byte) { return byte >> 4 <= 9 && (byte & 0x0f) <= 9; });
}

bool is_hex_text(std::string_view text) {
  return text.size() % 2 == 0 && !text.empty() &&
         std::ranges::all_of(text, [](char c) { return hex_digit(c) >= 0; });
}

// Of a sentence the words with a number in them, where it has digits enough.
void look_at_words(std::string_view text, std::size_t offset, std::vector<Found>& out) {
  constexpr std::size_t kOfWord = 4;
  if (digits_in(text) < kTellingDigits || is_time_text(text)) return;
  const auto is_of_word = [](unsigned char c) { return c != ' '; };
  each_run(text, is_of_word, [&](std::size_t at, std::size_t end) {
    if (digits_in(text.substr(at, end - at)) < kOfWord) return;
    out.push_back({Found::Kind::value, offset + at, end - at});
  });
}

// Bytes of a string that are no text: an address, a title, but no code and no time.
bool is_unknown_bytes(const axdr::Node& node, Bytes apdu) {
  constexpr std::size_t kLeast = 6, kCode = 6;
  const Bytes bytes = apdu.subspan(node.offset, node.size);
  if (node.tag != Tag::octet_string || node.size < kLeast || cosem::is_clock(bytes)) return false;
  if (node.size != kCode) return true;
  return bytes[5] != 0xff && cosem::name_of(cosem::Obis::of(bytes), {}).empty();
}

}  // namespace

ByteVector value_of(const Found& found, Bytes message) {
  ByteVector part = part_of(found, message);
  switch (found.kind) {
    case Found::Kind::hex: return from_hex(as_text(part)).value_or(ByteVector());
    case Found::Kind::number: {
      const std::string digits = std::to_string(integer_of(part));
      return {digits.begin(), digits.end()};
    }
    case Found::Kind::bcd:
    case Found::Kind::bcd_high_first: {
      if (found.kind == Found::Kind::bcd) std::ranges::reverse(part);
      const std::string digits = to_hex(part);
      return {digits.begin(), digits.end()};
    }
    default: return part;
  }
}

void put(const Found& found, Bytes value, std::span<std::uint8_t> message) {
  ByteVector part = part_of(found, message);
  switch (found.kind) {
    case Found::Kind::hex: {
      const bool is_small = std::ranges::any_of(part, is_lower);
      const std::string digits = to_hex(value);
      for (std::size_t i = 0; i < std::min(part.size(), digits.size()); ++i) {
        part[i] = static_cast<std::uint8_t>(is_small ? digits[i] : upper(digits[i]));
      }
      break;
    }
    case Found::Kind::number: {
      std::uint64_t number = 0;
      for (const std::uint8_t c : value) number = number * 10 + (c - '0');
      put_integer(part, number);
      break;
    }
    case Found::Kind::bcd:
    case Found::Kind::bcd_high_first: {
      ByteVector bytes = from_hex(as_text(value)).value_or(ByteVector());
      if (found.kind == Found::Kind::bcd) std::ranges::reverse(bytes);
      if (bytes.size() == part.size()) part = bytes;
      break;
    }
    case Found::Kind::nothing: std::ranges::fill(part, std::uint8_t{'x'}); break;
    case Found::Kind::nothing_hex:  // 78 is an x
      for (std::size_t i = 0; i < part.size(); ++i) part[i] = i % 2 == 0 ? '7' : '8';
      break;
    case Found::Kind::value:
      if (value.size() == part.size()) part.assign(value.begin(), value.end());
  }
  for (std::size_t i = 0; i < part.size(); ++i) message[found.place(i)] = part[i];
}

namespace {

readings::ProfileSet builtin_profiles() {
  readings::ProfileSet profiles;
  profiles.use_builtin();
  return profiles;
}

// The telegram's own places. Its values are text, but for times and what has a unit; a number alone
// may be one that is a name elsewhere.
void look_at_p1(const decode::DecodedMessage& telegram, const std::vector<readings::P1BadLine>& bad,
                Bytes bytes, Finds& out) {
  const auto offset_of = [&](const char* at) {
    return static_cast<std::size_t>(reinterpret_cast<const std::uint8_t*>(at) - bytes.data());
  };
  const auto open = [&](std::string_view text) {
    out.open.push_back({OpenPlace::Kind::text, offset_of(text.data()), text.size()});
  };
  // /EST5\253717584_A: the number, not the model.
  constexpr std::size_t kOfIdent = 6;
  const std::string_view ident = telegram.ident;
  open(ident);
  each_run(ident, is_digit, [&](std::size_t at, std::size_t end) {
    if (end - at < kOfIdent) return;
    out.found.push_back({Found::Kind::value, offset_of(ident.data()) + at, end - at});
  });
  for (const readings::Value& value : *telegram.values) {
    const readings::Sent& sent = *value.sent;
    const cosem::Obis& code = *value.obis;
    if (sent.raw.empty()) continue;
    const std::size_t at = offset_of(sent.raw.data());
    const bool is_text = is_message(code);
    if (!is_text && !is_identity(code)) {
      const bool is_list = sent.raw.find('(') != std::string_view::npos;
      const bool is_value = sent.is_clock || !sent.unit.empty() || is_list;
      if (is_value || is_measured(code)) continue;
      open(sent.raw);
      if (!sent.is_number() && may_hold_name(code)) look_at_words(sent.raw, at, out.found);
      continue;
    }
    const bool is_hex = is_hex_text(sent.raw) && (is_text || !sent.text.empty());
    const Found::Kind kind = is_text ? (is_hex ? Found::Kind::nothing_hex : Found::Kind::nothing)
                                     : (is_hex ? Found::Kind::hex : Found::Kind::value);
    out.found.push_back({kind, at, sent.raw.size()});
  }
  for (const readings::P1BadLine& line : bad) {
    // Of a line that says nothing known, only its signs.
    const std::size_t from = offset_of(as_text(line.bytes).data());
    const auto is_word = [](unsigned char c) { return c >= 0x80 || is_letter_or_digit(c); };
    each_run(as_text(line.bytes), is_word, [&](std::size_t at, std::size_t end) {
      out.found.push_back({Found::Kind::nothing, from + at, end - at});
    });
  }
}

}  // namespace

IdentityFinder::IdentityFinder() : maker_(builtin_profiles(), {}), other_(builtin_profiles(), {}) {}

Result<decode::DecodedMessage*> IdentityFinder::read(Bytes plain, decode::ReadingMaker& maker,
                                                     record::ApduRecord& record) {
  record = {};
  record.link = "p1";  // a checksum that is wrong stays as wrong as it is
  record.bytes.assign(plain.begin(), plain.end());
  return maker.make(record, apdu::Auth::unknown);
}

Result<Finds> IdentityFinder::find(Bytes plain) {
  Finds finds;
  const apdu::ApduTag* tag = plain.empty() ? nullptr : apdu::find_apdu_tag(plain[0]);
  if (tag != nullptr && tag->family == apdu::Family::acse) return fail(Fault::unsupported_service);
  const auto reading = read(plain, maker_, record_);
  if (!reading) {
    // A request or a confirmation: there is nothing in it that has a place of its own.
    if (reading.error().fault == Fault::no_values) {
      finds.open.push_back({OpenPlace::Kind::anything, 0, plain.size()});
      return finds;
    }
    return tl::unexpected(reading.error());
  }
  if (readings::is_p1(record_.bytes)) {
    look_at_p1(**reading, maker_.bad_lines(), record_.bytes, finds);
  } else {
    look_at(**reading, finds);
  }
  return finds;
}

void IdentityFinder::look_at(const decode::DecodedMessage& reading, Finds& out) {
  const axdr::Nodes& nodes = *reading.nodes;
  for (const readings::Value& value : *reading.values) {
    const std::uint32_t end = nodes[value.node].next;
    if ((value.obis && is_identity(*value.obis)) || is_submeter(value)) {
      look_at_identity(reading, value, out.found);
      continue;
    }
    const bool is_text = value.obis && is_message(*value.obis);
    const bool strings_open = !value.obis || !is_measured(*value.obis);
    const bool integers_open = (!value.obis || may_hold_name(*value.obis)) && !value.has_unit;
    for (std::uint32_t i = value.node; i < end; ++i) {
      const axdr::Node& node = nodes[i];
      if (is_integer(node) && integers_open) {
        out.open.push_back({OpenPlace::Kind::integer, node.offset, node.size});
      }
      if (!is_string(node) || cosem::is_clock(reading.apdu.subspan(node.offset, node.size))) {
        continue;
      }
      if (strings_open) out.open.push_back({OpenPlace::Kind::text, node.offset, node.size});
      if (is_text) {
        out.found.push_back(trimmed(node, reading.apdu, Found::Kind::nothing));
      } else {
        look_at_string(reading, value, node, out.found);
      }
    }
  }
}

// One value of the same size, whatever it is made of. Truth values and times are no names.
void IdentityFinder::look_at_identity(const decode::DecodedMessage& reading,
                                      const readings::Value& value, std::vector<Found>& out) {
  const axdr::Nodes& nodes = *reading.nodes;
  const std::uint32_t end = nodes[value.node].next;
  for (std::uint32_t i = value.node; i < end; ++i) {
    const axdr::Node& node = nodes[i];
    if (is_string(node)) {
      out.push_back(trimmed(node, reading.apdu, Found::Kind::value));
    } else if (node.tag == Tag::bit_string) {
      out.push_back({Found::Kind::value, node.offset, node.count / 8});  // its whole bytes
    } else if (axdr::type_of(node.tag).number == axdr::Number::real) {
      out.push_back(
          {Found::Kind::value, node.offset + 1U, node.size - 1U});  // sign and exponent stay
    } else if (is_integer(node) || node.tag == Tag::bcd) {
      // Elements of one type, one behind the other: digits or bytes of one name.
      std::uint32_t last = i;
      while (last + 1 < end && nodes[last + 1].tag == node.tag) ++last;
      const Found whole{Found::Kind::value, node.offset, std::size_t{last - i + 1} * node.size,
                        node.size, last > i ? nodes[i + 1].offset - node.offset - node.size : 0};
      // A sub-meter's has a digit in each half of a byte.
      const bool is_bcd =
          is_submeter(value) && has_digits(reading.apdu.subspan(node.offset, node.size));
      const Found number{is_bcd ? Found::Kind::bcd_high_first : Found::Kind::number, node.offset,
                         node.size};
      if (last > i || node.tag == Tag::bcd) {
        out.push_back(whole);
      } else if (is_signed(node) && (reading.apdu[node.offset] & 0x80) != 0) {
        out.push_back(whole);
      } else if (integer_of(reading.apdu.subspan(node.offset, node.size)) >= kLeastNumber) {
        out.push_back(number);
      }
      i = last;
    }
  }
}

// By place, or under a code that does not say that it is a name.
void IdentityFinder::look_at_string(const decode::DecodedMessage& reading,
                                    const readings::Value& value, const axdr::Node& node,
                                    std::vector<Found>& out) {
  const auto text = readings::text_of(node, reading.apdu);
  const bool is_named = value.obis.has_value();
  if (!text) {
    if (!is_named && reading.profile.empty() && is_unknown_bytes(node, reading.apdu)) {
      out.push_back({Found::Kind::value, node.offset, node.size});
    }
    return;
  }
  if (text->empty() || (is_named && is_clock(*value.obis))) return;
  const Found whole = trimmed(node, reading.apdu, Found::Kind::value);
  // What stands in the meter number's place, whatever its code.
  if (*text == reading.meter) return out.push_back(whole);
  if (is_named ? !may_hold_name(*value.obis) : !reading.profile.empty()) return;
  look_at_words(*text, whole.offset, out);
}

std::optional<std::string> IdentityFinder::difference(Bytes before, Bytes after,
                                                      const Finds& finds) {
  if (before.size() != after.size()) return "its length";
  const auto was = read(before, maker_, record_), is = read(after, other_, other_record_);
  if (!was || !is) {
    return was.has_value() == is.has_value() ? std::nullopt : std::optional("its form");
  }
  const decode::DecodedMessage &a = **was, &b = **is;
  if (a.layout != b.layout || a.profile != b.profile) return "its layout";
  if (a.time != b.time) return "its time";
  if (a.invoke != b.invoke) return "its invoke id";
  const auto is_open = [&](std::size_t from, std::size_t to) {
    return std::ranges::any_of(finds.found,
                               [&](const Found& one) {
                                 return one.size > 0 && one.offset < to &&
                                        one.place(one.size - 1) >= from;
                               }) ||
           std::ranges::any_of(finds.open, [&](const OpenPlace& one) {
             return one.offset < to && one.offset + one.size > from;
           });
  };
  const auto is_same = [&](std::size_t from, std::size_t size) {
    return same(before.subspan(from, size), after.subspan(from, size));
  };
  if (a.nodes->size() != b.nodes->size() || a.values->size() != b.values->size()) {
    return "the number of its values";
  }
  for (std::size_t i = 0; i < a.values->size(); ++i) {
    const readings::Value &one = (*a.values)[i], &other = (*b.values)[i];
    const std::string name =
        one.obis ? cosem::to_string(*one.obis) : "the value at place " + std::to_string(one.pos);
    if (one.obis != other.obis || one.node != other.node || one.scaler != other.scaler ||
        one.unit != other.unit) {
      return name;
    }
    if (one.sent != nullptr) {
      const std::string_view raw = one.sent->raw;
      const auto from =
          static_cast<std::size_t>(as_bytes(raw).data() - Bytes(record_.bytes).data());
      if (!raw.empty() && !is_same(from, raw.size()) && !is_open(from, from + raw.size())) {
        return name;
      }
      continue;
    }
    for (std::uint32_t k = one.node; k < (*a.nodes)[one.node].next; ++k) {
      const axdr::Node &x = (*a.nodes)[k], &y = (*b.nodes)[k];
      if (x.tag != y.tag || x.offset != y.offset || x.size != y.size || x.count != y.count) {
        return name;
      }
      const bool is_leaf = x.next == k + 1;
      if (is_leaf && !is_same(x.offset, x.size) && !is_open(x.offset, x.offset + x.size)) {
        return name;
      }
    }
  }
  if (readings::is_p1(before)) return std::nullopt;  // it has no header, and a checksum
  // Parts of the header that make no time: a day of the week, a status.
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (!is_same(i, 1) && !is_open(i, i + 1)) return "byte " + std::to_string(i) + " of it";
  }
  return std::nullopt;
}

namespace {

// Fabrication number and enhanced identification, customer and its place; of codes and passwords
// nothing stays.
void look_at_record(const wired::Record& record, Bytes data, bool high_first,
                    std::vector<Found>& out) {
  constexpr std::size_t kOfName = 3;
  constexpr std::uint8_t kLongestText = 0xbf;  // of LVAR; above it are numbers
  const wired::Meaning& meaning = record.meaning;
  const bool is_variable = wired::data_form(record.dib[0]).field == wired::DataField::variable;
  const Bytes value = record.data.subspan(is_variable ? 1 : 0);
  const auto offset = static_cast<std::size_t>(value.data() - data.data());
  if (meaning.form == wired::Form::secret) {
    out.push_back({Found::Kind::nothing, offset, value.size()});
    return;
  }
  const bool is_name = meaning.form == wired::Form::digits || meaning.quantity == "customer" ||
                       meaning.quantity == "customer-location";
  if (!is_name || value.size() < kOfName) return;
  const bool is_text = is_variable && record.data[0] <= kLongestText;
  out.push_back({is_text      ? Found::Kind::value
                 : high_first ? Found::Kind::bcd_high_first
                              : Found::Kind::bcd,
                 offset, value.size()});
}

}  // namespace

Result<Finds> find_in_rsp_ud(const link::Frame& frame) {
  Finds finds;
  std::vector<Found>& found = finds.found;
  const Bytes data = frame.data;
  const std::uint8_t ci = frame.ci.value_or(0);
  constexpr std::uint8_t kMode = 0x1f;         // of the configuration word: 0 is not enciphered
  if (ci == 0x70 || ci == 0x71) return finds;  // an error or an alarm
  if (ci == 0x5b) return fail(Fault::no_key);  // AMIS ciphers
  if (ci == 0x72 || ci == 0x76) {
    if (data.size() < 12) return fail(Fault::truncated_data);
    const std::uint8_t mode = ci == 0x72 ? data[11] : data[10];
    if ((mode & kMode) != 0) return fail(Fault::no_key);
    found.push_back({ci == 0x72 ? Found::Kind::bcd : Found::Kind::bcd_high_first, 0, 4});
  } else if (ci == 0x73 || ci == 0x77) {
    if (data.size() < 8) return fail(Fault::truncated_data);
    found.push_back({ci == 0x73 ? Found::Kind::bcd : Found::Kind::bcd_high_first, 0, 4});
    return finds;
  } else if (ci == 0x7a) {
    if (data.size() < 4) return fail(Fault::truncated_data);
    if ((data[3] & kMode) != 0) return fail(Fault::no_key);
  }
  const auto telegram = wired::parse_telegram(ci, data);
  if (!telegram) return tl::unexpected(telegram.error());
  for (const wired::Record& record : telegram->records) {
    look_at_record(record, data, telegram->header.high_first, found);
    const wired::Meaning& meaning = record.meaning;
    const bool is_measured = meaning.form == wired::Form::time ||
                             (!meaning.unit.empty() && !meaning.is_text && meaning.maker.empty());
    if (is_measured || record.data.empty()) continue;
    finds.open.push_back({OpenPlace::Kind::text,
                          static_cast<std::size_t>(record.data.data() - data.data()),
                          record.data.size()});
  }
  if (const Bytes own = telegram->maker; !own.empty()) {
    finds.open.push_back(
        {OpenPlace::Kind::text, static_cast<std::size_t>(own.data() - data.data()), own.size()});
  }
  return finds;
}

}  // namespace meterpipe::share
