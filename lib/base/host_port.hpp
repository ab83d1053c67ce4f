// HOST:PORT as people write it, cut into its parts. Whether the port may be missing and what a host
// may be made of is for the caller to say, and so are the words.
//
//   text = ( name | IPv4 address | "[" IPv6 address "]" ) [ ":" port ]
//
//   raspberrypi:2000      192.168.1.5      [fe80::1%eth0]:1883
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace meterpipe {

enum class HostPortFault : std::uint8_t {
  open_bracket,    // [::1
  behind_bracket,  // [::1]x
  bare_ipv6,       // ::1:2000
};

struct HostPort {
  std::string_view host;  // without brackets; may be empty
  bool is_bracketed = false;
  std::optional<std::string_view> port;  // what stands behind the colon
};

tl::expected<HostPort, HostPortFault> split_host_port(std::string_view text);

// 1 to 65535.
std::optional<std::uint16_t> parse_port_number(std::string_view text);

// With brackets around an IPv6 address.
std::string host_port_text(std::string_view host, std::uint16_t port);

}  // namespace meterpipe
