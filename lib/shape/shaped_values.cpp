#include "shape/shaped_values.hpp"

#include <algorithm>
#include <array>

#include "base/civil.hpp"
#include "base/decimal.hpp"
#include "base/telegram.hpp"
#include "cosem/units.hpp"
#include "json/fields.hpp"
#include "shape/name_context.hpp"
#include "shape/numbers.hpp"
#include "shape/value_keys.hpp"

namespace meterpipe::shape {
namespace {

using Kind = ShapedValue::Kind;

constexpr std::size_t kClockDigits = 24;  // of a COSEM date-time, 12 bytes
constexpr int kMeanPlaces = 2;            // aggregate.hpp
constexpr std::string_view kClock = "0-0:1.0.0";
constexpr std::string_view kImport = "1.7.0", kExport = "2.7.0";  // short

// Each 1000 times the one before.
using EnergyUnits = std::array<std::string_view, 4>;
constexpr std::array kEnergies{EnergyUnits{"Wh", "kWh", "MWh", "GWh"},
                               EnergyUnits{"varh", "kvarh", "Mvarh", "Gvarh"},
                               EnergyUnits{"VAh", "kVAh", "MVAh", "GVAh"}};

// 260302070000W: YYMMDDhhmmss, S or W for summer and winter (DSMR P1, 6.4: TST).
bool is_p1_clock(std::string_view text) {
  constexpr std::size_t kDigits = 12;
  return text.size() >= kDigits && text.size() <= kDigits + 1 &&
         text.substr(0, kDigits).find_first_not_of("0123456789") == std::string_view::npos;
}

// Which number has this short code: its place, or none where it is missing, no number or there
// twice.
const ShapedValue* only_number(const std::vector<ShapedValue>& values, std::string_view code) {
  const ShapedValue* found = nullptr;
  for (const ShapedValue& value : values) {
    if (short_code(value.obis) != code || !is_plain_attribute(value.attr)) continue;
    if (found != nullptr || value.kind != Kind::number) return nullptr;
    found = &value;
  }
  return found;
}

}  // namespace

const std::vector<ShapedValue>& ValueShaper::shape(record::Line& line,
                                                   const record::ReadingRecord& reading) {
  values_.clear();
  clocks_.clear();
  texts_used_ = 0;
  for (const record::ReadingValue& value : reading.values) {
    clocks_.emplace_back();
    values_.push_back(shape_value(line, reading, value));
  }
  if (rules_.net) add_net();
  if (rules_.totals) {
    const bool german = rules_.names.format.language == cosem::Language::german;
    add_total("1.8.", kTotalImportKey,
              german ? "Wirkenergie Bezug, Summe" : "Active energy import, total");
    add_total("2.8.", kTotalExportKey,
              german ? "Wirkenergie Lieferung, Summe" : "Active energy export, total");
  }
  move_time_to_end(reading);
  return values_;
}

ShapedValue ValueShaper::shape_value(record::Line& line, const record::ReadingRecord& reading,
                                     const record::ReadingValue& value) {
  ShapedValue shaped;
  shaped.obis = value.obis;
  shaped.pos = value.pos;
  shaped.attr = value.attr;
  shaped.unchanged = value.unchanged;
  // The cache of names may be emptied while a reading is at work: what was made is kept here.
  shaped.name = rules_.names.anew ? keep(std::string(names_.for_people(
                                        value.obis, value.name, name_context(reading, value))))
                                  : value.name;
  shaped.unit = shaped.recorded_unit = value.unit;
  if (value.value.empty()) {
    shaped.kind = value.hex.empty() ? Kind::json : Kind::bytes;
    shaped.text = value.hex.empty() ? std::string_view("null") : value.hex;
  } else if (value.value.front() != '"') {
    shaped.text = shaped.recorded = value.value;
    shaped.kind = json::is_number(value.value) ? Kind::number : Kind::json;
    if (shaped.kind == Kind::number) {
      const int more = rules_.means && is_momentary(value) ? kMeanPlaces : 0;
      shaped.places = shaped.recorded_places = std::max(0, places_of(shaped.text) - more);
      shape_number(shaped);
    }
  } else {
    shaped.text = line.text_of(value.value).value_or(value.value);
    if (!value.text.empty() && is_of_telegram(value)) {  // hex digits, and what they say
      shaped.hex = shaped.text;
      shaped.text = value.text;
    }
    if (!value.at.empty() && is_p1_clock(shaped.text)) {
      clocks_.back() = value.at;
      const auto summer = season_of(shaped.text);
      shaped.kind = Kind::time;
      if (rules_.time != TimeFormat::as_is && parse_meter_time(value.at)) {
        shaped.text = shape_time(value.at, summer);
      }
    } else if ((value.hex.size() == kClockDigits || value.obis == kClock) &&
               shaped.text.size() > 10 && shaped.text[10] == 'T') {
      clocks_.back() = shaped.text;
      shaped.kind = Kind::time;
      shaped.text = shape_time(shaped.text);
    } else if (reading.layout == "mbus" && is_date_time(value)) {
      // Type F has no seconds, the reading's time has.
      const bool to_minutes = shaped.text.size() < kCivilChars;
      clocks_.back() = to_minutes ? keep(std::string(shaped.text) + ":00") : shaped.text;
      shaped.kind = Kind::time;
      if (rules_.time != TimeFormat::as_is) shaped.text = shape_time(clocks_.back());
    }
  }
  if (!value.at.empty() && shaped.kind != Kind::time) {
    shaped.at = shape_time(value.at, season_of(value.at_raw));
  }
  return shaped;
}

void ValueShaper::shape_number(ShapedValue& value) {
  if (rules_.energy != EnergyUnit::as_is) {
    const std::size_t wanted = rules_.energy == EnergyUnit::kwh ? 1 : 0;
    for (const EnergyUnits& units : kEnergies) {
      const auto sent = std::ranges::find(units, value.unit);
      if (sent == units.end()) continue;
      const int places = 3 * static_cast<int>(sent - units.begin() - static_cast<int>(wanted));
      if (auto shifted = places == 0 ? std::nullopt : shift_point(value.text, places)) {
        value.text = keep(std::move(*shifted));
        value.unit = units[wanted];
        value.places = std::max(0, value.places - places);
      }
      break;
    }
  }
  if (rules_.drop_zeros) value.text = keep(without_zeros(value.text));
}

std::string_view ValueShaper::shape_time(std::string_view iso, std::optional<bool> summer) {
  if (rules_.time == TimeFormat::as_is) return iso;
  auto time = parse_meter_time(iso);
  if (!time) return iso;
  time->summer = summer;
  return keep(format_time(*time, rules_.time, rules_.zone));
}

// Both must be there, in a unit that is known: nothing is guessed.
void ValueShaper::add_net() {
  const ShapedValue* import = only_number(values_, kImport);
  const ShapedValue* exported = only_number(values_, kExport);
  if (import == nullptr || exported == nullptr) return;
  const cosem::Unit units[] = {cosem::parse_unit(import->unit), cosem::parse_unit(exported->unit)};
  for (const cosem::Unit& unit : units) {
    if (unit.quantity != cosem::Quantity::active_power) return;
  }
  // One in W and one in kW: in W.
  const bool is_finer = units[0].prefix <= units[1].prefix;
  const int finest = is_finer ? units[0].prefix : units[1].prefix;
  const auto more = [&](const ShapedValue& v) {
    return units[&v == import ? 0 : 1].prefix - finest;
  };
  const auto power = [&](const ShapedValue& v) {
    auto number = parse_decimal(v.recorded);
    if (number) number->exponent += more(v);
    return number;
  };
  const auto from = power(*import), what = power(*exported);
  const auto difference = from && what ? subtract(*from, *what) : std::nullopt;
  if (!difference) return;
  ShapedValue net;
  net.kind = Kind::number;
  net.derived = true;
  net.unchanged = import->unchanged && exported->unchanged;
  net.obis = kNetKey;
  net.name = rules_.names.format.language == cosem::Language::german ? "Saldo der Wirkleistung"
                                                                     : "Net power";
  net.text = net.recorded = keep(to_string(*difference));
  net.unit = net.recorded_unit = is_finer ? import->unit : exported->unit;
  const auto places = [&](const ShapedValue& v) { return v.recorded_places - more(v); };
  net.places = net.recorded_places = std::max({0, places(*import), places(*exported)});
  if (rules_.drop_zeros) net.text = keep(without_zeros(net.text));
  add_derived(net);
}

// Two tariffs at least, each once, all in one unit of energy: nothing is guessed.
void ValueShaper::add_total(std::string_view group, std::string_view key, std::string_view name) {
  ShapedValue total;
  std::optional<Decimal> sum, shown;
  std::vector<std::string_view> tariffs;
  for (const ShapedValue& value : values_) {
    const std::string_view code = short_code(value.obis);
    if (!code.starts_with(group) || value.derived || !is_plain_attribute(value.attr)) continue;
    const std::string_view tariff = code.substr(group.size());
    if (tariff.empty() || tariff == "0") continue;
    if (tariff.find_first_not_of("0123456789") != std::string_view::npos) continue;
    const auto number = parse_decimal(value.recorded), text = parse_decimal(value.text);
    const bool is_energy =
        cosem::parse_unit(value.recorded_unit).quantity == cosem::Quantity::active_energy;
    if (value.kind != Kind::number || !number || !text || !is_energy ||
        std::ranges::find(tariffs, tariff) != tariffs.end() ||
        (sum && value.recorded_unit != total.recorded_unit)) {
      return;
    }
    tariffs.push_back(tariff);
    total.unchanged = value.unchanged && (!sum || total.unchanged);
    total.recorded_unit = value.recorded_unit;
    total.recorded_places = std::max(total.recorded_places, value.recorded_places);
    total.unit = value.unit;
    total.places = std::max(total.places, value.places);
    shown = sum ? add(*shown, *text) : text;
    sum = sum ? add(*sum, *number) : number;
    if (!sum || !shown) return;
  }
  if (tariffs.size() < 2) return;
  total.kind = Kind::number;
  total.derived = true;
  total.obis = key;
  total.name = name;
  total.recorded = keep(to_string(*sum));
  total.text = keep(to_string(*shown));
  if (rules_.drop_zeros) total.text = keep(without_zeros(total.text));
  add_derived(total);
}

void ValueShaper::add_derived(const ShapedValue& value) {
  values_.push_back(value);
  clocks_.emplace_back();
}

void ValueShaper::move_time_to_end(const record::ReadingRecord& reading) {
  auto found = std::ranges::find_if(values_, [](const ShapedValue& value) {
    return value.obis == kClock && is_plain_attribute(value.attr);
  });
  if (found == values_.end() && !reading.time.empty()) {
    const auto clock = std::ranges::find(clocks_, reading.time);
    if (clock != clocks_.end()) found = values_.begin() + (clock - clocks_.begin());
  }
  if (found == values_.end()) return;
  const ShapedValue time = *found;
  std::copy(found + 1, values_.end(), found);  // a rotation would swap each of them
  values_.back() = time;
}

// Memory is used again: a deque never moves what it has.
std::string_view ValueShaper::keep(std::string text) {
  if (texts_used_ == texts_.size()) texts_.emplace_back();
  return texts_[texts_used_++] = std::move(text);
}

}  // namespace meterpipe::shape
