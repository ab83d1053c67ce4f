#include "wired/sml.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "base/crc16.hpp"

namespace meterpipe::wired {
namespace {

constexpr std::uint8_t kEscape = 0x1b;
constexpr std::size_t kEscapeSize = 4, kStartSize = 8, kTailSize = 8;
constexpr int kDeepest = 16;
constexpr std::size_t kMostElements = 16'384;
constexpr std::uint64_t kOpenResponse = 0x0101, kCloseResponse = 0x0201, kGetListResponse = 0x0701,
                        kAttentionResponse = 0xff01;

enum class ElementType : std::uint8_t { octets, boolean, signed_integer, unsigned_integer, list };

struct Element {
  ElementType type = ElementType::octets;
  Bytes bytes;  // of all but a list
  std::vector<Element> items;

  bool is_absent() const { return type == ElementType::octets && bytes.empty(); }
  bool is_list(std::size_t size) const { return type == ElementType::list && items.size() == size; }
  std::optional<std::uint64_t> number() const {
    if (type != ElementType::unsigned_integer) return std::nullopt;
    return integer_of(bytes);
  }
};

// The file without its escapes, its fill and its end.
Result<ByteVector> content_of(Bytes file) {
  constexpr std::uint8_t kEnd = 0x1a;
  if (!is_sml(file) || file.size() < kStartSize + kTailSize) {
    return fail(Fault::truncated_sml, 0, 0, file.size());
  }
  const Bytes tail = file.last(kTailSize);
  if (tail[kEscapeSize] != kEnd ||
      !std::ranges::all_of(tail.first(kEscapeSize), [](auto byte) { return byte == kEscape; })) {
    return fail(Fault::truncated_sml, 0, 0, file.size());
  }
  if (!fits_sml(file)) {
    const auto sent = static_cast<std::uint16_t>(tail[7] << 8 | tail[6]);
    return fail(Fault::bad_sml_crc, 0, crc16_x25(file.first(file.size() - 2)), sent);
  }
  const std::size_t fill = tail[5];
  const Bytes body = file.subspan(kStartSize, file.size() - kStartSize - kTailSize);
  ByteVector content;
  std::size_t run = 0;
  for (const std::uint8_t byte : body) {
    run = byte == kEscape ? run + 1 : 0;
    if (run == 2 * kEscapeSize) run = 0;
    if (run > kEscapeSize || (run == 0 && byte == kEscape)) continue;  // the second four
    content.push_back(byte);
  }
  if (fill > content.size()) return fail(Fault::truncated_sml, 0, 0, file.size());
  content.resize(content.size() - fill);
  return content;
}

class ElementReader {
 public:
  explicit ElementReader(Bytes content) : content_(content) {}

  bool at_end() const { return at_ == content_.size(); }
  std::size_t at() const { return at_; }
  // 00: the end of a message, or a byte of fill.
  bool take_end() {
    if (at_end() || content_[at_] != 0) return false;
    ++at_;
    return true;
  }

  Result<Element> read(int depth) {
    const std::size_t begin = at_;
    if (at_end()) return fail(Fault::bad_sml, begin);
    if (depth > kDeepest) return fail(Fault::too_deep, begin, kDeepest);
    if (++elements_ > kMostElements) return fail(Fault::bad_sml, begin, 0, content_[at_]);
    const std::uint8_t first = content_[at_++];
    if (first == 0) return Element{};  // the end of a message
    std::uint8_t tl = first;
    std::size_t length = tl & 0x0f;
    std::size_t tl_size = 1;
    while ((tl & 0x80) != 0) {
      if (at_end() || tl_size == 4) return fail(Fault::bad_sml, begin, 0, first);
      tl = content_[at_++];
      length = length << 4 | (tl & 0x0f);
      ++tl_size;
    }
    Element element;
    switch (first >> 4 & 7) {
      case 0: element.type = ElementType::octets; break;
      case 4: element.type = ElementType::boolean; break;
      case 5: element.type = ElementType::signed_integer; break;
      case 6: element.type = ElementType::unsigned_integer; break;
      case 7: element.type = ElementType::list; break;
      default: return fail(Fault::bad_sml, begin, 0, first);
    }
    if (element.type == ElementType::list) {
      if (length > content_.size() - at_) return fail(Fault::bad_sml, begin, 0, first);
      for (std::size_t i = 0; i < length; ++i) {
        auto item = read(depth + 1);
        if (!item) return item;
        element.items.push_back(std::move(*item));
      }
      return element;
    }
    if (length < tl_size || length - tl_size > content_.size() - at_) {
      return fail(Fault::bad_sml, begin, 0, first);
    }
    element.bytes = content_.subspan(at_, length - tl_size);
    at_ += element.bytes.size();
    const bool is_number = element.type != ElementType::octets;
    if (is_number && (element.bytes.empty() || element.bytes.size() > 8)) {
      return fail(Fault::bad_sml, begin, 0, first);
    }
    return element;
  }

 private:
  Bytes content_;
  std::size_t at_ = 0;
  std::size_t elements_ = 0;
};

ByteVector owned(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

std::optional<std::int64_t> signed_number(const Element& element) {
  if (element.type != ElementType::signed_integer) return std::nullopt;
  const std::uint64_t sign = std::uint64_t{1} << (element.bytes.size() * 8 - 1);
  return static_cast<std::int64_t>((integer_of(element.bytes) ^ sign) - sign);
}

std::optional<SmlTime> time_of(const Element& element) {
  constexpr std::uint64_t kIndex = 1, kUtc = 2, kLocal = 3;
  SmlTime time;
  if (const auto seconds = element.number()) {  // without a choice
    if (*seconds > 0xffffffff) return std::nullopt;
    time.seconds = static_cast<std::uint32_t>(*seconds);
    return time;
  }
  if (!element.is_list(2)) return std::nullopt;
  const auto choice = element.items[0].number();
  const Element& said = element.items[1];
  if (choice == kIndex || choice == kUtc) {
    const auto seconds = said.number();
    if (!seconds || *seconds > 0xffffffff) return std::nullopt;
    time.kind = choice == kIndex ? SmlTime::Kind::index : SmlTime::Kind::utc;
    time.seconds = static_cast<std::uint32_t>(*seconds);
    return time;
  }
  if (choice != kLocal || !said.is_list(3)) return std::nullopt;
  const auto seconds = said.items[0].number();
  const auto offset = signed_number(said.items[1]), season = signed_number(said.items[2]);
  const auto fits = [](std::int64_t minutes) { return minutes >= -1440 && minutes <= 1440; };
  if (!seconds || *seconds > 0xffffffff || !offset || !season || !fits(*offset) || !fits(*season)) {
    return std::nullopt;
  }
  time.kind = SmlTime::Kind::local;
  time.seconds = static_cast<std::uint32_t>(*seconds);
  time.offset = static_cast<std::int16_t>(*offset);
  time.season = static_cast<std::int16_t>(*season);
  return time;
}

// DZG DVS74, 1-0:16.7.0 in one or two bytes and hundredths of W.
bool is_doubtful(const SmlEntry& entry, Bytes server) {
  constexpr std::array<std::uint8_t, 6> kPower{1, 0, 16, 7, 0, 255};
  constexpr std::array<std::uint8_t, 3> kDzg{'D', 'Z', 'G'};
  return entry.type == SmlEntry::Type::signed_integer && entry.bytes.size() <= 2 &&
         (entry.bytes[0] & 0x80) != 0 && entry.scaler == -2 && entry.obis == kPower &&
         server.size() >= 5 && same(server.subspan(2, 3), kDzg);
}

std::optional<SmlEntry> entry_of(const Element& element, Bytes server) {
  if (!element.is_list(7) || element.items[0].bytes.size() != 6 ||
      element.items[0].type != ElementType::octets) {
    return std::nullopt;
  }
  const auto& items = element.items;
  SmlEntry entry;
  std::ranges::copy(items[0].bytes, entry.obis.begin());
  entry.status = items[1].number();
  if (const auto unit = items[3].number(); unit && *unit <= 0xff) {
    entry.unit = static_cast<std::uint8_t>(*unit);
  }
  const Element& value = items[5];
  const bool is_number =
      value.type == ElementType::signed_integer || value.type == ElementType::unsigned_integer;
  if (const auto scaler = signed_number(items[4]); scaler && *scaler >= -128 && *scaler <= 127) {
    entry.scaler = static_cast<std::int8_t>(*scaler);
  } else if (is_number && !items[4].is_absent()) {
    return std::nullopt;  // the number would be another one
  }
  if (!value.is_absent()) {
    switch (value.type) {
      case ElementType::octets: entry.type = SmlEntry::Type::octets; break;
      case ElementType::boolean: entry.type = SmlEntry::Type::boolean; break;
      case ElementType::signed_integer: entry.type = SmlEntry::Type::signed_integer; break;
      case ElementType::unsigned_integer: entry.type = SmlEntry::Type::unsigned_integer; break;
      case ElementType::list: entry.type = SmlEntry::Type::list; break;
    }
  }
  entry.bytes = owned(value.bytes);
  entry.doubtful_sign = is_doubtful(entry, server);
  return entry;
}

// Of a GetList response; nothing for another shape.
std::optional<SmlList> list_of(const Element& body) {
  if (!body.is_list(7) || body.items[4].type != ElementType::list) return std::nullopt;
  SmlList list;
  list.server = owned(body.items[1].bytes);
  list.name = owned(body.items[2].bytes);
  list.time = time_of(body.items[3]);
  for (const Element& item : body.items[4].items) {
    auto entry = entry_of(item, list.server);
    if (!entry) return std::nullopt;
    list.entries.push_back(std::move(*entry));
  }
  return list;
}

// A message that is no list; one that only opens or closes the file says less than another.
void note(const Element& body, Error& instead) {
  const auto tag = body.is_list(2) ? body.items[0].number() : std::nullopt;
  if (!tag || *tag <= 0xff || *tag == kOpenResponse || instead.found != kCloseResponse) return;
  instead.found = *tag;
  const Element& said = body.items[1];
  if (*tag != kAttentionResponse || !said.is_list(4)) return;
  const Bytes number = said.items[1].bytes;
  if (number.size() <= sizeof instead.expected) instead.expected = integer_of(number);
}

}  // namespace

std::string_view sml_message(std::uint64_t tag) {
  switch (tag) {
    case kCloseResponse: return "no more than its opening and its end";
    case kAttentionResponse: return "an attention response";
    case 0x0301: return "a profile pack";
    case 0x0401: return "a profile list";
    case 0x0501: return "parameters of the meter";
    case 0x0100:
    case 0x0200:
    case 0x0300:
    case 0x0400:
    case 0x0500:
    case 0x0600:
    case 0x0700: return "a request to the meter";
    default: return {};
  }
}

bool is_sml(Bytes bytes) {
  constexpr std::array<std::uint8_t, kStartSize> kStart{0x1b, 0x1b, 0x1b, 0x1b, 1, 1, 1, 1};
  return bytes.size() >= kStart.size() && same(bytes.first(kStart.size()), kStart);
}

Result<std::vector<SmlList>> parse_sml(Bytes file) {
  const auto content = content_of(file);
  if (!content) return tl::unexpected(content.error());
  ElementReader reader(*content);
  std::vector<SmlList> lists;
  Error instead{Fault::no_values, 0, 0, kCloseResponse};
  while (!reader.at_end()) {
    if (reader.take_end()) continue;
    const std::size_t begin = reader.at();
    const auto message = reader.read(0);
    if (!message) {
      Error error = message.error();
      error.offset += kStartSize;
      return tl::unexpected(error);
    }
    if (!message->is_list(6)) {
      return fail(Fault::bad_sml, kStartSize + begin, 0, (*content)[begin]);
    }
    const Element& body = message->items[3];
    const auto tag = body.is_list(2) ? body.items[0].number() : std::nullopt;
    if (tag != kGetListResponse) {
      note(body, instead);
      continue;
    }
    auto list = list_of(body.items[1]);
    if (!list) return fail(Fault::bad_sml, kStartSize + begin, 0, (*content)[begin]);
    lists.push_back(std::move(*list));
  }
  if (lists.empty()) return tl::unexpected(instead);
  return lists;
}

std::string number_of_server(Bytes server) {
  constexpr std::size_t kServerSize = 10;
  constexpr std::uint64_t kMost = 99'999'999;
  const auto is_letter = [](std::uint8_t c) { return c >= 'A' && c <= 'Z'; };
  if (server.size() == kServerSize && (server[0] == 0x09 || server[0] == 0x0a) && server[1] < 10 &&
      std::ranges::all_of(server.subspan(2, 3), is_letter)) {
    const std::uint64_t number = integer_of(server.subspan(6, 4));
    if (number <= kMost) {
      return fmt::format("{}{}{:02X}{:08}", server[1], as_text(server.subspan(2, 3)), server[5],
                         number);
    }
  }
  const auto is_printable = [](std::uint8_t c) { return c > 0x20 && c < 0x7f; };
  if (std::ranges::all_of(server, is_printable)) return std::string(as_text(server));
  return {};
}

}  // namespace meterpipe::wired
