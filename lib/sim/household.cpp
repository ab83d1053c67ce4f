#include "sim/household.hpp"

#include <algorithm>
#include <chrono>

namespace meterpipe::sim {
namespace {

enum Channel : unsigned {
  kLoad,
  kJitter,
  kAppliance,
  kCloud,
  kHaze,
  kPhi,
  kVoltage,
  kShare = 10,
  kGas = 20,
  kHeat,
  kWater,
  kFlow
};

// W at each full hour of local time.
constexpr std::array<std::int64_t, 24> kDay{210, 190, 180, 175, 180, 230, 420, 680,
                                            560, 420, 380, 450, 620, 480, 390, 380,
                                            430, 640, 880, 960, 820, 610, 430, 290};

struct Sun {
  std::int64_t rise, set;  // minutes of the day, UTC, at 48° N 14° E
  std::int64_t percent;    // of the installed power, at noon under a clear sky
};
constexpr std::array kSun{Sun{405, 925, 35},  Sun{365, 975, 50},  Sun{315, 1020, 68},
                          Sun{250, 1065, 82}, Sun{200, 1105, 92}, Sun{175, 1135, 95},
                          Sun{190, 1130, 95}, Sun{230, 1090, 88}, Sun{275, 1030, 75},
                          Sun{315, 970, 55},  Sun{360, 925, 38},  Sun{395, 905, 30}};

std::int64_t modulo(std::int64_t a, std::int64_t b) { return (a % b + b) % b; }
std::int64_t floor_div(std::int64_t a, std::int64_t b) { return (a - modulo(a, b)) / b; }

std::uint64_t root(std::uint64_t square) {
  std::uint64_t result = 0;
  for (std::uint64_t bit = std::uint64_t{1} << 31; bit != 0; bit >>= 1) {
    if ((result | bit) * (result | bit) <= square) result |= bit;
  }
  return result;
}

}  // namespace

std::uint64_t mix(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15U;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31);
}

namespace {

// What a counter shows first, three fifths of it counted by day.
std::array<std::uint64_t, 2> by_tariff(std::uint64_t watt_hours) {
  const std::uint64_t day = watt_hours * 3 / 5;
  return {day * 3600, (watt_hours - day) * 3600};
}

std::array<std::uint64_t, 3> by_phase(std::uint64_t watt_hours, unsigned phases) {
  std::array<std::uint64_t, 3> result{};
  for (unsigned i = 0; i < phases; ++i) result[i] = watt_hours / phases * 3600;
  result[0] += watt_hours % phases * 3600;
  return result;
}

unsigned tariff_of(const LocalTime& local) { return local.hour >= 6 && local.hour < 22 ? 0 : 1; }

}  // namespace

Household::Household(const House& house, std::uint64_t seed)
    : house_(house),
      seed_(seed),
      import_(by_tariff(house.import_at_start)),
      export_(by_tariff(house.export_at_start)),
      phase_import_(by_phase(house.import_at_start, house.phases)),
      phase_export_(by_phase(house.export_at_start, house.phases)) {
  const std::uint64_t second = house.pv_peak == 0 ? 0 : house.reactive_import_at_start / 4;
  const std::uint64_t third = house.pv_peak == 0 ? 0 : house.reactive_export_at_start / 4;
  quadrants_ = {by_tariff(house.reactive_import_at_start - second), by_tariff(second),
                by_tariff(third), by_tariff(house.reactive_export_at_start - third)};
}

std::uint64_t Household::dice(unsigned channel, std::int64_t index) const {
  return mix(mix(seed_ * 64 + channel) ^ static_cast<std::uint64_t>(index));
}

std::int64_t Household::noise(unsigned channel, Seconds utc, std::int64_t step) const {
  const std::int64_t index = floor_div(utc, step);
  const auto here = static_cast<std::int64_t>(dice(channel, index) & 0xffff);
  const auto next = static_cast<std::int64_t>(dice(channel, index + 1) & 0xffff);
  return here + (next - here) * modulo(utc, step) / step;
}

std::int64_t Household::load(Seconds utc, const LocalTime& local) const {
  const std::int64_t in_hour = local.minute * 60 + local.second;
  const std::int64_t curve =
      kDay[local.hour] + (kDay[(local.hour + 1) % 24] - kDay[local.hour]) * in_hour / 3600;
  std::int64_t watts = curve * (700 + noise(kLoad, utc, 900) * 600 / 65536) / 1000;
  if (modulo(utc, 2400) < 840) watts += 85;  // the refrigerator
  // Kettle, oven, washing machine: now and then, a few minutes of each ten.
  const std::uint64_t chance = dice(kAppliance, floor_div(utc, 600));
  if (local.hour >= 6 && local.hour < 22 && chance % 8 == 0 &&
      modulo(utc, 600) < static_cast<std::int64_t>(120 + (chance >> 8) % 400)) {
    watts += static_cast<std::int64_t>(900 + (chance >> 24) % 1500);
  }
  return watts + static_cast<std::int64_t>(dice(kJitter, utc) % 15) - 7;
}

std::int64_t Household::sun(Seconds utc) const {
  using namespace std::chrono;
  const year_month_day date{floor<days>(sys_seconds(seconds(utc)))};
  const Sun& month = kSun[unsigned(date.month()) - 1];
  const std::int64_t now = modulo(utc, 86400), rise = month.rise * 60, set = month.set * 60;
  if (now <= rise || now >= set) return 0;
  const std::int64_t length = set - rise;
  const std::int64_t clear =
      house_.pv_peak * month.percent / 100 * 4 * (now - rise) / length * (set - now) / length;
  const std::int64_t cloud = noise(kCloud, utc, 1200) + noise(kHaze, utc, 60) / 8;  // to 73727
  return clear * (250 + cloud * 750 / 73728) / 1000;
}

Snapshot Household::measure(Seconds utc, const LocalTime& local, std::uint32_t step) {
  Snapshot now;
  const std::int64_t net = load(utc, local) - sun(utc);
  const auto active = static_cast<std::uint64_t>(net < 0 ? -net : net);
  // Electronics make a house capacitive; a motor now and then turns it round.
  const std::int64_t tangent = noise(kPhi, utc, 1500) * 480 / 65536 - 360;  // per mille
  const std::uint64_t reactive =
      active * static_cast<std::uint64_t>(tangent < 0 ? -tangent : tangent) / 1000;
  const std::uint64_t apparent = root((active * active + reactive * reactive) * 1'000'000);  // mVA

  (net < 0 ? now.export_power : now.import_power) = static_cast<std::uint32_t>(active);
  (tangent < 0 ? now.reactive_export_power : now.reactive_import_power) =
      static_cast<std::uint32_t>(reactive);
  if (apparent != 0) {
    now.power_factor = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(1000, (active * 1'000'000 * 2 + apparent) / (apparent * 2)));
  }

  std::uint64_t rest = apparent, active_rest = active, reactive_rest = reactive;
  for (unsigned i = 0; i < house_.phases; ++i) {
    now.voltage[i] = static_cast<std::uint32_t>(2262 + noise(kVoltage, utc, 300) * 40 / 65536 +
                                                noise(kVoltage + 1 + i, utc, 45) * 60 / 65536);
    const auto share = static_cast<std::uint64_t>(240 + noise(kShare + i, utc, 600) * 180 / 65536);
    const auto part_of = [&](std::uint64_t whole, std::uint64_t& left) {
      const std::uint64_t part = i + 1 == house_.phases ? left : whole * share / 1000;
      left -= part;
      return part;
    };
    const std::uint64_t part = part_of(apparent, rest);
    now.current[i] = static_cast<std::uint32_t>((part * 2 + now.voltage[i]) / (now.voltage[i] * 2));
    (net < 0 ? now.phase_export_power : now.phase_import_power)[i] =
        static_cast<std::uint32_t>(part_of(active, active_rest));
    (tangent < 0 ? now.phase_reactive_export_power : now.phase_reactive_import_power)[i] =
        static_cast<std::uint32_t>(part_of(reactive, reactive_rest));
  }

  show(now);
  now.gas_time = floor_div(utc, 3600) * 3600;
  if (house_.gas_at_start != 0) now.gas = gas_at(now.gas_time);
  if (house_.heat_at_start != 0 || house_.water_at_start != 0) show_pipes(now, utc, local);
  now.days_on = static_cast<std::uint32_t>((utc - 1'577'836'800) / 86'400);
  count(now, tariff_of(local), step);
  return now;
}

void Household::show(Snapshot& now) const {
  const auto tariffs = [](const Counter& counter) -> Snapshot::Tariffs {
    return {counter[0] / 3600, counter[1] / 3600};
  };
  const auto sum = [](const Counter& a, const Counter& b) -> Counter {
    return {a[0] + b[0], a[1] + b[1]};
  };
  const auto whole = [](const Counter& counter) { return (counter[0] + counter[1]) / 3600; };
  const Counter plus = sum(quadrants_[0], quadrants_[1]), minus = sum(quadrants_[2], quadrants_[3]);
  now.import_energy = whole(import_);
  now.export_energy = whole(export_);
  now.reactive_import_energy = whole(plus);
  now.reactive_export_energy = whole(minus);
  now.import_tariff = tariffs(import_);
  now.export_tariff = tariffs(export_);
  now.reactive_import_tariff = tariffs(plus);
  now.reactive_export_tariff = tariffs(minus);
  for (std::size_t i = 0; i < 4; ++i) {
    now.quadrant_energy[i] = whole(quadrants_[i]);
    now.quadrant_tariff[i] = tariffs(quadrants_[i]);
  }
  for (std::size_t i = 0; i < 3; ++i) {
    now.phase_import_energy[i] = phase_import_[i] / 3600;
    now.phase_export_energy[i] = phase_export_[i] / 3600;
  }
}

void Household::count(const Snapshot& now, unsigned tariff, std::uint32_t step) {
  import_[tariff] += std::uint64_t{now.import_power} * step;
  export_[tariff] += std::uint64_t{now.export_power} * step;
  const bool feeds_in = now.export_power != 0;
  quadrants_[feeds_in ? 1 : 0][tariff] += std::uint64_t{now.reactive_import_power} * step;
  quadrants_[feeds_in ? 2 : 3][tariff] += std::uint64_t{now.reactive_export_power} * step;
  for (std::size_t i = 0; i < 3; ++i) {
    phase_import_[i] += std::uint64_t{now.phase_import_power[i]} * step;
    phase_export_[i] += std::uint64_t{now.phase_export_power[i]} * step;
  }
}

// A boiler: 170 l an hour on average, more in the hours that a dice favours, never backwards.
std::uint64_t Household::gas_at(Seconds utc) const {
  const std::int64_t hour = floor_div(utc, 3600);
  const auto since = static_cast<std::uint64_t>(hour - 438'288);  // 2020-01-01
  return house_.gas_at_start + since * 170 + dice(kGas, hour) % 160;
}

// Since 2020: so much an hour and up to as much again, never backwards; evenly within an hour.
std::uint64_t Household::counted(unsigned channel, Seconds utc, std::uint64_t an_hour) const {
  const std::int64_t hour = floor_div(utc, 3600);
  const auto at = [&](std::int64_t h) {
    return static_cast<std::uint64_t>(h - 438'288) * an_hour + dice(channel, h) % an_hour;
  };
  return at(hour) +
         (at(hour + 1) - at(hour)) * static_cast<std::uint64_t>(utc - hour * 3600) / 3600;
}

void Household::show_pipes(Snapshot& now, Seconds utc, const LocalTime& local) const {
  using namespace std::chrono;
  constexpr std::uint64_t kHeatAnHour = 1300, kWaterAnHour = 7;  // Wh, l
  constexpr std::uint64_t kWhOfLitre = 23;                       // of 19.8 K
  const sys_days first{year(local.year) / month(local.month) / day(1)};
  const Seconds month_begin =
      duration_cast<seconds>(first.time_since_epoch()).count() + local.deviation * 60;
  const Seconds hour = floor_div(utc, 3600) * 3600;
  const auto in_hour = [&](unsigned channel, std::uint64_t an_hour) {
    return static_cast<std::uint32_t>(counted(channel, hour + 3600, an_hour) -
                                      counted(channel, hour, an_hour));
  };
  if (house_.heat_at_start != 0) {
    now.heat = house_.heat_at_start + counted(kHeat, utc, kHeatAnHour);
    now.heat_at_month = house_.heat_at_start + counted(kHeat, month_begin, kHeatAnHour);
    now.heat_volume = now.heat / kWhOfLitre;
    now.heat_power = in_hour(kHeat, kHeatAnHour);
    now.heat_flow = now.heat_power / static_cast<std::uint32_t>(kWhOfLitre);
    now.flow_temperature = static_cast<std::uint32_t>(600 + noise(kFlow, utc, 900) * 90 / 65536);
    now.return_temperature = now.flow_temperature - 198;
  }
  if (house_.water_at_start != 0) {
    now.water = house_.water_at_start + counted(kWater, utc, kWaterAnHour);
    now.water_at_month = house_.water_at_start + counted(kWater, month_begin, kWaterAnHour);
    now.water_flow = in_hour(kWater, kWaterAnHour);
  }
}

}  // namespace meterpipe::sim
