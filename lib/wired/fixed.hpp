// The fixed data structure (CI 73, 77) of meters from before EN 13757-3: two counters.
//
//   ID(4) ACC STATUS UNIT(1) UNIT(1) COUNT(4) COUNT(4)
//
// Status bit 0: 0 BCD, 1 binary with a sign; bit 1: stored at a fixed date. The units' low six bits
// are codes of a table, 3E for the second: as the first, but historic.
#pragma once

#include "wired/records.hpp"

namespace meterpipe::wired {

// Sixteen bytes, no more and no less. `telegram` has its header.
Result<void> parse_fixed(Bytes data, Telegram& telegram);

}  // namespace meterpipe::wired
