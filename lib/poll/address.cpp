#include "poll/address.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/hex.hpp"
#include "base/pieces.hpp"
#include "base/whole_number.hpp"

namespace meterpipe::poll {
namespace {

constexpr std::size_t kId = 4, kMan = 4, kVersion = 6, kMedium = 7;
constexpr std::uint8_t kAny = 0xff;
constexpr std::uint32_t kSlowest = 300, kFastest = 38400;  // EN 13757-2

using Refusal = tl::unexpected<std::string>;

bool is_any(std::string_view part) { return part.empty() || part == "*"; }

// Three letters in 15 bits, five each (EN 62056-21); four hex digits where they are none.
std::optional<unsigned> code_of(std::string_view letters) {
  if (letters.size() == 4) return whole_number<unsigned>(letters, 16);
  if (letters.size() != 3) return std::nullopt;
  unsigned code = 0;
  for (const char c : letters) {
    if (!is_letter(static_cast<unsigned char>(c))) return std::nullopt;
    code = code << 5 | static_cast<unsigned>(upper(c) - '@');
  }
  return code;
}

std::string manufacturer_text(unsigned code) {
  if (code == 0xffff) return "*";
  std::string letters;
  for (const int shift : {10, 5, 0}) letters += static_cast<char>('@' + (code >> shift & 0x1f));
  return code_of(letters) == code ? letters : fmt::format("{:04x}", code);
}

bool set_manufacturer(SecondaryAddress& address, std::string_view letters) {
  const auto known = code_of(letters);
  if (!known) return false;
  const unsigned code = *known;
  address.bytes[kMan] = static_cast<std::uint8_t>(code);
  address.bytes[kMan + 1] = static_cast<std::uint8_t>(code >> 8);
  return true;
}

bool set_byte(SecondaryAddress& address, std::size_t at, std::string_view digits) {
  const auto byte = from_hex(digits);
  if (!byte || byte->size() != 1) return false;
  address.bytes[at] = byte->front();
  return true;
}

bool set_id(SecondaryAddress& address, std::string_view digits) {
  const auto id = from_hex(digits);
  if (!id || id->size() != kId) return false;
  std::reverse_copy(id->begin(), id->end(), address.bytes.begin());
  return true;
}

tl::expected<SecondaryAddress, std::string> parse_secondary(std::string_view text) {
  SecondaryAddress address;
  std::string_view rest = text;
  const std::string_view id = take_piece(rest, '-');
  if (rest.empty() && id.size() == 2 * address.bytes.size()) {
    const auto tail = from_hex(id.substr(kDigits));
    if (tail && set_id(address, id.substr(0, kDigits))) {
      std::ranges::copy(*tail, address.bytes.begin() + kId);
      return address;
    }
  }
  if (!set_id(address, id)) {
    return Refusal(fmt::format(
        "'{}' is no address: 0 to {}, or the 8 digits of a meter's number (F for any digit), with "
        "its manufacturer, version and medium if need be (12345678-KAM-1b-04)",
        text, kLastPrimary));
  }
  const std::string_view manufacturer = take_piece(rest, '-');
  const std::string_view version = take_piece(rest, '-');
  if (!is_any(manufacturer) && !set_manufacturer(address, manufacturer)) {
    return Refusal(fmt::format("'{}': '{}' are not the three letters of a manufacturer, nor *",
                               text, manufacturer));
  }
  if (!is_any(version) && !set_byte(address, kVersion, version)) {
    return Refusal(
        fmt::format("'{}': the version '{}' are not two hex digits, nor *", text, version));
  }
  if (!is_any(rest) && !set_byte(address, kMedium, rest)) {
    return Refusal(fmt::format("'{}': the medium '{}' are not two hex digits, nor *", text, rest));
  }
  return address;
}

std::string byte_text(std::uint8_t byte) {
  return byte == kAny ? std::string("*") : fmt::format("{:02x}", byte);
}

}  // namespace

std::uint8_t SecondaryAddress::digit(std::size_t index) const {
  const std::uint8_t byte = bytes[(kDigits - 1 - index) / 2];
  return index % 2 == 0 ? byte >> 4 : byte & 0x0f;
}

void SecondaryAddress::set_digit(std::size_t index, std::uint8_t digit) {
  std::uint8_t& byte = bytes[(kDigits - 1 - index) / 2];
  byte = static_cast<std::uint8_t>(index % 2 == 0 ? (byte & 0x0f) | digit << 4
                                                  : (byte & 0xf0) | digit);
}

bool SecondaryAddress::has_wildcards() const {
  for (std::size_t i = 0; i < kDigits; ++i) {
    if (digit(i) == 0x0f) return true;
  }
  return std::any_of(bytes.begin() + kId, bytes.end(), [](auto byte) { return byte == kAny; });
}

bool matches(const SecondaryAddress& mask, const SecondaryAddress& meter) {
  for (std::size_t i = 0; i < kDigits; ++i) {
    const std::uint8_t wanted = mask.digit(i), there = meter.digit(i);
    if (wanted != 0x0f && there != 0x0f && wanted != there) return false;
  }
  const bool has_manufacturer = meter.bytes[kMan] != kAny || meter.bytes[kMan + 1] != kAny;
  for (std::size_t i = kId; i < mask.bytes.size(); ++i) {
    const bool is_said = i < kVersion ? has_manufacturer : meter.bytes[i] != kAny;
    if (mask.bytes[i] != kAny && is_said && mask.bytes[i] != meter.bytes[i]) return false;
  }
  return true;
}

// address = (primary | secondary) [ "@" baud ]
//   5   1234FFFF   12345678-KAM-*-04@300
tl::expected<MeterAddress, std::string> parse_meter_address(std::string_view text) {
  MeterAddress address;
  std::string_view rest = text;
  const bool has_rate = text.find('@') != std::string_view::npos;
  const std::string_view who = take_piece(rest, '@');
  if (has_rate) {
    address.baud = whole_number<std::uint32_t>(rest);
    if (!address.baud || *address.baud < kSlowest || *address.baud > kFastest) {
      return Refusal(fmt::format("'{}': '{}' is no baud rate of an M-Bus ({} to {})", text, rest,
                                 kSlowest, kFastest));
    }
  }
  if (who.size() <= 3) {
    const auto number = whole_number<unsigned>(who);
    if (number && *number > kLastPrimary) {
      return Refusal(fmt::format("'{}': a meter has an address from 0 to {}", text, kLastPrimary));
    }
    if (number) {
      address.primary = static_cast<std::uint8_t>(*number);
      return address;
    }
  }
  const auto secondary = parse_secondary(who);
  if (!secondary) return Refusal(secondary.error());
  address.secondary = *secondary;
  return address;
}

std::string to_string(const SecondaryAddress& address) {
  std::string text;
  for (std::size_t i = 0; i < kDigits; ++i) text += fmt::format("{:X}", address.digit(i));
  const unsigned code = address.bytes[kMan] | unsigned{address.bytes[kMan + 1]} << 8;
  const auto& bytes = address.bytes;
  const bool ends_here =
      std::all_of(bytes.begin() + kId, bytes.end(), [](auto byte) { return byte == kAny; });
  if (ends_here) return text;
  return fmt::format("{}-{}-{}-{}", text, manufacturer_text(code), byte_text(bytes[kVersion]),
                     byte_text(bytes[kMedium]));
}

std::string to_string(const MeterAddress& address) {
  std::string text =
      address.primary ? std::to_string(*address.primary) : to_string(address.secondary);
  if (address.baud) text += fmt::format("@{}", *address.baud);
  return text;
}

std::optional<SecondaryAddress> identity_of(std::uint8_t ci, Bytes data) {
  const bool is_long = ci == 0x72 || ci == 0x76;
  SecondaryAddress address;
  if (data.size() < (is_long ? address.bytes.size() : kId)) return std::nullopt;
  if (is_long || ci == 0x73 || ci == 0x77) {
    std::ranges::copy(data.first(is_long ? address.bytes.size() : kId), address.bytes.begin());
    if (ci == 0x76 || ci == 0x77) std::reverse(address.bytes.begin(), address.bytes.begin() + kId);
    if (ci == 0x76) std::swap(address.bytes[kMan], address.bytes[kMan + 1]);
    return address;
  }
  return std::nullopt;
}

}  // namespace meterpipe::poll
