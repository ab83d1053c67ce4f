#include "wired/fixed.hpp"

#include <algorithm>
#include <array>

#include "wired/data_types.hpp"

namespace meterpipe::wired {
namespace {

constexpr std::size_t kSize = 16, kUnits = 6, kCounters = 8, kCounter = 4;
constexpr std::uint8_t kCountsBinary = 0x01, kStored = 0x02;
constexpr std::uint8_t kAsFirst = 0x3e;

struct FixedUnit {
  std::uint8_t first, last;
  std::string_view quantity, unit;
  int exponent;  // of the first code; each further one is ten times as much
};
constexpr std::array kUnitRows{
    FixedUnit{0x02, 0x0a, "energy", "Wh", 0},
    FixedUnit{0x0b, 0x13, "energy", "J", 3},
    FixedUnit{0x14, 0x1c, "power", "W", 0},
    FixedUnit{0x1d, 0x25, "power", "J/h", 3},
    FixedUnit{0x26, 0x2e, "volume", "m3", -6},
    FixedUnit{0x2f, 0x37, "volume-flow", "m3/h", -6},
    FixedUnit{0x38, 0x38, "temperature", "°C", -3},
    FixedUnit{0x39, 0x39, "hca", "", 0},
};

void set_meaning(Meaning& meaning, std::uint8_t code) {
  const auto* row = std::ranges::find_if(
      kUnitRows, [code](const FixedUnit& one) { return code >= one.first && code <= one.last; });
  if (row != kUnitRows.end()) {
    meaning.quantity = row->quantity;
    meaning.unit = row->unit;
    meaning.exponent = row->exponent + (code - row->first);
    return;
  }
  switch (code) {
    case 0x00: meaning.quantity = "time-of-day"; break;
    case 0x01: meaning.quantity = "date"; break;
    default: meaning.quantity = "counter"; break;
  }
  if (code <= 0x01) meaning.form = Form::opaque;
}

}  // namespace

Result<void> parse_fixed(Bytes data, Telegram& telegram) {
  if (data.size() < kSize) return fail(Fault::record_cut, data.size(), kSize, data.size());
  if (data.size() > kSize) {
    return fail(Fault::trailing_bytes, kSize, 0, data.size() - kSize);
  }
  const std::uint8_t status = telegram.header.status;
  const DataForm form = (status & kCountsBinary) != 0 ? data_form(0x04) : data_form(0x0c);
  constexpr std::uint8_t kUnit = 0x3f;
  for (std::size_t i = 0; i < 2; ++i) {
    Record record;
    record.key = i == 0 ? "counter-1" : "counter-2";
    const auto code = static_cast<std::uint8_t>(data[kUnits + i] & kUnit);
    const auto first = static_cast<std::uint8_t>(data[kUnits] & kUnit);
    const bool as_first = i == 1 && code == kAsFirst;
    set_meaning(record.meaning, as_first ? first : code);
    if (as_first || (status & kStored) != 0) record.storage = 1;
    record.data = data.subspan(kCounters + i * kCounter, kCounter);
    read_value(record, form, telegram.header.high_first);
    telegram.records.push_back(std::move(record));
  }
  return {};
}

}  // namespace meterpipe::wired
