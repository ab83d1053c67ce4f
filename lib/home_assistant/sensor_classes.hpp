// What Home Assistant is told of a value: which of its classes of sensors it is, from the value's
// unit and OBIS code. Only pairs of class and unit are given that Home Assistant allows (sensor
// integration, device classes); a unit that it does not know stays, without a class.
//
//   Wh, 1-0:1.8.0   -> energy, total_increasing      V, 1-0:32.7.0  -> voltage, measurement
//   Wh, 1-0:16.8.0  -> energy, total                 varh           -> reactive_energy, off
//   m³, 7-0:3.0.0   -> gas, total_increasing         "", 0-0:96.1.0 -> diagnostic
#pragma once

#include <string>
#include <string_view>

#include "cosem/quantity.hpp"
#include "flow/published.hpp"

namespace meterpipe::home {

struct ValueFacts {
  std::string_view obis;  // or empty
  std::string_view key;   // PublishedValue::key
  std::string_view unit;
  flow::PublishedValue::Kind kind = flow::PublishedValue::Kind::text;
  cosem::Medium channel = cosem::Medium::other;  // of 0-n:24.2.x
  bool has_zone = false;                         // a time that tells its offset
  bool is_fraction = false;                      // a number from -1 to 1
  bool is_other_attribute = false;               // of an object list: not the object's value
  bool is_structure = false;                     // JSON, or hex digits: not for people
};

// Empty texts: the key is left out of the configuration.
struct SensorClass {
  std::string device_class;
  std::string state_class;  // measurement | total | total_increasing
  std::string unit;         // as Home Assistant writes it
  std::string icon;
  bool diagnostic = false;
  bool enabled = true;
  bool since_2025 = false;  // versions before 2025.6 refuse the class: entity style leaves it out

  bool operator==(const SensorClass&) const = default;
};

SensorClass classify(const ValueFacts& value);

}  // namespace meterpipe::home
