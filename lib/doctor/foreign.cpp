#include "doctor/foreign.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "base/ascii.hpp"
#include "base/crc16.hpp"

namespace meterpipe::doctor {
namespace {

constexpr std::size_t kLongestModbus = 256;

constexpr std::array<std::uint16_t, 256> kModbusTable = [] {
  std::array<std::uint16_t, 256> table{};
  for (unsigned i = 0; i < table.size(); ++i) {
    unsigned crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xa001U : crc >> 1;
    table[i] = static_cast<std::uint16_t>(crc);
  }
  return table;
}();

bool fits_modbus(Bytes rest, std::size_t size) {
  if (size > rest.size() || size > kLongestModbus) return false;
  unsigned crc = 0xffff;
  for (const std::uint8_t byte : rest.first(size - 2)) {
    crc = crc >> 8 ^ kModbusTable[(crc ^ byte) & 0xff];
  }
  return (rest[size - 2] | rest[size - 1] << 8) == static_cast<int>(crc);
}

// Size of the Modbus frame that begins here; 0: none does.
std::size_t modbus_size(Bytes rest) {
  if (rest.size() < 5 || rest[0] > 247) return 0;
  const unsigned function = rest[1];
  std::array<std::size_t, 2> sizes{};
  switch (function) {
    case 1:
    case 2:
    case 3:
    case 4: sizes = {8, std::size_t{5} + rest[2]}; break;
    case 5:
    case 6: sizes = {8, 0}; break;
    case 7:
    case 11:
    case 12:
    case 17: sizes = {4, std::size_t{5} + rest[2]}; break;
    case 15:
    case 16: sizes = {8, rest.size() > 6 ? std::size_t{9} + rest[6] : 0}; break;
    case 22: sizes = {10, 0}; break;
    case 23:
      sizes = {std::size_t{5} + rest[2], rest.size() > 10 ? std::size_t{13} + rest[10] : 0};
      break;
    default:
      if ((function & 0x80) == 0 || (function & 0x7f) == 0 || (function & 0x7f) > 24 ||
          rest[2] == 0 || rest[2] > 11) {
        return 0;
      }
      sizes = {5, 0};
  }
  for (const std::size_t size : sizes) {
    if (size >= 4 && fits_modbus(rest, size)) return size;
  }
  return 0;
}

void look_for_modbus(Bytes bytes, Foreign& out) {
  std::size_t end = bytes.size() + 1;  // of the frame before
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t size = modbus_size(bytes.subspan(at));
    if (size == 0) {
      ++at;
      continue;
    }
    ++out.modbus_frames;
    out.modbus_bytes += size;
    if (at == end) ++out.modbus_in_a_row;
    at = end = at + size;
  }
}

bool is_here(Bytes bytes, std::size_t at, std::initializer_list<std::uint8_t> what) {
  return bytes.size() - at >= what.size() &&
         std::equal(what.begin(), what.end(), bytes.begin() + at);
}

void look_for_sml(Bytes bytes, Foreign& out) {
  constexpr std::size_t kMark = 8;
  std::size_t start = bytes.size();
  for (std::size_t at = 0; at + kMark <= bytes.size(); ++at) {
    // 1-0:… and 129-129:…, as all electricity meters have them.
    const bool is_entry =
        is_here(bytes, at, {0x77, 0x07}) &&
        (is_here(bytes, at + 2, {0x01, 0x00}) || is_here(bytes, at + 2, {0x81, 0x81}));
    if (is_entry) ++out.sml_entries;
    if (is_here(bytes, at, {0x1b, 0x1b, 0x1b, 0x1b, 0x1a}) && bytes[at + 5] <= 3) ++out.sml_ends;
    if (bytes[at] != 0x1b) continue;
    if (is_here(bytes, at, {0x1b, 0x1b, 0x1b, 0x1b, 1, 1, 1, 1})) {
      ++out.sml_starts;
      start = at;
      at += kMark - 1;
    } else if (start < at && is_here(bytes, at, {0x1b, 0x1b, 0x1b, 0x1b, 0x1a}) &&
               bytes[at + 5] <= 3) {
      const Bytes file = bytes.subspan(start, at + kMark - start);
      const int high_first = bytes[at + 6] << 8 | bytes[at + 7];
      const bool fits = fits_sml(file) || crc16_x25(file.first(file.size() - 2)) == high_first;
      ++(fits ? out.sml_whole : out.sml_bad_crc);
      start = bytes.size();
      at += kMark - 1;
    }
  }
}

void look_for_oms(Bytes bytes, Foreign& out) {
  for (std::size_t at = 0; at + 5 <= bytes.size(); ++at) {
    const Bytes rest = bytes.subspan(at);
    if (rest[0] == 0x10) {
      const auto sum = static_cast<std::uint8_t>(rest[1] + rest[2]);
      if (rest[4] != 0x16 || rest[3] != sum) continue;
      if (rest[1] == 0x40) ++out.oms_resets;
      if (rest[1] == 0x5b || rest[1] == 0x7b) ++out.requests;
      if (rest[1] == 0x40 || rest[1] == 0x5b || rest[1] == 0x7b) at += 4;
    } else if (rest[0] == 0x68 && rest[3] == 0x68 && rest[1] == rest[2] && rest[1] >= 15 &&
               rest.size() >= rest[1] + std::size_t{6}) {
      const Bytes frame = rest.first(rest[1] + std::size_t{6});
      std::uint8_t sum = 0;
      for (const std::uint8_t byte : frame.subspan(4, rest[1])) {
        sum = static_cast<std::uint8_t>(sum + byte);
      }
      const bool is_ciphered = (frame[4] & 0xdf) == 0x53 && frame[6] == 0x5b;
      if (is_ciphered && frame.back() == 0x16 && frame[frame.size() - 2] == sum) {
        ++out.oms_frames;
        at += frame.size() - 1;
      }
    }
  }
}

bool is_text_byte(std::uint8_t c) {
  return (c >= 0x20 && c < 0x7f) || c == '\r' || c == '\n' || (c >= 1 && c <= 6) || c == 0x15;
}

// [A-B:]C.D[.E][*F](  with the place of the parenthesis found already: looks back from it.
bool is_obis_before(Bytes bytes, std::size_t parenthesis) {
  std::size_t at = parenthesis, dots = 0, digits = 0;
  while (at > 0 && parenthesis - at < 24) {
    const std::uint8_t c = bytes[at - 1];
    if (c == '.') {
      if (digits == 0) return false;
      ++dots;
      digits = 0;
    } else if (is_digit(c)) {
      if (++digits > 3) return false;
    } else if (c == ':' || c == '*' || c == '-' || (c >= 'A' && c <= 'F')) {
      digits = c >= 'A' ? digits + 1 : 0;
    } else {
      break;
    }
    --at;
  }
  return dots >= 1 && digits >= 1;
}

void look_for_text(Bytes bytes, Foreign& out) {
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const std::uint8_t c = bytes[at];
    if (!is_text_byte(c)) continue;
    ++out.printable;
    if (c == '(' && is_obis_before(bytes, at)) ++out.text_lines;
    if (c == '!') ++out.text_ends;
    if (c == '/' && at + 5 <= bytes.size() && is_letter(bytes[at + 1]) &&
        is_letter(bytes[at + 2]) && is_letter(bytes[at + 3]) && is_digit(bytes[at + 4])) {
      ++out.text_heads;
    }
  }
}

}  // namespace

Foreign look_for_foreign(Bytes bytes) {
  Foreign out;
  look_for_modbus(bytes, out);
  look_for_sml(bytes, out);
  look_for_oms(bytes, out);
  look_for_text(bytes, out);
  return out;
}

bool is_text_with_parity(Bytes bytes) {
  ByteVector seven;
  std::uint64_t high = 0, even = 0;
  for (const std::uint8_t byte : bytes) {
    seven.push_back(byte & 0x7f);
    high += byte >> 7;
    even += static_cast<unsigned>(std::popcount(byte) + 1) & 1U;
  }
  if (high * 8 < bytes.size()) return false;
  if (even * 20 < bytes.size() * 19 && even * 20 > bytes.size()) return false;
  Foreign text;
  look_for_text(seven, text);
  return text.is_text(bytes.size());
}

}  // namespace meterpipe::doctor
