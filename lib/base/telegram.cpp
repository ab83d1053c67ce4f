#include "base/telegram.hpp"

#include <algorithm>

#include "base/crc16.hpp"
#include "base/hex.hpp"

namespace meterpipe {

std::uint16_t telegram_crc(Bytes told) {
  if (std::ranges::find(told, '\r') != told.end()) return crc16_arc(told);
  static constexpr std::uint8_t kCr = '\r';
  std::uint16_t crc = 0;
  while (!told.empty()) {
    const auto line = static_cast<std::size_t>(std::ranges::find(told, '\n') - told.begin());
    crc = crc16_arc(told.first(line), crc);
    told = told.subspan(line);
    if (told.empty()) break;
    crc = crc16_arc(Bytes(&kCr, 1), crc);
    crc = crc16_arc(told.first(1), crc);
    told = told.subspan(1);
  }
  return crc;
}

std::string_view written_crc(std::string_view behind) {
  constexpr std::size_t kDigits = 4;
  std::size_t size = 0;
  while (size < std::min(behind.size(), kDigits) && behind[size] > ' ' && behind[size] < 0x7f &&
         behind[size] != '/') {
    ++size;
  }
  return behind.substr(0, size);
}

bool fits_telegram(Bytes told, std::string_view written) {
  std::uint16_t crc = 0;
  if (written.empty()) return false;
  for (const char c : written) {
    const int value = hex_digit(c);
    if (value < 0) return false;
    crc = static_cast<std::uint16_t>(crc << 4 | value);
  }
  return crc16_arc(told) == crc || telegram_crc(told) == crc;
}

}  // namespace meterpipe
