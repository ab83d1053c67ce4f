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
  constant,      // the item's own text or number
  // numbers
  voltage,
  current,
  import_power,
  export_power,
  reactive_import_power,
  reactive_export_power,
  power_factor,
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
};

// In the unit of `scaler_of`: 0.1 V, 0.01 A, 0.001, l; else W, var, Wh, varh. 0 for no number.
// `part`: a phase from 1 (0 of a power is the sum), of an energy a tariff from 1 (0: the total).
std::uint64_t number_of(const Snapshot& now, Quantity quantity, std::size_t part);
int scaler_of(Quantity quantity);

}  // namespace meterpipe::sim
