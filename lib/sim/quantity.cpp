#include "sim/quantity.hpp"

namespace meterpipe::sim {

std::uint64_t number_of(const Snapshot& now, Quantity quantity, std::size_t part) {
  using Q = Quantity;
  const auto of = [part](auto total, const auto& parts) -> std::uint64_t {
    return part == 0 ? total : parts[part - 1];
  };
  switch (quantity) {
    case Q::voltage: return now.voltage[part - 1];
    case Q::current: return now.current[part - 1];
    case Q::import_power: return of(now.import_power, now.phase_import_power);
    case Q::export_power: return of(now.export_power, now.phase_export_power);
    case Q::reactive_import_power:
      return of(now.reactive_import_power, now.phase_reactive_import_power);
    case Q::reactive_export_power:
      return of(now.reactive_export_power, now.phase_reactive_export_power);
    case Q::power_factor: return now.power_factor;
    case Q::import_energy: return of(now.import_energy, now.import_tariff);
    case Q::export_energy: return of(now.export_energy, now.export_tariff);
    case Q::reactive_import_energy:
      return of(now.reactive_import_energy, now.reactive_import_tariff);
    case Q::reactive_export_energy:
      return of(now.reactive_export_energy, now.reactive_export_tariff);
    case Q::quadrant_1:
    case Q::quadrant_2:
    case Q::quadrant_3:
    case Q::quadrant_4: {
      const auto which =
          static_cast<std::size_t>(quantity) - static_cast<std::size_t>(Q::quadrant_1);
      return of(now.quadrant_energy[which], now.quadrant_tariff[which]);
    }
    case Q::phase_import_energy: return now.phase_import_energy[part - 1];
    case Q::phase_export_energy: return now.phase_export_energy[part - 1];
    case Q::gas: return now.gas;
    default: return 0;
  }
}

int scaler_of(Quantity quantity) {
  if (quantity == Quantity::voltage) return -1;
  if (quantity == Quantity::current) return -2;
  return quantity == Quantity::power_factor || quantity == Quantity::gas ? -3 : 0;
}

}  // namespace meterpipe::sim
