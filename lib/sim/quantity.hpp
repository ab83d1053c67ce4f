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
  // numbers; those of three phases or two tariffs follow one another
  voltage_1,
  voltage_2,
  voltage_3,
  current_1,
  current_2,
  current_3,
  import_power,
  import_power_1,
  import_power_2,
  import_power_3,
  export_power,
  export_power_1,
  export_power_2,
  export_power_3,
  reactive_import_power,
  reactive_import_power_1,
  reactive_import_power_2,
  reactive_import_power_3,
  reactive_export_power,
  reactive_export_power_1,
  reactive_export_power_2,
  reactive_export_power_3,
  power_factor,
  import_energy,
  import_energy_t1,
  import_energy_t2,
  export_energy,
  export_energy_t1,
  export_energy_t2,
  reactive_import_energy,
  reactive_import_energy_t1,
  reactive_import_energy_t2,
  reactive_export_energy,
  reactive_export_energy_t1,
  reactive_export_energy_t2,
  quadrant_1,
  quadrant_1_t1,
  quadrant_1_t2,
  quadrant_2,
  quadrant_2_t1,
  quadrant_2_t2,
  quadrant_3,
  quadrant_3_t1,
  quadrant_3_t2,
  quadrant_4,
  quadrant_4_t1,
  quadrant_4_t2,
  import_energy_1,
  import_energy_2,
  import_energy_3,
  export_energy_1,
  export_energy_2,
  export_energy_3,
  gas,
};

// In the unit of `scaler_of`: 0.1 V, 0.01 A, 0.001, l; else W, var, Wh, varh. 0 for no number.
std::uint64_t number_of(const Snapshot& now, Quantity quantity);
int scaler_of(Quantity quantity);

}  // namespace meterpipe::sim
