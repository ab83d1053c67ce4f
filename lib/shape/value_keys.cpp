#include "shape/value_keys.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "base/civil.hpp"
#include "base/timestamp.hpp"
#include "cosem/obis.hpp"
#include "json/fields.hpp"

namespace meterpipe::shape {
namespace {

// Units of what adds up over time, of spans of time, of angles (the mean of 359 and 1 is not 180)
// and of constants.
constexpr std::array<std::string_view, 46> kLasting{
    "Wh",   "kWh",      "MWh",   "GWh",    "VAh",  "kVAh", "MVAh",   "varh",  "kvarh", "Mvarh",
    "Ah",   "kAh",      "V²h",   "A²h",    "J",    "kJ",   "MJ",     "GJ",    "m³",    "m3",
    "dm³",  "dm3",      "l",     "kg",     "t",    "C",    "a",      "mo",    "wk",    "d",
    "h",    "min",      "s",     "°",      "deg",  "1/Wh", "1/varh", "1/VAh", "1/V²h", "1/A²h",
    "1/m³", "currency", "count", "pulses", "GCal", "Gcal"};

}  // namespace

void append_value_key(std::string& key, std::string_view obis, std::string_view pos,
                      std::string_view attr) {
  key.append(obis);
  if (obis.empty()) key.append("pos/").append(pos);
  if (!is_plain_attribute(attr)) key.append(1, '/').append(attr);
}

void value_keys(const record::ReadingRecord& reading, std::vector<std::string>& keys) {
  keys.resize(reading.values.size());
  std::unordered_map<std::string_view, unsigned> seen;
  seen.reserve(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const record::ReadingValue& value = reading.values[i];
    std::string& key = keys[i];
    key.clear();
    append_value_key(key, value.obis, value.pos, value.attr);
    // The key that is looked up must stay as it is; that of a later one is made longer.
    const auto [at, is_new] = seen.emplace(key, 1U);
    if (!is_new) key.append(kOnceMore).append(std::to_string(++at->second));
  }
}

bool is_date_time(const record::ReadingValue& value) {
  const std::string_view text = value.value;
  if (text.size() < 21 || text.front() != '"' || text[11] != 'T') return false;
  return parse_wall_time(text.substr(1, kCivilChars)).has_value();
}

bool is_momentary(const record::ReadingValue& value) {
  if (!json::is_number(value.value)) return false;
  if (std::find(kLasting.begin(), kLasting.end(), value.unit) != kLasting.end()) return false;
  const auto code = cosem::parse_obis(value.obis);
  const bool electric = code && code->a.value_or(1) == 1;
  if (!electric) return !value.unit.empty();
  switch (code->d) {  // IEC 62056-6-1, value group D
    case 2:           // cumulative maximum
    case 6:           // maximum
    case 8:           // time integrals
    case 9:
    case 10:
    case 29:
    case 30:
      return false;
    case 7:  // a power factor has no unit
      return !value.unit.empty() || code->c % 20 == 13;
    default:
      return !value.unit.empty();
  }
}

}  // namespace meterpipe::shape
