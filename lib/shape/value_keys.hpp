// What tells the values of a reading apart, the same in each reading of a meter:
//
//   1-0:1.8.0    pos/34    1-0:1.8.0/3 (attribute 3)    1-0:1.8.0/#2 (the second of its like)
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "record/reading_record.hpp"

namespace meterpipe::shape {

inline constexpr std::size_t kLongestKey = 100;  // of those that are worth to be remembered

// Attribute 2 is the value of an object (IEC 62056-6-2), and not written.
inline bool is_plain_attribute(std::string_view attr) { return attr.empty() || attr == "2"; }

// Of an electricity meter's code what stands behind 1-0:, which some meters do not send; a code of
// another medium whole.
inline std::string_view short_code(std::string_view obis) {
  constexpr std::string_view kElectricity = "1-0:";
  return obis.starts_with(kElectricity) ? obis.substr(kElectricity.size()) : obis;
}

// Of what is derived from other values of the reading.
inline constexpr std::string_view kNetKey = "net", kTotalImportKey = "total-import",
                                  kTotalExportKey = "total-export";
inline constexpr std::string_view kDerivedKeys[] = {kNetKey, kTotalImportKey, kTotalExportKey};

// The key without its number, appended; kOnceMore and the number follow from the second on.
void append_value_key(std::string& key, std::string_view obis, std::string_view pos,
                      std::string_view attr);
inline constexpr std::string_view kOnceMore = "/#";

// keys[i] is that of reading.values[i].
void value_keys(const record::ReadingRecord& reading, std::vector<std::string>& keys);

// The current at which a phase's fuse of a P1 meter goes: no current that flows.
bool is_fuse_threshold(const record::ReadingValue& value);

// Whether a value is a number of the moment.
bool is_momentary(const record::ReadingValue& value);

// A date-time, with seconds or without.
bool is_date_time(const record::ReadingValue& value);

}  // namespace meterpipe::shape
