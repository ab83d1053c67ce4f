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
    case Q::net_power: return std::uint64_t{now.import_power} - std::uint64_t{now.export_power};
    case Q::heat_power: return now.heat_power;
    case Q::heat_flow: return now.heat_flow;
    case Q::flow_temperature: return now.flow_temperature;
    case Q::return_temperature: return now.return_temperature;
    case Q::temperature_difference: return now.flow_temperature - now.return_temperature;
    case Q::water_flow: return now.water_flow;
    case Q::gas: return now.gas;
    case Q::heat: return part == 0 ? now.heat : now.heat_at_month;
    case Q::heat_volume: return now.heat_volume;
    case Q::water: return part == 0 ? now.water : now.water_at_month;
    case Q::days_on: return now.days_on;
    default: return 0;
  }
}

int scaler_of(Quantity quantity) {
  switch (quantity) {
    case Quantity::voltage:
    case Quantity::flow_temperature:
    case Quantity::return_temperature:
    case Quantity::temperature_difference: return -1;
    case Quantity::current: return -2;
    case Quantity::power_factor:
    case Quantity::heat_flow:
    case Quantity::water_flow:
    case Quantity::gas:
    case Quantity::heat_volume:
    case Quantity::water: return -3;
    default: return 0;
  }
}

}  // namespace meterpipe::sim
