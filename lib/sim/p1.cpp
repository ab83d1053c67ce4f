#include "sim/p1.hpp"

#include <fmt/format.h>

#include "sim/hdlc.hpp"

namespace meterpipe::sim {

std::uint16_t crc_arc(Bytes bytes) { return crc16(bytes, 0, 0xa001); }

std::string telegram_time(const LocalTime& time) {
  return fmt::format("{:02}{:02}{:02}{:02}{:02}{:02}{}", time.year % 100, time.month, time.day,
                     time.hour, time.minute, time.second, time.dst ? 'S' : 'W');
}

std::string Telegram::finish_with_bcc() {
  text_ += "!\r\n\x03";
  std::uint8_t bcc = 0;
  for (const std::uint8_t byte : as_bytes(text_).subspan(text_.find('\x02') + 1)) bcc ^= byte;
  text_.push_back(static_cast<char>(bcc));
  return std::move(text_);
}

std::string Telegram::finish(bool with_crc) {
  text_.push_back('!');
  if (with_crc) text_ += fmt::format("{:04X}", crc_arc(as_bytes(text_)));
  text_ += "\r\n";
  return std::move(text_);
}

}  // namespace meterpipe::sim
