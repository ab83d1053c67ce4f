// Times as the records carry them: microseconds since 1970-01-01T00:00:00Z, and spans of them.
#pragma once

#include <cstdint>

namespace meterpipe {

using Micros = std::int64_t;  // since 1970-01-01T00:00:00Z, or a span

inline constexpr Micros kSecond = 1'000'000, kMinute = 60 * kSecond, kHour = 60 * kMinute,
                        kDay = 24 * kHour;

}  // namespace meterpipe
