// mbus-read --readout: the port, the clock and standard output for poll::ReadOut.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cli/common.hpp"
#include "cli/options.hpp"
#include "poll/read_out.hpp"
#include "serial/burst_writer.hpp"

namespace meterpipe {

struct ReadingOut {
  std::string port;
  serial::OutputForm form = serial::OutputForm::json;
  poll::ReadOutOptions options;
  std::optional<std::uint64_t> every_ms;  // none: once
  std::optional<std::uint64_t> count;     // of records
  bool wait = false;                      // for a port that is not there yet
  cli::Common common;
};

// Usage errors: options that say nothing to a read-out.
void check_reading_out(const cli::Options& options, const std::string& port,
                       const std::string& device, std::uint64_t tries);

// The status: 1 where the one read-out failed.
int run_reading_out(const ReadingOut& plan);

}  // namespace meterpipe
