// The CRC-16 of the meters' links; all run low bit first.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace meterpipe {

// HDLC's HCS and FCS (ISO/IEC 13239): x16+x12+x5+1, from FFFF, inverted; sent low byte first.
std::uint16_t crc16_x25(Bytes bytes);

// Whether an SML file (BSI TR-03109-1, Annex IV) ends with its check: that of HDLC; of some Holley
// DTZ541 the same from 0, not inverted and high byte first (CRC-16/KERMIT).
bool fits_sml(Bytes file);

// P1 telegrams (DSMR 5.2.2): x16+x15+x2+1, from 0; `crc` goes on from an earlier part.
std::uint16_t crc16_arc(Bytes bytes, std::uint16_t crc = 0);

}  // namespace meterpipe
