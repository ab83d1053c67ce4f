// The rows of all meters_….cpp together, and what is made from a row.
#include <algorithm>
#include <vector>

#include "base/table.hpp"
#include "sim/meter.hpp"

namespace meterpipe::sim {

std::span<const Meter> meters() {
  static const std::vector<Meter> all = [] {
    std::vector<Meter> rows;
    for (const auto some :
         {austrian_meters(), swiss_meters(), nordic_meters(), iskra_meters(), other_meters()}) {
      rows.insert(rows.end(), some.begin(), some.end());
    }
    return rows;
  }();
  return all;
}

const Meter* find_meter(std::string_view name) {
  const Meter* const found = find_row(meters(), name, &Meter::name);
  return found != nullptr ? found : find_row(wired_meters(), name, &Meter::name);
}

CipherKeys own_keys(const Meter& meter, std::uint8_t control) {
  const std::uint64_t seed = integer_of(meter.title);
  const auto key = [&](std::uint64_t which) {
    ByteVector bytes;
    for (std::uint64_t i = 0; bytes.size() < key_length(control); ++i) {
      const std::uint64_t word = mix(mix(mix(seed) + which) + key_length(control) + i);
      for (int shift = 56; shift >= 0; shift -= 8) {
        bytes.push_back(static_cast<std::uint8_t>(word >> shift));
      }
    }
    return bytes;
  };
  CipherKeys keys{key(1), key(2), key(3)};
  if (meter.fixed_ak.size() == keys.ak.size()) {
    keys.ak.assign(meter.fixed_ak.begin(), meter.fixed_ak.end());
  }
  return keys;
}

}  // namespace meterpipe::sim
