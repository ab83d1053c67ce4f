// The values that an APDU carries, whatever service it belongs to: where each Data stands, and of
// which attribute it is where the APDU says so.
//
//   C4 01 C1 00 06 00143B20             get-response-normal: one Data at byte 4
//   C2 00 0003 0100010800FF 02 06 …     event-notification: one Data, with its descriptor
//   C4 02 C1 00 00000001 00 03 020206   get-response-with-datablock: a piece of one
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "apdu/notification.hpp"
#include "base/bytes.hpp"
#include "base/error.hpp"

namespace meterpipe::apdu {

struct Payload {
  std::size_t offset = 0;  // of the Data in the APDU: its tag
  std::size_t size = 0;
  std::uint32_t place = 0;                     // among the results; an error has one too
  std::optional<Descriptor> descriptor;        // of an attribute, or of a method
  std::optional<std::uint16_t> variable_name;  // short name referencing
  bool is_method = false;                      // `descriptor` is a method's
};

// A result without Data: its place among the results, and why, by the standard's name.
struct Failure {
  std::uint32_t place = 0;
  std::string_view why;  // "object-undefined"; empty: a number that has no name
};

struct PayloadRef {
  std::uint8_t tag = 0;
  std::optional<std::uint32_t> invoke_and_priority;  // of 1 or of 4 bytes
  Bytes date_time;                                   // 12 bytes, or none
  std::vector<Payload> values;                       // in their order
  std::vector<Failure> failures;                     // in their order
  // A block of a longer service: its raw data are a piece of an encoding, not values.
  std::optional<Payload> piece;
  std::optional<std::uint32_t> block_number;
  bool last_block = false;
};

// Fails where walk() fails. An APDU without values (a request, an error, a ciphered one) gives
// none. Descriptors belong to values one by one; where their numbers differ, no value has one.
Result<PayloadRef> payload_of(Bytes apdu);

}  // namespace meterpipe::apdu
