#include <doctest/doctest.h>

#include <fmt/format.h>

#include "sim/p1.hpp"

namespace meterpipe::sim {

TEST_CASE("CRC-16/ARC has its check value") { CHECK(crc_arc(as_bytes("123456789")) == 0xbb3d); }

TEST_CASE("a telegram: identification, an empty line, lines, checksum over all up to the mark") {
  Telegram telegram("ISK5\\2M550E-1012");
  telegram.line("1-3:0.2.8", "(50)");
  telegram.line("1-0:1.7.0", "(01.193*kW)");
  const std::string text = telegram.finish(true);
  const std::string body = "/ISK5\\2M550E-1012\r\n\r\n1-3:0.2.8(50)\r\n1-0:1.7.0(01.193*kW)\r\n!";
  CHECK(text == body + fmt::format("{:04X}\r\n", crc_arc(as_bytes(body))));
}

TEST_CASE("a telegram without checksum ends with its mark") {
  Telegram telegram("ISK5\\2M550E-1012");
  CHECK(telegram.finish(false) == "/ISK5\\2M550E-1012\r\n\r\n!\r\n");
}

}  // namespace meterpipe::sim
