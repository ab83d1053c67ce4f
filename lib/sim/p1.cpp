#include "sim/p1.hpp"

#include <fmt/format.h>

namespace meterpipe::sim {

std::uint16_t crc_arc(Bytes bytes) {
  std::uint16_t crc = 0;
  for (const std::uint8_t byte : bytes) {
    for (int bit = 0; bit < 8; ++bit) {
      const bool carry = ((crc ^ byte >> bit) & 1) != 0;
      crc = static_cast<std::uint16_t>(crc >> 1);
      if (carry) crc ^= 0xa001;
    }
  }
  return crc;
}

std::string telegram_time(const LocalTime& time) {
  return fmt::format("{:02}{:02}{:02}{:02}{:02}{:02}{}", time.year % 100, time.month, time.day,
                     time.hour, time.minute, time.second, time.dst ? 'S' : 'W');
}

std::string Telegram::finish(bool with_crc) {
  text_.push_back('!');
  if (with_crc) text_ += fmt::format("{:04X}", crc_arc(as_bytes(text_)));
  text_ += "\r\n";
  return std::move(text_);
}

}  // namespace meterpipe::sim
