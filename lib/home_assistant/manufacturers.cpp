#include "home_assistant/manufacturers.hpp"

#include <algorithm>
#include <array>

#include "base/hex.hpp"

namespace meterpipe::home {
namespace {

struct Manufacturer {
  std::string_view flag, name;
};

constexpr std::array kManufacturers{
    Manufacturer{"ABB", "ABB"},          Manufacturer{"ADN", "Aidon"},
    Manufacturer{"AID", "Aidon"},        Manufacturer{"APA", "Apator"},
    Manufacturer{"DZG", "DZG Metering"}, Manufacturer{"EBZ", "eBZ"},
    Manufacturer{"ELS", "Elster"},       Manufacturer{"EMH", "EMH metering"},
    Manufacturer{"ESY", "EasyMeter"},    Manufacturer{"HAG", "Hager"},
    Manufacturer{"ISE", "Iskraemeco"},   Manufacturer{"ISK", "Iskraemeco"},
    Manufacturer{"ITR", "Itron"},        Manufacturer{"KAM", "Kamstrup"},
    Manufacturer{"KFM", "Kaifa"},        Manufacturer{"LGB", "Landis+Gyr"},
    Manufacturer{"LGZ", "Landis+Gyr"},   Manufacturer{"LOG", "Logarex"},
    Manufacturer{"LUG", "Landis+Gyr"},   Manufacturer{"NES", "NES"},
    Manufacturer{"NZR", "NZR"},          Manufacturer{"SAG", "Sagemcom"},
    Manufacturer{"SIE", "Siemens"},      Manufacturer{"SMS", "Siemens"},
    Manufacturer{"ZPA", "ZPA"},
};
static_assert(std::ranges::is_sorted(kManufacturers, {}, &Manufacturer::flag));

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return hex_digit(c) >= 0; });
}

}  // namespace

std::string_view manufacturer_of_flag(std::string_view letters) {
  const auto* found = std::ranges::lower_bound(kManufacturers, letters, {}, &Manufacturer::flag);
  return found != kManufacturers.end() && found->flag == letters ? found->name : std::string_view();
}

std::string_view manufacturer_of_title(std::string_view title) {
  ByteVector bytes;
  if (title.size() != 16 || !append_hex(bytes, title.substr(0, 6))) return {};
  return manufacturer_of_flag({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::string_view manufacturer_of_name(std::string_view name) {
  if (name.size() == 14 && name[0] >= '0' && name[0] <= '9') name.remove_prefix(1);
  if (name.size() < 8 || !is_number(name.substr(3))) return {};
  return manufacturer_of_flag(name.substr(0, 3));
}

}  // namespace meterpipe::home
