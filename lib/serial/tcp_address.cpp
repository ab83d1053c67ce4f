#include "serial/tcp_address.hpp"

#include <fmt/format.h>

#include "base/host_port.hpp"

namespace meterpipe::serial {

// address = "tcp://" host ":" port [ "/" ], host as in base/host_port.hpp
//   tcp://raspberrypi:2000   tcp://192.168.1.5:2000   tcp://[::1]:2000
tl::expected<TcpAddress, std::string> parse_tcp_address(std::string_view text) {
  const auto wrong = [&](std::string_view why) {
    return tl::unexpected(fmt::format("'{}': {} (expected tcp://HOST:PORT)", text, why));
  };
  constexpr std::string_view kScheme = "tcp://";
  if (!text.starts_with(kScheme)) return wrong("does not begin with tcp://");
  std::string_view rest = text.substr(kScheme.size());
  if (rest.ends_with('/')) rest.remove_suffix(1);
  const auto parts = split_host_port(rest);
  if (!parts) {
    switch (parts.error()) {
      case HostPortFault::open_bracket: return wrong("the bracket is not closed");
      case HostPortFault::bare_ipv6:
        return wrong("an IPv6 address needs brackets, tcp://[::1]:2000");
      case HostPortFault::behind_bracket: return wrong("the port's number is missing");
    }
  }
  if (!parts->port && !parts->is_bracketed) return wrong("the port's number is missing");
  if (parts->host.empty()) return wrong("the host is missing");
  if (!parts->port) return wrong("the port's number is missing");
  const auto port = parse_port_number(*parts->port);
  if (!port) return wrong("the port must be a number from 1 to 65535");
  return TcpAddress{std::string(parts->host), *port};
}

}  // namespace meterpipe::serial
