// P1 telegrams, the mirror of the reader's (DSMR 5.0.2, 5.2; IEC 62056-21, data readout):
//
//   /EST5\253700001_A          identification: `/`, maker, speed, `\`, name
//                              an empty line
//   1-0:1.8.0(014159934*Wh)    OBIS code, then values in brackets, with `*` and unit or without
//   0-1:24.2.1(210929110000S)(01234.567*m3)
//   !EEE5                      CRC-16/ARC of all from `/` to `!`, or nothing (AM550, Slovenia)
//
// Lines end with CR LF.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "sim/calendar.hpp"

namespace meterpipe::sim {

// CRC-16/ARC.
std::uint16_t crc_arc(Bytes bytes);

// 260302070000W: local, S in daylight saving time.
std::string telegram_time(const LocalTime& time);

class Telegram {
 public:
  // `asked`: as mode C answers, with STX in place of the empty line.
  explicit Telegram(std::string_view identification, bool asked = false) : text_("/") {
    text_.append(identification).append(asked ? "\r\n\x02" : "\r\n\r\n");
  }
  // One line: "1-0:1.8.0", "(014159934*Wh)".
  void line(std::string_view code, std::string_view values) {
    text_.append(code).append(values).append("\r\n");
  }
  // The end, with its checksum or without, and the whole of it.
  std::string finish(bool with_crc);
  // ETX, and the BCC: the exclusive or of all behind STX (IEC 62056-21, 5.1).
  std::string finish_with_bcc();

 private:
  std::string text_;
};

}  // namespace meterpipe::sim
