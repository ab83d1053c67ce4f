// The five programs as one pipe, for ever or for one message.
#pragma once

#include <cstdint>
#include <string>

#include "meterpipe/configuration.hpp"

namespace meterpipe::runner {

struct LogSettings {
  std::string file;  // empty: none
  std::uint64_t bytes = 10'000'000;
  std::uint64_t files = 5;
};

// Until it is asked to end or a program ends; the status.
int run(Configuration& configuration, const LogSettings& log);

// One reading to the broker: 0 only if it is there.
int once(Configuration& configuration, const LogSettings& log, long long timeout_ms);

// Only what comes off the line, into the file of the log; the status.
int keep_log(Configuration& configuration, const LogSettings& log);

}  // namespace meterpipe::runner
