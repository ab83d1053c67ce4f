// mbus-poll --set-address: who it is, the question, the one thing that is written to a meter.
#pragma once

#include "poll/address.hpp"
#include "poll/bus.hpp"

namespace meterpipe::tool {

// Asks on the terminal unless `is_agreed`. The status.
int set_address(poll::Bus& bus, const poll::MeterAddress& meter, std::uint8_t primary,
                bool is_agreed);

}  // namespace meterpipe::tool
