#include "wired/header.hpp"

#include <algorithm>

#include "base/hex.hpp"
#include "wired/afl.hpp"

namespace meterpipe::wired {
namespace {

struct Medium {
  std::uint8_t code;
  std::string_view name;
};

// EN 13757-3, device type identification. Heat and cooling meters stand in the outlet if nothing
// else is said.
constexpr std::array kMedia{
    Medium{0x00, "other"},
    Medium{0x01, "oil"},
    Medium{0x02, "electricity"},
    Medium{0x03, "gas"},
    Medium{0x04, "heat"},
    Medium{0x05, "steam"},
    Medium{0x06, "warm-water"},
    Medium{0x07, "water"},
    Medium{0x08, "heat-cost-allocator"},
    Medium{0x09, "air"},
    Medium{0x0a, "cooling"},
    Medium{0x0b, "cooling-inlet"},
    Medium{0x0c, "heat-inlet"},
    Medium{0x0d, "heat-cooling"},
    Medium{0x0e, "bus-system"},
    Medium{0x0f, "unknown"},
    Medium{0x10, "irrigation"},
    Medium{0x11, "water-logger"},
    Medium{0x12, "gas-logger"},
    Medium{0x13, "gas-converter"},
    Medium{0x14, "calorific-value"},
    Medium{0x15, "hot-water"},
    Medium{0x16, "cold-water"},
    Medium{0x17, "dual-water"},
    Medium{0x18, "pressure"},
    Medium{0x19, "ad-converter"},
    Medium{0x1a, "smoke-detector"},
    Medium{0x1b, "room-sensor"},
    Medium{0x1c, "gas-detector"},
    Medium{0x20, "breaker"},
    Medium{0x21, "valve"},
    Medium{0x25, "customer-unit"},
    Medium{0x28, "waste-water"},
    Medium{0x29, "garbage"},
    Medium{0x2a, "carbon-dioxide"},
    Medium{0x31, "communication-controller"},
    Medium{0x32, "repeater"},
    Medium{0x33, "repeater"},
    Medium{0x36, "radio-converter"},
    Medium{0x37, "radio-converter"},
    Medium{0x38, "wired-adapter"},
};
static_assert(std::ranges::is_sorted(kMedia, {}, &Medium::code));

// The fixed data structure counts its media in its own way from 10 on (EN 1434-3): "mode 2" of
// some.
std::uint8_t medium_of_fixed(std::uint8_t code) {
  constexpr std::array<std::uint8_t, 5> kMode2{0x03, 0x04, 0x06, 0x07, 0x08};
  constexpr std::uint8_t kFirst = 10, kReserved = 9, kUnknown = 0x0f;
  if (code == kReserved || code >= kFirst + kMode2.size()) return kUnknown;
  return code < kFirst ? code : kMode2[code - kFirst];
}

ByteVector low_first(Bytes bytes, bool high_first) {
  ByteVector ordered(bytes.begin(), bytes.end());
  if (high_first) std::ranges::reverse(ordered);
  return ordered;
}

std::string digits_of(Bytes id, bool high_first) {
  const ByteVector ordered = low_first(id, !high_first);  // as one reads them
  return to_hex(ordered);
}

// Bit 15 says that the address is not unique; it is no letter.
std::string manufacturer_of(std::uint16_t code) {
  code &= 0x7fff;
  if (code == 0) return {};
  std::string text(3, ' ');
  for (int i = 2; i >= 0; --i) {
    text[static_cast<std::size_t>(i)] = static_cast<char>('@' + (code & 0x1f));
    code = static_cast<std::uint16_t>(code >> 5);
  }
  return text;
}

bool says_blocks(const Header& header, Bytes data, std::size_t block) {
  const std::size_t ciphered = header.config & 0xff;
  return ciphered != 0 && ciphered % block == 0 && ciphered <= data.size();
}

constexpr std::array<std::string_view, 10> kApplicationErrors{
    "unspecified",         "CI not implemented", "buffer too long",    "too many records",
    "premature end",       "more than 10 DIFEs", "more than 10 VIFEs", "reserved",
    "busy with a readout", "too many readouts"};

}  // namespace

bool is_meter_message(std::uint8_t c, std::uint8_t ci) {
  if ((c & 0xcf) == 0x08) {
    switch (ci) {
      case 0x70:
      case 0x71:
      case 0x72:
      case 0x73:
      case 0x76:
      case 0x77:
      case 0x78:
      case 0x7a:
      case 0x90: return true;
      default: return false;
    }
  }
  return (c == 0x53 || c == 0x73) && ci == 0x5b;
}

std::optional<Header> parse_header(std::uint8_t ci, Bytes data) {
  constexpr std::size_t kLong = 12, kShort = 4, kFixed = 16;
  Header header;
  header.high_first = ci == 0x76 || ci == 0x77;
  switch (ci) {
    case 0x72:
    case 0x76:
    case 0x5b: {
      if (data.size() < kLong) return std::nullopt;
      header.form = HeaderForm::long_form;
      header.size = kLong;
      header.id = digits_of(data.first(4), header.high_first);
      const ByteVector id = low_first(data.first(4), header.high_first);
      const ByteVector maker = low_first(data.subspan(4, 2), header.high_first);
      header.manufacturer = manufacturer_of(static_cast<std::uint16_t>(maker[1] << 8 | maker[0]));
      header.version = data[6];
      header.medium = data[7];
      header.access_at = 8;
      header.access = data[header.access_at];
      header.status = data[9];
      header.config = static_cast<std::uint16_t>(data[11] << 8 | data[10]);
      overwrite(header.title, 0, maker);
      overwrite(header.title, 2, id);
      overwrite(header.title, 6, data.subspan(6, 2));
      return header;
    }
    case 0x7a:
    case 0x5a:
      if (data.size() < kShort) return std::nullopt;
      header.form = HeaderForm::short_form;
      header.size = kShort;
      header.access_at = 0;
      header.access = data[header.access_at];
      header.status = data[1];
      header.config = static_cast<std::uint16_t>(data[3] << 8 | data[2]);
      return header;
    case 0x73:
    case 0x77:
      if (data.size() < kFixed / 2) return std::nullopt;
      header.form = HeaderForm::fixed;
      header.size = kFixed / 2;
      header.id = digits_of(data.first(4), header.high_first);
      header.access_at = 4;
      header.access = data[header.access_at];
      header.status = data[5];
      // The medium's four bits are the upper pairs of the two unit bytes.
      header.medium =
          medium_of_fixed(static_cast<std::uint8_t>(data[6] >> 6 | (data[7] >> 6) << 2));
      return header;
    case 0x90: {
      const auto afl = parse_afl(data);
      if (!afl || afl->size >= data.size() || data[afl->size] == 0x90) return std::nullopt;
      auto inner = parse_header(data[afl->size], data.subspan(afl->size + 1));
      if (inner) {
        inner->size += afl->size + 1;
        inner->access_at += afl->size + 1;
      }
      return inner;
    }
    case 0x78: return header;
    case 0x70: header.form = HeaderForm::error; return header;
    case 0x71: header.form = HeaderForm::alarm; return header;
    default: return std::nullopt;
  }
}

bool is_ciphered(const Header& header, std::uint8_t ci, Bytes data) {
  if (header.form != HeaderForm::long_form && header.form != HeaderForm::short_form) return false;
  if (data.empty()) return false;
  switch (header.mode()) {
    // DES, and AES without an IV, of before EN 13757-3:2013: the low byte says how many bytes,
    // whole blocks. Where it cannot, the field is one that holds anything.
    case 2:
    case 3: return says_blocks(header, data, 8);
    case 4: return says_blocks(header, data, 16);
    case 5: return header.blocks() != 0;
    case 7:
    case 8:
    case 9:
    case 10:
    case 13: return true;
    default:
      // The demonstration frame of AMIS says mode 0 and is ciphered; plain ones begin with fillers.
      return ci == 0x5b && header.manufacturer == "SAM" && data[0] != 0x2f;
  }
}

void name(Header& header, Bytes title) {
  overwrite(header.title, 0, title);
  header.id = digits_of(title.subspan(2, 4), false);
}

std::string_view medium_name(std::uint8_t medium) {
  const auto* row = std::ranges::lower_bound(kMedia, medium, {}, &Medium::code);
  return row == kMedia.end() || row->code != medium ? "unknown" : row->name;
}

std::vector<std::string_view> status_names(const Header& header) {
  // Of the fixed structure the lowest bits say how it counts, and of when (EN 1434-3).
  constexpr std::uint8_t kHowItCounts = 3;
  std::uint8_t status = header.status;
  if (header.form == HeaderForm::fixed) status &= static_cast<std::uint8_t>(~kHowItCounts);
  constexpr std::array<std::string_view, 4> kLow{"", "busy", "application-error", "alarm"};
  constexpr std::array<std::string_view, 6> kBits{"power-low", "permanent-error", "temporary-error",
                                                  "bit-5",     "bit-6",           "bit-7"};
  std::vector<std::string_view> names;
  if ((status & 3) != 0) names.push_back(kLow[status & 3]);
  for (std::size_t bit = 0; bit < kBits.size(); ++bit) {
    if ((status >> (bit + 2) & 1) != 0) names.push_back(kBits[bit]);
  }
  return names;
}

std::string_view application_error(std::uint8_t code) {
  return code < kApplicationErrors.size() ? kApplicationErrors[code] : std::string_view();
}

}  // namespace meterpipe::wired
