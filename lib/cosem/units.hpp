// Physical units: by the enum of the blue book (IEC 62056-6-2, scaler_unit), and as text, the way
// records and P1 telegrams have them. A unit tells which quantity is measured.
//
//   27, "W"    active power              "kWh"   active energy, 10^3
//   13, "m³"   volume                    "m3"    the same
//   255, ""    none: a number without unit
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace meterpipe::cosem {

inline constexpr std::uint8_t kNoUnit = 255;   // count: a number without unit
inline constexpr std::uint8_t kOtherUnit = 0;  // a unit that has no number

enum class Quantity : std::uint8_t {
  none,  // neither unit nor code tells
  active_energy,
  reactive_energy,
  apparent_energy,
  heat,  // in joules or calories
  active_power,
  reactive_power,
  apparent_power,
  voltage,
  current,
  charge,
  squared,  // V²h, A²h
  power_factor,
  frequency,
  angle,
  volume,
  flow,
  mass,
  temperature,
  pressure,
  length,
  speed,
  duration,
  ratio,     // %
  level,     // of a signal: dBm
  constant,  // of a meter: pulses per kWh
  count,
  money,
  other,
};

constexpr bool is_energy(Quantity quantity) {
  return quantity == Quantity::active_energy || quantity == Quantity::reactive_energy ||
         quantity == Quantity::apparent_energy;
}
constexpr bool is_power(Quantity quantity) {
  return quantity == Quantity::active_power || quantity == Quantity::reactive_power ||
         quantity == Quantity::apparent_power;
}
// What adds up over time, spans of time, angles (the mean of 359 and 1 is not 180) and constants:
// numbers that are not of one moment.
bool is_lasting(Quantity quantity);

// "W"; empty for 255 and for numbers that stand for no unit.
std::string_view unit_name(std::uint8_t code);
// The number of a name; of m³ and its like the first of the two (volume, not corrected volume).
std::optional<std::uint8_t> unit_code(std::string_view name);

struct Unit {
  std::uint8_t code = kNoUnit;
  int prefix = 0;         // power of ten: 3 for kWh
  std::string_view base;  // without the prefix; a text that is no known unit as it is
  Quantity quantity = Quantity::none;
};

// "kWh" -> Wh, 3; "m3" -> m³; "" -> none; what is no unit -> kOtherUnit, Quantity::other. `base`
// may be a view of `text`.
Unit parse_unit(std::string_view text);
// Whether it is a known one, with a number or without.
bool is_unit(std::string_view text);
// As we write a unit that a meter sends as text, in whatever case and with whatever blanks:
//
//   "KWH", "kWh "  kWh      "kVArh"  kvarh      "HZ"  Hz      "m³", "M3"  m3      "degC"  °C
//
// A capital M in front stays mega, "MWH" is MWh; a small m is milli only where all else is spelled
// as it should be: "mW" is, "mwh" stays as it is, and so does what is no unit, but for the blanks
// around it. `expected` is what the code measures: it tells "a", a year, from A. Lent from `text`
// or for good.
std::string_view spelled_unit(std::string_view text, Quantity expected = Quantity::none);
// parse_unit() of a text as it stands or, where it is none, of that.
Unit parse_unit_any_case(std::string_view text);

}  // namespace meterpipe::cosem
