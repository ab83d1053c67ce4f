// What of a reading can be judged: counters and powers, by their code and unit (cosem/quantity).
//
//   1-0:1.8.0  Wh    a counter: runs upwards, no faster than a power allows
//   1-0:16.8.0 Wh    import - export: either direction, no faster
//   1-0:1.9.0  Wh    since the last billing period: begins again, so downwards is no fault
//   1-0:1.7.0  W     instantaneous: within a power
//   0-1:24.2.1 m3    gas, water or heat by way of M-Bus: runs upwards
//   1.8.0      kWh   as 1-0:1.8.0
//
// Maxima, thresholds and what was stored at a billing date (F other than 255) are not judged: they
// stay or move as they like. Nor are values known by their place only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "cosem/quantity.hpp"

namespace meterpipe::judge {

// What a value is to others of its reading.
enum class Role : std::uint8_t { none, name, voltage, current, import_power, export_power };

struct JudgedValue {
  std::uint64_t key = 0;  // its code, packed; unique to A-B:C.D.E
  cosem::Unit unit;       // `base` is a view of the unit's text
  cosem::Course course = cosem::Course::other;
  bool by_power = false;  // a counter in W h, var h or VA h: as fast as a power allows
  bool power = false;     // W, var or VA
  Role role = Role::none;
  std::uint8_t phase = 0;  // of the role; 0: all
};

// Nothing: not judged.
std::optional<JudgedValue> judged_value(std::string_view obis, std::string_view unit);

// The same for value after value: most readings have the codes of the one before.
class JudgedValues {
 public:
  // The value at this place of a reading. The views in it are good for as long as the place is not
  // asked for with other texts.
  const std::optional<JudgedValue>& of(std::size_t place, std::string_view obis,
                                       std::string_view unit);

 private:
  static constexpr std::size_t kMostPlaces = 1000;  // kept; a reading has some dozen

  struct Known {
    std::string obis, unit;
    std::optional<JudgedValue> value;
  };
  std::deque<Known> known_;  // its texts do not move
  Known other_;
};

}  // namespace meterpipe::judge
