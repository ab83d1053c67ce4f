// Messages of meters that do not speak DLMS, the mirror of lib/wired and of the reader of IEC
// 62056-21.
//
// An answer on wired M-Bus (EN 13757-3), RSP_UD with CI 72, or what a Siemens TD-351x sends by
// itself (SND_UD, CI 5B, to F0):
//
//   68 L L 68  C A CI  id(4) manufacturer(2) version medium access status config(2)  records  CS 16
//
//   record = DIB VIB data, the DIF's low four bits say how data are sent: 1 to 7 integers, 9 to E
//   BCD, low byte first. 1F at the end: one more telegram follows, with the next access number.
//
// Mode 5 (OMS): 2F 2F, the records, 2F up to a whole block, in AES-128-CBC; the IV is manufacturer,
// id, version, medium and eight times the access number; config says 05 and the blocks.
//
// SML files are in sml.hpp. A read-out is the text of p1.hpp.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "sim/message.hpp"
#include "sim/meter.hpp"

namespace meterpipe::sim {

// Fills plain, apdu and frames of a message whose values are there. `key`: of a meter with mode 5.
void make_wired(Message& message, Bytes key);

// The data of a record as they are sent.
ByteVector record_data(const Meter& meter, const Item& item, const Values& values);
// What a time or a date of a record says: 2026-03-02T07:00, 2026-03-01.
std::string record_time(const Item& item, const LocalTime& time);
// A meter's title is its address on M-Bus as in the IV; its id is the number, BCD.
SystemTitle numbered_address(SystemTitle address, std::string_view number);
// "efe-31234567-1-heat:12": as a reading names the message.
std::string wired_id(const Meter& meter, std::uint8_t access);
std::uint8_t first_access(const Message& message);

}  // namespace meterpipe::sim
