#include "views/asn_text.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "base/hex.hpp"
#include "base/reader.hpp"
#include "cosem/clock.hpp"
#include "cosem/units.hpp"
#include "readings/shown.hpp"

namespace meterpipe::views {
namespace {

using apdu::Leaf;
using axdr::Tag;

// "2022-11-12 16:54:00", in the meter's own time.
std::string clock_comment(std::optional<cosem::Clock> clock) {
  if (!clock) return {};
  clock->deviation.reset();
  std::string text = clock->iso();
  text[10] = ' ';
  return text;
}

std::string name_comment(Bytes bytes, char dot) {
  std::string numbers;
  if (bytes.size() != 6) return numbers;
  for (const std::uint8_t byte : bytes) numbers += fmt::format("{}{}", byte, dot);
  numbers.pop_back();
  return numbers;
}

std::string data_comment(const Leaf& leaf, Bytes apdu, char dot) {
  const readings::Shown shown = readings::shown_of(*leaf.node, apdu);
  using readings::ShownAs;
  switch (shown.as) {
    case ShownAs::number: {
      const std::string_view unit = leaf.is_unit ? cosem::unit_name(leaf.bytes[0]) : "";
      return unit.empty() ? shown.word() : fmt::format("{}, {}", shown.word(), unit);
    }
    case ShownAs::boolean:
    case ShownAs::time:
    case ShownAs::bits: return shown.word();
    case ShownAs::clock:
      return shown.by_type && shown.clock ? shown.word() : clock_comment(shown.clock);
    case ShownAs::text:
      return shown.text.empty() ? name_comment(shown.bytes, dot) : std::string(shown.text);
    case ShownAs::bytes: return name_comment(shown.bytes, dot);
    case ShownAs::null:
    case ShownAs::container: return {};
  }
  return {};
}

bool is_printable(Bytes bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t c) { return c >= 0x20 && c < 0x7f; });
}

}  // namespace

std::string camel_case(std::string_view name) {
  std::string text;
  bool upper = true;
  for (const char c : name) {
    if (c == '-') {
      upper = true;
    } else {
      text += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
      upper = false;
    }
  }
  return text;
}

std::uint64_t number_of(const Leaf& leaf) {
  return Reader(leaf.bytes).unsigned_of(leaf.bytes.size());
}

std::int64_t integer_of(const Leaf& leaf) {
  const auto shift = 64 - 8 * leaf.bytes.size();
  return static_cast<std::int64_t>(number_of(leaf) << shift) >> shift;
}

std::string dotted(Bytes oid) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 56;
  std::string text;
  std::uint64_t arc = 0;
  for (const std::uint8_t byte : oid) {
    if (arc >= kMost) return to_hex(oid);
    arc = arc << 7 | (byte & 0x7fU);
    if ((byte & 0x80) != 0) continue;
    if (text.empty()) {
      const std::uint64_t first = std::min<std::uint64_t>(arc / 40, 2);
      text = fmt::format("{}.{}", first, arc - first * 40);
    } else {
      text += fmt::format(".{}", arc);
    }
    arc = 0;
  }
  const bool ended = !oid.empty() && (oid.back() & 0x80) == 0;
  return ended ? text : to_hex(oid);
}

std::vector<std::string> conformance_names(Bytes bits) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < apdu::kConformanceBits.size() && i / 8 < bits.size(); ++i) {
    if ((bits[i / 8] >> (7 - i % 8) & 1) == 0) continue;
    const std::string_view name = apdu::kConformanceBits[i];
    names.push_back(name.empty() ? fmt::format("bit-{}", i) : std::string(name));
  }
  return names;
}

std::string ber_bits(Bytes bytes) {
  std::string text;
  if (bytes.empty()) return text;
  const std::size_t count = (bytes.size() - 1) * 8 - std::min<std::size_t>(bytes[0], 7);
  for (std::size_t i = 0; i < count; ++i) {
    text += (bytes[1 + i / 8] >> (7 - i % 8) & 1) != 0 ? '1' : '0';
  }
  return text;
}

std::string comment_of(const Leaf& leaf, Bytes apdu, char dot) {
  switch (leaf.kind) {
    case Leaf::Kind::bytes:
      return leaf.name == "instance-id" ? name_comment(leaf.bytes, dot) : std::string();
    case Leaf::Kind::number:
    case Leaf::Kind::invoke: return std::to_string(number_of(leaf));
    case Leaf::Kind::integer: return std::to_string(integer_of(leaf));
    case Leaf::Kind::boolean: return leaf.bytes[0] != 0 ? "true" : "false";
    case Leaf::Kind::enumeration:
      return leaf.value_name.empty() ? std::to_string(number_of(leaf))
                                     : std::string(leaf.value_name);
    case Leaf::Kind::text:
      return is_printable(leaf.bytes) ? std::string(as_text(leaf.bytes)) : std::string();
    case Leaf::Kind::clock: return clock_comment(cosem::parse_clock(leaf.bytes));
    case Leaf::Kind::conformance:
      return fmt::format("{}", fmt::join(conformance_names(leaf.bytes), ", "));
    case Leaf::Kind::bits: return ber_bits(leaf.bytes);
    case Leaf::Kind::oid:
      return leaf.value_name.empty() ? dotted(leaf.bytes) : std::string(leaf.value_name);
    case Leaf::Kind::nothing: return {};
    case Leaf::Kind::data: return data_comment(leaf, apdu, dot);
  }
  return {};
}

void add_comment(Buffer& out, std::string text) {
  // U+FFFE and U+FFFF are no characters of XML 1.0 (2.2).
  for (const char* none : {"\xef\xbf\xbe", "\xef\xbf\xbf"}) {
    for (std::size_t at; (at = text.find(none)) != std::string::npos;) text.replace(at, 3, "?");
  }
  for (std::size_t at; (at = text.find("--")) != std::string::npos;) text.insert(at + 1, " ");
  out.add("<!-- ", text, " -->");
}

}  // namespace meterpipe::views
