// Short forms for the tests of the simulator.
#pragma once

#include <numeric>
#include <string_view>

#include "base/bytes.hpp"
#include "base/timestamp.hpp"
#include "sim/calendar.hpp"

namespace meterpipe::test {

// "2026-03-29T00:59:59Z" in seconds since 1970.
inline sim::Seconds at(std::string_view text) { return *parse_timestamp(text) / 1'000'000; }

// 00 01 02 …
inline ByteVector some_apdu(std::size_t size) {
  ByteVector bytes(size);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  return bytes;
}

// Where the body of an event- or data-notification begins.
inline std::size_t body_of(Bytes plain) {
  if (plain[0] == 0xc2) return plain[1] == 0 ? 11 : 24;
  return plain[5] == 0 ? 6 : plain[5] == 9 ? 19 : 18;
}

}  // namespace meterpipe::test
