#include "decode/sml_reading.hpp"

#include <algorithm>
#include <array>

#include "base/civil.hpp"
#include "base/hex.hpp"

namespace meterpipe::decode {
namespace {

using axdr::Tag;
using wired::SmlEntry;

// The type of so many bytes; the next larger one that there is.
Tag tag_of(bool is_signed, std::size_t size) {
  if (size <= 1) return is_signed ? Tag::integer : Tag::unsigned_;
  if (size <= 2) return is_signed ? Tag::long_ : Tag::long_unsigned;
  if (size <= 4) return is_signed ? Tag::double_long : Tag::double_long_unsigned;
  return is_signed ? Tag::long64 : Tag::long64_unsigned;
}

std::size_t size_of(std::size_t size) { return size <= 2 ? size : size <= 4 ? 4 : 8; }

void add_value(const SmlEntry& entry, SmlReading& out) {
  axdr::Node node{};
  node.start = node.offset = static_cast<std::uint32_t>(out.bytes.size());
  switch (entry.type) {
    case SmlEntry::Type::absent:
    case SmlEntry::Type::list: node.tag = Tag::null_data; break;
    case SmlEntry::Type::octets: node.tag = Tag::octet_string; break;
    case SmlEntry::Type::boolean: node.tag = Tag::boolean; break;
    case SmlEntry::Type::signed_integer:
    case SmlEntry::Type::unsigned_integer: {
      const bool is_signed = entry.type == SmlEntry::Type::signed_integer;
      node.tag = tag_of(is_signed, entry.bytes.size());
      const bool is_negative = is_signed && (entry.bytes[0] & 0x80) != 0;
      out.bytes.insert(out.bytes.end(), size_of(entry.bytes.size()) - entry.bytes.size(),
                       is_negative ? std::uint8_t{0xff} : std::uint8_t{0});
      break;
    }
  }
  if (node.tag != Tag::null_data) append(out.bytes, entry.bytes);
  node.size = static_cast<std::uint32_t>(out.bytes.size()) - node.offset;
  node.next = static_cast<std::uint32_t>(out.nodes.size()) + 1;
  readings::Value value;
  value.obis = cosem::Obis::of(entry.obis);
  value.node = static_cast<std::uint32_t>(out.nodes.size());
  const bool is_number = axdr::type_of(node.tag).number != axdr::Number::none;
  if (is_number && (entry.unit || entry.scaler != 0)) {
    value.has_unit = true;
    value.scaler = entry.scaler;
    value.unit = entry.unit.value_or(255);
  }
  out.nodes.push_back(node);
  out.values.push_back(value);
  out.extras.push_back({entry.status, entry.doubtful_sign});
}

void set_time(const wired::SmlTime& time, SmlReading& out) {
  if (time.kind == wired::SmlTime::Kind::index) {
    out.running_s = time.seconds;
    return;
  }
  const int minutes = time.offset + time.season;
  std::array<char, kCivilChars + kOffsetChars> text{};
  char* end = write_civil(text.data(), civil_time(std::int64_t{time.seconds} + minutes * 60));
  end = write_offset(end, minutes);
  out.time.assign(text.data(), end);
}

// What is there of the server already, or a new one.
SmlReading& reading_of(const ByteVector& server, std::vector<SmlReading>& readings) {
  if (server.empty() && !readings.empty()) return readings.back();
  const auto known = std::ranges::find(readings, server, &SmlReading::server);
  if (known != readings.end()) return *known;
  const bool is_named_now = readings.size() == 1 && readings.front().server.empty();
  SmlReading& out = is_named_now ? readings.front() : readings.emplace_back();
  out.server = server;
  if (!server.empty()) out.meter = wired::number_of_server(server);
  if (out.meter.empty()) out.meter = to_hex(server);
  return out;
}

}  // namespace

Result<std::vector<SmlReading>> read_sml(Bytes file) {
  const auto lists = wired::parse_sml(file);
  if (!lists) return tl::unexpected(lists.error());
  std::vector<SmlReading> readings;
  for (const wired::SmlList& list : *lists) {
    SmlReading& out = reading_of(list.server, readings);
    if (list.time) set_time(*list.time, out);
    for (const SmlEntry& entry : list.entries) add_value(entry, out);
  }
  return readings;
}

}  // namespace meterpipe::decode
