// The authentication and fragmentation layer in front of a message (OMS 4, Vol. 2, 6): CI 90.
//
//   AFLL FCL(2) [ MCL ] [ KI(2) ] [ MCR(4) ] [ MAC ] [ ML(2) ] CI …
//
// AFLL counts what follows it up to CI. FCL's high byte says what is there: 40 more fragments, 20
// MCL, 10 ML, 08 MCR, 04 MAC, 02 KI. MCL's low four bits say how long the MAC is. No wired meter
// was met that sends it: as documented, unproved.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"

namespace meterpipe::wired {

struct Afl {
  std::size_t size = 0;  // up to the CI that follows
  bool more_fragments = false;
  Bytes mcl, counter, mac, length;  // as sent; empty where absent
};

// `data` stands behind CI 90. Nothing where it is none, or is cut.
std::optional<Afl> parse_afl(Bytes data);

}  // namespace meterpipe::wired
