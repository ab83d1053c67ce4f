// tcp://HOST:PORT
#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace meterpipe::serial {

struct TcpAddress {
  std::string host;  // a name or an address, an IPv6 one without its brackets
  std::string port;  // 1 to 65535
};

tl::expected<TcpAddress, std::string> parse_tcp_address(std::string_view text);

}  // namespace meterpipe::serial
