// The two CRC-16 of the meters' links; both run low bit first.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace meterpipe {

// HDLC's HCS and FCS (ISO/IEC 13239): x16+x12+x5+1, from FFFF, inverted; sent low byte first.
std::uint16_t crc16_x25(Bytes bytes);

// P1 telegrams (DSMR 5.2.2): x16+x15+x2+1, from 0; `crc` goes on from an earlier part.
std::uint16_t crc16_arc(Bytes bytes, std::uint16_t crc = 0);

}  // namespace meterpipe
