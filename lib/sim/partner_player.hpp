// Lets who answers on a line do so on a pty, at the rate to which who asks has set it.
#pragma once

#include <functional>
#include <string>

#include "io/stats.hpp"
#include "os/pty.hpp"
#include "sim/partner.hpp"

namespace meterpipe::sim {

class PartnerPlayer {
 public:
  // `baud`: until who asks sets another.
  PartnerPlayer(Partner& partner, std::uint32_t baud, const io::StatsSettings& stats)
      : partner_(partner), baud_(baud), stats_(stats) {}

  // Until a signal comes, or it is over; the status.
  int run(os::PtyLine& line, const std::function<bool()>& is_over = {});

 private:
  Partner& partner_;
  std::uint32_t baud_;
  io::StatsSettings stats_;
};

}  // namespace meterpipe::sim
