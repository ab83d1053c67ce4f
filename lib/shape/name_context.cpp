#include "shape/name_context.hpp"

#include "base/ascii.hpp"
#include "cosem/quantity.hpp"

namespace meterpipe::shape {
namespace {

// 3, "003": P1 pads it, and older records have it as text.
cosem::Medium medium_of_text(std::string_view value) {
  constexpr std::size_t kMostDigits = 3;
  if (value.size() >= 2 && value.front() == '"') value = value.substr(1, value.size() - 2);
  if (value.empty() || value.size() > kMostDigits) return cosem::Medium::other;
  unsigned type = 0;
  for (const char c : value) {
    if (!is_digit(c)) return cosem::Medium::other;
    type = type * 10 + static_cast<unsigned>(c - '0');
  }
  return cosem::medium_of_device_type(type);
}

}  // namespace

cosem::Medium channel_medium(const record::ReadingRecord& reading, std::string_view obis) {
  const std::size_t group = obis.find(':') + 1;  // 0: it has no medium and channel
  if ((group != 0 && !obis.starts_with("0-")) || !obis.substr(group).starts_with("24.")) {
    return cosem::Medium::other;
  }
  constexpr std::string_view kType = "24.1.0";
  for (const record::ReadingValue& value : reading.values) {
    if (value.obis.substr(0, group) == obis.substr(0, group) && value.obis.substr(group) == kType) {
      const cosem::Medium medium = medium_of_text(value.value);
      if (medium != cosem::Medium::other) return medium;
    }
  }
  return cosem::Medium::other;
}

bool is_of_telegram(const record::ReadingValue& value) { return value.type == "p1"; }

cosem::NameContext name_context(const record::ReadingRecord& reading,
                                const record::ReadingValue& value) {
  if (!is_of_telegram(value)) return {};
  return {channel_medium(reading, value.obis), true};
}

}  // namespace meterpipe::shape
