// Lets a simulated bus run on a pty, at the rate to which who asks has set it.
#pragma once

#include <string>

#include "io/stats.hpp"
#include "sim/bus_line.hpp"

namespace meterpipe::sim {

class BusPlayer {
 public:
  BusPlayer(const BusSettings& settings, std::string pty, const io::StatsSettings& stats)
      : bus_(settings), pty_(std::move(pty)), stats_(stats) {}

  // Until a signal comes; the status.
  int run();

 private:
  BusLine bus_;
  std::string pty_;
  io::StatsSettings stats_;
};

}  // namespace meterpipe::sim
