// What a meter can say about the house behind it: one list of quantities, each with the power of
// ten in which Snapshot holds it.
#pragma once

#include <cstdint>

#include "sim/household.hpp"

namespace meterpipe::sim {

enum class Quantity : std::uint8_t {
  // texts and times
  clock,         // 12 bytes
  time,          // 4 bytes
  date,          // 5 bytes
  serial,        // the meter's number
  device_name,   // the logical device name
  logical_name,  // the item's own code, six bytes
  month_begin,   // the date of the last first of a month, of a wired meter
  constant,      // the item's own text or number
  // numbers
  voltage,
  current,
  import_power,
  export_power,
  reactive_import_power,
  reactive_export_power,
  power_factor,
  net_power,  // import less export: signed
  heat_power,
  heat_flow,
  flow_temperature,
  return_temperature,
  temperature_difference,
  water_flow,
  import_energy,
  export_energy,
  reactive_import_energy,
  reactive_export_energy,
  quadrant_1,
  quadrant_2,
  quadrant_3,
  quadrant_4,
  phase_import_energy,
  phase_export_energy,
  gas,
  heat,
  heat_volume,
  water,
  days_on,  // since 2020
};

// In the unit of `scaler_of`: 0.1 V, 0.01 A, 0.1 °C, 0.001, l and l/h; else W, var, Wh, varh, d. 0
// for no number. `part`: a phase from 1 (0 of a power is the sum), of an energy a tariff from 1 (0:
// the total), of heat and water 1 for what it was at the begin of the month. A net power that is
// negative is so in 64 bits.
std::uint64_t number_of(const Snapshot& now, Quantity quantity, std::size_t part);
int scaler_of(Quantity quantity);

}  // namespace meterpipe::sim
