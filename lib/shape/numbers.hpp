// JSON numbers as text, rewritten without losing a digit, whatever their length.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace meterpipe::shape {

// The number times 10^places:  (1327456, -3) -> 1327.456   (1.50, 3) -> 1500   (0, -3) -> 0.000
// Nothing for a number with an exponent that no decimal holds.
std::optional<std::string> shift_point(std::string_view number, int places);

// As JavaScript prints it, but with all its digits: 232.0 -> 232   1.50 -> 1.5   -0.0 -> 0
std::string without_zeros(std::string_view number);

// Digits behind the point.
int places_of(std::string_view number);

}  // namespace meterpipe::shape
