#include "mbus-poll/new_address.hpp"

#include <unistd.h>
#include <string>

#include <fmt/format.h>

#include "os/log.hpp"
#include "os/signals.hpp"
#include "os/status.hpp"
#include "poll/readdress.hpp"

namespace meterpipe::tool {
namespace {

// The line that is typed; what is no "y" or "yes" is no.
bool agrees(const std::string& question) {
  fmt::print(stderr, "{} [y/N] ", question);
  std::fflush(stderr);
  std::string line;
  for (char c = 0; line.size() < 16;) {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (os::Signals::wait(&input, 1, -1) <= 0) break;
    if (::read(STDIN_FILENO, &c, 1) != 1 || c == '\n') break;
    line += c;
  }
  return line == "y" || line == "Y" || line == "yes";
}

}  // namespace

int set_address(poll::Bus& bus, const poll::MeterAddress& meter, std::uint8_t primary,
                bool is_agreed) {
  if (const auto opened = bus.open(meter.baud); !opened) throw serial::fatal(opened.error());
  poll::Readdressing change(bus, meter, primary);
  const auto name = change.look();
  if (!name) {
    os::log_error("{}", name.error());
    return os::kNo;
  }
  if (!is_agreed && !agrees(fmt::format("meter {} ({}): give it the primary address {}?", *name,
                                        to_string(meter), primary))) {
    os::log_info("nothing was changed");
    return os::kNo;
  }
  if (const auto changed = change.write(); !changed) {
    os::log_error("{}", changed.error());
    return os::kNo;
  }
  os::log_info("meter {} has the primary address {} now", *name, primary);
  return os::kOk;
}

}  // namespace meterpipe::tool
