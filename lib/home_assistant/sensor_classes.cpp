#include "home_assistant/sensor_classes.hpp"

#include <algorithm>
#include <array>

#include "cosem/obis.hpp"

namespace meterpipe::home {
namespace {

struct UnitClass {
  std::string_view unit;          // ours
  std::string_view name;          // Home Assistant's
  std::string_view device_class;  // or empty: depends on the medium, or there is none
  bool since_2025 = false;
};

// Sorted by `unit`. Apparent energy (VAh) has no class. kvar and kVA came with reactive_energy.
constexpr std::array kUnits{
    UnitClass{"%", "%", ""},
    UnitClass{"A", "A", "current"},
    UnitClass{"GJ", "GJ", "energy"},
    UnitClass{"Hz", "Hz", "frequency"},
    UnitClass{"J", "J", "energy"},
    UnitClass{"K", "K", "temperature"},
    UnitClass{"MJ", "MJ", "energy"},
    UnitClass{"MW", "MW", "power"},
    UnitClass{"MWh", "MWh", "energy"},
    UnitClass{"Pa", "Pa", "pressure"},
    UnitClass{"V", "V", "voltage"},
    UnitClass{"VA", "VA", "apparent_power"},
    UnitClass{"W", "W", "power"},
    UnitClass{"Wh", "Wh", "energy"},
    UnitClass{"bar", "bar", "pressure"},
    UnitClass{"d", "d", "duration"},
    UnitClass{"dB", "dB", "signal_strength"},
    UnitClass{"dBm", "dBm", "signal_strength"},
    UnitClass{"h", "h", "duration"},
    UnitClass{"kVA", "kVA", "apparent_power", true},
    UnitClass{"kW", "kW", "power"},
    UnitClass{"kWh", "kWh", "energy"},
    UnitClass{"kg", "kg", "weight"},
    UnitClass{"kvar", "kvar", "reactive_power", true},
    UnitClass{"kvarh", "kvarh", "reactive_energy", true},
    UnitClass{"l", "L", ""},
    UnitClass{"m", "m", "distance"},
    UnitClass{"m/s", "m/s", "speed"},
    UnitClass{"m3", "m³", ""},
    UnitClass{"m3/h", "m³/h", "volume_flow_rate"},
    UnitClass{"mA", "mA", "current"},
    UnitClass{"mV", "mV", "voltage"},
    UnitClass{"min", "min", "duration"},
    UnitClass{"m³", "m³", ""},
    UnitClass{"m³/h", "m³/h", "volume_flow_rate"},
    UnitClass{"s", "s", "duration"},
    UnitClass{"var", "var", "reactive_power"},
    UnitClass{"varh", "varh", "reactive_energy", true},
    UnitClass{"°C", "°C", "temperature"},
};
static_assert(std::is_sorted(kUnits.begin(), kUnits.end(),
                             [](const UnitClass& a, const UnitClass& b) {
                               return a.unit < b.unit;
                             }));

const UnitClass* find_unit(std::string_view unit) {
  const auto* found =
      std::lower_bound(kUnits.begin(), kUnits.end(), unit,
                       [](const UnitClass& a, std::string_view text) { return a.unit < text; });
  return found != kUnits.end() && found->unit == unit ? &*found : nullptr;
}

// The value groups, as far as the code has them; a is 1 where it is not written.
struct Groups {
  bool known = false;
  unsigned a = 1, c = 0, d = 0, e = 0;
  bool stored = false;  // F: an earlier billing period
};

Groups groups_of(std::string_view obis) {
  const auto code = cosem::parse_obis(obis);
  if (!code) return {};
  return {true,    code->a.value_or(1U), code->c,
          code->d, code->e.value_or(0U), code->f.value_or(255) != 255};
}

// Electricity: C of the sum is 1..20, of the phases 21..40, 41..60, 61..80 (IEC 62056-6-1, 7.1).
unsigned quantity(const Groups& code) {
  return code.c >= 1 && code.c <= 80 ? (code.c - 1) % 20 + 1 : 0;
}

bool is_electric(const Groups& code) { return code.known && code.a <= 1 && quantity(code) != 0; }
// Energy since the beginning (D = 8, time integral 1) or of a period (9, 29, …).
bool is_reactive_energy(const Groups& code) {
  const unsigned q = quantity(code);
  return is_electric(code) && q >= 3 && q <= 8 && (code.d == 8 || code.d == 9);
}

Medium medium_of(const ValueFacts& value, const Groups& code) {
  if (!code.known) return Medium::unknown;
  switch (code.a) {
    case 0:
      return code.c == 24 ? value.channel : Medium::unknown;
    case 1:
      return Medium::electricity;
    case 5:
    case 6:
      return Medium::heat;
    case 7:
      return Medium::gas;
    case 8:
    case 9:
      return Medium::water;
    default:
      return Medium::unknown;
  }
}

std::string_view volume_class(Medium medium, std::string_view unit) {
  if (medium == Medium::gas && unit == "m³") return "gas";  // of litres there is no such pair
  return medium == Medium::water ? "water" : "volume";
}

// Does the number count up for ever? Then the energy dashboard can take it.
std::string_view counter_class(const ValueFacts& value, const Groups& code) {
  if (code.stored) return {};  // stands still for a month, then jumps
  if (value.key.starts_with("net")) return "total";
  if (!code.known) return {};
  if (code.a > 1 || code.c == 24) return "total_increasing";
  if (code.d != 8) return {};
  // 16: +A less -A, 36, 56, 76 of the phases.
  return quantity(code) == 16 ? "total" : "total_increasing";
}

// Things about the meter, not what it measures: abstract objects, identifiers, limits.
bool is_about_the_meter(const Groups& code) {
  if (!code.known) return false;
  // Gateways send 0-0:1.8.0 for a counter.
  if (code.a == 0) return code.c != 24 && !(quantity(code) != 0 && (code.d == 7 || code.d == 8));
  return code.c == 0 || code.c >= 94;
}

std::string_view icon_of(const ValueFacts& value, const Groups& code) {
  if (value.kind == flow::PublishedValue::Kind::time) return "mdi:clock-outline";
  if (code.known && code.a == 0 && code.c == 96 && code.d == 1) return "mdi:identifier";
  if (code.known && code.a == 0 && code.c == 42) return "mdi:identifier";
  if (code.known && code.c == 0 && code.d == 2) return "mdi:chip";
  if (is_reactive_energy(code)) return "mdi:counter";
  return {};
}

void classify_number(const ValueFacts& value, const Groups& code, SensorClass& to) {
  const bool instantaneous = code.known && (code.d == 7 || code.d == 4 || code.d == 6);
  if (is_electric(code) && quantity(code) == 13 && code.d == 7) {  // power factor
    if (value.unit == "%" || (value.unit.empty() && value.is_fraction)) {
      to.device_class = "power_factor";
    }
    to.unit = value.unit;
    to.state_class = "measurement";
    return;
  }
  if (value.unit.empty()) {
    if (is_electric(code) && instantaneous) to.state_class = "measurement";
    if (code.known && code.a == 0 && code.c == 96 && code.d == 7) {  // power failures
      to.state_class = "total_increasing";
    }
    return;
  }
  const UnitClass* unit = find_unit(value.unit);
  if (unit == nullptr) {
    to.unit = value.unit;
    if (instantaneous) to.state_class = "measurement";
    return;
  }
  to.unit = unit->name;
  to.device_class = unit->device_class;
  to.since_2025 = unit->since_2025;
  if (to.unit == "m³" || to.unit == "L") {
    to.device_class = volume_class(medium_of(value, code), to.unit);
    to.state_class = counter_class(value, code);
  } else if (to.device_class == "energy" || to.device_class == "reactive_energy") {
    to.state_class = counter_class(value, code);
  } else if (to.device_class != "duration" || instantaneous) {
    to.state_class = code.stored ? "" : "measurement";
  }
}

}  // namespace

Medium medium_of_device_type(unsigned type) {
  switch (type) {
    case 0x02:
      return Medium::electricity;
    case 0x03:
      return Medium::gas;
    case 0x04:
    case 0x0c:
    case 0x0d:
      return Medium::heat;
    case 0x06:
    case 0x07:
    case 0x15:
    case 0x16:
      return Medium::water;
    default:
      return Medium::unknown;
  }
}

SensorClass classify(const ValueFacts& value) {
  const Groups code = groups_of(value.obis);
  SensorClass result;
  result.icon = icon_of(value, code);
  result.diagnostic = is_about_the_meter(code) || value.is_other_attribute;
  switch (value.kind) {
    case flow::PublishedValue::Kind::number:
      classify_number(value, code, result);
      break;
    case flow::PublishedValue::Kind::time:
      if (value.has_zone) result.device_class = "timestamp";
      break;
    case flow::PublishedValue::Kind::text:
      break;
  }
  if (!result.device_class.empty() && value.kind == flow::PublishedValue::Kind::number)
    result.icon = {};
  const bool is_number = value.kind == flow::PublishedValue::Kind::number;
  const bool is_clock = code.known && code.a == 0 && code.c == 1;
  const bool is_serial = code.known && code.a == 0 && code.c == 96 && code.d == 1 && code.e == 0;
  const bool is_firmware = code.known && code.a == 1 && code.c == 0 && code.d == 2;
  const bool is_measured = !result.unit.empty() || !result.state_class.empty() ||
                           (is_electric(code) && (code.d == 7 || code.d == 8));
  result.enabled =
      !value.is_other_attribute && !value.is_structure && !code.stored &&
      !is_reactive_energy(code) &&
      (is_number ? !result.diagnostic && is_measured : is_clock || is_serial || is_firmware);
  return result;
}

}  // namespace meterpipe::home
