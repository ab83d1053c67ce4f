#include "shape/value_keys.hpp"

#include <unordered_map>

#include "base/civil.hpp"
#include "base/timestamp.hpp"
#include "cosem/quantity.hpp"
#include "json/fields.hpp"
#include "shape/name_context.hpp"

namespace meterpipe::shape {
void append_value_key(std::string& key, std::string_view obis, std::string_view pos,
                      std::string_view attr) {
  key.append(obis);
  if (obis.empty()) key.append("pos/").append(pos);
  if (!is_plain_attribute(attr)) key.append(1, '/').append(attr);
}

void value_keys(const record::ReadingRecord& reading, std::vector<std::string>& keys) {
  keys.resize(reading.values.size());
  std::unordered_map<std::string_view, unsigned> seen;
  seen.reserve(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const record::ReadingValue& value = reading.values[i];
    std::string& key = keys[i];
    key.clear();
    append_value_key(key, value.obis, value.pos, value.attr);
    // The key that is looked up must stay as it is; that of a later one is made longer.
    const auto [at, is_new] = seen.emplace(key, 1U);
    if (!is_new) key.append(kOnceMore).append(std::to_string(++at->second));
  }
}

bool is_fuse_threshold(const record::ReadingValue& value) {
  if (!is_of_telegram(value)) return false;
  const auto code = cosem::parse_obis(value.obis);
  return code && cosem::is_fuse_threshold(code->code());
}

bool is_date_time(const record::ReadingValue& value) {
  constexpr std::size_t kToMinutes = 16;  // 2014-03-13T11:11, type F of wired M-Bus
  std::string_view text = value.value;
  if (text.size() < 2 + kToMinutes || text.front() != '"' || text[11] != 'T') return false;
  text = text.substr(1, text.size() - 2);
  if (text.size() == kToMinutes) return parse_wall_time(std::string(text) + ":00").has_value();
  return parse_wall_time(text.substr(0, kCivilChars)).has_value();
}

bool is_momentary(const record::ReadingValue& value) {
  return json::is_number(value.value) && !is_fuse_threshold(value) &&
         cosem::meaning_of(value.obis, cosem::parse_unit(value.unit)).course ==
             cosem::Course::moment;
}

}  // namespace meterpipe::shape
