// Other protocols in the bytes of a line, known by checks of their own:
//
//   Modbus RTU   address function data CRC-16 (0xA001 from FFFF, low byte first); requests and
//                answers in a row (Modbus over serial line 1.02, 2.5.1)
//   SML          1B1B1B1B 01010101 … 1B1B1B1B 1A fill CRC-16/X.25 (BSI TR-03109-1, SML transport)
//   OMS          short frames 10 40 A CS 16 that ask to be answered, long frames with the ciphered
//                header CI 5B (Siemens TD-351x: C 53 or 73, A F0)
//   OBIS text    lines of IEC 62056-21 as P1 ports and optical heads send them: 1-0:1.8.0(…)
//
// Counts, and how many bytes they cover; who reads them decides.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace meterpipe::doctor {

struct Foreign {
  std::uint64_t modbus_frames = 0, modbus_bytes = 0, modbus_in_a_row = 0;
  std::uint64_t sml_starts = 0, sml_whole = 0, sml_bad_crc = 0;
  std::uint64_t sml_ends = 0;     // 1B1B1B1B 1A, with a start before or without
  std::uint64_t sml_entries = 0;  // 77 07 and an OBIS code: how a list's entries begin
  std::uint64_t oms_resets = 0, oms_frames = 0;
  std::uint64_t requests = 0;  // 10 5B/7B A CS 16: a master asks for data
  std::uint64_t text_lines = 0, text_heads = 0, text_ends = 0;
  std::uint64_t printable = 0;  // bytes that a text can have

  bool is_modbus(std::uint64_t total) const {
    return modbus_bytes * 2 >= total && (modbus_frames >= 2 || modbus_bytes == total);
  }
  // Also in the middle of a file, and where all starts are lost.
  bool is_sml() const { return sml_starts >= 1 || sml_ends >= 2 || sml_entries >= 3; }
  bool is_oms() const { return oms_frames >= 1 || oms_resets >= 1; }
  bool is_text(std::uint64_t total) const {
    return text_lines + text_heads >= 1 && printable * 10 >= total * 9;
  }
};

Foreign look_for_foreign(Bytes bytes);

// Whether the bytes, taken with 7 bits, are such a text: then their top bit is a parity bit.
bool is_text_with_parity(Bytes bytes);

}  // namespace meterpipe::doctor
