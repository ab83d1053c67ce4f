// mbus-poll --scan: progress on a terminal, a table of what was found.
#pragma once

#include "poll/bus.hpp"

namespace meterpipe::tool {

enum class ScanBy { primary, secondary };

// `answer_us`: how long each address is waited for. The status.
int run_scan(poll::Bus& bus, ScanBy by, std::int64_t answer_us);

}  // namespace meterpipe::tool
