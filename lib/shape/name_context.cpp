#include "shape/name_context.hpp"

#include "base/whole_number.hpp"
#include "cosem/quantity.hpp"

namespace meterpipe::shape {
namespace {

// 3, "003": P1 pads it, and older records have it as text.
cosem::Medium medium_of_text(std::string_view value) {
  if (value.size() >= 2 && value.front() == '"') value = value.substr(1, value.size() - 2);
  const auto type = whole_number<std::uint8_t>(value);
  return type ? cosem::medium_of_device_type(*type) : cosem::Medium::other;
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
