// Physical units by the enum of the blue book (IEC 62056-6-2, scaler_unit).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace meterpipe::cosem {

inline constexpr std::uint8_t kNoUnit = 255;  // count: a number without unit

// "W"; empty for 255 and for numbers that stand for no unit.
std::string_view unit_name(std::uint8_t code);
// The number of a name; of m³ and its like the first of the two (volume, not corrected volume).
std::optional<std::uint8_t> unit_code(std::string_view name);

}  // namespace meterpipe::cosem
