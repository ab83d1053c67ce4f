// The tables of value information: primary, behind FD, behind FB (EN 13757-3, tables 10 to 14).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "wired/vif.hpp"

namespace meterpipe::wired {

// What the codes of a row differ in.
enum class Step : std::uint8_t {
  none,
  ten,          // each is ten times the one before
  from_second,  // s, min, h, d
  from_minute,  // min, h, d
  from_hour,    // h, d, months, years
  from_month,   // months, years
};

struct VifRow {
  std::uint8_t first, last;
  std::string_view quantity, unit;
  int exponent = 0;  // of the first code
  Step step = Step::none;
  Form form = Form::number;
};

inline constexpr auto kCount = Form::unsigned_number;

inline constexpr std::array kPrimary{
    VifRow{0x00, 0x07, "energy", "Wh", -3, Step::ten},
    VifRow{0x08, 0x0f, "energy", "J", 0, Step::ten},
    VifRow{0x10, 0x17, "volume", "m3", -6, Step::ten},
    VifRow{0x18, 0x1f, "mass", "kg", -3, Step::ten},
    VifRow{0x20, 0x23, "on-time", "", 0, Step::from_second},
    VifRow{0x24, 0x27, "operating-time", "", 0, Step::from_second},
    VifRow{0x28, 0x2f, "power", "W", -3, Step::ten},
    VifRow{0x30, 0x37, "power", "J/h", 0, Step::ten},
    VifRow{0x38, 0x3f, "volume-flow", "m3/h", -6, Step::ten},
    VifRow{0x40, 0x47, "volume-flow", "m3/min", -7, Step::ten},
    VifRow{0x48, 0x4f, "volume-flow", "m3/s", -9, Step::ten},
    VifRow{0x50, 0x57, "mass-flow", "kg/h", -3, Step::ten},
    VifRow{0x58, 0x5b, "flow-temperature", "°C", -3, Step::ten},
    VifRow{0x5c, 0x5f, "return-temperature", "°C", -3, Step::ten},
    VifRow{0x60, 0x63, "temperature-difference", "K", -3, Step::ten},
    VifRow{0x64, 0x67, "external-temperature", "°C", -3, Step::ten},
    VifRow{0x68, 0x6b, "pressure", "bar", -3, Step::ten},
    VifRow{0x6c, 0x6c, "date", "", 0, Step::none, Form::time},
    VifRow{0x6d, 0x6d, "date-time", "", 0, Step::none, Form::time},
    VifRow{0x6e, 0x6e, "hca", ""},
    VifRow{0x70, 0x73, "averaging-duration", "", 0, Step::from_second},
    VifRow{0x74, 0x77, "actuality-duration", "", 0, Step::from_second},
    VifRow{0x78, 0x78, "fabrication-number", "", 0, Step::none, Form::digits},
    VifRow{0x79, 0x79, "identification", "", 0, Step::none, Form::digits},
    VifRow{0x7a, 0x7a, "bus-address", "", 0, Step::none, kCount},
    VifRow{0x7e, 0x7e, "any", ""},
};

inline constexpr std::array kBehindFd{
    VifRow{0x00, 0x03, "credit", "", -3, Step::ten},
    VifRow{0x04, 0x07, "debit", "", -3, Step::ten},
    VifRow{0x08, 0x08, "access-number", "", 0, Step::none, kCount},
    VifRow{0x09, 0x09, "medium", "", 0, Step::none, kCount},
    VifRow{0x0a, 0x0a, "manufacturer", "", 0, Step::none, kCount},
    VifRow{0x0b, 0x0b, "parameter-set", "", 0, Step::none, kCount},
    VifRow{0x0c, 0x0c, "model-version", "", 0, Step::none, kCount},
    VifRow{0x0d, 0x0d, "hardware-version", "", 0, Step::none, kCount},
    VifRow{0x0e, 0x0e, "firmware-version", "", 0, Step::none, kCount},
    VifRow{0x0f, 0x0f, "software-version", "", 0, Step::none, kCount},
    VifRow{0x10, 0x10, "customer-location", "", 0, Step::none, kCount},
    VifRow{0x11, 0x11, "customer", "", 0, Step::none, kCount},
    VifRow{0x12, 0x12, "access-code-user", "", 0, Step::none, Form::secret},
    VifRow{0x13, 0x13, "access-code-operator", "", 0, Step::none, Form::secret},
    VifRow{0x14, 0x14, "access-code-system-operator", "", 0, Step::none, Form::secret},
    VifRow{0x15, 0x15, "access-code-developer", "", 0, Step::none, Form::secret},
    VifRow{0x16, 0x16, "password", "", 0, Step::none, Form::secret},
    VifRow{0x17, 0x17, "error-flags", "", 0, Step::none, Form::bits},
    VifRow{0x18, 0x18, "error-mask", "", 0, Step::none, Form::bits},
    VifRow{0x19, 0x19, "security-key", "", 0, Step::none, Form::secret},
    VifRow{0x1a, 0x1a, "digital-output", "", 0, Step::none, Form::bits},
    VifRow{0x1b, 0x1b, "digital-input", "", 0, Step::none, Form::bits},
    VifRow{0x1c, 0x1c, "baud-rate", "", 0, Step::none, kCount},
    VifRow{0x1d, 0x1d, "response-delay", "", 0, Step::none, kCount},
    VifRow{0x1e, 0x1e, "retries", "", 0, Step::none, kCount},
    VifRow{0x1f, 0x1f, "remote-control", "", 0, Step::none, Form::bits},
    VifRow{0x20, 0x20, "first-storage", "", 0, Step::none, kCount},
    VifRow{0x21, 0x21, "last-storage", "", 0, Step::none, kCount},
    VifRow{0x22, 0x22, "storage-block-size", "", 0, Step::none, kCount},
    VifRow{0x23, 0x23, "storage-descriptor", ""},
    VifRow{0x24, 0x27, "storage-interval", "", 0, Step::from_second},
    VifRow{0x28, 0x29, "storage-interval", "", 0, Step::from_month},
    VifRow{0x2a, 0x2a, "operator-data", ""},
    VifRow{0x2b, 0x2b, "time-point-second", "s"},
    VifRow{0x2c, 0x2f, "duration-since-readout", "", 0, Step::from_second},
    VifRow{0x30, 0x30, "tariff-start", "", 0, Step::none, Form::time},
    VifRow{0x31, 0x33, "tariff-duration", "", 0, Step::from_minute},
    VifRow{0x34, 0x37, "tariff-period", "", 0, Step::from_second},
    VifRow{0x38, 0x39, "tariff-period", "", 0, Step::from_month},
    VifRow{0x3a, 0x3a, "dimensionless", ""},
    VifRow{0x3b, 0x3b, "wireless-container", "", 0, Step::none, Form::opaque},
    VifRow{0x3c, 0x3f, "transmission-period", "", 0, Step::from_second},
    VifRow{0x40, 0x4f, "voltage", "V", -9, Step::ten},
    VifRow{0x50, 0x5f, "current", "A", -12, Step::ten},
    VifRow{0x60, 0x60, "reset-counter", "", 0, Step::none, kCount},
    VifRow{0x61, 0x61, "cumulation-counter", "", 0, Step::none, kCount},
    VifRow{0x62, 0x62, "control-signal", "", 0, Step::none, kCount},
    VifRow{0x63, 0x63, "day-of-week", "", 0, Step::none, kCount},
    VifRow{0x64, 0x64, "week", "", 0, Step::none, kCount},
    VifRow{0x65, 0x65, "day-change", "", 0, Step::none, kCount},
    VifRow{0x66, 0x66, "parameter-state", "", 0, Step::none, kCount},
    VifRow{0x67, 0x67, "supplier-information", "", 0, Step::none, kCount},
    VifRow{0x68, 0x6b, "duration-since-cumulation", "", 0, Step::from_hour},
    VifRow{0x6c, 0x6f, "battery-operating-time", "", 0, Step::from_hour},
    VifRow{0x70, 0x70, "battery-change", "", 0, Step::none, Form::time},
    VifRow{0x71, 0x71, "rf-level", "dBm"},
    VifRow{0x72, 0x72, "daylight-saving", "", 0, Step::none, Form::opaque},
    VifRow{0x73, 0x73, "listening-window", "", 0, Step::none, Form::opaque},
    VifRow{0x74, 0x74, "battery-remaining", "d"},
    VifRow{0x75, 0x75, "stops", ""},
    VifRow{0x76, 0x76, "manufacturer-container", "", 0, Step::none, Form::opaque},
};

inline constexpr std::array kBehindFb{
    VifRow{0x00, 0x01, "energy", "Wh", 5, Step::ten},
    VifRow{0x02, 0x03, "reactive-energy", "varh", 3, Step::ten},
    VifRow{0x04, 0x05, "apparent-energy", "VAh", 3, Step::ten},
    VifRow{0x08, 0x09, "energy", "J", 8, Step::ten},
    VifRow{0x0c, 0x0f, "energy", "cal", 5, Step::ten},
    VifRow{0x10, 0x11, "volume", "m3", 2, Step::ten},
    VifRow{0x14, 0x17, "reactive-power", "var", 0, Step::ten},
    VifRow{0x18, 0x19, "mass", "kg", 5, Step::ten},
    VifRow{0x1a, 0x1b, "relative-humidity", "%", -1, Step::ten},
    VifRow{0x20, 0x20, "volume", "ft3"},
    VifRow{0x21, 0x21, "volume", "ft3", -1},
    VifRow{0x22, 0x22, "volume", "gal", -1},
    VifRow{0x23, 0x23, "volume", "gal"},
    VifRow{0x24, 0x24, "volume-flow", "gal/min", -3},
    VifRow{0x25, 0x25, "volume-flow", "gal/min"},
    VifRow{0x26, 0x26, "volume-flow", "gal/h"},
    VifRow{0x28, 0x29, "power", "W", 5, Step::ten},
    VifRow{0x2a, 0x2a, "phase-u-u", "°", -1},
    VifRow{0x2b, 0x2b, "phase-u-i", "°", -1},
    VifRow{0x2c, 0x2f, "frequency", "Hz", -3, Step::ten},
    VifRow{0x30, 0x31, "power", "J/h", 8, Step::ten},
    VifRow{0x34, 0x37, "apparent-power", "VA", 0, Step::ten},
    VifRow{0x58, 0x5b, "flow-temperature", "°F", -3, Step::ten},
    VifRow{0x5c, 0x5f, "return-temperature", "°F", -3, Step::ten},
    VifRow{0x60, 0x63, "temperature-difference", "°F", -3, Step::ten},
    VifRow{0x64, 0x67, "external-temperature", "°F", -3, Step::ten},
    VifRow{0x70, 0x73, "temperature-limit", "°F", -3, Step::ten},
    VifRow{0x74, 0x77, "temperature-limit", "°C", -3, Step::ten},
    VifRow{0x78, 0x7f, "maximum-power-counter", "W", -3, Step::ten},
};

constexpr bool is_table(const auto& rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].first > rows[i].last || (i > 0 && rows[i - 1].last >= rows[i].first)) return false;
  }
  return true;
}
static_assert(is_table(kPrimary) && is_table(kBehindFd) && is_table(kBehindFb));

}  // namespace meterpipe::wired
