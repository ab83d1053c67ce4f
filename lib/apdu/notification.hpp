// The pushes: data-notification and event-notification (IEC 62056-5-3, 9.5).
//
//   0F long-invoke-id-and-priority(4) date-time body     date-time: 00, or 0C and 12 bytes
//   C2 [00 | 01 date-time] class(2) name(6) attribute(1) body
//
// What real meters do instead: Kaifa in Norway and Sweden sends the date-time with a tag of its own
// that does not belong there, `09 0C` and 12 bytes.
#pragma once

#include <cstdint>

#include "axdr/tree.hpp"
#include "base/bytes.hpp"
#include "base/error.hpp"

namespace meterpipe::apdu {

// Before a date-time it says octet-string, a tag that does not belong there.
inline constexpr std::uint8_t kOctetStringTag = 0x09;

struct Descriptor {  // attribute descriptor
  std::uint16_t interface_class = 0;
  Bytes name;  // 6 bytes
  std::uint8_t attribute = 0;
};

struct Notification {
  std::uint8_t tag = 0;
  bool has_invoke = false;
  std::uint32_t invoke_and_priority = 0;
  Bytes date_time;           // 12 bytes, or none
  bool tagged_time = false;  // the illegal 09 in front
  bool has_descriptor = false;
  Descriptor descriptor;
  std::size_t body = 0;  // offset of the body

  // long-invoke-id-and-priority: bits 0-23 are the id, 28-31 flags.
  std::uint32_t invoke() const { return invoke_and_priority & 0x00ffffff; }
};

// The header only; fails with not_dlms for any other APDU.
Result<Notification> parse_header(Bytes apdu);

// Header and body, which must end with the APDU; `nodes` gets the body's tree.
Result<Notification> parse_notification(Bytes apdu, axdr::Nodes& nodes);

// Whether deciphered bytes are an APDU: the judge where there is no tag to check. In all captures
// known a right key left nothing over.
bool is_plausible(Bytes apdu);
// Whether they at least begin like one: the key fits, but something behind was changed.
bool begins_plausibly(Bytes apdu);

// The body of a push whose head was taken off, as a program logs it: one structure or array of two
// elements or more, whole, and no APDU of another kind.
bool is_headless_body(Bytes bytes);

}  // namespace meterpipe::apdu
