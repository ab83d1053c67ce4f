#include "cosem/units.hpp"

#include <array>

namespace meterpipe::cosem {
namespace {

struct Unit {
  std::uint8_t code;
  std::string_view name;
};

constexpr std::array kUnits{
    Unit{1, "a"},      Unit{2, "mo"},        Unit{3, "wk"},     Unit{4, "d"},
    Unit{5, "h"},      Unit{6, "min"},       Unit{7, "s"},      Unit{8, "°"},
    Unit{9, "°C"},     Unit{10, "currency"}, Unit{11, "m"},     Unit{12, "m/s"},
    Unit{13, "m³"},    Unit{14, "m³"},       Unit{15, "m³/h"},  Unit{16, "m³/h"},
    Unit{17, "m³/d"},  Unit{18, "m³/d"},     Unit{19, "l"},     Unit{20, "kg"},
    Unit{21, "N"},     Unit{22, "Nm"},       Unit{23, "Pa"},    Unit{24, "bar"},
    Unit{25, "J"},     Unit{26, "J/h"},      Unit{27, "W"},     Unit{28, "VA"},
    Unit{29, "var"},   Unit{30, "Wh"},       Unit{31, "VAh"},   Unit{32, "varh"},
    Unit{33, "A"},     Unit{34, "C"},        Unit{35, "V"},     Unit{36, "V/m"},
    Unit{37, "F"},     Unit{38, "Ω"},        Unit{39, "Ωm²/m"}, Unit{40, "Wb"},
    Unit{41, "T"},     Unit{42, "A/m"},      Unit{43, "H"},     Unit{44, "Hz"},
    Unit{45, "1/Wh"},  Unit{46, "1/varh"},   Unit{47, "1/VAh"}, Unit{48, "V²h"},
    Unit{49, "A²h"},   Unit{50, "kg/s"},     Unit{51, "S"},     Unit{52, "K"},
    Unit{53, "1/V²h"}, Unit{54, "1/A²h"},    Unit{55, "1/m³"},  Unit{56, "%"},
    Unit{57, "Ah"},    Unit{60, "Wh/m³"},    Unit{61, "J/m³"},  Unit{62, "Mol%"},
    Unit{63, "g/m³"},  Unit{64, "Pa s"},     Unit{65, "J/kg"},  Unit{66, "g/cm²"},
    Unit{67, "atm"},   Unit{70, "dBm"},      Unit{71, "dBµV"},  Unit{72, "dB"},
};

constexpr auto kNames = [] {
  std::array<std::string_view, 256> names{};
  for (const Unit& unit : kUnits) names[unit.code] = unit.name;
  return names;
}();

}  // namespace

std::string_view unit_name(std::uint8_t code) { return kNames[code]; }

std::optional<std::uint8_t> unit_code(std::string_view name) {
  for (const Unit& unit : kUnits) {
    if (unit.name == name) return unit.code;
  }
  return std::nullopt;
}

}  // namespace meterpipe::cosem
