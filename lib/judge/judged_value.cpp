#include "judge/judged_value.hpp"

#include <array>
#include <charconv>

namespace meterpipe::judge {
namespace {

struct Code {
  unsigned a = 0, b = 0, c = 0, d = 0, e = 0;
};

// code = A "-" B ":" C "." D "." E [ "*255" ]
//   1-0:1.8.0   0-1:24.2.1   1-0:1.8.1*255
std::optional<Code> parse_code(std::string_view text) {
  if (text.ends_with("*255")) text.remove_suffix(4);
  std::array<unsigned, 5> groups{};
  constexpr std::string_view kBehind = "-:..";
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), groups[i], 10);
    if (error != std::errc() || groups[i] > 255) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (i == kBehind.size()) break;
    if (text.empty() || text.front() != kBehind[i]) return std::nullopt;
    text.remove_prefix(1);
  }
  if (!text.empty()) return std::nullopt;
  return Code{groups[0], groups[1], groups[2], groups[3], groups[4]};
}

bool same_letters(std::string_view a, std::string_view lower) {
  if (a.size() != lower.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const char c = a[i] >= 'A' && a[i] <= 'Z' ? static_cast<char>(a[i] - 'A' + 'a') : a[i];
    if (c != lower[i]) return false;
  }
  return true;
}

bool is_energy(Measure measure) {
  return measure == Measure::active_energy || measure == Measure::reactive_energy ||
         measure == Measure::apparent_energy;
}

bool is_power(Measure measure) {
  return measure == Measure::active_power || measure == Measure::reactive_power ||
         measure == Measure::apparent_power;
}

bool is_supply(Measure measure) {
  return measure == Measure::cubic_metres || measure == Measure::litres ||
         measure == Measure::joules || measure == Measure::active_energy;
}

// The quantity within its phase, 1..20; 0 for what is no sum and no phase. C = 21..40 is L1 of
// C - 20, and so on (IEC 62056-6-1, value group C of electricity).
unsigned quantity(unsigned c) { return c >= 1 && c <= 80 ? (c - 1) % 20 + 1 : 0; }

// +P, -P, +Q, -Q, QI..QIV, +S, -S; |P|, net, PI..PIV
bool counts_energy(unsigned quantity) {
  return (quantity >= 1 && quantity <= 10) || (quantity >= 15 && quantity <= 20);
}

constexpr unsigned kNet = 16;

void electricity(const Code& code, JudgedValue& value) {
  const Measure measure = value.unit.measure;
  if (is_power(measure)) {
    // Instantaneous; averages of the present and the last period.
    value.power = code.d == 7 || code.d == 4 || code.d == 5 || code.d == 14 || code.d == 15;
    return;
  }
  const unsigned what = quantity(code.c);
  // A unit that is no energy's contradicts the code; A = 0 is electricity only if the unit says so.
  if (!is_energy(measure) && (measure != Measure::none || code.a != 1)) return;
  if (!counts_energy(what) || code.e > 63) return;
  if (code.d == 8) {
    value.counter = true;
    value.upwards = what != kNet;
  } else if (code.d == 9 || code.d == 10 || (code.d >= 17 && code.d <= 20)) {
    value.counter = true;
  }
  value.by_power = value.counter && is_energy(measure);
}

}  // namespace

MeasureUnit parse_measure_unit(std::string_view unit) {
  if (unit.empty()) return {};
  if (unit == "m³" || unit == "m3") return {Measure::cubic_metres, 0};
  if (unit == "l") return {Measure::litres, 0};
  int prefix = 0;
  std::string_view rest = unit;
  // No unit of these begins with k, M or G.
  switch (unit.front()) {
    case 'k':
    case 'K':
      prefix = 3;
      break;
    case 'M':
      prefix = 6;
      break;
    case 'G':
      prefix = 9;
      break;
    default:
      break;
  }
  if (prefix != 0) rest.remove_prefix(1);
  struct Name {
    std::string_view text;
    Measure measure;
  };
  constexpr std::array kNames{Name{"wh", Measure::active_energy},
                              Name{"varh", Measure::reactive_energy},
                              Name{"vah", Measure::apparent_energy},
                              Name{"w", Measure::active_power},
                              Name{"var", Measure::reactive_power},
                              Name{"va", Measure::apparent_power},
                              Name{"j", Measure::joules}};
  for (const Name& name : kNames) {
    if (same_letters(rest, name.text)) return {name.measure, prefix};
  }
  return {Measure::other, 0};
}

std::optional<JudgedValue> judged_value(std::string_view obis, std::string_view unit) {
  const auto code = parse_code(obis);
  if (!code) return std::nullopt;
  JudgedValue value;
  value.unit = parse_measure_unit(unit);
  value.key =
      (((std::uint64_t{code->a} << 8 | code->b) << 8 | code->c) << 8 | code->d) << 8 | code->e;
  const bool supply = is_supply(value.unit.measure);
  switch (code->a) {
    case 0:
      if (code->c == 24 && code->d == 2 && code->e == 1) {  // the first value of an M-Bus device
        value.counter = value.upwards = supply;
        break;
      }
      [[fallthrough]];
    case 1:
      electricity(*code, value);
      break;
    case 5:
    case 6:
    case 8:
    case 9:  // cold, heat, water: D = 0 is the present value
      value.counter = value.upwards = supply && code->d == 0;
      break;
    case 7:  // gas: D = 0 to 3 are the indexes
      value.counter = value.upwards = supply && code->d <= 3;
      break;
    default:
      break;
  }
  if (!value.counter && !value.power) return std::nullopt;
  return value;
}

}  // namespace meterpipe::judge
