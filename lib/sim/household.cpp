#include "sim/household.hpp"

#include <algorithm>
#include <chrono>

namespace meterpipe::sim {
namespace {

enum Channel : unsigned { kLoad, kJitter, kAppliance, kCloud, kHaze, kPhi, kVoltage, kShare = 10 };

// W at each full hour of local time.
constexpr std::array<std::int64_t, 24> kDay{210, 190, 180, 175, 180, 230, 420, 680,
                                            560, 420, 380, 450, 620, 480, 390, 380,
                                            430, 640, 880, 960, 820, 610, 430, 290};

struct Sun {
  std::int64_t rise, set;  // minutes of the day, UTC, at 48° N 14° E
  std::int64_t percent;    // of the installed power, at noon under a clear sky
};
constexpr std::array<Sun, 12> kSun{{{405, 925, 35},
                                    {365, 975, 50},
                                    {315, 1020, 68},
                                    {250, 1065, 82},
                                    {200, 1105, 92},
                                    {175, 1135, 95},
                                    {190, 1130, 95},
                                    {230, 1090, 88},
                                    {275, 1030, 75},
                                    {315, 970, 55},
                                    {360, 925, 38},
                                    {395, 905, 30}}};

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

Household::Household(const House& house, std::uint64_t seed)
    : house_(house),
      seed_(seed),
      import_(house.import_at_start * 3600),
      export_(house.export_at_start * 3600),
      reactive_import_(house.reactive_import_at_start * 3600),
      reactive_export_(house.reactive_export_at_start * 3600) {}

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

  std::uint64_t rest = apparent;
  for (unsigned i = 0; i < house_.phases; ++i) {
    now.voltage[i] = static_cast<std::uint32_t>(2262 + noise(kVoltage, utc, 300) * 40 / 65536 +
                                                noise(kVoltage + 1 + i, utc, 45) * 60 / 65536);
    const auto share = static_cast<std::uint64_t>(240 + noise(kShare + i, utc, 600) * 180 / 65536);
    const std::uint64_t part = i + 1 == house_.phases ? rest : apparent * share / 1000;
    rest -= part;
    now.current[i] = static_cast<std::uint32_t>((part * 2 + now.voltage[i]) / (now.voltage[i] * 2));
  }

  now.import_energy = import_ / 3600;
  now.export_energy = export_ / 3600;
  now.reactive_import_energy = reactive_import_ / 3600;
  now.reactive_export_energy = reactive_export_ / 3600;
  import_ += std::uint64_t{now.import_power} * step;
  export_ += std::uint64_t{now.export_power} * step;
  reactive_import_ += std::uint64_t{now.reactive_import_power} * step;
  reactive_export_ += std::uint64_t{now.reactive_export_power} * step;
  return now;
}

}  // namespace meterpipe::sim
