// OBIS codes of records, where EN 13757-1 and OMS give one for certain. What one maker means by its
// own records is data (profiles/).
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "wired/records.hpp"

namespace meterpipe::wired {

using ObisBytes = std::array<std::uint8_t, 6>;

// Of a record of a meter: its present value, without anything that makes it another quantity.
std::optional<ObisBytes> obis_of(const Header& header, const Record& record);

// The record's integer again, without a sign: some makers' papers say so against type B.
void read_unsigned(const Header& header, Record& record);

}  // namespace meterpipe::wired
