#include "link/rsp_ud.hpp"

#include <algorithm>
#include <array>

#include "base/hex.hpp"

namespace meterpipe::link {
namespace {

struct Medium {
  std::uint8_t code;
  std::string_view name;
};

// EN 13757-3, device type identification.
constexpr std::array kMedia{
    Medium{0x00, "other"},      Medium{0x01, "oil"},          Medium{0x02, "electricity"},
    Medium{0x03, "gas"},        Medium{0x04, "heat"},         Medium{0x05, "steam"},
    Medium{0x06, "warm-water"}, Medium{0x07, "water"},        Medium{0x08, "heat-cost"},
    Medium{0x09, "air"},        Medium{0x0a, "cooling"},      Medium{0x0b, "cooling"},
    Medium{0x0c, "heat"},       Medium{0x0d, "heat-cooling"}, Medium{0x0e, "bus"},
    Medium{0x15, "hot-water"},  Medium{0x16, "cold-water"},   Medium{0x17, "dual-water"},
    Medium{0x18, "pressure"},   Medium{0x19, "ad-converter"}, Medium{0x28, "waste-water"},
    Medium{0x29, "garbage"},
};

constexpr bool media_are_sorted() {
  for (std::size_t i = 1; i < kMedia.size(); ++i) {
    if (kMedia[i - 1].code >= kMedia[i].code) return false;
  }
  return true;
}
static_assert(media_are_sorted());

std::string_view medium_name(std::uint8_t code) {
  const auto* row =
      std::ranges::find_if(kMedia, [code](const Medium& medium) { return medium.code == code; });
  return row == kMedia.end() ? "unknown" : row->name;
}

// The fixed data structure counts its media in its own way from 9 on (EN 1434-3): "mode 2" of some.
std::string_view fixed_medium_name(std::uint8_t code) {
  constexpr std::array<std::uint8_t, 5> kMode2{0x03, 0x04, 0x06, 0x07, 0x08};  // from 10 on
  constexpr std::uint8_t kFirst = 10, kReserved = 9;
  if (code == kReserved || code >= kFirst + kMode2.size()) return "unknown";
  return medium_name(code < kFirst ? code : kMode2[code - kFirst]);
}

ByteVector high_first(Bytes bytes, bool already) {
  ByteVector ordered(bytes.begin(), bytes.end());
  if (!already) std::reverse(ordered.begin(), ordered.end());
  return ordered;
}

std::string manufacturer_of(std::uint16_t code) {
  std::string text(3, ' ');
  for (int i = 2; i >= 0; --i) {
    text[static_cast<std::size_t>(i)] = static_cast<char>('@' + (code & 0x1f));
    code = static_cast<std::uint16_t>(code >> 5);
  }
  return text;
}

}  // namespace

std::optional<RspUd> read_rsp_ud(const Frame& frame) {
  if (frame.kind != FrameKind::mbus_long || (frame.c & 0xcf) != 0x08 || !frame.ci)
    return std::nullopt;
  const Bytes data = frame.data;
  RspUd answer;
  answer.has_header = true;
  switch (*frame.ci) {
    case 0x72:
    case 0x76: {
      if (data.size() < 12) return std::nullopt;
      const bool ordered = *frame.ci == 0x76;
      answer.id = to_hex(high_first(data.first(4), ordered));
      const ByteVector code = high_first(data.subspan(4, 2), ordered);
      answer.manufacturer = manufacturer_of(static_cast<std::uint16_t>(code[0] << 8 | code[1]));
      answer.version = data[6];
      answer.medium = medium_name(data[7]);
      answer.access = data[8];
      answer.status = data[9];
      return answer;
    }
    case 0x73: {
      if (data.size() < 8) return std::nullopt;
      answer.id = to_hex(high_first(data.first(4), false));
      answer.access = data[4];
      answer.status = data[5];
      // The medium's four bits are the upper pairs of the two unit bytes.
      answer.medium =
          fixed_medium_name(static_cast<std::uint8_t>(data[6] >> 6 | (data[7] >> 6) << 2));
      return answer;
    }
    case 0x7a:
      if (data.size() < 4) return std::nullopt;
      answer.access = data[0];
      answer.status = data[1];
      return answer;
    case 0x78: answer.has_header = false; return answer;
    default: return std::nullopt;
  }
}

}  // namespace meterpipe::link
