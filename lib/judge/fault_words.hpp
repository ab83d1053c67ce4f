// How spans and quantities stand in the reasons of the plausibility check.
#pragma once

#include <string>

#include "base/decimal.hpp"
#include "judge/baseline.hpp"

namespace meterpipe::judge {

// 5 s, 90 min, 30 h, 12 days
std::string span_text(Micros span);
// In the unit in which the meter sent the value: 1327.456 kWh
std::string with_unit(Decimal number, const Sample::Value& as);

}  // namespace meterpipe::judge
