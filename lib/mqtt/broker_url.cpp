#include "mqtt/broker_url.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/hex.hpp"
#include "base/host_port.hpp"

namespace meterpipe::mqtt {
namespace {

constexpr std::string_view kForm = "mqtt://[USER@]HOST[:PORT], or mqtts:// for TLS";

tl::unexpected<std::string> wrong(std::string what) {
  return tl::unexpected<std::string>(fmt::format("{} (expected {})", what, kForm));
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size() || hex_digit(text[i + 1]) < 0 || hex_digit(text[i + 2]) < 0) {
        return std::nullopt;
      }
      c = static_cast<char>(hex_digit(text[i + 1]) << 4 | hex_digit(text[i + 2]));
      i += 2;
    }
    if (c == '\0') return std::nullopt;
    plain += c;
  }
  return plain;
}

bool fits_host(std::string_view host, bool bracketed) {
  if (host.empty() || host.size() > 255) return false;
  if (bracketed && host.find(':') == std::string_view::npos) return false;  // only of IPv6
  return std::ranges::all_of(host, [bracketed](char c) {
    return is_letter_or_digit(c) || c == '.' || c == '-' || c == '_' ||
           (bracketed && (c == ':' || c == '%'));
  });
}

}  // namespace

std::string BrokerUrl::text() const {
  return fmt::format("{}://{}", tls ? "mqtts" : "mqtt", host_port_text(host, port));
}

tl::expected<BrokerUrl, std::string> parse_broker_url(std::string_view text) {
  BrokerUrl url;
  const auto scheme_end = text.find("://");
  const std::string_view scheme = text.substr(0, std::min(scheme_end, text.size()));
  std::string_view rest =
      scheme_end == std::string_view::npos ? std::string_view() : text.substr(scheme_end + 3);
  // The user ends at the last @: whoever writes a password with an @ in it is told so, not cut.
  const auto at = rest.rfind('@');
  if (at != std::string_view::npos && rest.substr(0, at).find(':') != std::string_view::npos) {
    return tl::unexpected<std::string>(
        "a password in the broker's address would show in the process list: give it by "
        "--password-file FILE or in the environment as METERPIPE_MQTT_PASSWORD");
  }
  if (scheme_end == std::string_view::npos) return wrong("the broker's address has no scheme");
  if (scheme == "mqtts") {
    url.tls = true;
    url.port = 8883;
  } else if (scheme == "ws" || scheme == "wss") {
    return wrong(fmt::format(
        "{}:// is not spoken, libmosquitto has no websockets: give the broker a listener "
        "for MQTT beside that for websockets, or a mosquitto on this host a bridge to it",
        scheme));
  } else if (scheme != "mqtt") {
    return wrong(fmt::format("'{}://' is not known", scheme));
  }
  if (at != std::string_view::npos) {
    const auto user = percent_decoded(rest.substr(0, at));
    if (!user || user->empty()) return wrong("the user in the broker's address is malformed");
    url.user = *user;
    rest.remove_prefix(at + 1);
  }
  if (!rest.empty() && rest.back() == '/') rest.remove_suffix(1);
  const auto parts = split_host_port(rest);
  if (!parts) {
    switch (parts.error()) {
      case HostPortFault::open_bracket: return wrong("the broker's address lacks a ]");
      case HostPortFault::behind_bracket:
        return wrong("the broker's address is malformed behind ]");
      case HostPortFault::bare_ipv6:
        return wrong("an IPv6 address stands in brackets, as in mqtt://[::1]");
    }
  }
  if (!fits_host(parts->host, parts->is_bracketed)) {
    return wrong(fmt::format("'{}' is no host", parts->host));
  }
  url.host = parts->host;
  if (parts->port) {
    const auto port = parse_port_number(*parts->port);
    if (!port) return wrong(fmt::format("'{}' is no port", *parts->port));
    url.port = *port;
  }
  return url;
}

}  // namespace meterpipe::mqtt
