// Frames of the links other than M-Bus, for tests, and APDUs to put into them.
#pragma once

#include <string>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/crc16.hpp"
#include "support/random.hpp"
#include "support/text.hpp"

namespace meterpipe::test {

struct HdlcSettings {
  bool segmented = false;
  bool opening = true, closing = true;
  std::uint8_t control = 0x13;
  ByteVector destination{0xcf}, source{0x02, 0x23};
};

inline void append_crc(ByteVector& to, std::uint16_t crc) {
  to.push_back(static_cast<std::uint8_t>(crc));
  to.push_back(static_cast<std::uint8_t>(crc >> 8));
}

// 7E A|S len dst src ctl [HCS information] FCS 7E
inline ByteVector hdlc_frame(Bytes information, const HdlcSettings& settings = {}) {
  const std::size_t header = 2 + settings.destination.size() + settings.source.size() + 1;
  const std::size_t length = header + 2 + (information.empty() ? 0 : information.size() + 2);
  ByteVector body{static_cast<std::uint8_t>(0xa0 | (settings.segmented ? 8 : 0) | length >> 8),
                  static_cast<std::uint8_t>(length)};
  body = join(body, settings.destination, settings.source, ByteVector{settings.control});
  if (!information.empty()) {
    append_crc(body, crc16_x25(body));
    body = join(body, information);
  }
  append_crc(body, crc16_x25(body));
  return join(ByteVector(settings.opening ? 1 : 0, 0x7e), body,
              ByteVector(settings.closing ? 1 : 0, 0x7e));
}

inline ByteVector llc(Bytes apdu) { return join(hex("e6e700"), apdu); }

inline ByteVector wrapper_frame(Bytes apdu, std::uint8_t source = 1, std::uint8_t destination = 1) {
  return join(
      ByteVector{0, 1, 0, source, 0, destination, static_cast<std::uint8_t>(apdu.size() >> 8),
                 static_cast<std::uint8_t>(apdu.size())},
      apdu);
}

// E0 control number 0000 length data
inline ByteVector block(unsigned number, bool last, Bytes data, std::uint8_t flags = 0x40) {
  return join(ByteVector{0xe0, static_cast<std::uint8_t>(flags | (last ? 0x80 : 0)),
                         static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number),
                         0, 0, 0x82, static_cast<std::uint8_t>(data.size() >> 8),
                         static_cast<std::uint8_t>(data.size())},
              data);
}

inline ByteVector p1_telegram(std::string_view lines, bool crc = true,
                              std::string_view ident = "/MTP5TEST-METER") {
  std::string text = fmt::format("{}\r\n\r\n{}!", ident, lines);
  if (crc) text += fmt::format("{:04X}", crc16_arc(as_bytes(text)));
  return text_bytes(text + "\r\n");
}

// DB 08 title 82 length SC IC ciphertext: `size` bytes of ciphertext.
inline ByteVector ciphered(Random& random, std::size_t size) {
  const std::size_t length = size + 5;
  return join(hex("db08"), text_bytes("MTP"), random.bytes(5),
              ByteVector{0x82, static_cast<std::uint8_t>(length >> 8),
                         static_cast<std::uint8_t>(length), 0x21},
              random.bytes(4 + size));
}

// 0F invoke-id 00 { n long-unsigned }
inline ByteVector notification(Random& random, std::size_t values) {
  ByteVector apdu =
      join(hex("0f"), random.bytes(4), ByteVector{0x00, 0x02, static_cast<std::uint8_t>(values)});
  for (std::size_t i = 0; i < values; ++i) apdu = join(apdu, hex("12"), random.bytes(2));
  return apdu;
}

inline std::string p1_lines(Random& random) {
  std::string lines;
  for (std::uint64_t i = random.between(1, 12); i != 0; --i) {
    lines += fmt::format("1-0:{}.8.0({:06}.{:03}*kWh)\r\n", random.between(1, 4),
                         random.below(999'999), random.below(999));
  }
  return lines;
}

}  // namespace meterpipe::test
