// Codes and corrections that a record's DIB and VIB do not say: OBIS codes where EN 13757-1 and OMS
// give one for certain, and what one maker means by its own.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "wired/records.hpp"

namespace meterpipe::wired {

using ObisBytes = std::array<std::uint8_t, 6>;

// Of a record of a meter: its present value, without anything that makes it another quantity.
std::optional<ObisBytes> obis_of(const Header& header, const Record& record);

// What the maker's papers say against the standard, before anything is shown.
void correct_by_maker(const Header& header, Record& record);

}  // namespace meterpipe::wired
