#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "sim/household.hpp"
#include "unit/sim/short_forms.hpp"

namespace meterpipe::sim {

using test::at;

namespace {

constexpr House kHouse{.phases = 3,
                       .pv_peak = 5000,
                       .import_at_start = 1000,
                       .export_at_start = 500,
                       .reactive_import_at_start = 20,
                       .reactive_export_at_start = 30};

template <class Look>
void run(const House& house, std::uint64_t seed, std::string_view from, std::uint32_t step, int n,
         Look&& look) {
  Household household(house, seed);
  Seconds utc = at(from);
  for (int i = 0; i < n; ++i, utc += step) look(household.measure(utc, vienna(utc), step), utc);
}

}  // namespace

TEST_CASE("the counters add up the power exactly") {
  std::uint64_t import = 1000 * 3600, feed = 500 * 3600, plus = 20 * 3600, minus = 30 * 3600;
  run(kHouse, 7, "2026-06-20T22:00:00Z", 5, 86400 / 5, [&](const Snapshot& now, Seconds) {
    REQUIRE(now.import_energy == import / 3600);
    REQUIRE(now.export_energy == feed / 3600);
    REQUIRE(now.reactive_import_energy == plus / 3600);
    REQUIRE(now.reactive_export_energy == minus / 3600);
    import += std::uint64_t{now.import_power} * 5;
    feed += std::uint64_t{now.export_power} * 5;
    plus += std::uint64_t{now.reactive_import_power} * 5;
    minus += std::uint64_t{now.reactive_export_power} * 5;
  });
  CHECK(import > 1000 * 3600 + 2'000 * 3600);  // a day in a house with a roof of 5 kW
  CHECK(feed > 500 * 3600 + 5'000 * 3600);
  CHECK(minus > 30 * 3600);
}

TEST_CASE("voltages, currents, power and power factor fit together") {
  for (const unsigned phases : {1U, 3U}) {
    House house = kHouse;
    house.phases = phases;
    run(house, 3, "2026-04-10T00:00:00Z", 60, 2 * 1440, [&](const Snapshot& now, Seconds) {
      double apparent = 0;
      for (unsigned i = 0; i < phases; ++i) {
        REQUIRE(now.voltage[i] >= 2250);
        REQUIRE(now.voltage[i] <= 2370);
        apparent += now.voltage[i] * 0.1 * now.current[i] * 0.01;
      }
      for (unsigned i = phases; i < 3; ++i) REQUIRE((now.voltage[i] | now.current[i]) == 0);
      REQUIRE(std::min(now.import_power, now.export_power) == 0);
      REQUIRE(std::min(now.reactive_import_power, now.reactive_export_power) == 0);
      const double power = now.import_power + now.export_power;
      const double reactive = now.reactive_import_power + now.reactive_export_power;
      // Each current is rounded to 0.01 A of 230 V, the factor to 0.001.
      const double slack = phases * 1.2 + power * 0.001 + 1;
      REQUIRE(std::abs(apparent - std::hypot(power, reactive)) < slack);
      REQUIRE(std::abs(apparent * now.power_factor / 1000 - power) < slack);
      REQUIRE(now.power_factor <= 1000);
      REQUIRE((now.power_factor > 900 || power < 10));
    });
  }
}

TEST_CASE("a day has a night, peaks and a noon of feeding in") {
  std::uint64_t night = 0, evening = 0, noon = 0, dark = 0;
  for (const std::uint64_t seed : {1, 2, 3, 4, 5, 6, 7, 8}) {
    run(kHouse, seed, "2026-06-10T00:00:00Z", 300, 12, [&](const Snapshot& now, Seconds) {
      night += now.import_power;  // 02:00 to 03:00 local
      dark += now.export_power;
    });
    run(kHouse, seed, "2026-12-10T17:00:00Z", 300, 12,
        [&](const Snapshot& now, Seconds) { evening += now.import_power; });
    run(kHouse, seed, "2026-06-10T10:30:00Z", 300, 12,
        [&](const Snapshot& now, Seconds) { noon += now.export_power; });
  }
  CHECK(night / 96 > 100);
  CHECK(night / 96 < 400);
  CHECK(evening > 2 * night);
  CHECK(noon / 96 > 1000);
  CHECK(dark == 0);
  run(House{}, 1, "2026-01-10T23:00:00Z", 60, 60,
      [](const Snapshot& now, Seconds) { REQUIRE(now.export_power == 0); });
  House no_roof = kHouse;
  no_roof.pv_peak = 0;
  run(no_roof, 1, "2026-06-10T00:00:00Z", 600, 144,
      [](const Snapshot& now, Seconds) { REQUIRE(now.export_power == 0); });
}

TEST_CASE("a seed is a house: the same again, another otherwise") {
  std::vector<std::uint32_t> first, again, other;
  const auto powers = [](std::vector<std::uint32_t>& into) {
    return [&into](const Snapshot& now, Seconds) { into.push_back(now.import_power); };
  };
  run(kHouse, 1, "2026-02-01T00:00:00Z", 5, 500, powers(first));
  run(kHouse, 1, "2026-02-01T00:00:00Z", 5, 500, powers(again));
  run(kHouse, 2, "2026-02-01T00:00:00Z", 5, 500, powers(other));
  CHECK(first == again);
  CHECK(first != other);
  CHECK(*std::max_element(first.begin(), first.end()) !=
        *std::min_element(first.begin(), first.end()));
}

}  // namespace meterpipe::sim
