#include "mqtt/broker_url.hpp"

#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "base/hex.hpp"

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
  for (const char c : host) {
    const bool good = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      c == '.' || c == '-' || c == '_' || (bracketed && (c == ':' || c == '%'));
    if (!good) return false;
  }
  return true;
}

}  // namespace

std::string BrokerUrl::text() const {
  const bool v6 = host.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}", tls ? "mqtts" : "mqtt", v6 ? "[" : "", host, v6 ? "]" : "",
                     port);
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
  const bool bracketed = !rest.empty() && rest.front() == '[';
  std::string_view host, port;
  bool has_port = false;
  if (bracketed) {
    const auto close = rest.find(']');
    if (close == std::string_view::npos) return wrong("the broker's address lacks a ]");
    host = rest.substr(1, close - 1);
    rest.remove_prefix(close + 1);
    has_port = !rest.empty();
    if (has_port && rest.front() != ':') return wrong("the broker's address is malformed behind ]");
    port = has_port ? rest.substr(1) : rest;
  } else {
    const auto colon = rest.find(':');
    has_port = colon != std::string_view::npos;
    host = rest.substr(0, std::min(colon, rest.size()));
    if (has_port) port = rest.substr(colon + 1);
    if (port.find(':') != std::string_view::npos) {
      return wrong("an IPv6 address stands in brackets, as in mqtt://[::1]");
    }
  }
  if (!fits_host(host, bracketed)) return wrong(fmt::format("'{}' is no host", host));
  url.host = host;
  if (has_port) {
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), url.port);
    if (error != std::errc() || end != port.data() + port.size() || url.port == 0) {
      return wrong(fmt::format("'{}' is no port", port));
    }
  }
  return url;
}

}  // namespace meterpipe::mqtt
