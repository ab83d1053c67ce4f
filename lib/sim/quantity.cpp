#include "sim/quantity.hpp"

namespace meterpipe::sim {
namespace {

using Q = Quantity;

bool between(Q quantity, Q first, Q last) { return quantity >= first && quantity <= last; }
std::size_t from(Q quantity, Q first) {
  return static_cast<std::size_t>(quantity) - static_cast<std::size_t>(first);
}

// The total, then its parts.
template <class Total, class Parts>
std::uint64_t one_of(Q quantity, Q first, Total total, const Parts& parts) {
  const std::size_t index = from(quantity, first);
  return index == 0 ? total : parts[index - 1];
}

std::uint64_t power_of(const Snapshot& now, Q quantity) {
  if (quantity <= Q::import_power_3) {
    return one_of(quantity, Q::import_power, now.import_power, now.phase_import_power);
  }
  if (quantity <= Q::export_power_3) {
    return one_of(quantity, Q::export_power, now.export_power, now.phase_export_power);
  }
  if (quantity <= Q::reactive_import_power_3) {
    return one_of(quantity, Q::reactive_import_power, now.reactive_import_power,
                  now.phase_reactive_import_power);
  }
  return one_of(quantity, Q::reactive_export_power, now.reactive_export_power,
                now.phase_reactive_export_power);
}

std::uint64_t energy_of(const Snapshot& now, Q quantity) {
  if (quantity <= Q::import_energy_t2) {
    return one_of(quantity, Q::import_energy, now.import_energy, now.import_tariff);
  }
  if (quantity <= Q::export_energy_t2) {
    return one_of(quantity, Q::export_energy, now.export_energy, now.export_tariff);
  }
  if (quantity <= Q::reactive_import_energy_t2) {
    return one_of(quantity, Q::reactive_import_energy, now.reactive_import_energy,
                  now.reactive_import_tariff);
  }
  if (quantity <= Q::reactive_export_energy_t2) {
    return one_of(quantity, Q::reactive_export_energy, now.reactive_export_energy,
                  now.reactive_export_tariff);
  }
  if (quantity <= Q::quadrant_4_t2) {
    const std::size_t index = from(quantity, Q::quadrant_1), which = index / 3, part = index % 3;
    return part == 0 ? now.quadrant_energy[which] : now.quadrant_tariff[which][part - 1];
  }
  if (quantity <= Q::import_energy_3) {
    return now.phase_import_energy[from(quantity, Q::import_energy_1)];
  }
  return now.phase_export_energy[from(quantity, Q::export_energy_1)];
}

}  // namespace

std::uint64_t number_of(const Snapshot& now, Quantity quantity) {
  if (between(quantity, Q::voltage_1, Q::voltage_3)) {
    return now.voltage[from(quantity, Q::voltage_1)];
  }
  if (between(quantity, Q::current_1, Q::current_3)) {
    return now.current[from(quantity, Q::current_1)];
  }
  if (between(quantity, Q::import_power, Q::reactive_export_power_3)) {
    return power_of(now, quantity);
  }
  if (quantity == Q::power_factor) return now.power_factor;
  if (between(quantity, Q::import_energy, Q::export_energy_3)) return energy_of(now, quantity);
  return quantity == Q::gas ? now.gas : 0;
}

int scaler_of(Quantity quantity) {
  if (between(quantity, Q::voltage_1, Q::voltage_3)) return -1;
  if (between(quantity, Q::current_1, Q::current_3)) return -2;
  return quantity == Q::power_factor || quantity == Q::gas ? -3 : 0;
}

}  // namespace meterpipe::sim
