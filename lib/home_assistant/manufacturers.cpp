#include "home_assistant/manufacturers.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/hex.hpp"

namespace meterpipe::home {
namespace {

struct Manufacturer {
  std::string_view flag, name;
};

constexpr auto kManufacturers = std::to_array<Manufacturer>({
    {"ABB", "ABB"},           {"ACW", "Itron"},
    {"ADN", "Aidon"},         {"AID", "Aidon"},
    {"APA", "Apator"},        {"DZG", "DZG Metering"},
    {"EBZ", "eBZ"},           {"EFE", "Engelmann"},
    {"ELS", "Elster"},        {"ELV", "Elvaco"},
    {"EMH", "EMH metering"},  {"ESY", "EasyMeter"},
    {"GAV", "Carlo Gavazzi"}, {"GWF", "GWF"},
    {"HAG", "Hager"},         {"HYD", "Diehl Metering"},
    {"ISE", "Iskraemeco"},    {"ISK", "Iskraemeco"},
    {"ITR", "Itron"},         {"KAM", "Kamstrup"},
    {"KFM", "Kaifa"},         {"LGB", "Landis+Gyr"},
    {"LGZ", "Landis+Gyr"},    {"LOG", "Logarex"},
    {"LUG", "Landis+Gyr"},    {"NES", "NES"},
    {"NZR", "NZR"},           {"REL", "Relay"},
    {"SAG", "Sagemcom"},      {"SAM", "Siemens"},
    {"SEN", "Sensus"},        {"SIE", "Siemens"},
    {"SMS", "Siemens"},       {"SPX", "Sensus"},
    {"TCH", "Techem"},        {"ZPA", "ZPA"},
    {"ZRI", "Zenner"},
});
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

std::string_view manufacturer_of_identity(std::string_view identity) {
  constexpr std::size_t kLetters = 3;
  if (identity.find('-') != kLetters) return {};
  std::string letters;
  for (const char c : identity.substr(0, kLetters)) letters.push_back(upper(c));
  return manufacturer_of_flag(letters);
}

std::string model_of_identity(std::string_view identity) {
  constexpr std::size_t kBeforeVersion = 13;  // kam-12345678-
  if (identity.size() < kBeforeVersion || identity[3] != '-' ||
      identity[kBeforeVersion - 1] != '-') {
    return {};
  }
  const std::string_view rest = identity.substr(kBeforeVersion);
  const std::size_t end = rest.find('-');
  if (end == std::string_view::npos) return {};
  return fmt::format("{}, version {}", rest.substr(end + 1), rest.substr(0, end));
}

std::string_view manufacturer_of_name(std::string_view name) {
  if (name.size() == 14 && name[0] >= '0' && name[0] <= '9') name.remove_prefix(1);
  if (name.size() < 8 || !is_number(name.substr(3))) return {};
  return manufacturer_of_flag(name.substr(0, 3));
}

}  // namespace meterpipe::home
