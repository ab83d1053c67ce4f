// Where the broker is:
//
//   url  = ( "mqtt" | "mqtts" ) "://" [ user "@" ] host [ ":" port ] [ "/" ]
//   host = name | IPv4 address | "[" IPv6 address "]"
//
//   mqtt://localhost      mqtts://meter@broker.example:8884      mqtt://[fe80::1%eth0]:1883
//
// The user may hold %40 and the like. A password is refused: it would stand in the process list.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace meterpipe::mqtt {

struct BrokerUrl {
  bool tls = false;
  std::string user;  // empty: none
  std::string host;  // without brackets
  std::uint16_t port = 1883;

  // For messages: scheme, host and port.
  std::string text() const;
};

// The error says what is wrong and what to write instead; it never repeats a password.
tl::expected<BrokerUrl, std::string> parse_broker_url(std::string_view text);

}  // namespace meterpipe::mqtt
