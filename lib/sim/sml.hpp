// SML files as German meters send them (BSI TR-03109-1, transport protocol version 1), the mirror
// of lib/wired/sml:
//
//   1B1B1B1B 01010101  open  list  close  fill  1B1B1B1B 1A fill-count CRC(2)
//   message = 76 transaction group abort 72 tag body CRC(2) 00
//   element = type-length, then octets (0), an integer (5), an unsigned (6) or elements (7); the
//   length counts the byte it stands in, but for lists
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.hpp"
#include "sim/message.hpp"

namespace meterpipe::sim {

void add_sml_octets(ByteVector& out, Bytes bytes);
void add_sml_number(ByteVector& out, std::uint8_t type, std::uint64_t value, std::size_t n);
void add_sml_message(ByteVector& out, Bytes transaction, std::uint16_t tag, Bytes body);
void begin_sml_file(ByteVector& out);
void end_sml_file(ByteVector& out);

// Of a meter with this layout: what its items say, integers in as few bytes as they need.
void add_sml_file(ByteVector& out, const Meter& meter, const Message& message);

// A number of an item, negative in 64 bits; and its bytes there.
std::size_t sml_bytes(std::uint64_t value, bool is_signed);
bool is_signed_in_sml(const Item& item);
// 1EBZ0100507409 as ten bytes (DIN 43863-5).
ByteVector sml_server(std::string_view serial);

}  // namespace meterpipe::sim
