// mbus-read --detect: the port, the clock and standard output for serial::detect().
#pragma once

#include <string>

#include "cli/options.hpp"
#include "serial/detector.hpp"

namespace meterpipe {

// Usage errors: options that say nothing to a search, a port whose line cannot be set.
void check_detection(const cli::Options& options, const std::string& port);

// The status: 0 found, 1 not found.
int run_detection(const std::string& port, const serial::DetectOptions& options);

}  // namespace meterpipe
