#include "base/host_port.hpp"

#include <algorithm>

#include "base/whole_number.hpp"

namespace meterpipe {

tl::expected<HostPort, HostPortFault> split_host_port(std::string_view text) {
  HostPort parts;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos || text.rfind('[', close) != 0) {
      return tl::unexpected(HostPortFault::open_bracket);
    }
    parts.is_bracketed = true;
    parts.host = text.substr(1, close - 1);
    text.remove_prefix(close + 1);
    if (!text.empty() && text.front() != ':') return tl::unexpected(HostPortFault::behind_bracket);
  } else {
    parts.host = text.substr(0, std::min(text.find(':'), text.size()));
    text.remove_prefix(parts.host.size());
  }
  if (text.empty()) return parts;
  parts.port = text.substr(1);
  if (!parts.is_bracketed && parts.port->find(':') != std::string_view::npos) {
    return tl::unexpected(HostPortFault::bare_ipv6);
  }
  return parts;
}

std::optional<std::uint16_t> parse_port_number(std::string_view text) {
  const auto number = whole_number<std::uint16_t>(text);
  return number && *number != 0 ? number : std::nullopt;
}

std::string host_port_text(std::string_view host, std::uint16_t port) {
  const bool is_ipv6 = host.find(':') != std::string_view::npos;
  std::string text = is_ipv6 ? "[" : "";
  text += host;
  text += is_ipv6 ? "]:" : ":";
  text += std::to_string(port);
  return text;
}

}  // namespace meterpipe
