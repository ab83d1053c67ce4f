#include "judge/fault_words.hpp"

#include <fmt/format.h>

namespace meterpipe::judge {
namespace {}  // namespace

std::string span_text(Micros span) {
  if (span < 2 * 60 * kSecond) return fmt::format("{} s", (span + kSecond / 2) / kSecond);
  if (span < 2 * kHour) return fmt::format("{} min", span / (60 * kSecond));
  if (span < 48 * kHour) return fmt::format("{} h", span / kHour);
  return fmt::format("{} days", span / (24 * kHour));
}

// As the meter writes it: in its own unit.
std::string with_unit(Decimal number, const Sample::Value& as) {
  number.exponent -= as.what.unit.prefix;
  return to_string(number) + (as.unit.empty() ? "" : " ") + std::string(as.unit);
}

}  // namespace meterpipe::judge
