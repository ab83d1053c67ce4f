// tcp://HOST:PORT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace meterpipe::serial {

struct TcpAddress {
  std::string host;  // a name or an address, an IPv6 one without its brackets
  std::uint16_t port = 0;
};

tl::expected<TcpAddress, std::string> parse_tcp_address(std::string_view text);

}  // namespace meterpipe::serial
