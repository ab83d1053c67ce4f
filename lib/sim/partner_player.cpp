#include "sim/partner_player.hpp"

#include <algorithm>

#include "os/clock.hpp"
#include "os/sandbox.hpp"
#include "os/signals.hpp"
#include "os/status.hpp"
#include "record/stats.hpp"
#include "serial/rate_of.hpp"

namespace meterpipe::sim {
namespace {

constexpr std::int64_t kLookUs = 1'000'000;
constexpr std::int64_t kBits = 10;  // of a byte, about

}  // namespace

int PartnerPlayer::run(os::PtyLine& line, const std::function<bool()>& is_over) {
  std::uint64_t bytes = 0;
  const io::Stats stats(stats_, record::stats_line([&](json::Writer& json) {
                          json.member_number("messages", partner_.requests());
                          json.member_number("frames", partner_.answers());
                          json.member_number("bytes", bytes);
                          json.member_number("bytes_lost", line.lost());
                        }));
  while (os::Signals::received() == 0 && !(is_over && is_over())) {
    const std::int64_t now_us = os::monotonic_us();
    // A pty has no rate, but it knows which one was set.
    const std::uint32_t baud = serial::rate_of(line.fd()).value_or(baud_);
    if (const ByteVector due = partner_.take(now_us, baud); !due.empty()) {
      bytes += due.size();
      line.give(due);
    }
    const std::int64_t wait_us =
        partner_.due_us() ? *partner_.due_us() - os::monotonic_us() : kLookUs;
    const ByteVector heard = line.receive(std::clamp<std::int64_t>(wait_us, 0, kLookUs));
    if (heard.empty()) continue;
    // A pty takes no time, a line does.
    const std::uint32_t rate = serial::rate_of(line.fd()).value_or(baud_);
    const std::int64_t lasts_us =
        static_cast<std::int64_t>(heard.size()) * kBits * 1'000'000 / rate;
    partner_.hear(heard, os::monotonic_us() + lasts_us, rate);
  }
  return os::kOk;
}

}  // namespace meterpipe::sim
