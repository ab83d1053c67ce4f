#include "serial/port.hpp"

#include <unistd.h>

#include "base/host_port.hpp"
#include "serial/stdin_port.hpp"
#include "serial/tcp_port.hpp"
#include "serial/tty_port.hpp"

namespace meterpipe::serial {

os::Fatal fatal_unless_waited_for(const Trouble& trouble) {
  if (trouble.kind != Trouble::Kind::missing) return fatal(trouble);
  return {os::kNoInput, trouble.text + "; --wait waits for it"};
}

os::Fatal fatal(const Trouble& trouble) {
  switch (trouble.kind) {
    case Trouble::Kind::missing:
    case Trouble::Kind::unusable: return {os::kNoInput, trouble.text};
    case Trouble::Kind::denied: return {os::kNoPermission, trouble.text};
    default: return {os::kIoError, trouble.text};
  }
}

tl::expected<void, Trouble> Port::write(Bytes) {
  return trouble(Trouble::Kind::unusable, "{}: can only be read", name());
}

tl::expected<void, Trouble> Port::set(const LineSettings&) {
  return trouble(Trouble::Kind::unusable, "{}: its rate is set at the other end", name());
}

namespace {

// As a path it would be waited for, for ever.
bool is_host_and_number(const std::string& name) {
  if (name.find('/') != std::string::npos) return false;
  const auto parts = split_host_port(name);
  return parts && !parts->host.empty() && parts->port && parse_port_number(*parts->port);
}

}  // namespace

tl::expected<std::unique_ptr<Port>, std::string> make_port(const std::string& name,
                                                           const LineSettings& line,
                                                           Refusals refusals) {
  if (name == "-") return std::make_unique<StdinPort>();
  if (name.find("://") != std::string::npos) {
    auto address = parse_tcp_address(name);
    if (!address) return tl::unexpected(address.error());
    return std::make_unique<TcpPort>(std::move(*address));
  }
  if (name.empty()) return tl::unexpected(std::string("the port's name is empty"));
  if (is_host_and_number(name) && ::access(name.c_str(), F_OK) != 0) {
    return tl::unexpected(fmt::format("'{0}' is no path of a port: tcp://{0}?", name));
  }
  return std::make_unique<TtyPort>(name, line, refusals);
}

}  // namespace meterpipe::serial
