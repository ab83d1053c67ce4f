#include "views/wired_words.hpp"

#include <array>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/table.hpp"

namespace meterpipe::views {
namespace {

struct Word {
  std::string_view is, german;
};

constexpr std::array kQuantities{
    Word{"access-code-developer", "Zugangscode Entwickler"},
    Word{"access-code-operator", "Zugangscode Betreiber"},
    Word{"access-code-system-operator", "Zugangscode Systembetreiber"},
    Word{"access-code-user", "Zugangscode Benutzer"},
    Word{"access-number", "Zugriffsnummer"},
    Word{"actuality-duration", "Alter des Wertes"},
    Word{"any", "Beliebig"},
    Word{"apparent-energy", "Scheinenergie"},
    Word{"apparent-power", "Scheinleistung"},
    Word{"averaging-duration", "Mittelungsdauer"},
    Word{"battery-change", "Batteriewechsel"},
    Word{"battery-operating-time", "Betriebszeit der Batterie"},
    Word{"battery-remaining", "Restlaufzeit der Batterie"},
    Word{"baud-rate", "Baudrate"},
    Word{"bus-address", "Busadresse"},
    Word{"control-signal", "Steuersignal"},
    Word{"counter", "Zähler"},
    Word{"credit", "Guthaben"},
    Word{"cumulation-counter", "Kumulierungszähler"},
    Word{"current", "Strom"},
    Word{"customer", "Kunde"},
    Word{"customer-location", "Ort des Kunden"},
    Word{"date", "Datum"},
    Word{"date-time", "Datum und Uhrzeit"},
    Word{"day-change", "Tageswechsel"},
    Word{"day-of-week", "Wochentag"},
    Word{"daylight-saving", "Sommerzeit"},
    Word{"debit", "Lastschrift"},
    Word{"digital-input", "Digitaler Eingang"},
    Word{"digital-output", "Digitaler Ausgang"},
    Word{"dimensionless", "Ohne Einheit"},
    Word{"duration-since-cumulation", "Zeit seit der Kumulierung"},
    Word{"duration-since-readout", "Zeit seit der Auslesung"},
    Word{"energy", "Energie"},
    Word{"error-flags", "Fehlerkennung"},
    Word{"error-mask", "Fehlermaske"},
    Word{"external-temperature", "Außentemperatur"},
    Word{"fabrication-number", "Fabriknummer"},
    Word{"firmware-version", "Firmwareversion"},
    Word{"first-storage", "Erster Speicher"},
    Word{"flow-temperature", "Vorlauftemperatur"},
    Word{"frequency", "Frequenz"},
    Word{"hardware-version", "Hardwareversion"},
    Word{"hca", "Heizkostenverteiler"},
    Word{"identification", "Identifikation"},
    Word{"last-storage", "Letzter Speicher"},
    Word{"listening-window", "Empfangsfenster"},
    Word{"manufacturer", "Hersteller"},
    Word{"manufacturer-container", "Daten des Herstellers"},
    Word{"manufacturer-specific", "Wert des Herstellers"},
    Word{"mass", "Masse"},
    Word{"mass-flow", "Massenstrom"},
    Word{"maximum-power-counter", "Zähler der Höchstleistung"},
    Word{"medium", "Medium"},
    Word{"model-version", "Modellversion"},
    Word{"on-time", "Einschaltzeit"},
    Word{"operating-time", "Betriebszeit"},
    Word{"operator-data", "Daten des Betreibers"},
    Word{"parameter-set", "Parametersatz"},
    Word{"parameter-state", "Parameterzustand"},
    Word{"password", "Passwort"},
    Word{"phase-u-i", "Phasenwinkel U–I"},
    Word{"phase-u-u", "Phasenwinkel U–U"},
    Word{"power", "Leistung"},
    Word{"pressure", "Druck"},
    Word{"reactive-energy", "Blindenergie"},
    Word{"reactive-power", "Blindleistung"},
    Word{"relative-humidity", "Relative Feuchte"},
    Word{"remote-control", "Fernsteuerung"},
    Word{"reset-counter", "Rückstellzähler"},
    Word{"response-delay", "Antwortverzögerung"},
    Word{"retries", "Wiederholungen"},
    Word{"return-temperature", "Rücklauftemperatur"},
    Word{"rf-level", "Funkpegel"},
    Word{"security-key", "Schlüssel"},
    Word{"software-version", "Softwareversion"},
    Word{"stops", "Stopps"},
    Word{"storage-block-size", "Größe eines Speicherblocks"},
    Word{"storage-descriptor", "Beschreibung des Speichers"},
    Word{"storage-interval", "Speicherintervall"},
    Word{"supplier-information", "Angaben des Lieferanten"},
    Word{"tariff-duration", "Dauer des Tarifs"},
    Word{"tariff-period", "Periode des Tarifs"},
    Word{"tariff-start", "Beginn des Tarifs"},
    Word{"temperature-difference", "Temperaturdifferenz"},
    Word{"temperature-limit", "Temperaturgrenze"},
    Word{"text", "Text"},
    Word{"time-of-day", "Uhrzeit"},
    Word{"time-point-second", "Zeitpunkt in Sekunden"},
    Word{"transmission-period", "Sendeintervall"},
    Word{"voltage", "Spannung"},
    Word{"volume", "Volumen"},
    Word{"volume-flow", "Durchfluss"},
    Word{"week", "Woche"},
    Word{"wireless-container", "Funkdaten"},
};
static_assert(ascends(kQuantities, &Word::is));

// What is not here stays as it is.
constexpr std::array kQualifiers{
    Word{"absolute-sum", "Summe der Beträge"},
    Word{"average", "Mittelwert"},
    Word{"backward", "rückwärts"},
    Word{"base-conditions", "unter Normbedingungen"},
    Word{"forward", "vorwärts"},
    Word{"future", "künftig"},
    Word{"import-minus-export", "Bezug minus Lieferung"},
    Word{"l1", "L1"},
    Word{"l1-l2", "L1-L2"},
    Word{"l2", "L2"},
    Word{"l2-l3", "L2-L3"},
    Word{"l3", "L3"},
    Word{"l3-l1", "L3-L1"},
    Word{"leakage", "Leckage"},
    Word{"lower-limit", "untere Grenze"},
    Word{"n", "N"},
    Word{"non-metric", "nicht metrisch"},
    Word{"overflow", "Überlauf"},
    Word{"per-day", "je Tag"},
    Word{"per-hour", "je Stunde"},
    Word{"per-input-pulse-0", "je Impuls am Eingang 0"},
    Word{"per-input-pulse-1", "je Impuls am Eingang 1"},
    Word{"per-minute", "je Minute"},
    Word{"per-month", "je Monat"},
    Word{"per-output-pulse-0", "je Impuls am Ausgang 0"},
    Word{"per-output-pulse-1", "je Impuls am Ausgang 1"},
    Word{"per-second", "je Sekunde"},
    Word{"per-week", "je Woche"},
    Word{"per-year", "je Jahr"},
    Word{"quadrant-1", "Quadrant 1"},
    Word{"quadrant-2", "Quadrant 2"},
    Word{"quadrant-3", "Quadrant 3"},
    Word{"quadrant-4", "Quadrant 4"},
    Word{"start-time", "Beginn"},
    Word{"time-of-first-begin", "Beginn des ersten"},
    Word{"time-of-first-end", "Ende des ersten"},
    Word{"time-of-last-begin", "Beginn des letzten"},
    Word{"time-of-last-end", "Ende des letzten"},
    Word{"uncorrected", "unkorrigiert"},
    Word{"upper-limit", "obere Grenze"},
};
static_assert(ascends(kQualifiers, &Word::is));

// "Flow temperature", of "flow-temperature".
std::string words_of(std::string_view quantity) {
  std::string text(quantity);
  for (char& c : text) {
    if (c == '-') c = ' ';
  }
  if (!text.empty()) text[0] = upper(text[0]);
  return text;
}

}  // namespace

std::string wired_name(const wired::Record& record, cosem::Language language) {
  if (!record.name.empty()) return record.name;
  const bool german = language == cosem::Language::german;
  const std::string_view quantity = record.meaning.quantity;
  const Word* const row = german ? find_row(kQuantities, quantity, &Word::is) : nullptr;
  std::string name = row != nullptr ? std::string(row->german) : words_of(quantity);
  const auto add = [&name](std::string_view what) {
    name += ", ";
    name += what;
  };
  for (const std::string& one : record.meaning.qualifiers) {
    const Word* const word = german ? find_row(kQualifiers, one, &Word::is) : nullptr;
    add(word != nullptr ? word->german : std::string_view(one));
  }
  switch (record.function) {
    case wired::Function::instantaneous: break;
    case wired::Function::maximum: add(german ? "Maximum" : "maximum"); break;
    case wired::Function::minimum: add(german ? "Minimum" : "minimum"); break;
    case wired::Function::error: add(german ? "im Fehlerfall" : "in error"); break;
  }
  if (record.tariff != 0) add(fmt::format("{} {}", german ? "Tarif" : "tariff", record.tariff));
  if (record.subunit != 0) {
    add(fmt::format("{} {}", german ? "Teilgerät" : "subunit", record.subunit));
  }
  if (record.storage != 0) {
    add(fmt::format("{} {}", german ? "Speicher" : "storage", record.storage));
  }
  return name;
}

}  // namespace meterpipe::views
