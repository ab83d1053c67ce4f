#include "cosem/units.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/table.hpp"

namespace meterpipe::cosem {
namespace {

using Q = Quantity;

struct UnitRow {
  std::uint8_t code;
  std::string_view name;
  Quantity quantity = Q::other;
  bool prefixed = false;  // met with k, M, G and m before it
};

// By their numbers.
constexpr std::array kUnits{
    UnitRow{1, "a", Q::duration},
    UnitRow{2, "mo", Q::duration},
    UnitRow{3, "wk", Q::duration},
    UnitRow{4, "d", Q::duration},
    UnitRow{5, "h", Q::duration},
    UnitRow{6, "min", Q::duration},
    UnitRow{7, "s", Q::duration},
    UnitRow{8, "°", Q::angle},
    UnitRow{9, "°C", Q::temperature},
    UnitRow{10, "currency", Q::money},
    UnitRow{11, "m", Q::length},
    UnitRow{12, "m/s", Q::speed},
    UnitRow{13, "m³", Q::volume},
    UnitRow{14, "m³", Q::volume},
    UnitRow{15, "m³/h", Q::flow},
    UnitRow{16, "m³/h", Q::flow},
    UnitRow{17, "m³/d", Q::flow},
    UnitRow{18, "m³/d", Q::flow},
    UnitRow{19, "l", Q::volume},
    UnitRow{20, "kg", Q::mass},
    UnitRow{21, "N"},
    UnitRow{22, "Nm"},
    UnitRow{23, "Pa", Q::pressure, true},
    UnitRow{24, "bar", Q::pressure},
    UnitRow{25, "J", Q::heat, true},
    UnitRow{26, "J/h"},
    UnitRow{27, "W", Q::active_power, true},
    UnitRow{28, "VA", Q::apparent_power, true},
    UnitRow{29, "var", Q::reactive_power, true},
    UnitRow{30, "Wh", Q::active_energy, true},
    UnitRow{31, "VAh", Q::apparent_energy, true},
    UnitRow{32, "varh", Q::reactive_energy, true},
    UnitRow{33, "A", Q::current, true},
    UnitRow{34, "C", Q::charge},
    UnitRow{35, "V", Q::voltage, true},
    UnitRow{36, "V/m"},
    UnitRow{37, "F"},
    UnitRow{38, "Ω", Q::other, true},
    UnitRow{39, "Ωm²/m"},
    UnitRow{40, "Wb"},
    UnitRow{41, "T"},
    UnitRow{42, "A/m"},
    UnitRow{43, "H"},
    UnitRow{44, "Hz", Q::frequency, true},
    UnitRow{45, "1/Wh", Q::constant},
    UnitRow{46, "1/varh", Q::constant},
    UnitRow{47, "1/VAh", Q::constant},
    UnitRow{48, "V²h", Q::squared},
    UnitRow{49, "A²h", Q::squared},
    UnitRow{50, "kg/s"},
    UnitRow{51, "S"},
    UnitRow{52, "K", Q::temperature},
    UnitRow{53, "1/V²h", Q::constant},
    UnitRow{54, "1/A²h", Q::constant},
    UnitRow{55, "1/m³", Q::constant},
    UnitRow{56, "%", Q::ratio},
    UnitRow{57, "Ah", Q::charge, true},
    UnitRow{60, "Wh/m³"},
    UnitRow{61, "J/m³"},
    UnitRow{62, "Mol%"},
    UnitRow{63, "g/m³"},
    UnitRow{64, "Pa s"},
    UnitRow{65, "J/kg"},
    UnitRow{66, "g/cm²"},
    UnitRow{67, "atm"},
    UnitRow{70, "dBm", Q::level},
    UnitRow{71, "dBµV"},
    UnitRow{72, "dB", Q::level},
};

// Spellings of meters that send text, and units that have no number.
struct Spelling {
  std::string_view text, base;
  std::uint8_t code;
  Quantity quantity;
};
constexpr std::array kSpellings{
    Spelling{"m3", "m³", 13, Q::volume},
    Spelling{"m3/h", "m3/h", kOtherUnit, Q::flow},
    Spelling{"dm3", "dm3", kOtherUnit, Q::volume},
    Spelling{"dm³", "dm³", kOtherUnit, Q::volume},
    Spelling{"t", "t", kOtherUnit, Q::mass},
    Spelling{"deg", "deg", kOtherUnit, Q::angle},
    Spelling{"count", "count", kOtherUnit, Q::count},
    Spelling{"pulses", "pulses", kOtherUnit, Q::count},
    Spelling{"Gcal", "Gcal", kOtherUnit, Q::heat},
};

constexpr auto kNames = [] {
  std::array<std::string_view, 256> names{};
  for (const UnitRow& unit : kUnits) names[unit.code] = unit.name;
  return names;
}();

const UnitRow* find_unit(std::string_view name) { return find_row(kUnits, name, &UnitRow::name); }

int power_of_prefix(char c) {
  return c == 'k' ? 3 : c == 'M' ? 6 : c == 'G' ? 9 : c == 'm' ? -3 : 0;
}

bool same_letters(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

// Other ways to write a unit, in small letters; and how we write it as text. A cubic metre comes in
// UTF-8, in Latin-1 and without its raised digit.
struct OtherSpelling {
  std::string_view text, ours;
};
constexpr std::array kOtherSpellings{
    OtherSpelling{"m³", "m3"},
    OtherSpelling{"m\xb3", "m3"},
    OtherSpelling{"m^3", "m3"},
    OtherSpelling{"dm³", "dm3"},
    OtherSpelling{"dm\xb3", "dm3"},
    OtherSpelling{"dm^3", "dm3"},
    OtherSpelling{"m³/h", "m3/h"},
    OtherSpelling{"m\xb3/h", "m3/h"},
    OtherSpelling{"m3ph", "m3/h"},  // Landis+Gyr's heat meters
    OtherSpelling{"gcal", "Gcal"},
    OtherSpelling{"degc", "°C"},
    OtherSpelling{"\xb0"
                  "c",
                  "°C"},
};

// kWh, Mvar, …: the prefixed units with their prefixes, so that a text of ours can be lent.
struct PrefixedName {
  char text[8]{};
  std::uint8_t size = 0, row = 0;
  char prefix = 0;
  constexpr std::string_view view() const { return {text, size}; }
};
constexpr std::string_view kPrefixes = "kMGm";
constexpr auto kPrefixedNames = [] {
  constexpr auto count = static_cast<std::size_t>(
      std::count_if(kUnits.begin(), kUnits.end(), [](const UnitRow& row) { return row.prefixed; }));
  std::array<PrefixedName, count * kPrefixes.size()> names{};
  std::size_t i = 0;
  for (std::size_t row = 0; row < kUnits.size(); ++row) {
    if (!kUnits[row].prefixed) continue;
    for (const char prefix : kPrefixes) {
      PrefixedName& name = names[i++];
      name.prefix = prefix;
      name.row = static_cast<std::uint8_t>(row);
      name.text[name.size++] = prefix;
      for (const char c : kUnits[row].name) name.text[name.size++] = c;
    }
  }
  return names;
}();

// As nearly all meters write them.
constexpr std::string_view kUsual[] = {"kWh",   "kW",   "V",  "A", "m3",
                                       "kvarh", "kvar", "Wh", "W", "s"};

// What is no unit in any case: empty.
std::string_view find_spelling(std::string_view text, Quantity expected) {
  for (const OtherSpelling& one : kOtherSpellings) {
    if (same_letters(one.text, text)) return one.ours;
  }
  // Where the case alone tells two units apart, the code does: a year and an ampere.
  const UnitRow* exact = find_unit(text);
  if (exact != nullptr && (expected == Q::none || exact->quantity == expected)) return exact->name;
  for (const Spelling& one : kSpellings) {
    if (same_letters(one.text, text)) return one.text;
  }
  const UnitRow* found = exact;
  for (const UnitRow& unit : kUnits) {
    if (!same_letters(unit.name, text)) continue;
    if (found == nullptr || unit.quantity == expected) found = &unit;
  }
  if (found != nullptr) return found->name;
  const std::string_view rest = text.substr(1);
  // m and M differ, a small m says nothing unless all is spelled as it should be; k and G do not.
  const char prefix = text[0] == 'K' ? 'k' : text[0] == 'g' ? 'G' : text[0];
  for (const PrefixedName& name : kPrefixedNames) {
    if (name.prefix != prefix) continue;
    const std::string_view unit = kUnits[name.row].name;
    if (prefix == 'm' ? unit == rest : same_letters(unit, rest)) return name.view();
  }
  return {};
}

}  // namespace

bool is_lasting(Quantity quantity) {
  constexpr std::array kLasting{Q::active_energy, Q::reactive_energy, Q::apparent_energy, Q::heat,
                                Q::charge,        Q::squared,         Q::angle,           Q::volume,
                                Q::mass,          Q::duration,        Q::constant,        Q::count,
                                Q::money};
  return std::ranges::find(kLasting, quantity) != kLasting.end();
}

std::string_view unit_name(std::uint8_t code) { return kNames[code]; }

std::optional<std::uint8_t> unit_code(std::string_view name) {
  const UnitRow* unit = find_unit(name);
  return unit == nullptr ? std::nullopt : std::optional(unit->code);
}

Unit parse_unit(std::string_view text) {
  if (text.empty()) return {};
  if (const UnitRow* unit = find_unit(text)) return {unit->code, 0, unit->name, unit->quantity};
  if (const int prefix = power_of_prefix(text.front()); prefix != 0) {
    const UnitRow* unit = find_unit(text.substr(1));
    if (unit != nullptr && unit->prefixed) return {unit->code, prefix, unit->name, unit->quantity};
  }
  const Spelling* one = find_row(kSpellings, text, &Spelling::text);
  return one == nullptr ? Unit{kOtherUnit, 0, text, Q::other}
                        : Unit{one->code, 0, one->base, one->quantity};
}

bool is_unit(std::string_view text) {
  const Unit unit = parse_unit(text);
  return unit.code != kNoUnit && (unit.code != kOtherUnit || unit.quantity != Q::other);
}

std::string_view spelled_unit(std::string_view text, Quantity expected) {
  for (const std::string_view usual : kUsual) {
    if (text == usual) return usual;
  }
  const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\0'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  constexpr std::size_t kLongest = 16;
  if (text.empty() || text.size() > kLongest) return text;
  if (std::none_of(text.begin(), text.end(), is_blank)) {
    const std::string_view found = find_spelling(text, expected);
    return found.empty() ? text : found;
  }
  char letters[kLongest];
  const auto end =
      std::copy_if(text.begin(), text.end(), letters, [&is_blank](char c) { return !is_blank(c); });
  const std::string_view found =
      find_spelling({letters, static_cast<std::size_t>(end - letters)}, expected);
  return found.empty() ? text : found;
}

Unit parse_unit_any_case(std::string_view text) {
  const Unit exact = parse_unit(text);
  return exact.code != kOtherUnit || exact.quantity != Q::other ? exact
                                                                : parse_unit(spelled_unit(text));
}

}  // namespace meterpipe::cosem
