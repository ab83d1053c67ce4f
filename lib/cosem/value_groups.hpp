// What the value groups A, and C and D of electricity, of an OBIS code mean, and what they are
// called (IEC 62056-6-1): one row for each number.
//
//   A   the medium
//   C   1 … 20   +P, -P, +Q, …: the sum of the phases; 21 … of L1, 41 … of L2, 61 … of L3
//       81 … 99  angles, neutral conductor, …
//   D   how it was made a value: momentary, average, maximum, summed up over time
#pragma once

#include <cstdint>
#include <string_view>

#include "cosem/units.hpp"

namespace meterpipe::cosem {

struct Words {
  std::string_view english, german;
};

enum class Medium : std::uint8_t { other, abstract, electricity, heat, gas, water };

enum class Direction : std::uint8_t {
  none,
  imported,
  exported,
  sum,         // |+P| + |-P|
  difference,  // +P less -P
  quadrant,    // QI to QIV
};

// Value group D. What is measured again and again over a period (averages, extremes) has one
// meaning for all three sets of averaging periods.
enum class Processing : std::uint8_t {
  other,  // of another meaning, or none
  momentary,
  running_average,
  last_average,
  minimum,
  cumulative_minimum,
  maximum,
  cumulative_maximum,
  total,          // time integral 1: since the meter was made
  since_billing,  // begins again with each billing period
  per_interval,   // of one period of a load profile, of a test
  under_limit_count,
  over_limit_count,
};

constexpr bool is_integral(Processing processing) {
  return processing == Processing::total || processing == Processing::since_billing ||
         processing == Processing::per_interval;
}

struct MediumRow {
  std::uint8_t a;
  Medium medium;
  Words words;  // the predecessor's; empty: it has none
};
// nullptr: not known
const MediumRow* find_medium(std::uint8_t a);

struct ElectricRow {
  struct {
    std::uint8_t c;
    Quantity moment, integral;  // at one moment, and summed up over time
    Direction direction;
  } is;
  // What it is called at one moment, summed up, and by smart-meter-mbus-dlms.
  Words power, energy, predecessor;
};

inline constexpr std::uint8_t kElectricRows = 20, kLastPhased = 4 * kElectricRows;

struct ElectricLine {
  const ElectricRow* row = nullptr;  // none: not known
  std::uint8_t phase = 0;            // 0: the sum, or no phase
};
ElectricLine find_electric(std::uint8_t c);

struct ProcessingRow {
  std::uint8_t d;
  Processing meaning;
  Words words;  // may be empty
};
// nullptr: not known
const ProcessingRow* find_processing(std::uint8_t d);

}  // namespace meterpipe::cosem
