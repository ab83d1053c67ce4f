#include "sim/identity_finder.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "apdu/tags.hpp"
#include "base/hex.hpp"
#include "base/utf8.hpp"
#include "readings/text.hpp"

namespace meterpipe::sim {
namespace {

using axdr::Tag;
using cosem::Obis;
using Kind = Found::Kind;

constexpr std::size_t kTellingDigits = 5;  // in a string that nothing else tells of
constexpr std::uint64_t kLeastNumber = 100;

bool is_type(const Obis& code) {
  return code.c == 96 && code.d == 1 &&
         ((code.a == 0 && code.e == 7) || (code.a == 1 && code.b == 1 && code.e == 1));
}
bool is_identity(const Obis& code) {
  if (code.c == 96 && code.d == 1) return !is_type(code);
  if (code.d == 0 && (code.c == 42 || code.c == 0)) return true;
  return code.a == 0 && code.c >= 25 && code.c <= 35 && !(code.c == 25 && code.d == 9);
}
bool is_message(const Obis& code) { return code.c == 96 && code.d == 13; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }
std::size_t digits_in(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_digit));
}
bool is_string(const axdr::Node& node) {
  return node.tag == Tag::octet_string || node.tag == Tag::visible_string ||
         node.tag == Tag::utf8_string;
}
bool is_clock(const Obis& code) { return code.c == 1 && code.d == 0 && code.a == 0; }

// Without the blanks and NULs that pad it.
Found trimmed(const axdr::Node& node, Bytes bytes, Kind kind) {
  Found found{kind, node.offset, node.size};
  if (const auto text = readings::text_of(node, bytes)) found.size = text->size();
  return found;
}

// Big-endian and low byte first to decimal digits and back.
std::uint64_t integer_at(const Found& found, Bytes message) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : message.subspan(found.offset, found.size)) {
    value = value << 8 | byte;
  }
  return value;
}

bool is_hex_text(std::string_view text) {
  return text.size() % 2 == 0 && !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return hex_digit(c) >= 0; });
}

}  // namespace

ByteVector value_of(const Found& found, Bytes message) {
  const Bytes part = message.subspan(found.offset, found.size);
  switch (found.kind) {
    case Kind::hex:
      return from_hex(as_text(part)).value_or(ByteVector());
    case Kind::number: {
      const std::string digits = std::to_string(integer_at(found, message));
      return {digits.begin(), digits.end()};
    }
    case Kind::bcd:
    case Kind::bcd_high_first: {
      ByteVector high_first(part.begin(), part.end());
      if (found.kind == Kind::bcd) std::reverse(high_first.begin(), high_first.end());
      const std::string digits = to_hex(high_first);
      return {digits.begin(), digits.end()};
    }
    default:
      return {part.begin(), part.end()};
  }
}

void put(const Found& found, Bytes value, std::span<std::uint8_t> message) {
  const auto part = message.subspan(found.offset, found.size);
  switch (found.kind) {
    case Kind::hex: {
      const auto is_lower = [](std::uint8_t c) { return c >= 'a' && c <= 'f'; };
      const bool lower = std::any_of(part.begin(), part.end(), is_lower);
      std::string digits = to_hex(value);
      for (std::size_t i = 0; i < std::min(part.size(), digits.size()); ++i) {
        const auto c = static_cast<std::uint8_t>(digits[i]);
        part[i] = !lower && is_lower(c) ? static_cast<std::uint8_t>(c - 32) : c;
      }
      return;
    }
    case Kind::number: {
      std::uint64_t number = 0;
      for (const std::uint8_t c : value) number = number * 10 + (c - '0');
      for (std::size_t i = part.size(); i-- > 0; number >>= 8) {
        part[i] = static_cast<std::uint8_t>(number);
      }
      return;
    }
    case Kind::bcd:
    case Kind::bcd_high_first: {
      ByteVector bytes = from_hex(as_text(value)).value_or(ByteVector());
      if (found.kind == Kind::bcd) std::reverse(bytes.begin(), bytes.end());
      if (bytes.size() == part.size()) std::copy(bytes.begin(), bytes.end(), part.begin());
      return;
    }
    case Kind::nothing:
      std::fill(part.begin(), part.end(), std::uint8_t{'x'});
      return;
    case Kind::nothing_hex:  // 78 is an x
      for (std::size_t i = 0; i < part.size(); ++i) part[i] = i % 2 == 0 ? '7' : '8';
      return;
    case Kind::value:
      if (value.size() == part.size()) std::copy(value.begin(), value.end(), part.begin());
  }
}

IdentityFinder::IdentityFinder()
    : maker_(
          [] {
            readings::ProfileSet profiles;
            profiles.use_builtin();
            return profiles;
          }(),
          {}) {}

Result<std::vector<Found>> IdentityFinder::find(Bytes plain) {
  std::vector<Found> found;
  record_ = {};
  record_.link = "p1";  // a checksum that is wrong stays as wrong as it is
  record_.bytes.assign(plain.begin(), plain.end());
  const apdu::ApduTag* tag = plain.empty() ? nullptr : apdu::find_apdu_tag(plain[0]);
  if (tag != nullptr && tag->family == apdu::Family::acse) return fail(Fault::unsupported_service);
  const auto reading = maker_.make(record_, apdu::Auth::unknown);
  if (!reading) {
    // A request or a confirmation: there is nothing in it that has a place of its own.
    if (reading.error().fault == Fault::no_values) return found;
    return tl::unexpected(reading.error());
  }
  if ((*reading)->p1 != nullptr) {
    look_at_p1(*(*reading)->p1, record_.bytes, found);
  } else {
    look_at(**reading, found);
  }
  return found;
}

void IdentityFinder::look_at(const record::Reading& reading, std::vector<Found>& out) {
  const axdr::Nodes& nodes = *reading.nodes;
  for (const readings::Value& value : *reading.values) {
    const std::uint32_t end = nodes[value.node].next;
    if (!value.obis) {
      for (std::uint32_t i = value.node; i < end; ++i) {
        readings::Value part = value;
        part.node = i;
        look_at_place(reading, part, out);
      }
      continue;
    }
    const bool is_text = is_message(*value.obis);
    if (!is_text && !is_identity(*value.obis)) {
      // What stands in the meter number's place, whatever its code.
      const auto text = readings::text_of(nodes[value.node], reading.apdu);
      if (text && !text->empty() && *text == reading.meter && !is_clock(*value.obis)) {
        out.push_back(trimmed(nodes[value.node], reading.apdu, Kind::value));
      }
      continue;
    }
    for (std::uint32_t i = value.node; i < end; ++i) {
      const axdr::Node& node = nodes[i];
      if (is_string(node)) {
        out.push_back(trimmed(node, reading.apdu, is_text ? Kind::nothing : Kind::value));
      } else if (axdr::type_of(node.tag).number == axdr::Number::unsigned_integer) {
        const Found number{Kind::number, node.offset, node.size};
        if (integer_at(number, reading.apdu) >= kLeastNumber) out.push_back(number);
      }
    }
  }
}

void IdentityFinder::look_at_place(const record::Reading& reading, const readings::Value& value,
                                   std::vector<Found>& out) {
  const axdr::Node& node = (*reading.nodes)[value.node];
  const auto text = readings::text_of(node, reading.apdu);
  if (!text || text->empty()) return;
  const Found whole = trimmed(node, reading.apdu, Kind::value);
  if (*text == reading.meter) return out.push_back(whole);
  if (!reading.profile.empty() || digits_in(*text) < kTellingDigits) return;
  // Of a sentence the words with a number in them.
  for (std::size_t at = 0; at < text->size();) {
    const std::size_t end = std::min(text->find(' ', at), text->size());
    constexpr std::size_t kOfWord = 4;
    if (digits_in(text->substr(at, end - at)) >= kOfWord) {
      out.push_back({Kind::value, whole.offset + at, end - at});
    }
    at = end + 1;
  }
}

void IdentityFinder::look_at_p1(const readings::P1Telegram& telegram, Bytes bytes,
                                std::vector<Found>& out) {
  const auto offset_of = [&](const char* at) {
    return static_cast<std::size_t>(reinterpret_cast<const std::uint8_t*>(at) - bytes.data());
  };
  // /EST5\253717584_A: the number, not the model.
  constexpr std::size_t kOfIdent = 6;
  const std::string_view ident = telegram.ident;
  for (std::size_t at = 0; at < ident.size();) {
    std::size_t end = at;
    while (end < ident.size() && is_digit(ident[end])) ++end;
    if (end - at >= kOfIdent) out.push_back({Kind::value, offset_of(ident.data()) + at, end - at});
    at = end + 1;
  }
  for (const readings::P1Value& value : telegram.values) {
    const bool is_text = is_message(value.code);
    if (value.raw.empty() || (!is_text && !is_identity(value.code))) continue;
    const std::size_t at = offset_of(value.raw.data());
    const bool is_hex = is_hex_text(value.raw) && (is_text || !value.text.empty());
    const Kind kind =
        is_text ? (is_hex ? Kind::nothing_hex : Kind::nothing) : (is_hex ? Kind::hex : Kind::value);
    out.push_back({kind, at, value.raw.size()});
  }
  for (const readings::P1BadLine& line : telegram.bad) {
    // Of a line that says nothing known, only its signs.
    const std::size_t from = offset_of(as_text(line.bytes).data());
    for (std::size_t i = 0; i < line.bytes.size();) {
      std::size_t end = i;
      const auto is_word = [&](std::size_t k) {
        const std::uint8_t c = line.bytes[k];
        return c >= 0x80 || is_digit(static_cast<char>(c)) || (c >= 'A' && c <= 'Z') ||
               (c >= 'a' && c <= 'z');
      };
      while (end < line.bytes.size() && is_word(end)) ++end;
      if (end > i) out.push_back({Kind::nothing, from + i, end - i});
      i = end + 1;
    }
  }
}

namespace {

// Bytes of a record of the variable data structure by its DIF (EN 13757-3, 6.3.1); 0D says its own.
constexpr std::array<std::uint8_t, 16> kDataSizes{0, 1, 2, 3, 4, 4, 6, 8, 0, 1, 2, 3, 4, 0, 6, 0};

// Fabrication number, enhanced identification; of the second table customer and its place.
void look_at_records(Bytes data, std::size_t at, std::vector<Found>& out) {
  while (at < data.size()) {
    const std::uint8_t dif = data[at++];
    if (dif == 0x2f) continue;         // filler
    if ((dif & 0x0f) == 0x0f) return;  // the manufacturer's own
    bool more = (dif & 0x80) != 0;
    while (more && at < data.size()) more = (data[at++] & 0x80) != 0;
    if (at >= data.size()) return;
    const std::uint8_t vif = data[at++];
    if ((vif & 0x7f) == 0x7c) return;  // a unit in words
    std::uint8_t extension = 0;
    more = (vif & 0x80) != 0;
    for (bool first = true; more && at < data.size(); first = false) {
      if (first) extension = data[at];
      more = (data[at++] & 0x80) != 0;
    }
    std::size_t size = kDataSizes[dif & 0x0f];
    const bool own_size = (dif & 0x0f) == 0x0d;
    if (own_size) {
      if (at >= data.size() || data[at] >= 0xc0) return;
      size = data[at++];
    }
    if (size > data.size() - at) return;
    const std::uint8_t what = vif == 0xfd ? extension & 0x7f : vif & 0x7f;
    const bool is_name = vif == 0xfd ? what == 0x10 || what == 0x11 : what == 0x78 || what == 0x79;
    if (is_name && size >= 3) {
      out.push_back({own_size ? Kind::value : Kind::bcd, at, size});
    }
    at += size;
  }
}

}  // namespace

Result<std::vector<Found>> find_in_rsp_ud(const link::Frame& frame) {
  std::vector<Found> found;
  const Bytes data = frame.data;
  const std::uint8_t ci = frame.ci.value_or(0);
  constexpr std::uint8_t kMode = 0x1f;  // of the configuration word: 0 is not enciphered
  std::size_t records = 0;
  if (ci == 0x72 || ci == 0x76) {
    if (data.size() < 12) return fail(Fault::truncated_data);
    const std::uint8_t mode = ci == 0x72 ? data[11] : data[10];
    if ((mode & kMode) != 0) return fail(Fault::no_key);
    found.push_back({ci == 0x72 ? Kind::bcd : Kind::bcd_high_first, 0, 4});
    records = 12;
  } else if (ci == 0x73) {
    if (data.size() < 8) return fail(Fault::truncated_data);
    found.push_back({Kind::bcd, 0, 4});
    return found;
  } else if (ci == 0x7a) {
    if (data.size() < 4) return fail(Fault::truncated_data);
    if ((data[3] & kMode) != 0) return fail(Fault::no_key);
    records = 4;
  }
  if (ci != 0x76) look_at_records(data, records, found);
  return found;
}

}  // namespace meterpipe::sim
