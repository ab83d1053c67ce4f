#include "home_assistant/sensor_classes.hpp"
#include "base/hex.hpp"
#include "shape/value_keys.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace meterpipe::home {
namespace {

constexpr std::uint8_t kNumberGroup = 96, kSubMeterGroup = 24;  // C of 0-0:96.1.0, 0-1:24.2.1

// Units that Home Assistant has, of those that we write.
constexpr std::array<std::string_view, 39> kHomeUnits{
    "%",    "A",     "GJ", "GWh", "Gcal", "Hz", "J",   "K",  "MJ",   "MW",  "MWh", "Pa",   "V",
    "VA",   "W",     "Wh", "bar", "d",    "dB", "dBm", "h",  "kJ",   "kVA", "kW",  "kWh",  "kg",
    "kvar", "kvarh", "m",  "m/s", "mA",   "mV", "min", "m³", "m³/h", "s",   "var", "varh", "°C"};
static_assert(std::ranges::is_sorted(kHomeUnits));

// As Home Assistant writes it; empty: it does not know the unit.
std::string_view home_unit(std::string_view unit) {
  if (unit == "l" || unit == "dm3") return "L";
  if (unit == "m3") return "m³";
  if (unit == "m3/h") return "m³/h";
  return std::ranges::binary_search(kHomeUnits, unit) ? unit : std::string_view();
}

// These came with reactive_energy, kJ and Gcal half a year before.
bool is_since_2025(std::string_view unit) {
  return unit == "kJ" || unit == "Gcal" || unit == "kVA" || unit == "kvar" || unit == "kvarh" ||
         unit == "varh";
}

struct ClassOf {
  cosem::Quantity quantity;
  std::string_view name;
};
using cosem::Quantity;
constexpr std::array kClasses{ClassOf{Quantity::active_energy, "energy"},
                              ClassOf{Quantity::heat, "energy"},
                              ClassOf{Quantity::reactive_energy, "reactive_energy"},
                              ClassOf{Quantity::active_power, "power"},
                              ClassOf{Quantity::reactive_power, "reactive_power"},
                              ClassOf{Quantity::apparent_power, "apparent_power"},
                              ClassOf{Quantity::voltage, "voltage"},
                              ClassOf{Quantity::current, "current"},
                              ClassOf{Quantity::frequency, "frequency"},
                              ClassOf{Quantity::flow, "volume_flow_rate"},
                              ClassOf{Quantity::mass, "weight"},
                              ClassOf{Quantity::temperature, "temperature"},
                              ClassOf{Quantity::pressure, "pressure"},
                              ClassOf{Quantity::length, "distance"},
                              ClassOf{Quantity::speed, "speed"},
                              ClassOf{Quantity::duration, "duration"},
                              ClassOf{Quantity::level, "signal_strength"}};

// Empty where the medium decides, or where there is none: of apparent energy, of a ratio.
std::string_view class_of(Quantity quantity) {
  const auto found = std::ranges::find(kClasses, quantity, &ClassOf::quantity);
  return found == kClasses.end() ? std::string_view() : found->name;
}

// What is known of a value: its code, where it has one, and what that and the unit mean.
struct Known {
  std::optional<cosem::Obis> code;
  cosem::Meaning is;

  bool is_momentary() const { return is.processing == cosem::Processing::momentary; }
  // A value that the meter makes anew all the time, or the greatest so far.
  bool is_current() const {
    return is_momentary() || is.processing == cosem::Processing::running_average ||
           is.processing == cosem::Processing::maximum;
  }
  bool is_total() const { return is.processing == cosem::Processing::total; }
};

Known known_of(const ValueFacts& value) {
  Known known;
  if (const auto pattern = cosem::parse_obis(value.obis)) known.code = pattern->code();
  known.is = cosem::meaning_of(value.obis, cosem::parse_unit(value.unit));
  return known;
}

// By its unit, too: 6.8 of a heat meter (Ultraheat) is in MWh or GJ.
bool is_reactive_counter(const cosem::Meaning& is) {
  return is.is_electric() && is.by_code == Quantity::reactive_energy &&
         is.quantity == Quantity::reactive_energy &&
         is.processing != cosem::Processing::per_interval;
}

std::string_view volume_class(cosem::Medium medium, std::string_view unit) {
  if (medium == cosem::Medium::gas && unit == "m³") return "gas";  // of litres: no such pair
  return medium == cosem::Medium::water ? "water" : "volume";
}

// The key of a record of a wired M-Bus meter: DIF, DIFEs and VIFs in hex (EN 13757-3, 6.3), "-2"
// behind it for the second of its like. Of which storage and function it is, and its VIFs.
struct RecordKey {
  bool stored = false, instantaneous = false;
  std::string_view vif;
};

std::optional<RecordKey> record_key(std::string_view key) {
  RecordKey record;
  key = key.substr(0, key.find('-'));
  for (std::size_t at = 0; at + 1 < key.size(); at += 2) {
    const int high = hex_digit(key[at]), low = hex_digit(key[at + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    if (at == 0) record.instantaneous = (high & 3) == 0;
    record.stored |= at == 0 ? (high & 4) != 0 : low != 0;
    if ((high & 8) != 0) continue;
    record.vif = key.substr(at + 2);
    return record;
  }
  return std::nullopt;
}

bool is_stored_record(std::string_view key) {
  const auto record = record_key(key);
  return record && record->stored;
}

// The present energy or volume, of a tariff or a subunit, say. Not what a further VIFE makes of it,
// "per pulse": but for the direction and ABB's word that there is no error.
//
//   841006  Wh, tariff 1     8420fb00  MWh, tariff 2     8e80408400  ABB, subunit 2     8440863c
bool is_counter_record(std::string_view key) {
  const auto record = record_key(key);
  if (!record || record->stored || !record->instantaneous) return false;
  const std::string_view vif = record->vif;
  if (vif.size() == 2) return true;
  if (vif.size() != 4) return false;
  const std::string_view last = vif.substr(2);
  return vif.starts_with("fb") || last == "00" || last == "3b" || last == "3c";
}

// Does the number count up for ever? Then the energy dashboard can take it.
std::string_view counter_class(const ValueFacts& value, const Known& known) {
  if (known.is.stored) return {};  // stands still for a month, then jumps
  if (value.key.starts_with(shape::kNetKey)) return "total";
  if (value.key.starts_with(shape::kTotalImportKey) ||
      value.key.starts_with(shape::kTotalExportKey)) {
    return "total_increasing";
  }
  if (!known.code) return is_counter_record(value.key) ? "total_increasing" : "";
  // Sub-meters' values come without their medium, too: 24.2.1.
  if (known.code->a > 1 || known.code->c == kSubMeterGroup) return "total_increasing";
  if (!known.is_total()) return {};
  return known.is.direction == cosem::Direction::difference ? "total" : "total_increasing";
}

// The units of a heat cost allocator, 4-0:1.0.0: from 0 on each year.
bool is_allocated(const Known& known) {
  constexpr std::uint8_t kAllocator = 4;
  return known.code && known.code->a == kAllocator && known.code->c == 1 && known.code->d == 0 &&
         !known.is.stored;
}

// Things about the meter, not what it measures: abstract objects, identifiers, limits.
bool is_about_the_meter(const Known& known) {
  constexpr std::uint8_t kFirstOther = 94;  // of a country, service entries
  if (!known.code) return false;
  if (known.is.medium == cosem::Medium::abstract) {
    // Gateways send 0-0:1.8.0 for a counter.
    return !known.is.is_of_sub_meter() &&
           !(known.is.is_electric() && (known.is_momentary() || known.is_total()));
  }
  return known.code->c == 0 || known.code->c >= kFirstOther;
}

std::string_view icon_of(const ValueFacts& value, const cosem::Meaning& is) {
  if (value.kind == flow::PublishedValue::Kind::time) return "mdi:clock-outline";
  if (is.subject == cosem::Subject::identifier && is.medium == cosem::Medium::abstract) {
    return "mdi:identifier";
  }
  if (is.subject == cosem::Subject::firmware) return "mdi:chip";
  if (is_reactive_counter(is)) return "mdi:counter";
  return {};
}

void classify_number(const ValueFacts& value, const Known& known, SensorClass& to) {
  const cosem::Meaning& is = known.is;
  const bool electric = is.is_electric();
  if (electric && is.by_code == Quantity::power_factor && known.is_momentary()) {
    if (value.unit == "%" || (value.unit.empty() && value.is_fraction)) {
      to.device_class = "power_factor";
    }
    to.unit = value.unit;
    to.state_class = "measurement";
    return;
  }
  if (value.unit.empty()) {
    if ((electric && known.is_current()) || is.subject == cosem::Subject::sub_valve) {
      to.state_class = "measurement";
    }
    const bool is_failures =
        is.subject == cosem::Subject::failures && is.medium == cosem::Medium::abstract;
    if (is_failures || is_allocated(known)) to.state_class = "total_increasing";
    return;
  }
  to.unit = home_unit(value.unit);
  if (to.unit.empty()) {
    to.unit = value.unit;
    if (known.is_current()) to.state_class = "measurement";
    return;
  }
  // A difference: converted as a temperature 20 K would be -253 °C.
  to.device_class = value.unit == "K" ? "" : class_of(is.quantity);
  to.since_2025 = is_since_2025(value.unit);
  if (is.quantity == Quantity::volume) {
    const bool of_sub_meter = is.medium == cosem::Medium::abstract && is.is_of_sub_meter();
    to.device_class = volume_class(of_sub_meter ? value.channel : is.medium, to.unit);
    to.state_class = counter_class(value, known);
  } else if (to.device_class == "energy" || to.device_class == "reactive_energy") {
    to.state_class = counter_class(value, known);
  } else if (to.device_class != "duration" || known.is_current()) {
    to.state_class = is.stored || is_stored_record(value.key) ? "" : "measurement";
  }
}

}  // namespace

SensorClass classify(const ValueFacts& value) {
  using cosem::Medium;
  using cosem::Subject;
  using Kind = flow::PublishedValue::Kind;
  const Known known = known_of(value);
  const cosem::Meaning& is = known.is;
  SensorClass result;
  result.icon = icon_of(value, is);
  result.diagnostic = is_about_the_meter(known) || value.is_other_attribute || value.is_threshold;
  if (value.is_threshold) {
    result.unit = value.unit;
    result.enabled = false;
    return result;
  }
  switch (value.kind) {
    case Kind::number: classify_number(value, known, result); break;
    case Kind::time:
      if (value.has_zone) result.device_class = "timestamp";
      break;
    case Kind::text: break;
  }
  const bool is_number = value.kind == Kind::number;
  if (!result.device_class.empty() && is_number) result.icon = {};
  const bool is_clock = is.subject == Subject::clock;
  const bool is_serial = is.subject == Subject::identifier && is.medium == Medium::abstract &&
                         known.code->c == kNumberGroup && known.code->e == 0;
  const bool is_firmware = is.subject == Subject::firmware && is.medium == Medium::electricity;
  const bool is_stored = is.stored || is_stored_record(value.key);
  const bool is_measured = !result.unit.empty() || !result.state_class.empty() ||
                           (is.is_electric() && (known.is_momentary() || known.is_total()));
  result.enabled =
      !value.is_other_attribute && !value.is_structure && !is_stored && !is_reactive_counter(is) &&
      (is_number ? !result.diagnostic && is_measured : is_clock || is_serial || is_firmware);
  return result;
}

}  // namespace meterpipe::home
