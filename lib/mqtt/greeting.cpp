#include "mqtt/greeting.hpp"

#include <algorithm>

#include "os/clock.hpp"
#include "os/signals.hpp"

namespace meterpipe::mqtt {
namespace {

// One address; nothing: it did not answer in time.
std::optional<Greeting> greet_at(const std::string& address, std::uint16_t port,
                                 const ConnectionSettings& settings, long long until) {
  Connection connection(settings);
  int error = connection.open(address, port);
  while (error == 0 && os::monotonic_ms() < until && os::Signals::received() == 0) {
    pollfd fd{connection.fd(), connection.events(), 0};
    const long long left = std::clamp(until - os::monotonic_ms(), 0LL, 1000LL);
    const int ready = os::Signals::wait(&fd, 1, static_cast<int>(left));
    error = ready > 0 ? connection.handle(fd.revents) : connection.tick();
    if (!connection.answer()) continue;
    const int answer = *connection.answer();
    if (answer != 0)
      return Greeting{false, is_refusal(answer), answer_text(answer, settings.version)};
    connection.disconnect();
    return Greeting{true, false, ""};
  }
  if (error == 0) return std::nullopt;
  if (settings.tls != nullptr) {
    const auto trouble = settings.tls->trouble(connection.is_broken_off(error));
    if (!trouble.text.empty()) return Greeting{false, trouble.refused, trouble.text};
  }
  std::string text = connection.error_text(error);
  if (connection.is_tcp_up()) {
    text +=
        settings.tls == nullptr ? " (is it a port for mqtts://?)" : " (is there TLS on this port?)";
  }
  return Greeting{false, false, text};
}

}  // namespace

Greeting greet(const SessionSettings& settings, long long timeout_ms) {
  const long long until = os::monotonic_ms() + timeout_ms;
  std::unique_ptr<TlsContext> tls;
  if (settings.broker.tls) tls = std::make_unique<TlsContext>(settings.tls, settings.broker.host);
  const ConnectionSettings connection{
      settings.client_id, settings.broker.user, settings.password, settings.keepalive, {}, 0, {},
      tls.get(),          settings.version};
  os::Resolver resolver(settings.look_up);
  resolver.start(settings.broker.host, settings.broker.port);
  std::optional<os::Resolver::Answer> found;
  while (!(found = resolver.take()) && os::monotonic_ms() < until && os::Signals::received() == 0) {
    pollfd fd{resolver.fd(), POLLIN, 0};
    os::Signals::wait(&fd, 1, 100);
  }
  if (!found) return {false, false, settings.broker.host + ": the name server does not answer"};
  if (found->addresses.empty()) return {false, false, found->error};
  std::optional<Greeting> last;
  for (const std::string& address : found->addresses) {
    if (os::monotonic_ms() >= until) break;
    last = greet_at(address, settings.broker.port, connection, until);
    if (last && (last->welcome || last->refused)) return *last;
  }
  return last.value_or(Greeting{false, false, "no answer"});
}

}  // namespace meterpipe::mqtt
