#include "base/host_port.hpp"

#include <doctest/doctest.h>

namespace meterpipe {

TEST_CASE("host and port are cut apart, with brackets or without") {
  struct Row {
    std::string_view text, host;
    std::optional<std::string_view> port;
    bool is_bracketed = false;
  };
  for (const Row& row :
       {Row{"raspberrypi:2000", "raspberrypi", "2000"}, Row{"192.168.1.5", "192.168.1.5", {}},
        Row{"host:", "host", ""}, Row{":2000", "", "2000"}, Row{"", "", {}},
        Row{"[fe80::1%eth0]:1883", "fe80::1%eth0", "1883", true}, Row{"[::1]", "::1", {}, true},
        Row{"[]:1", "", "1", true}}) {
    CAPTURE(row.text);
    const auto parts = split_host_port(row.text);
    REQUIRE(parts);
    CHECK(parts->host == row.host);
    CHECK(parts->port == row.port);
    CHECK(parts->is_bracketed == row.is_bracketed);
  }
  CHECK(split_host_port("[::1").error() == HostPortFault::open_bracket);
  CHECK(split_host_port("[[::1]:2000").error() == HostPortFault::open_bracket);
  CHECK(split_host_port("[::1]2000").error() == HostPortFault::behind_bracket);
  CHECK(split_host_port("::1:2000").error() == HostPortFault::bare_ipv6);
  CHECK(split_host_port("host:1:2").error() == HostPortFault::bare_ipv6);
}

TEST_CASE("a port is a number from 1 to 65535") {
  CHECK(parse_port_number("1") == 1);
  CHECK(parse_port_number("65535") == 65535);
  for (const char* wrong : {"", "0", "65536", "x", "1x", "-1", "+1", " 1", "99999999999"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_port_number(wrong));
  }
}

TEST_CASE("host and port are written so that they can be read again") {
  CHECK(host_port_text("raspberrypi", 2000) == "raspberrypi:2000");
  CHECK(host_port_text("fe80::1%eth0", 99) == "[fe80::1%eth0]:99");
}

}  // namespace meterpipe
