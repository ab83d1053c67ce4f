#include "cosem/value_groups.hpp"

#include <array>

namespace meterpipe::cosem {
namespace {

constexpr std::array kMedia{
    MediumRow{0, Medium::abstract, {"Abstract", "Abstrakt"}},
    MediumRow{1, Medium::electricity, {"Electricity", "Elektrizität"}},
    MediumRow{4, Medium::other, {"Heat cost", "Heizkosten"}},
    MediumRow{5, Medium::heat, {"Cooling", "Kälte"}},
    MediumRow{6, Medium::heat, {"Heat", "Wärme"}},
    MediumRow{7, Medium::gas, {"Gas", "Gas"}},
    MediumRow{8, Medium::water, {"Cold water", "Kaltwasser"}},
    MediumRow{9, Medium::water, {"Hot water", "Warmwasser"}},
    MediumRow{15, Medium::other, {"Other media", "Andere Medien"}},
};

// Rows 1 to 20 hold for the sum of the phases, and 20 further on for each phase.
constexpr std::array kElectric{
    ElectricRow{{1, Quantity::active_power, Quantity::active_energy, Direction::imported},
                {"Active power import", "Wirkleistung Bezug"},
                {"Active energy import", "Wirkenergie Bezug"},
                {"active power +", "Wirkleistung +"}},
    ElectricRow{{2, Quantity::active_power, Quantity::active_energy, Direction::exported},
                {"Active power export", "Wirkleistung Lieferung"},
                {"Active energy export", "Wirkenergie Lieferung"},
                {"active power -", "Wirkleistung -"}},
    ElectricRow{{3, Quantity::reactive_power, Quantity::reactive_energy, Direction::imported},
                {"Reactive power import", "Blindleistung Bezug"},
                {"Reactive energy import", "Blindenergie Bezug"},
                {"reactive power +", "Blindleistung +"}},
    ElectricRow{{4, Quantity::reactive_power, Quantity::reactive_energy, Direction::exported},
                {"Reactive power export", "Blindleistung Lieferung"},
                {"Reactive energy export", "Blindenergie Lieferung"},
                {"reactive power -", "Blindleistung -"}},
    ElectricRow{{5, Quantity::reactive_power, Quantity::reactive_energy, Direction::quadrant},
                {"Reactive power QI", "Blindleistung QI"},
                {"Reactive energy QI", "Blindenergie QI"},
                {"reactive power QI", "Blindleistung QI"}},
    ElectricRow{{6, Quantity::reactive_power, Quantity::reactive_energy, Direction::quadrant},
                {"Reactive power QII", "Blindleistung QII"},
                {"Reactive energy QII", "Blindenergie QII"},
                {"reactive power QII", "Blindleistung QII"}},
    ElectricRow{{7, Quantity::reactive_power, Quantity::reactive_energy, Direction::quadrant},
                {"Reactive power QIII", "Blindleistung QIII"},
                {"Reactive energy QIII", "Blindenergie QIII"},
                {"reactive power QIII", "Blindleistung QIII"}},
    ElectricRow{{8, Quantity::reactive_power, Quantity::reactive_energy, Direction::quadrant},
                {"Reactive power QIV", "Blindleistung QIV"},
                {"Reactive energy QIV", "Blindenergie QIV"},
                {"reactive power QIV", "Blindleistung QIV"}},
    ElectricRow{{9, Quantity::apparent_power, Quantity::apparent_energy, Direction::imported},
                {"Apparent power import", "Scheinleistung Bezug"},
                {"Apparent energy import", "Scheinenergie Bezug"},
                {"apparent power +", "Scheinleistung +"}},
    ElectricRow{{10, Quantity::apparent_power, Quantity::apparent_energy, Direction::exported},
                {"Apparent power export", "Scheinleistung Lieferung"},
                {"Apparent energy export", "Scheinenergie Lieferung"},
                {"apparent power -", "Scheinleistung -"}},
    ElectricRow{{11, Quantity::current, Quantity::charge, Direction::none},
                {"Current", "Strom"},
                {"Charge", "Ladung"},
                {"current", "Strom"}},
    ElectricRow{{12, Quantity::voltage, Quantity::other, Direction::none},
                {"Voltage", "Spannung"},
                {"Voltage integral", "Spannungsintegral"},
                {"voltage", "Spannung"}},
    ElectricRow{{13, Quantity::power_factor, Quantity::other, Direction::none},
                {"Power factor", "Leistungsfaktor"},
                {"Power factor integral", "Leistungsfaktorintegral"},
                {"power factor", "Leistungsfaktor"}},
    ElectricRow{{14, Quantity::frequency, Quantity::other, Direction::none},
                {"Frequency", "Frequenz"},
                {"Frequency integral", "Frequenzintegral"},
                {"supply frequency", "Netzfrequenz"}},
    ElectricRow{{15, Quantity::active_power, Quantity::active_energy, Direction::sum},
                {"Active power absolute", "Wirkleistung Betrag"},
                {"Active energy absolute", "Wirkenergie Betrag"},
                {"active power absolute", "Wirkleistung Betrag"}},
    ElectricRow{{16, Quantity::active_power, Quantity::active_energy, Direction::difference},
                {"Active power net", "Wirkleistung Saldo"},
                {"Active energy net", "Wirkenergie Saldo"},
                {"active power net", "Wirkleistung Saldo"}},
    ElectricRow{{17, Quantity::active_power, Quantity::active_energy, Direction::quadrant},
                {"Active power QI", "Wirkleistung QI"},
                {"Active energy QI", "Wirkenergie QI"},
                {"active power QI", "Wirkleistung QI"}},
    ElectricRow{{18, Quantity::active_power, Quantity::active_energy, Direction::quadrant},
                {"Active power QII", "Wirkleistung QII"},
                {"Active energy QII", "Wirkenergie QII"},
                {"active power QII", "Wirkleistung QII"}},
    ElectricRow{{19, Quantity::active_power, Quantity::active_energy, Direction::quadrant},
                {"Active power QIII", "Wirkleistung QIII"},
                {"Active energy QIII", "Wirkenergie QIII"},
                {"active power QIII", "Wirkleistung QIII"}},
    ElectricRow{{20, Quantity::active_power, Quantity::active_energy, Direction::quadrant},
                {"Active power QIV", "Wirkleistung QIV"},
                {"Active energy QIV", "Wirkenergie QIV"},
                {"active power QIV", "Wirkleistung QIV"}},
};
constexpr std::array kOtherElectric{
    ElectricRow{{81, Quantity::angle, Quantity::other, Direction::none},
                {"Angle", "Winkel"},
                {"Angle integral", "Winkelintegral"},
                {"angle", "Winkel"}},
    ElectricRow{{82, Quantity::count, Quantity::other, Direction::none},
                {"Unitless quantity", "Einheitenlose Größe"},
                {"Unitless quantity integral", "Einheitenlose Größe Integral"},
                {"unitless quantity", "Einheitenlose Größe"}},
    ElectricRow{{84, Quantity::power_factor, Quantity::other, Direction::exported},
                {"Power factor export", "Leistungsfaktor Lieferung"},
                {"Power factor export integral", "Leistungsfaktorintegral Lieferung"},
                {"power factor -", "Leistungsfaktor -"}},
    ElectricRow{{88, Quantity::other, Quantity::squared, Direction::none},
                {"Squared current", "Stromquadrat"},
                {"Squared current integral", "Stromquadratintegral"},
                {"ampere-squared", "Ampere-Quadrat"}},
    ElectricRow{{89, Quantity::other, Quantity::squared, Direction::none},
                {"Squared voltage", "Spannungsquadrat"},
                {"Squared voltage integral", "Spannungsquadratintegral"},
                {"volt-squared", "Volt-Quadrat"}},
    ElectricRow{{90, Quantity::current, Quantity::charge, Direction::none},
                {"Current sum", "Strom Summe"},
                {"Charge sum", "Ladung Summe"},
                {"current sum", "Strom Summe"}},
    ElectricRow{{91, Quantity::current, Quantity::charge, Direction::none},
                {"Current neutral", "Strom Neutralleiter"},
                {"Charge neutral", "Ladung Neutralleiter"},
                {"current neutral", "Strom Neutralleiter"}},
    ElectricRow{{92, Quantity::voltage, Quantity::other, Direction::none},
                {"Voltage neutral", "Spannung Neutralleiter"},
                {"Voltage neutral integral", "Spannungsintegral Neutralleiter"},
                {"voltage neutral", "Spannung Neutralleiter"}},
};

constexpr std::array kProcessings{
    ProcessingRow{
        0, Processing::other, {"Billing period average", "Mittelwert der Abrechnungsperiode"}},
    ProcessingRow{
        1, Processing::cumulative_minimum, {"Cumulative minimum 1", "Kumulatives Minimum 1"}},
    ProcessingRow{
        2, Processing::cumulative_maximum, {"Cumulative maximum 1", "Kumulatives Maximum 1"}},
    ProcessingRow{3, Processing::minimum, {"Minimum 1", "Minimum 1"}},
    ProcessingRow{4, Processing::running_average, {"Current average 1", "Laufender Mittelwert 1"}},
    ProcessingRow{5, Processing::last_average, {"Last average 1", "Letzter Mittelwert 1"}},
    ProcessingRow{6, Processing::maximum, {"Maximum 1", "Maximum 1"}},
    ProcessingRow{7, Processing::momentary, {"Instantaneous value", "Momentanwert"}},
    ProcessingRow{8, Processing::total, {"Time integral 1", "Zeitintegral 1"}},
    ProcessingRow{9, Processing::since_billing, {"Time integral 2", "Zeitintegral 2"}},
    ProcessingRow{10, Processing::since_billing, {"Time integral 3", "Zeitintegral 3"}},
    ProcessingRow{
        11, Processing::cumulative_minimum, {"Cumulative minimum 2", "Kumulatives Minimum 2"}},
    ProcessingRow{
        12, Processing::cumulative_maximum, {"Cumulative maximum 2", "Kumulatives Maximum 2"}},
    ProcessingRow{13, Processing::minimum, {"Minimum 2", "Minimum 2"}},
    ProcessingRow{14, Processing::running_average, {"Current average 2", "Laufender Mittelwert 2"}},
    ProcessingRow{15, Processing::last_average, {"Last average 2", "Letzter Mittelwert 2"}},
    ProcessingRow{16, Processing::maximum, {"Maximum 2", "Maximum 2"}},
    ProcessingRow{17, Processing::since_billing, {}},
    ProcessingRow{18, Processing::since_billing, {}},
    ProcessingRow{19, Processing::since_billing, {}},
    ProcessingRow{20, Processing::since_billing, {}},
    ProcessingRow{
        21, Processing::cumulative_minimum, {"Cumulative minimum 3", "Kumulatives Minimum 3"}},
    ProcessingRow{
        22, Processing::cumulative_maximum, {"Cumulative maximum 3", "Kumulatives Maximum 3"}},
    ProcessingRow{23, Processing::minimum, {"Minimum 3", "Minimum 3"}},
    ProcessingRow{24, Processing::running_average, {"Current average 3", "Laufender Mittelwert 3"}},
    ProcessingRow{25, Processing::last_average, {"Last average 3", "Letzter Mittelwert 3"}},
    ProcessingRow{26, Processing::maximum, {"Maximum 3", "Maximum 3"}},
    ProcessingRow{27, Processing::running_average, {"Current average 5", "Laufender Mittelwert 5"}},
    ProcessingRow{28, Processing::running_average, {"Current average 6", "Laufender Mittelwert 6"}},
    ProcessingRow{29, Processing::per_interval, {"Time integral 5", "Zeitintegral 5"}},
    ProcessingRow{30, Processing::per_interval, {"Time integral 6", "Zeitintegral 6"}},
    ProcessingRow{31, Processing::other, {"Under limit threshold", "Schwelle Unterschreitung"}},
    ProcessingRow{
        32, Processing::under_limit_count, {"Under limit occurrences", "Anzahl Unterschreitungen"}},
    ProcessingRow{33, Processing::other, {"Under limit duration", "Dauer Unterschreitung"}},
    ProcessingRow{34, Processing::other, {"Under limit magnitude", "Ausmaß Unterschreitung"}},
    ProcessingRow{35, Processing::other, {"Over limit threshold", "Schwelle Überschreitung"}},
    ProcessingRow{
        36, Processing::over_limit_count, {"Over limit occurrences", "Anzahl Überschreitungen"}},
    ProcessingRow{37, Processing::other, {"Over limit duration", "Dauer Überschreitung"}},
    ProcessingRow{38, Processing::other, {"Over limit magnitude", "Ausmaß Überschreitung"}},
    ProcessingRow{39, Processing::other, {"Missing threshold", "Schwelle Ausfall"}},
    ProcessingRow{40, Processing::other, {"Missing occurrences", "Anzahl Ausfälle"}},
    ProcessingRow{41, Processing::other, {"Missing duration", "Dauer Ausfall"}},
    ProcessingRow{42, Processing::other, {"Missing magnitude", "Ausmaß Ausfall"}},
    ProcessingRow{55, Processing::other, {"Test average", "Prüfmittelwert"}},
    ProcessingRow{58, Processing::per_interval, {"Time integral 4", "Zeitintegral 4"}},
};

template <class Rows>
constexpr bool d_is_sorted(const Rows& rows) {
  for (std::size_t i = 1; i < rows.size(); ++i) {
    if (rows[i - 1].d >= rows[i].d) return false;
  }
  return true;
}
static_assert(d_is_sorted(kProcessings));

template <class Rows>
constexpr bool c_counts_from_one(const Rows& rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].is.c != i + 1) return false;
  }
  return true;
}
static_assert(kElectric.size() == kElectricRows && c_counts_from_one(kElectric));

// Rows by their number, so that a code costs no search.
constexpr auto kRowOfD = [] {
  std::array<std::uint8_t, 256> rows{};
  for (std::size_t i = 0; i < kProcessings.size(); ++i) {
    rows[kProcessings[i].d] = static_cast<std::uint8_t>(i + 1);
  }
  return rows;
}();

}  // namespace

const MediumRow* find_medium(std::uint8_t a) {
  for (const MediumRow& row : kMedia) {
    if (row.a == a) return &row;
  }
  return nullptr;
}

ElectricLine find_electric(std::uint8_t c) {
  if (c >= 1 && c <= kLastPhased) {
    const auto row = static_cast<std::size_t>(c - 1);
    return {&kElectric[row % kElectricRows], static_cast<std::uint8_t>(row / kElectricRows)};
  }
  for (const ElectricRow& row : kOtherElectric) {
    if (row.is.c == c) return {&row, 0};
  }
  return {};
}

const ProcessingRow* find_processing(std::uint8_t d) {
  return kRowOfD[d] == 0 ? nullptr : &kProcessings[kRowOfD[d] - 1u];
}

}  // namespace meterpipe::cosem
