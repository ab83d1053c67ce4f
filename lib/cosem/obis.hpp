// OBIS codes (IEC 62056-6-1): A-B:C.D.E*F, six bytes. F = 255 is the present value and not written.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace meterpipe::cosem {

struct Obis {
  std::uint8_t a = 0, b = 0, c = 0, d = 0, e = 0, f = 255;

  static Obis of(Bytes six) { return {six[0], six[1], six[2], six[3], six[4], six[5]}; }
  std::uint64_t packed() const {
    return std::uint64_t{a} << 40 | std::uint64_t{b} << 32 | std::uint64_t{c} << 24 |
           std::uint64_t{d} << 16 | std::uint64_t{e} << 8 | f;
  }
  auto operator<=>(const Obis&) const = default;
};

std::string to_string(const Obis& code);       // 1-0:1.8.0, 1-0:1.8.0*3
std::string to_full_string(const Obis& code);  // always with *F

// code = [ A "-" B ":" ] C "." D [ "." E ] [ "*" F ]
//   1-0:1.8.0*255   1-0:1.8.0   1.8.0   1.7
struct ObisPattern {
  std::optional<std::uint8_t> a, b, e, f;
  std::uint8_t c = 0, d = 0;
  bool matches(const Obis& code) const;
  // Medium, channel and tariff stand there: a pattern of one object, of any period.
  bool is_full() const { return a && b && e; }
  // The code that is meant where a value has this one. Meters that leave out medium and channel
  // (P1, IEC 62056-21) are electricity meters: 1.8.0 is 1-0:1.8.0.
  Obis code() const { return {a.value_or(1), b.value_or(0), c, d, e.value_or(0), f.value_or(255)}; }
};
std::optional<ObisPattern> parse_obis(std::string_view text);

}  // namespace meterpipe::cosem
