// The house behind a simulated meter: what it draws, feeds in and counts, as integers of the
// meter's own units. Whole numbers all the way, so that a seed gives the same bytes on every
// machine.
//
//   net power = base load, morning and evening peaks, refrigerator, appliances, noise
//             - photovoltaics: a parabola between sunrise and sunset of the month, under clouds
//
// The power of an instant holds until the next one, and the counters add it up exactly: after n
// steps energy = start + sum of power * step, of which a reader sees whole Wh. Every step counts in
// one tariff and one quadrant, and in each phase what that phase had of it. So the total is the sum
// of both tariffs, and P+ - P- is the phases' import - export, each rounded down to whole units.
#pragma once

#include <array>
#include <cstdint>

#include "sim/calendar.hpp"

namespace meterpipe::sim {

struct House {
  unsigned phases = 3;
  std::uint32_t pv_peak = 5000;       // W
  std::uint64_t import_at_start = 0;  // Wh, and so on: what the counters show first
  std::uint64_t export_at_start = 0;
  std::uint64_t reactive_import_at_start = 0;  // varh
  std::uint64_t reactive_export_at_start = 0;
  std::uint64_t gas_at_start = 0;    // l; 0: no gas
  std::uint64_t heat_at_start = 0;   // Wh; 0: no heat meter
  std::uint64_t water_at_start = 0;  // l; 0: no water meter
};

// What the meter measures. Per-phase values of an absent phase are 0.
struct Snapshot {
  std::array<std::uint32_t, 3> voltage{};  // 0.1 V
  std::array<std::uint32_t, 3> current{};  // 0.01 A
  std::uint32_t import_power = 0;          // W, the sum of the phases
  std::uint32_t export_power = 0;
  std::uint32_t reactive_import_power = 0;  // var
  std::uint32_t reactive_export_power = 0;
  std::uint32_t power_factor = 1000;  // 0.001
  std::uint64_t import_energy = 0;    // Wh
  std::uint64_t export_energy = 0;
  std::uint64_t reactive_import_energy = 0;  // varh
  std::uint64_t reactive_export_energy = 0;

  using Phases = std::array<std::uint32_t, 3>;  // L1 to L3
  Phases phase_import_power{}, phase_export_power{};
  Phases phase_reactive_import_power{}, phase_reactive_export_power{};
  using Tariffs = std::array<std::uint64_t, 2>;  // day, night
  Tariffs import_tariff{}, export_tariff{}, reactive_import_tariff{}, reactive_export_tariff{};
  // I: import, inductive; II: export, inductive; III: export, capacitive; IV: import, capacitive
  std::array<std::uint64_t, 4> quadrant_energy{};
  std::array<Tariffs, 4> quadrant_tariff{};
  std::array<std::uint64_t, 3> phase_import_energy{}, phase_export_energy{};
  std::uint64_t gas = 0;    // l, at the last full hour
  Seconds gas_time = 0;     // that hour, UTC
  bool gas_unread = false;  // the electricity meter has not reached the gas meter

  // Of a heat meter: water that gives off 19.8 K.
  std::uint64_t heat = 0, heat_at_month = 0;                   // Wh
  std::uint64_t heat_volume = 0;                               // l
  std::uint32_t heat_power = 0;                                // W
  std::uint32_t heat_flow = 0;                                 // l/h
  std::uint32_t flow_temperature = 0, return_temperature = 0;  // 0.1 °C
  // Of a water meter
  std::uint64_t water = 0, water_at_month = 0;  // l
  std::uint32_t water_flow = 0;                 // l/h
  std::uint32_t days_on = 0;
};

class Household {
 public:
  Household(const House& house, std::uint64_t seed);

  // The house at `utc`, local time given with it; then `step` seconds pass in the counters.
  Snapshot measure(Seconds utc, const LocalTime& local, std::uint32_t step);

 private:
  std::int64_t load(Seconds utc, const LocalTime& local) const;
  std::int64_t sun(Seconds utc) const;
  // 0 to 65535, smooth between whole multiples of `step` seconds.
  std::int64_t noise(unsigned channel, Seconds utc, std::int64_t step) const;
  std::uint64_t dice(unsigned channel, std::int64_t index) const;

  House house_;
  std::uint64_t seed_;
  void count(const Snapshot& now, unsigned tariff, std::uint32_t step);
  void show(Snapshot& now) const;
  std::uint64_t gas_at(Seconds utc) const;
  std::uint64_t counted(unsigned channel, Seconds utc, std::uint64_t an_hour) const;
  void show_pipes(Snapshot& now, Seconds utc, const LocalTime& local) const;

  // W s and var s, by tariff and by phase
  using Counter = std::array<std::uint64_t, 2>;
  Counter import_{}, export_{};
  std::array<Counter, 4> quadrants_{};
  std::array<std::uint64_t, 3> phase_import_{}, phase_export_{};
};

// splitmix64: the one source of chance.
std::uint64_t mix(std::uint64_t value);

}  // namespace meterpipe::sim
