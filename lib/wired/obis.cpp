#include "wired/obis.hpp"

#include <algorithm>

#include "base/hex.hpp"
#include "wired/data_types.hpp"

namespace meterpipe::wired {
namespace {

struct CodeRow {
  std::string_view quantity, unit;
  std::uint8_t c, d, e;
};

constexpr std::array kHeat{
    CodeRow{"energy", "Wh", 1, 0, 0},
    CodeRow{"energy", "J", 1, 0, 0},
    CodeRow{"volume", "m3", 2, 0, 0},
    CodeRow{"power", "W", 8, 0, 0},
    CodeRow{"volume-flow", "m3/h", 9, 0, 0},
    CodeRow{"flow-temperature", "°C", 10, 0, 0},
    CodeRow{"return-temperature", "°C", 11, 0, 0},
    CodeRow{"temperature-difference", "K", 12, 0, 0},
    CodeRow{"error-flags", "", 97, 97, 0},
};
constexpr std::array kWater{CodeRow{"volume", "m3", 1, 0, 0},
                            CodeRow{"error-flags", "", 97, 97, 0}};
constexpr std::array kGas{CodeRow{"volume", "m3", 3, 0, 0}, CodeRow{"error-flags", "", 97, 97, 0}};
constexpr std::array kAllocator{CodeRow{"hca", "", 1, 0, 0}, CodeRow{"error-flags", "", 97, 97, 0}};

// Energy alone: which of two codes a power with a sign has is not sure.
std::optional<ObisBytes> electric(const Record& record) {
  const std::vector<std::string>& told = record.meaning.qualifiers;
  const bool backward = told.size() == 1 && told[0] == "backward";
  if (!told.empty() && !backward && !(told.size() == 1 && told[0] == "forward")) return {};
  if (record.tariff > 63) return std::nullopt;
  const auto e = static_cast<std::uint8_t>(record.tariff);
  if (record.meaning.quantity == "energy" && record.meaning.unit == "Wh") {
    return ObisBytes{1, 0, static_cast<std::uint8_t>(backward ? 2 : 1), 8, e, 255};
  }
  if (record.meaning.quantity == "reactive-energy") {
    return ObisBytes{1, 0, static_cast<std::uint8_t>(backward ? 4 : 3), 8, e, 255};
  }
  return std::nullopt;
}

template <std::size_t n>
std::optional<ObisBytes> by_quantity(const std::array<CodeRow, n>& rows, std::uint8_t a,
                                     const Record& record) {
  if (!record.meaning.qualifiers.empty() || record.tariff != 0) return std::nullopt;
  const auto row = std::ranges::find_if(rows, [&](const CodeRow& one) {
    return one.quantity == record.meaning.quantity && one.unit == record.meaning.unit;
  });
  if (row == rows.end()) return std::nullopt;
  return ObisBytes{a, 0, row->c, row->d, row->e, 255};
}

}  // namespace

std::optional<ObisBytes> obis_of(const Header& header, const Record& record) {
  if (record.function != Function::instantaneous || record.storage != 0 || record.subunit != 0 ||
      !record.meaning.maker.empty() || record.meaning.is_text || record.type == "binary") {
    return std::nullopt;
  }
  switch (header.medium) {
    case 0x02: return electric(record);
    case 0x03: return by_quantity(kGas, 7, record);
    case 0x04:
    case 0x0c: return by_quantity(kHeat, 6, record);
    case 0x06:
    case 0x15: return by_quantity(kWater, 9, record);
    case 0x07:
    case 0x16: return by_quantity(kWater, 8, record);
    case 0x08: return by_quantity(kAllocator, 4, record);
    case 0x0a:
    case 0x0b: return by_quantity(kHeat, 5, record);
    default: return std::nullopt;
  }
}

void read_unsigned(const Header& header, Record& record) {
  const std::string_view type = record.type;
  record.meaning.form = Form::unsigned_number;
  record.why = {};
  read_value(record, data_form(record.dib[0]), header.high_first);
  record.type = type;
}

}  // namespace meterpipe::wired
