// What a value is, by its OBIS code and its unit (IEC 62056-6-1, 62056-6-2): which quantity, of
// which phase, in which direction, and whether it counts on or tells of one moment.
//
//   1-0:1.8.0   Wh    active energy, imported, counter       1.8.0 kWh   the same: 1-0
//   1-0:16.8.0  Wh    active energy, difference, balance     1-0:1.9.0   begins again
//   1-0:32.7.0  V     voltage, phase 1, moment               1-0:1.6.0   W: maximum, of no moment
//   0-1:24.2.1  m3    volume, sub-meter, counter             7-0:3.0.0   m³: gas, counter
//   0-0:96.1.0        identifier                             1-0:0.2.0   firmware
#pragma once

#include <cstdint>
#include <string_view>

#include "cosem/obis.hpp"
#include "cosem/units.hpp"
#include "cosem/value_groups.hpp"

namespace meterpipe::cosem {

// What an object that measures nothing itself is about.
enum class Subject : std::uint8_t {
  other,
  electric,   // a quantity of electricity: the sums and phases, C = 1 to 80
  sub_value,  // of a meter on an M-Bus channel: what it counts
  sub_type,   // its type
  sub_valve,  // its valve
  sub_other,
  clock,
  identifier,
  firmware,
  breaker,
  failures,  // of power: how many, how long
  message,
};

// How its number goes on.
enum class Course : std::uint8_t {
  other,         // a maximum, a threshold, what was stored at a billing date; not known
  moment,        // of one moment: a mean of several is one, too
  counter,       // upwards
  balance,       // of two directions: up and down
  begins_again,  // a counter of a billing period
};
constexpr bool counts(Course course) { return course >= Course::counter; }

struct Meaning {
  Medium medium = Medium::other;
  Subject subject = Subject::other;
  Quantity quantity = Quantity::none;  // by the unit; where there is none, by the code
  Quantity by_code = Quantity::none;
  Course course = Course::other;
  // Value group D as electricity has it; other media have meanings of their own, see `course`.
  Processing processing = Processing::other;
  Direction direction = Direction::none;
  std::uint8_t phase = 0;   // 1 to 3; 0: the sum, or no phase
  std::uint8_t tariff = 0;  // 0: all
  bool stored = false;      // F: of an earlier billing period

  bool is_electric() const { return subject == Subject::electric; }
  bool is_of_sub_meter() const {
    return subject >= Subject::sub_value && subject <= Subject::sub_other;
  }
};

Meaning meaning_of(const Obis& code, const Unit& unit = {});
// A text that is no code says nothing, its unit does.
Meaning meaning_of(std::string_view code, const Unit& unit);

// 1-0:31.4.0, 51.4.0, 71.4.0: in a telegram of a P1 port the threshold of a phase's fuse, and no
// average of its current as elsewhere. Hungary sends a second one behind it.
bool is_fuse_threshold(const Obis& code);

// Which medium an M-Bus device measures, by its type (EN 13757-3, table 13).
Medium medium_of_device_type(unsigned type);

}  // namespace meterpipe::cosem
