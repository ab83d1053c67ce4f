#include "serial/tcp_address.hpp"

#include <charconv>

#include <fmt/format.h>

namespace meterpipe::serial {

// address = "tcp://" ( host | "[" ipv6 "]" ) ":" port [ "/" ]
//   tcp://raspberrypi:2000   tcp://192.168.1.5:2000   tcp://[::1]:2000
tl::expected<TcpAddress, std::string> parse_tcp_address(std::string_view text) {
  const auto wrong = [&](std::string_view why) {
    return tl::unexpected(fmt::format("'{}': {} (expected tcp://HOST:PORT)", text, why));
  };
  constexpr std::string_view kScheme = "tcp://";
  if (!text.starts_with(kScheme)) return wrong("does not begin with tcp://");
  std::string_view rest = text.substr(kScheme.size());
  if (rest.ends_with('/')) rest.remove_suffix(1);
  TcpAddress address;
  if (rest.starts_with('[')) {
    const auto close = rest.find(']');
    if (close == std::string_view::npos) return wrong("the bracket is not closed");
    address.host = rest.substr(1, close - 1);
    rest.remove_prefix(close + 1);
  } else {
    const auto colon = rest.find(':');
    if (colon == std::string_view::npos) return wrong("the port's number is missing");
    if (rest.find(':', colon + 1) != std::string_view::npos) {
      return wrong("an IPv6 address needs brackets, tcp://[::1]:2000");
    }
    address.host = rest.substr(0, colon);
    rest.remove_prefix(colon);
  }
  if (address.host.empty()) return wrong("the host is missing");
  if (!rest.starts_with(':')) return wrong("the port's number is missing");
  rest.remove_prefix(1);
  unsigned number = 0;
  const char* const last = rest.data() + rest.size();
  const auto [end, error] = std::from_chars(rest.data(), last, number);
  if (error != std::errc() || end != last || number == 0 || number > 65535) {
    return wrong("the port must be a number from 1 to 65535");
  }
  address.port = std::to_string(number);
  return address;
}

}  // namespace meterpipe::serial
