#include <doctest/doctest.h>

#include "serial/pacer.hpp"
#include "serial/port.hpp"
#include "serial/tcp_address.hpp"

namespace meterpipe::serial {

TEST_CASE("tcp addresses") {
  const auto one = parse_tcp_address("tcp://raspberrypi:2000");
  REQUIRE(one);
  CHECK(one->host == "raspberrypi");
  CHECK(one->port == 2000);
  CHECK(parse_tcp_address("tcp://192.168.1.5:2000/")->host == "192.168.1.5");
  const auto six = parse_tcp_address("tcp://[fe80::1]:99");
  REQUIRE(six);
  CHECK(six->host == "fe80::1");
  CHECK(six->port == 99);
  for (const char* wrong : {"tcp://host", "tcp://:2000", "tcp://host:", "tcp://host:0",
                            "tcp://host:65536", "tcp://host:2000x", "tcp://::1:2000",
                            "tcp://[::1:2000", "tcp://[::1]2000", "udp://host:1", "tcp://"}) {
    CAPTURE(wrong);
    const auto address = parse_tcp_address(wrong);
    CHECK_FALSE(address);
    if (!address) CHECK(address.error().find(wrong) != std::string::npos);
  }
}

TEST_CASE("a port's name says what it is, and what its records are from") {
  const LineSettings line;
  const auto source = [&](const char* name) { return (*make_port(name, line))->source(); };
  CHECK(source("/dev/ttyUSB0") == "ttyUSB0");
  CHECK(source("/dev/serial/by-id/usb-FTDI_A-if00-port0") == "usb-FTDI_A-if00-port0");
  CHECK(source("/dev/pts/5") == "pts5");
  CHECK(source("-") == "stdin");
  CHECK(source("tcp://host:2000") == "tcp:host:2000");
  CHECK(source("tcp://[::1]:2000") == "tcp:[::1]:2000");
  CHECK_FALSE(make_port("", line));
  CHECK(make_port("raspberrypi:2000", line).error() ==
        "'raspberrypi:2000' is no path of a port: tcp://raspberrypi:2000?");
  CHECK(make_port("[::1]:2000", line).error() ==
        "'[::1]:2000' is no path of a port: tcp://[::1]:2000?");
  for (const char* const path :
       {"/dev/ttyUSB0", "line", "line:", "line:0", "line:x", ":1", "./a:1"}) {
    CHECK(make_port(path, line));
  }
  CHECK_FALSE(make_port("udp://host:1", line));
}

TEST_CASE("a log's times are kept at speed 1, divided at 10, ignored at max") {
  constexpr std::int64_t kSecond = 1'000'000;
  for (const double speed : {1.0, 10.0}) {
    Pacer pacer(speed, LineSettings());
    CHECK(pacer.wait_us(1000 * kSecond, 50) == 0);
    CHECK(pacer.wait_us(1005 * kSecond, 50) == static_cast<std::int64_t>(5e6 / speed));
    // Time that has passed meanwhile counts; being late does not move what follows.
    CHECK(pacer.wait_us(1005 * kSecond, 100'050) ==
          static_cast<std::int64_t>(5e6 / speed) - 100'000);
    CHECK(pacer.wait_us(1006 * kSecond, 50 + 9 * kSecond) == 0);
    CHECK(pacer.wait_us(1020 * kSecond, 50) == static_cast<std::int64_t>(20e6 / speed));
  }
  Pacer max(0, LineSettings());
  CHECK(max.wait_us(0, 0) == 0);
  CHECK(max.wait_us(1000 * kSecond, 0) == 0);
  CHECK(max.wait_us_for(1000, 0) == 0);
}

TEST_CASE("a log that jumps back starts anew") {
  Pacer pacer(1, LineSettings());
  CHECK(pacer.wait_us(1'000'000'000, 0) == 0);
  CHECK(pacer.wait_us(999'000'000, 0) == 0);  // another source, a second earlier: at once
  CHECK(pacer.wait_us(5'000'000, 7) == 0);
  CHECK(pacer.wait_us(6'000'000, 7) == 1'000'000);
}

TEST_CASE("bytes without a time take what the line takes") {
  Pacer pacer(1, *parse_line_settings("2400-8E1"));
  CHECK(pacer.wait_us_for(240, 0) == 1'100'000);
  CHECK(pacer.wait_us_for(240, 1'100'000) == 1'100'000);
  Pacer fast(10, *parse_line_settings("9600-8N1"));
  CHECK(fast.wait_us_for(960, 0) == 100'000);
}

}  // namespace meterpipe::serial
