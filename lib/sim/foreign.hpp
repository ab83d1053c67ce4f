// What else comes out of a socket that was taken for a meter's customer interface.
#pragma once

#include <vector>

#include "sim/chance.hpp"
#include "sim/household.hpp"

namespace meterpipe::sim {

// Of Modbus over serial line (RTU): address, function 03 or 04, CRC-16 with A001, low byte first.
// A master asks for registers and a slave answers, a few times.
std::vector<ByteVector> modbus_frames(Chance& chance);
std::uint16_t crc_modbus(Bytes bytes);

// One answer of a wired M-Bus meter (EN 13757-3): CI 72, long header, DIF/VIF records. `of_meter`
// says who it is and must be the same for all of them; `access` counts.
std::vector<ByteVector> rsp_ud_frames(Chance of_meter, Chance& chance, std::uint8_t access,
                                      const Snapshot& house);

// A meter of the OMS: SND_NKE to F0, which it repeats until E5 comes, and now and then its values,
// ciphered with AES-CBC (CI 5B, EN 13757-7).
std::vector<ByteVector> oms_frames(Chance of_meter, Chance& chance, std::uint8_t access);

// One SML file (BSI TR-03109-1, transport protocol version 1): open, list, close.
std::vector<ByteVector> sml_frames(Chance of_meter, Chance& chance, const Snapshot& house);

// Lines of a P1 telegram, without its identification and its end.
std::vector<ByteVector> telegram_lines(const Snapshot& house);

}  // namespace meterpipe::sim
