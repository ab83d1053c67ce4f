// --fault, --fault-share and --list-faults.
#pragma once

#include <string>
#include <vector>

#include "cli/options.hpp"
#include "sim/player.hpp"

namespace meterpipe::tool {

struct FaultOptions {
  std::vector<std::string> faults;
  std::string share = "1";
  bool list = false;
};

void add_fault_options(cli::Options& options, FaultOptions& arguments);
// Usage errors where they make no sense, or not for this meter.
void apply_faults(const FaultOptions& arguments, sim::Play& play);
int list_faults();

}  // namespace meterpipe::tool
