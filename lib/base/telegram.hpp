// The check of a P1 telegram (DSMR P1 companion standard 5.2.2): CRC-16/ARC from `/` to `!`.
//
//   /ISK5\2M550T-1012 CR LF … 1-0:1.8.1(000001.000*kWh) CR LF !EF2F CR LF
//
// Logs that lost the CR of each line have the CRC of the telegram as it was sent, with the CR.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace meterpipe {

// `told`: from `/` to `!`, both with it. The CRC of the telegram as the meter sent it: where no
// line has a CR, each line feed counts as CR LF.
std::uint16_t telegram_crc(Bytes told);

// Whether `written` is the CRC of the bytes as they stand, or as the meter sent them.
bool fits_telegram(Bytes told, std::uint16_t written);

}  // namespace meterpipe
