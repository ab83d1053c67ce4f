// What is left of messages in bytes of which many are damaged: places that look like a head or an
// OBIS code with some of their bytes wrong.
//
//   DB 08 title  81 nn | 82 nn nn  SC  IC with a 00 in front
//   E6 E7 00 0F | DB
//   09 06  A B C D E FF
//   00 01  source  destination  length
#pragma once

#include "base/bytes.hpp"

namespace meterpipe::doctor {

// Bits that speak for such messages against chance, of all places together.
double traces(Bytes sample);

}  // namespace meterpipe::doctor
