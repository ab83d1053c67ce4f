// Names of OBIS codes, in English and German. Put together from the value groups, so that every
// code of a known meaning has a name and no two codes share one.
//
// Two forms. Ours: "Active energy import", "Voltage L1, channel 1". By a pattern with the
// placeholders that smart-meter-mbus-dlms knows:
//   [medium] [channel] [measurement] [measurementType] [tariff] [previousMeasurement]
// where "[measurement], [measurementType]" gives its names: "Sum active power +, Time integral 1".
// A placeholder that is empty takes the blanks, commas and hyphens around it away.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cosem/obis.hpp"
#include "cosem/value_groups.hpp"

namespace meterpipe::cosem {

enum class Language : std::uint8_t { english, german };

struct NameFormat {
  Language language = Language::english;
  std::string pattern;  // empty: our own form
};

// What tells more than the code does.
struct NameContext {
  Medium channel = Medium::other;  // of 0-n:24.x, a sub-meter's: what its device measures
  bool of_telegram = false;        // of a P1 port: 31.4.0 is the fuse's threshold
  bool operator==(const NameContext&) const = default;
};

// Empty where the meaning is not known: the code stands for itself then.
std::string name_of(const Obis& code, const NameFormat& format, const NameContext& of = {});

// The first placeholder in `pattern` that there is not, or empty.
std::string unknown_placeholder(std::string_view pattern);

// Codes that have a name, for a list: common types of value, tariffs 0 to 4, channel 0.
std::vector<Obis> listed_codes();

}  // namespace meterpipe::cosem
