// Whether the faults that were asked for can be done to a meter.
#pragma once

#include <optional>
#include <string>

#include "sim/simulator.hpp"

namespace meterpipe::sim {

// Whether the messages claim a time zone.
bool says_deviation(const Meter& meter);

// What stands against it, as a line that begins with the fault's name: "lost-segment: kaifa-1phase
// sends a message in one frame (--segment N cuts it)".
std::optional<std::string> why_not(const SimSettings& settings);

}  // namespace meterpipe::sim
