#include "cosem/names.hpp"

#include <array>

#include <fmt/format.h>

namespace meterpipe::cosem {
namespace {

struct Words {
  std::string_view english, german;
  std::string_view in(Language language) const {
    return language == Language::english ? english : german;
  }
};

// Value group A: the medium.
struct Medium {
  std::uint8_t a;
  Words words;
};
constexpr std::array kMedia{
    Medium{0, {"Abstract", "Abstrakt"}},
    Medium{1, {"Electricity", "Elektrizität"}},
    Medium{4, {"Heat cost", "Heizkosten"}},
    Medium{5, {"Cooling", "Kälte"}},
    Medium{6, {"Heat", "Wärme"}},
    Medium{7, {"Gas", "Gas"}},
    Medium{8, {"Cold water", "Kaltwasser"}},
    Medium{9, {"Hot water", "Warmwasser"}},
    Medium{15, {"Other media", "Andere Medien"}},
};

// Objects that are named as a whole (value groups A, C, D, E), any channel.
struct Object {
  std::uint8_t a, c, d, e;
  Words words;
};
constexpr std::array kObjects{
    Object{0, 1, 0, 0, {"Clock", "Uhrzeit"}},
    Object{0, 2, 0, 0, {"Modem setup", "Modem"}},
    Object{0, 17, 0, 0, {"Limiter", "Leistungsbegrenzer"}},
    Object{0, 24, 2, 1, {"M-Bus value 1", "M-Bus-Wert 1"}},
    Object{0, 24, 2, 2, {"M-Bus value 2", "M-Bus-Wert 2"}},
    Object{0, 24, 1, 0, {"M-Bus device type", "M-Bus-Gerätetyp"}},
    Object{0, 25, 9, 0, {"Push list", "Push-Liste"}},
    Object{0, 42, 0, 0, {"Logical device name", "Logischer Gerätename"}},
    Object{0, 96, 1, 0, {"Meter number", "Zählernummer"}},
    Object{0, 96, 1, 1, {"Device ID 2", "Gerätekennung 2"}},
    Object{0, 96, 1, 2, {"Device ID 3", "Gerätekennung 3"}},
    Object{0, 96, 1, 3, {"Device ID 4", "Gerätekennung 4"}},
    Object{0, 96, 1, 4, {"Device ID 5", "Gerätekennung 5"}},
    Object{0, 96, 1, 5, {"Device ID 6", "Gerätekennung 6"}},
    Object{0, 96, 1, 6, {"Device ID 7", "Gerätekennung 7"}},
    Object{0, 96, 1, 7, {"Meter model", "Zählertyp"}},
    Object{0, 96, 1, 9, {"Device ID 10", "Gerätekennung 10"}},
    Object{0, 96, 3, 10, {"Breaker state", "Schaltzustand"}},
    Object{0, 96, 3, 0, {"Control outputs", "Steuerausgänge"}},
    Object{0, 96, 7, 9, {"Long power failures", "Lange Stromausfälle"}},
    Object{0, 96, 7, 21, {"Power failures", "Stromausfälle"}},
    Object{0, 96, 8, 0, {"Operating time", "Betriebszeit"}},
    Object{0, 96, 13, 0, {"Message", "Mitteilung"}},
    Object{0, 96, 13, 1, {"Message code", "Mitteilungscode"}},
    Object{0, 96, 14, 0, {"Active tariff", "Aktiver Tarif"}},
    Object{0, 97, 97, 0, {"Error register", "Fehlerregister"}},
    Object{0, 0, 9, 1, {"Time", "Zeit"}},
    Object{0, 0, 9, 2, {"Date", "Datum"}},
    Object{1, 0, 0, 0, {"Device number", "Gerätenummer"}},
    Object{1, 0, 0, 1, {"Device number 2", "Gerätenummer 2"}},
    Object{1, 0, 0, 5, {"Device number 6", "Gerätenummer 6"}},
    Object{1, 0, 2, 0, {"Firmware version", "Firmware-Version"}},
    Object{1, 0, 2, 129, {"List version", "Listenversion"}},
    Object{1, 0, 9, 1, {"Local time", "Ortszeit"}},
    Object{1, 0, 9, 2, {"Local date", "Ortsdatum"}},
    Object{1, 96, 1, 0, {"Electricity meter number", "Stromzählernummer"}},
    Object{1, 96, 1, 1, {"Electricity meter type", "Stromzählertyp"}},
};

// Value group C of electricity. `power` is what it is called at one moment, `energy` summed up
// over time (empty: the quantity has no such form of its own). `predecessor` is the word of
// smart-meter-mbus-dlms.
struct Quantity {
  std::uint8_t c;
  Words power, energy, predecessor;
};
// Rows 1 to 20 hold for the sum of the phases, and 20 further on for each phase.
constexpr std::array kQuantities{
    Quantity{1,
             {"Active power import", "Wirkleistung Bezug"},
             {"Active energy import", "Wirkenergie Bezug"},
             {"active power +", "Wirkleistung +"}},
    Quantity{2,
             {"Active power export", "Wirkleistung Lieferung"},
             {"Active energy export", "Wirkenergie Lieferung"},
             {"active power -", "Wirkleistung -"}},
    Quantity{3,
             {"Reactive power import", "Blindleistung Bezug"},
             {"Reactive energy import", "Blindenergie Bezug"},
             {"reactive power +", "Blindleistung +"}},
    Quantity{4,
             {"Reactive power export", "Blindleistung Lieferung"},
             {"Reactive energy export", "Blindenergie Lieferung"},
             {"reactive power -", "Blindleistung -"}},
    Quantity{5,
             {"Reactive power QI", "Blindleistung QI"},
             {"Reactive energy QI", "Blindenergie QI"},
             {"reactive power QI", "Blindleistung QI"}},
    Quantity{6,
             {"Reactive power QII", "Blindleistung QII"},
             {"Reactive energy QII", "Blindenergie QII"},
             {"reactive power QII", "Blindleistung QII"}},
    Quantity{7,
             {"Reactive power QIII", "Blindleistung QIII"},
             {"Reactive energy QIII", "Blindenergie QIII"},
             {"reactive power QIII", "Blindleistung QIII"}},
    Quantity{8,
             {"Reactive power QIV", "Blindleistung QIV"},
             {"Reactive energy QIV", "Blindenergie QIV"},
             {"reactive power QIV", "Blindleistung QIV"}},
    Quantity{9,
             {"Apparent power import", "Scheinleistung Bezug"},
             {"Apparent energy import", "Scheinenergie Bezug"},
             {"apparent power +", "Scheinleistung +"}},
    Quantity{10,
             {"Apparent power export", "Scheinleistung Lieferung"},
             {"Apparent energy export", "Scheinenergie Lieferung"},
             {"apparent power -", "Scheinleistung -"}},
    Quantity{11, {"Current", "Strom"}, {"Charge", "Ladung"}, {"current", "Strom"}},
    Quantity{12,
             {"Voltage", "Spannung"},
             {"Voltage integral", "Spannungsintegral"},
             {"voltage", "Spannung"}},
    Quantity{13,
             {"Power factor", "Leistungsfaktor"},
             {"Power factor integral", "Leistungsfaktorintegral"},
             {"power factor", "Leistungsfaktor"}},
    Quantity{14,
             {"Frequency", "Frequenz"},
             {"Frequency integral", "Frequenzintegral"},
             {"supply frequency", "Netzfrequenz"}},
    Quantity{15,
             {"Active power absolute", "Wirkleistung Betrag"},
             {"Active energy absolute", "Wirkenergie Betrag"},
             {"active power absolute", "Wirkleistung Betrag"}},
    Quantity{16,
             {"Active power net", "Wirkleistung Saldo"},
             {"Active energy net", "Wirkenergie Saldo"},
             {"active power net", "Wirkleistung Saldo"}},
    Quantity{17,
             {"Active power QI", "Wirkleistung QI"},
             {"Active energy QI", "Wirkenergie QI"},
             {"active power QI", "Wirkleistung QI"}},
    Quantity{18,
             {"Active power QII", "Wirkleistung QII"},
             {"Active energy QII", "Wirkenergie QII"},
             {"active power QII", "Wirkleistung QII"}},
    Quantity{19,
             {"Active power QIII", "Wirkleistung QIII"},
             {"Active energy QIII", "Wirkenergie QIII"},
             {"active power QIII", "Wirkleistung QIII"}},
    Quantity{20,
             {"Active power QIV", "Wirkleistung QIV"},
             {"Active energy QIV", "Wirkenergie QIV"},
             {"active power QIV", "Wirkleistung QIV"}},
};
constexpr std::array kOtherQuantities{
    Quantity{81, {"Angle", "Winkel"}, {"Angle integral", "Winkelintegral"}, {"angle", "Winkel"}},
    Quantity{82,
             {"Unitless quantity", "Einheitenlose Größe"},
             {"Unitless quantity integral", "Einheitenlose Größe Integral"},
             {"unitless quantity", "Einheitenlose Größe"}},
    Quantity{84,
             {"Power factor export", "Leistungsfaktor Lieferung"},
             {"Power factor export integral", "Leistungsfaktorintegral Lieferung"},
             {"power factor -", "Leistungsfaktor -"}},
    Quantity{88,
             {"Squared current", "Stromquadrat"},
             {"Squared current integral", "Stromquadratintegral"},
             {"ampere-squared", "Ampere-Quadrat"}},
    Quantity{89,
             {"Squared voltage", "Spannungsquadrat"},
             {"Squared voltage integral", "Spannungsquadratintegral"},
             {"volt-squared", "Volt-Quadrat"}},
    Quantity{90,
             {"Current sum", "Strom Summe"},
             {"Charge sum", "Ladung Summe"},
             {"current sum", "Strom Summe"}},
    Quantity{91,
             {"Current neutral", "Strom Neutralleiter"},
             {"Charge neutral", "Ladung Neutralleiter"},
             {"current neutral", "Strom Neutralleiter"}},
    Quantity{92,
             {"Voltage neutral", "Spannung Neutralleiter"},
             {"Voltage neutral integral", "Spannungsintegral Neutralleiter"},
             {"voltage neutral", "Spannung Neutralleiter"}},
};

// Value group D.
struct Processing {
  std::uint8_t d;
  Words words;
};
constexpr std::array kProcessings{
    Processing{0, {"Billing period average", "Mittelwert der Abrechnungsperiode"}},
    Processing{1, {"Cumulative minimum 1", "Kumulatives Minimum 1"}},
    Processing{2, {"Cumulative maximum 1", "Kumulatives Maximum 1"}},
    Processing{3, {"Minimum 1", "Minimum 1"}},
    Processing{4, {"Current average 1", "Laufender Mittelwert 1"}},
    Processing{5, {"Last average 1", "Letzter Mittelwert 1"}},
    Processing{6, {"Maximum 1", "Maximum 1"}},
    Processing{7, {"Instantaneous value", "Momentanwert"}},
    Processing{8, {"Time integral 1", "Zeitintegral 1"}},
    Processing{9, {"Time integral 2", "Zeitintegral 2"}},
    Processing{10, {"Time integral 3", "Zeitintegral 3"}},
    Processing{11, {"Cumulative minimum 2", "Kumulatives Minimum 2"}},
    Processing{12, {"Cumulative maximum 2", "Kumulatives Maximum 2"}},
    Processing{13, {"Minimum 2", "Minimum 2"}},
    Processing{14, {"Current average 2", "Laufender Mittelwert 2"}},
    Processing{15, {"Last average 2", "Letzter Mittelwert 2"}},
    Processing{16, {"Maximum 2", "Maximum 2"}},
    Processing{21, {"Cumulative minimum 3", "Kumulatives Minimum 3"}},
    Processing{22, {"Cumulative maximum 3", "Kumulatives Maximum 3"}},
    Processing{23, {"Minimum 3", "Minimum 3"}},
    Processing{24, {"Current average 3", "Laufender Mittelwert 3"}},
    Processing{25, {"Last average 3", "Letzter Mittelwert 3"}},
    Processing{26, {"Maximum 3", "Maximum 3"}},
    Processing{27, {"Current average 5", "Laufender Mittelwert 5"}},
    Processing{28, {"Current average 6", "Laufender Mittelwert 6"}},
    Processing{29, {"Time integral 5", "Zeitintegral 5"}},
    Processing{30, {"Time integral 6", "Zeitintegral 6"}},
    Processing{31, {"Under limit threshold", "Schwelle Unterschreitung"}},
    Processing{32, {"Under limit occurrences", "Anzahl Unterschreitungen"}},
    Processing{33, {"Under limit duration", "Dauer Unterschreitung"}},
    Processing{34, {"Under limit magnitude", "Ausmaß Unterschreitung"}},
    Processing{35, {"Over limit threshold", "Schwelle Überschreitung"}},
    Processing{36, {"Over limit occurrences", "Anzahl Überschreitungen"}},
    Processing{37, {"Over limit duration", "Dauer Überschreitung"}},
    Processing{38, {"Over limit magnitude", "Ausmaß Überschreitung"}},
    Processing{39, {"Missing threshold", "Schwelle Ausfall"}},
    Processing{40, {"Missing occurrences", "Anzahl Ausfälle"}},
    Processing{41, {"Missing duration", "Dauer Ausfall"}},
    Processing{42, {"Missing magnitude", "Ausmaß Ausfall"}},
    Processing{55, {"Test average", "Prüfmittelwert"}},
    Processing{58, {"Time integral 4", "Zeitintegral 4"}},
};

constexpr std::uint8_t kInstantaneous = 7, kTimeIntegral1 = 8;
constexpr std::array<std::string_view, 4> kPhases{"", "L1", "L2", "L3"};

template <class Rows>
constexpr bool d_is_sorted(const Rows& rows) {
  for (std::size_t i = 1; i < rows.size(); ++i) {
    if (rows[i - 1].d >= rows[i].d) return false;
  }
  return true;
}
static_assert(d_is_sorted(kProcessings));

const Processing* find_processing(std::uint8_t d) {
  for (const Processing& row : kProcessings) {
    if (row.d == d) return &row;
  }
  return nullptr;
}

struct Found {
  const Quantity* quantity = nullptr;
  std::size_t phase = 0;  // 0: sum, or no phase
};

Found find_quantity(std::uint8_t c) {
  if (c >= 1 && c <= 80) {
    return {&kQuantities[static_cast<std::size_t>((c - 1) % 20)],
            static_cast<std::size_t>((c - 1) / 20)};
  }
  for (const Quantity& row : kOtherQuantities) {
    if (row.c == c) return {&row, 0};
  }
  return {};
}

const Object* find_object(const Obis& code) {
  for (const Object& row : kObjects) {
    if (row.a == code.a && row.c == code.c && row.d == code.d && row.e == code.e) return &row;
  }
  return nullptr;
}

bool is_integral(std::uint8_t d) {
  return d == kTimeIntegral1 || d == 9 || d == 10 || d == 29 || d == 30 || d == 58;
}

// ", channel 1" and ", period 3": what sets codes apart that are alike otherwise.
std::string tail(const Obis& code, Language language) {
  std::string text;
  if (code.b != 0) {
    text += fmt::format("{} {}", language == Language::english ? ", channel" : ", Kanal", code.b);
  }
  if (code.f != 255) {
    text += fmt::format("{} {}", language == Language::english ? ", period" : ", Periode", code.f);
  }
  return text;
}

std::string own_name(const Obis& code, Language language) {
  if (const Object* object = find_object(code)) {
    return std::string(object->words.in(language)) + tail(code, language);
  }
  if (code.a != 1) return {};
  const Found found = find_quantity(code.c);
  const Processing* processing = find_processing(code.d);
  if (found.quantity == nullptr || processing == nullptr) return {};
  const bool english = language == Language::english;
  const bool integral = is_integral(code.d);
  std::string name(integral ? found.quantity->energy.in(language)
                            : found.quantity->power.in(language));
  if (found.phase != 0) name += fmt::format(" {}", kPhases[found.phase]);
  if (code.d != kInstantaneous && code.d != kTimeIntegral1) {
    name += fmt::format(", {}", processing->words.in(language));
  }
  if (code.e != 0) {
    name += code.d == kInstantaneous
                ? fmt::format("{} {}", english ? ", harmonic" : ", Oberwelle", code.e)
                : fmt::format(" {} {}", english ? "tariff" : "Tarif", code.e);
  }
  return name + tail(code, language);
}

// ---- the predecessor's form ----

// Objects whose whole name it has fixed: the measurement stands for everything.
struct Fixed {
  Obis code;
  Words words;  // german empty: by the rule
};
constexpr std::array kFixed{
    Fixed{{0, 0, 1, 0, 0}, {"Timestamp", "Zeitpunkt"}},
    Fixed{{0, 0, 96, 1, 0}, {"Smart meter number", "Zählernummer"}},
    Fixed{{0, 0, 42, 0, 0}, {"Cosem logical device name", "Cosem logischer Gerätename"}},
    Fixed{{1, 0, 1, 7, 0}, {"", "Momentanleistung Bezug +P"}},
    Fixed{{1, 0, 2, 7, 0}, {"", "Momentanleistung Lieferung -P"}},
    Fixed{{1, 0, 1, 8, 0}, {"", "Summe Wirkenergie Bezug +A"}},
    Fixed{{1, 0, 2, 8, 0}, {"", "Summe Wirkenergie Lieferung -A"}},
    Fixed{{1, 0, 3, 8, 0}, {"", "Summe Blindenergie Bezug +R"}},
    Fixed{{1, 0, 4, 8, 0}, {"", "Summe Blindenergie Lieferung -R"}},
};

std::string medium_name(const Obis& code, Language language) {
  for (const Medium& row : kMedia) {
    if (row.a == code.a) return std::string(row.words.in(language));
  }
  return fmt::format("{} {}", language == Language::english ? "Medium" : "Medium", code.a);
}

std::string measurement_name(const Obis& code, Language language) {
  if (code.a == 1) {
    const Found found = find_quantity(code.c);
    if (found.quantity != nullptr && find_object(code) == nullptr) {
      const std::string_view word = found.quantity->predecessor.in(language);
      if (found.phase != 0) return fmt::format("{} {}", kPhases[found.phase], word);
      if (code.c > 10) return std::string(word);
      return fmt::format("{} {}", language == Language::english ? "Sum" : "Summe", word);
    }
  }
  if (const Object* object = find_object(code)) return std::string(object->words.in(language));
  return {};
}

std::string placeholder(std::string_view name, const Obis& code, Language language) {
  const bool english = language == Language::english;
  if (name == "medium") return medium_name(code, language);
  if (name == "channel")
    return code.b == 0 ? "" : fmt::format("{} {}", english ? "Channel" : "Kanal", code.b);
  if (name == "measurement") return measurement_name(code, language);
  if (name == "measurementType") {
    const Processing* processing =
        code.a == 1 && find_object(code) == nullptr ? find_processing(code.d) : nullptr;
    return processing == nullptr ? "" : std::string(processing->words.in(language));
  }
  if (name == "tariff") {
    if (code.a != 1 || find_object(code) != nullptr) return {};
    return code.e == 0 ? "Total" : fmt::format("{} {}", english ? "Tariff" : "Tarif", code.e);
  }
  if (name == "previousMeasurement") {
    return code.f == 255 ? ""
                         : fmt::format("{} {}", english ? "Previous value" : "Vorwert", code.f);
  }
  return {};
}

constexpr std::array<std::string_view, 6> kPlaceholders{
    "medium", "channel", "measurement", "measurementType", "tariff", "previousMeasurement"};

bool is_delimiter(char c) { return c == ' ' || c == ',' || c == '-'; }

std::string patterned_name(const Obis& code, const NameFormat& format) {
  for (const Fixed& row : kFixed) {
    if (row.code == code && !row.words.in(format.language).empty()) {
      return std::string(row.words.in(format.language));
    }
  }
  std::string text;
  std::string waiting;  // delimiters since the last placeholder that said something
  std::string_view rest = format.pattern;
  while (!rest.empty()) {
    const std::size_t close = rest[0] == '[' ? rest.find(']') : std::string_view::npos;
    if (close == std::string_view::npos) {
      if (is_delimiter(rest[0])) {
        if (!text.empty() && (waiting.empty() || waiting.back() != rest[0])) waiting += rest[0];
      } else {
        text += waiting;
        waiting.clear();
        text += rest[0];
      }
      rest.remove_prefix(1);
      continue;
    }
    const std::string word = placeholder(rest.substr(1, close - 1), code, format.language);
    rest.remove_prefix(close + 1);
    if (word.empty()) {  // and the delimiters behind it
      while (!rest.empty() && is_delimiter(rest[0])) rest.remove_prefix(1);
      continue;
    }
    text += waiting;
    waiting.clear();
    text += word;
  }
  return text;
}

}  // namespace

std::string name_of(const Obis& code, const NameFormat& format) {
  return format.pattern.empty() ? own_name(code, format.language) : patterned_name(code, format);
}

std::string unknown_placeholder(std::string_view pattern) {
  while (true) {
    const std::size_t open = pattern.find('[');
    if (open == std::string_view::npos) return {};
    const std::size_t close = pattern.find(']', open);
    if (close == std::string_view::npos) return std::string(pattern.substr(open));
    const std::string_view name = pattern.substr(open + 1, close - open - 1);
    bool known = false;
    for (const std::string_view one : kPlaceholders) known |= one == name;
    if (!known) return std::string(name);
    pattern.remove_prefix(close + 1);
  }
}

std::vector<Obis> listed_codes() {
  std::vector<Obis> codes;
  for (const Object& row : kObjects) codes.push_back({row.a, 0, row.c, row.d, row.e, 255});
  for (int c = 1; c < 100; ++c) {
    if (find_quantity(static_cast<std::uint8_t>(c)).quantity == nullptr) continue;
    for (const std::uint8_t d : {std::uint8_t{6}, kInstantaneous, kTimeIntegral1}) {
      const int tariffs = d == kInstantaneous ? 0 : 4;
      for (int e = 0; e <= tariffs; ++e) {
        codes.push_back({1, 0, static_cast<std::uint8_t>(c), d, static_cast<std::uint8_t>(e), 255});
      }
    }
  }
  return codes;
}

}  // namespace meterpipe::cosem
