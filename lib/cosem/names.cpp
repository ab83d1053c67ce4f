#include "cosem/names.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "cosem/quantity.hpp"
#include "cosem/value_groups.hpp"

namespace meterpipe::cosem {
namespace {

std::string_view in(Language language, const Words& words) {
  return language == Language::english ? words.english : words.german;
}

// Objects that are named as a whole (value groups A, C, D, E), any channel.
struct Object {
  std::uint8_t a, c, d, e;
  Words words;
};
constexpr std::array kObjects{
    Object{0, 1, 0, 0, {"Clock", "Uhrzeit"}},
    Object{0, 2, 0, 0, {"Modem setup", "Modem"}},
    Object{0, 17, 0, 0, {"Limiter", "Leistungsbegrenzer"}},
    Object{0, 24, 1, 0, {"M-Bus device type", "M-Bus-Gerätetyp"}},
    Object{0, 24, 2, 0, {"M-Bus value 0", "M-Bus-Wert 0"}},
    Object{0, 24, 2, 1, {"M-Bus value 1", "M-Bus-Wert 1"}},
    Object{0, 24, 2, 2, {"M-Bus value 2", "M-Bus-Wert 2"}},
    Object{0, 24, 2, 3, {"M-Bus value 3", "M-Bus-Wert 3"}},
    Object{0, 24, 2, 4, {"M-Bus value 4", "M-Bus-Wert 4"}},
    Object{0, 24, 3, 0, {"M-Bus interval value", "M-Bus-Intervallwert"}},
    Object{0, 24, 4, 0, {"M-Bus valve state", "M-Bus-Ventilstellung"}},
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
    Object{0, 96, 13, 2, {"Message 3", "Mitteilung 3"}},
    Object{0, 96, 13, 3, {"Message 4", "Mitteilung 4"}},
    Object{0, 96, 13, 4, {"Message 5", "Mitteilung 5"}},
    Object{0, 96, 13, 5, {"Message 6", "Mitteilung 6"}},
    Object{0, 96, 14, 0, {"Active tariff", "Aktiver Tarif"}},
    Object{0, 97, 97, 0, {"Error register", "Fehlerregister"}},
    Object{0, 98, 1, 0, {"Billing period data", "Daten der Abrechnungsperioden"}},
    Object{0, 0, 0, 0, {"Identification number", "Identifikationsnummer"}},
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
    Object{1, 97, 97, 0, {"Electricity error register", "Stromzähler-Fehlerregister"}},
    Object{1, 98, 1, 0, {"Electricity billing period data", "Strom-Abrechnungsdaten"}},
    Object{1, 99, 97, 0, {"Power failure log", "Stromausfallprotokoll"}},
};

// What a sub-meter's value is called where its device is known, by its medium: the word in front.
struct DeviceWords {
  Medium medium;
  Words words;
};
constexpr std::array kDevices{
    DeviceWords{Medium::electricity, {"Electricity", "Strom"}},
    DeviceWords{Medium::gas, {"Gas", "Gas"}},
    DeviceWords{Medium::heat, {"Heat", "Wärme"}},
    DeviceWords{Medium::water, {"Water", "Wasser"}},
};

constexpr std::array<std::string_view, 4> kPhases{"", "L1", "L2", "L3"};

const Object* find_object(const Obis& code) {
  for (const Object& row : kObjects) {
    if (row.a == code.a && row.c == code.c && row.d == code.d && row.e == code.e) return &row;
  }
  return nullptr;
}

// nullptr: it has no name
const ProcessingRow* named_processing(std::uint8_t d) {
  const ProcessingRow* row = find_processing(d);
  return row == nullptr || row->words.english.empty() ? nullptr : row;
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

// "Gas meter reading", "Gas meter reading 3", "Gas valve state": of 24.2 to 24.4 on a channel whose
// device is known; else empty.
std::string device_name(const Obis& code, Language language, Medium medium) {
  constexpr std::uint8_t kSubMeter = 24;
  if (code.a > 1 || code.c != kSubMeter) return {};
  const auto* device = std::find_if(kDevices.begin(), kDevices.end(),
                                    [medium](const auto& row) { return row.medium == medium; });
  if (device == kDevices.end()) return {};
  const bool english = language == Language::english;
  std::string name(in(language, device->words));
  switch (code.d) {
    case 2: name += english ? " meter reading" : "zählerstand"; break;
    case 3:
      name += english ? " meter reading, last interval" : "zählerstand, letztes Intervall";
      break;
    case 4: name += english ? " valve state" : "-Ventilstellung"; break;
    default: return {};
  }
  const std::uint8_t usual = code.d == 2 ? 1 : 0;
  if (code.e != usual) name += fmt::format(" {}", code.e);
  return name + tail(code, language);
}

// From what to what 81.7.e is an angle (IEC 62056-6-1, extended angle codes): the tens and the ones
// of E say it. Empty where they do not.
std::string name_of_angle(std::uint8_t e, Language language) {
  constexpr std::array<std::string_view, 8> kEnds{"U L1", "U L2", "U L3", "",
                                                  "I L1", "I L2", "I L3", "I N"};
  const std::size_t from = e / 10, to = e % 10;
  if (from >= kEnds.size() || to >= kEnds.size()) return {};
  if (kEnds[from].empty() || kEnds[to].empty()) return {};
  return language == Language::english ? fmt::format("Angle {} to {}", kEnds[from], kEnds[to])
                                       : fmt::format("Winkel {} zu {}", kEnds[from], kEnds[to]);
}

std::string own_name(const Obis& code, Language language, const NameContext& of) {
  if (of.of_telegram) {
    if (std::string name = device_name(code, language, of.channel); !name.empty()) return name;
    if (is_fuse_threshold(code)) {
      const std::string_view word =
          language == Language::english ? "Fuse threshold" : "Sicherungsschwelle";
      return fmt::format("{} {}", word, kPhases[find_electric(code.c).phase]) +
             tail(code, language);
    }
  }
  if (const Object* object = find_object(code)) {
    return std::string(in(language, object->words)) + tail(code, language);
  }
  if (code.a != 1) return {};
  const ElectricLine found = find_electric(code.c);
  const ProcessingRow* processing = named_processing(code.d);
  if (found.row == nullptr || processing == nullptr) return {};
  const bool english = language == Language::english;
  const bool momentary = processing->meaning == Processing::momentary;
  constexpr std::uint8_t kAngles = 81;
  if (code.c == kAngles && momentary && code.e != 0) {
    std::string angle = name_of_angle(code.e, language);
    return angle.empty() ? angle : angle + tail(code, language);
  }
  std::string name(
      in(language, is_integral(processing->meaning) ? found.row->energy : found.row->power));
  if (found.phase != 0) name += fmt::format(" {}", kPhases[found.phase]);
  if (!momentary && processing->meaning != Processing::total) {
    name += fmt::format(", {}", in(language, processing->words));
  }
  constexpr std::uint8_t kNotSaid = 255;  // EasyMeter Q3D: 1-0:21.7.255
  if (code.e != 0 && code.e != kNotSaid) {
    name += momentary ? fmt::format("{} {}", english ? ", harmonic" : ", Oberwelle", code.e)
                      : fmt::format(" {} {}", english ? "tariff" : "Tarif", code.e);
  }
  return name + tail(code, language);
}

// ---- the predecessor's form ----

// Objects whose name it has fixed: that is their measurement, and besides they have a medium alone.
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
  const MediumRow* row = find_medium(code.a);
  return row == nullptr ? "" : std::string(in(language, row->words));
}

std::string_view fixed_name(const Obis& code, Language language) {
  for (const Fixed& row : kFixed) {
    if (row.code == code) return in(language, row.words);
  }
  return {};
}

std::string measurement_name(const Obis& code, Language language) {
  if (code.a == 1) {
    const ElectricLine found = find_electric(code.c);
    if (found.row != nullptr && find_object(code) == nullptr) {
      const std::string_view word = in(language, found.row->predecessor);
      if (found.phase != 0) return fmt::format("{} {}", kPhases[found.phase], word);
      if (code.c > 10) return std::string(word);
      return fmt::format("{} {}", language == Language::english ? "Sum" : "Summe", word);
    }
  }
  if (const Object* object = find_object(code)) return std::string(in(language, object->words));
  return {};
}

std::string placeholder(std::string_view name, const Obis& code, Language language) {
  const bool english = language == Language::english;
  if (name == "medium") return medium_name(code, language);
  if (const std::string_view fixed = fixed_name(code, language); !fixed.empty()) {
    return name == "measurement" ? std::string(fixed) : "";
  }
  if (name == "channel")
    return code.b == 0 ? "" : fmt::format("{} {}", english ? "Channel" : "Kanal", code.b);
  if (name == "measurement") return measurement_name(code, language);
  if (name == "measurementType") {
    const ProcessingRow* processing =
        code.a == 1 && find_object(code) == nullptr ? named_processing(code.d) : nullptr;
    return processing == nullptr ? "" : std::string(in(language, processing->words));
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
  // A fixed name goes before none.
  return text.empty() ? std::string(fixed_name(code, format.language)) : text;
}

}  // namespace

std::string name_of(const Obis& code, const NameFormat& format, const NameContext& of) {
  return format.pattern.empty() ? own_name(code, format.language, of)
                                : patterned_name(code, format);
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
    if (find_electric(static_cast<std::uint8_t>(c)).row == nullptr) continue;
    for (const std::uint8_t d : {std::uint8_t{6}, std::uint8_t{7}, std::uint8_t{8}}) {
      const int tariffs = find_processing(d)->meaning == Processing::momentary ? 0 : 4;
      for (int e = 0; e <= tariffs; ++e) {
        codes.push_back({1, 0, static_cast<std::uint8_t>(c), d, static_cast<std::uint8_t>(e), 255});
      }
    }
  }
  return codes;
}

}  // namespace meterpipe::cosem
