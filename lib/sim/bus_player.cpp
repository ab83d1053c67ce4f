#include "sim/bus_player.hpp"

#include <algorithm>

#include "os/clock.hpp"
#include "os/pty.hpp"
#include "os/sandbox.hpp"
#include "os/signals.hpp"
#include "os/status.hpp"
#include "record/stats.hpp"
#include "serial/rate_of.hpp"

namespace meterpipe::sim {
namespace {

constexpr std::int64_t kLookUs = 1'000'000;
constexpr std::uint32_t kBaud = 2400, kBitsOfByte = 11;

}  // namespace

int BusPlayer::run() {
  os::PtyLine line(pty_, kBaud, kBitsOfByte);
  os::contain({os::Calls::pty, {.all = true}});
  std::uint64_t bytes = 0;
  const io::Stats stats(stats_, record::stats_line([&](json::Writer& json) {
                          json.member_number("messages", bus_.requests());
                          json.member_number("frames", bus_.answers());
                          json.member_number("bytes", bytes);
                          json.member_number("bytes_lost", line.lost());
                        }));
  while (os::Signals::received() == 0) {
    const std::int64_t now_us = os::monotonic_us();
    if (const ByteVector due = bus_.take(now_us); !due.empty()) {
      bytes += due.size();
      line.give(due);
    }
    const std::int64_t wait_us = bus_.due_us() ? *bus_.due_us() - os::monotonic_us() : kLookUs;
    const ByteVector heard = line.receive(std::clamp<std::int64_t>(wait_us, 0, kLookUs));
    // A pty has no rate, but it knows which one was set.
    const std::uint32_t baud = serial::rate_of(line.fd()).value_or(kBaud);
    if (!heard.empty()) bus_.hear(heard, os::monotonic_us(), baud);
  }
  return os::kOk;
}

}  // namespace meterpipe::sim
