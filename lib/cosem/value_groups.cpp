#include "cosem/value_groups.hpp"

#include <array>

#include "base/table.hpp"

namespace meterpipe::cosem {
namespace {

constexpr auto kMedia = std::to_array<MediumRow>({
    {0, Medium::abstract, {"Abstract", "Abstrakt"}},
    {1, Medium::electricity, {"Electricity", "Strom"}},
    {4, Medium::other, {"Heat cost Allocator", "Heizkostenverteiler"}},
    {5, Medium::heat, {"Cooling", "Kälte"}},
    {6, Medium::heat, {"Heat", "Wärme"}},
    {7, Medium::gas, {"Gas", "Gas"}},
    {8, Medium::water, {"Cold water", "Kaltwasser"}},
    {9, Medium::water, {"Hot water", "Warmwasser"}},
    {15, Medium::other, {"", ""}},
    {16, Medium::other, {"Oil", "Öl"}},
    {17, Medium::other, {"Compressed air", "Druckluft"}},
    {18, Medium::other, {"Nitrogen", "Stickstoff"}},
});

using Q = Quantity;
using D = Direction;

constexpr ElectricRow electric(std::uint8_t c, Q moment, Q integral, D direction, Words power,
                               Words energy, Words predecessor) {
  return {{c, moment, integral, direction}, power, energy, predecessor};
}

// Rows 1 to 20 hold for the sum of the phases, and 20 further on for each phase.
constexpr std::array kElectric{
    electric(1, Q::active_power, Q::active_energy, D::imported,
             {"Active power import", "Wirkleistung Bezug"},
             {"Active energy import", "Wirkenergie Bezug"}, {"active power +", "Wirkleistung +"}),
    electric(2, Q::active_power, Q::active_energy, D::exported,
             {"Active power export", "Wirkleistung Lieferung"},
             {"Active energy export", "Wirkenergie Lieferung"},
             {"active power -", "Wirkleistung -"}),
    electric(3, Q::reactive_power, Q::reactive_energy, D::imported,
             {"Reactive power import", "Blindleistung Bezug"},
             {"Reactive energy import", "Blindenergie Bezug"},
             {"reactive power +", "Blindleistung +"}),
    electric(4, Q::reactive_power, Q::reactive_energy, D::exported,
             {"Reactive power export", "Blindleistung Lieferung"},
             {"Reactive energy export", "Blindenergie Lieferung"},
             {"reactive power -", "Blindleistung -"}),
    electric(5, Q::reactive_power, Q::reactive_energy, D::quadrant,
             {"Reactive power QI", "Blindleistung QI"}, {"Reactive energy QI", "Blindenergie QI"},
             {"reactive power QI", "Blindleistung QI"}),
    electric(6, Q::reactive_power, Q::reactive_energy, D::quadrant,
             {"Reactive power QII", "Blindleistung QII"},
             {"Reactive energy QII", "Blindenergie QII"},
             {"reactive power QII", "Blindleistung QII"}),
    electric(7, Q::reactive_power, Q::reactive_energy, D::quadrant,
             {"Reactive power QIII", "Blindleistung QIII"},
             {"Reactive energy QIII", "Blindenergie QIII"},
             {"reactive power QIII", "Blindleistung QIII"}),
    electric(8, Q::reactive_power, Q::reactive_energy, D::quadrant,
             {"Reactive power QIV", "Blindleistung QIV"},
             {"Reactive energy QIV", "Blindenergie QIV"},
             {"reactive power QIV", "Blindleistung QIV"}),
    electric(9, Q::apparent_power, Q::apparent_energy, D::imported,
             {"Apparent power import", "Scheinleistung Bezug"},
             {"Apparent energy import", "Scheinenergie Bezug"},
             {"apparent power +", "Scheinleistung +"}),
    electric(10, Q::apparent_power, Q::apparent_energy, D::exported,
             {"Apparent power export", "Scheinleistung Lieferung"},
             {"Apparent energy export", "Scheinenergie Lieferung"},
             {"apparent power -", "Scheinleistung -"}),
    electric(11, Q::current, Q::charge, D::none, {"Current", "Strom"}, {"Charge", "Ladung"},
             {"current", "Strom"}),
    electric(12, Q::voltage, Q::other, D::none, {"Voltage", "Spannung"},
             {"Voltage integral", "Spannungsintegral"}, {"voltage", "Spannung"}),
    electric(13, Q::power_factor, Q::other, D::none, {"Power factor", "Leistungsfaktor"},
             {"Power factor integral", "Leistungsfaktorintegral"},
             {"power factor", "Leistungsfaktor"}),
    electric(14, Q::frequency, Q::other, D::none, {"Frequency", "Frequenz"},
             {"Frequency integral", "Frequenzintegral"}, {"supply frequency", "Netzfrequenz"}),
    electric(15, Q::active_power, Q::active_energy, D::sum,
             {"Active power absolute", "Wirkleistung Betrag"},
             {"Active energy absolute", "Wirkenergie Betrag"},
             {"active power absolute", "Wirkleistung Betrag"}),
    electric(16, Q::active_power, Q::active_energy, D::difference,
             {"Active power net", "Wirkleistung Saldo"}, {"Active energy net", "Wirkenergie Saldo"},
             {"active power net", "Wirkleistung Saldo"}),
    electric(17, Q::active_power, Q::active_energy, D::quadrant,
             {"Active power QI", "Wirkleistung QI"}, {"Active energy QI", "Wirkenergie QI"},
             {"active power QI", "Wirkleistung QI"}),
    electric(18, Q::active_power, Q::active_energy, D::quadrant,
             {"Active power QII", "Wirkleistung QII"}, {"Active energy QII", "Wirkenergie QII"},
             {"active power QII", "Wirkleistung QII"}),
    electric(19, Q::active_power, Q::active_energy, D::quadrant,
             {"Active power QIII", "Wirkleistung QIII"}, {"Active energy QIII", "Wirkenergie QIII"},
             {"active power QIII", "Wirkleistung QIII"}),
    electric(20, Q::active_power, Q::active_energy, D::quadrant,
             {"Active power QIV", "Wirkleistung QIV"}, {"Active energy QIV", "Wirkenergie QIV"},
             {"active power QIV", "Wirkleistung QIV"}),
};
constexpr std::array kOtherElectric{
    electric(81, Q::angle, Q::other, D::none, {"Angle", "Winkel"},
             {"Angle integral", "Winkelintegral"}, {"angle", "Winkel"}),
    electric(82, Q::count, Q::other, D::none, {"Unitless quantity", "Einheitenlose Größe"},
             {"Unitless quantity integral", "Einheitenlose Größe Integral"},
             {"unitless quantity", "Einheitenlose Größe"}),
    electric(84, Q::power_factor, Q::other, D::exported,
             {"Power factor export", "Leistungsfaktor Lieferung"},
             {"Power factor export integral", "Leistungsfaktorintegral Lieferung"},
             {"power factor -", "Leistungsfaktor -"}),
    electric(88, Q::other, Q::squared, D::none, {"Squared current", "Stromquadrat"},
             {"Squared current integral", "Stromquadratintegral"},
             {"ampere-squared", "Ampere-Quadrat"}),
    electric(89, Q::other, Q::squared, D::none, {"Squared voltage", "Spannungsquadrat"},
             {"Squared voltage integral", "Spannungsquadratintegral"},
             {"volt-squared", "Volt-Quadrat"}),
    electric(90, Q::current, Q::charge, D::none, {"Current sum", "Strom Summe"},
             {"Charge sum", "Ladung Summe"}, {"current sum", "Strom Summe"}),
    electric(91, Q::current, Q::charge, D::none, {"Current neutral", "Strom Neutralleiter"},
             {"Charge neutral", "Ladung Neutralleiter"},
             {"current neutral", "Strom Neutralleiter"}),
    electric(92, Q::voltage, Q::other, D::none, {"Voltage neutral", "Spannung Neutralleiter"},
             {"Voltage neutral integral", "Spannungsintegral Neutralleiter"},
             {"voltage neutral", "Spannung Neutralleiter"}),
};

constexpr auto kProcessings = std::to_array<ProcessingRow>({
    {0, Processing::other, {"Billing period average", "Mittelwert der Abrechnungsperiode"}},
    {1, Processing::cumulative_minimum, {"Cumulative minimum 1", "Kumulatives Minimum 1"}},
    {2, Processing::cumulative_maximum, {"Cumulative maximum 1", "Kumulatives Maximum 1"}},
    {3, Processing::minimum, {"Minimum 1", "Minimum 1"}},
    {4, Processing::running_average, {"Current average 1", "Laufender Mittelwert 1"}},
    {5, Processing::last_average, {"Last average 1", "Letzter Mittelwert 1"}},
    {6, Processing::maximum, {"Maximum 1", "Maximum 1"}},
    {7, Processing::momentary, {"Instantaneous value", "Momentanwert"}},
    {8, Processing::total, {"Time integral 1", "Zeitintegral 1"}},
    {9, Processing::since_billing, {"Time integral 2", "Zeitintegral 2"}},
    {10, Processing::since_billing, {"Time integral 3", "Zeitintegral 3"}},
    {11, Processing::cumulative_minimum, {"Cumulative minimum 2", "Kumulatives Minimum 2"}},
    {12, Processing::cumulative_maximum, {"Cumulative maximum 2", "Kumulatives Maximum 2"}},
    {13, Processing::minimum, {"Minimum 2", "Minimum 2"}},
    {14, Processing::running_average, {"Current average 2", "Laufender Mittelwert 2"}},
    {15, Processing::last_average, {"Last average 2", "Letzter Mittelwert 2"}},
    {16, Processing::maximum, {"Maximum 2", "Maximum 2"}},
    {17, Processing::since_billing, {}},
    {18, Processing::since_billing, {}},
    {19, Processing::since_billing, {}},
    {20, Processing::since_billing, {}},
    {21, Processing::cumulative_minimum, {"Cumulative minimum 3", "Kumulatives Minimum 3"}},
    {22, Processing::cumulative_maximum, {"Cumulative maximum 3", "Kumulatives Maximum 3"}},
    {23, Processing::minimum, {"Minimum 3", "Minimum 3"}},
    {24, Processing::running_average, {"Current average 3", "Laufender Mittelwert 3"}},
    {25, Processing::last_average, {"Last average 3", "Letzter Mittelwert 3"}},
    {26, Processing::maximum, {"Maximum 3", "Maximum 3"}},
    {27, Processing::running_average, {"Current average 5", "Laufender Mittelwert 5"}},
    {28, Processing::running_average, {"Current average 6", "Laufender Mittelwert 6"}},
    {29, Processing::per_interval, {"Time integral 5", "Zeitintegral 5"}},
    {30, Processing::per_interval, {"Time integral 6", "Zeitintegral 6"}},
    {31, Processing::other, {"Under limit threshold", "Schwelle Unterschreitung"}},
    {32, Processing::under_limit_count, {"Under limit occurrences", "Anzahl Unterschreitungen"}},
    {33, Processing::other, {"Under limit duration", "Dauer Unterschreitung"}},
    {34, Processing::other, {"Under limit magnitude", "Ausmaß Unterschreitung"}},
    {35, Processing::other, {"Over limit threshold", "Schwelle Überschreitung"}},
    {36, Processing::over_limit_count, {"Over limit occurrences", "Anzahl Überschreitungen"}},
    {37, Processing::other, {"Over limit duration", "Dauer Überschreitung"}},
    {38, Processing::other, {"Over limit magnitude", "Ausmaß Überschreitung"}},
    {39, Processing::other, {"Missing threshold", "Schwelle Ausfall"}},
    {40, Processing::other, {"Missing occurrences", "Anzahl Ausfälle"}},
    {41, Processing::other, {"Missing duration", "Dauer Ausfall"}},
    {42, Processing::other, {"Missing magnitude", "Ausmaß Ausfall"}},
    {55, Processing::other, {"Test average", "Prüfmittelwert"}},
    {58, Processing::per_interval, {"Time integral 4", "Zeitintegral 4"}},
});

static_assert(ascends(kProcessings, &ProcessingRow::d));
static_assert(kElectric.size() == kElectricRows &&
              stands_in_order(
                  kElectric, [](const ElectricRow& row) { return row.is.c; }, 1));

constexpr auto kRowOfD = rows_by_byte(kProcessings, &ProcessingRow::d);

}  // namespace

const MediumRow* find_medium(std::uint8_t a) { return find_row(kMedia, a, &MediumRow::a); }

ElectricLine find_electric(std::uint8_t c) {
  if (c >= 1 && c <= kLastPhased) {
    const auto row = static_cast<std::size_t>(c - 1);
    return {&kElectric[row % kElectricRows], static_cast<std::uint8_t>(row / kElectricRows)};
  }
  return {find_row(kOtherElectric, c, [](const ElectricRow& row) { return row.is.c; }), 0};
}

const ProcessingRow* find_processing(std::uint8_t d) {
  return kRowOfD[d] == kNoRow ? nullptr : &kProcessings[kRowOfD[d]];
}

}  // namespace meterpipe::cosem
