// Physical units by the enum of the blue book (IEC 62056-6-2, scaler_unit).
#pragma once

#include <cstdint>
#include <string_view>

namespace meterpipe::cosem {

inline constexpr std::uint8_t kNoUnit = 255;  // count: a number without unit

// "W"; empty for 255 and for numbers that stand for no unit.
std::string_view unit_name(std::uint8_t code);

}  // namespace meterpipe::cosem
