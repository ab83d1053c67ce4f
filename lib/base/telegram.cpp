#include "base/telegram.hpp"

#include <algorithm>

#include "base/crc16.hpp"

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

bool fits_telegram(Bytes told, std::uint16_t written) {
  return crc16_arc(told) == written || telegram_crc(told) == written;
}

}  // namespace meterpipe
