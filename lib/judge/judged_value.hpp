// What a value of a reading is, as far as it can be judged: a counter, a power, or neither. By its
// OBIS code (IEC 62056-6-1) and its unit.
//
//   1-0:1.8.0  Wh    electricity, time integral 1: runs upwards, no faster than a power allows
//   1-0:16.8.0 Wh    the same of import - export: either direction
//   1-0:1.9.0  Wh    since the last billing period: begins again, so downwards is no fault
//   1-0:1.7.0  W     instantaneous: within a power
//   0-1:24.2.1 m3    gas, water or heat by way of M-Bus: runs upwards
//   7-0:3.0.0  m³    gas, 8-0:1.0.0 m³ water, 6-0:1.0.0 kWh heat: the same
//
// Maxima, thresholds and what was stored at a billing date (F other than 255) are not judged: they
// stay or move as they like. Nor are values known by their place only.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace meterpipe::judge {

enum class Measure : std::uint8_t {
  none,  // no unit: how much one is is not known
  active_energy,
  reactive_energy,
  apparent_energy,
  active_power,
  reactive_power,
  apparent_power,
  cubic_metres,
  litres,
  joules,
  other,
};

struct MeasureUnit {
  Measure measure = Measure::none;
  int prefix = 0;  // power of ten: 3 for kWh
};

// "kWh" -> active energy, 3; "" -> none. Capitals are only told apart where they matter.
MeasureUnit parse_measure_unit(std::string_view unit);

struct JudgedValue {
  std::uint64_t key = 0;  // its code, packed; unique to A-B:C.D.E
  MeasureUnit unit;
  bool counter = false;   // of a quantity: it is remembered
  bool upwards = false;   // a counter that never runs backwards
  bool by_power = false;  // a counter in W h, var h or VA h: as fast as a power allows
  bool power = false;     // W, var or VA
};

// Nothing: not judged.
std::optional<JudgedValue> judged_value(std::string_view obis, std::string_view unit);

}  // namespace meterpipe::judge
