// What went wrong with the data: an enum, a place and two numbers. The words are made at the edge
// (record/fault_text.cpp), where each fault has its stable code and its sentence.
#pragma once

#include <cstdint>
#include <string_view>

#include <tl/expected.hpp>

namespace meterpipe {

enum class Fault : std::uint8_t {
  // link and transport
  noise,            // bytes that belong to no frame; expected: unused, found: how many
  unframed_apdu,    // an APDU alone behind frames with a check; expected: 1 with LLC, found: size
  bad_checksum,     // expected: sum of the bytes, found: checksum in the frame
  truncated_frame,  // expected: bytes the frame needs, found: bytes there
  segment_out_of_turn,  // expected: segment number, found: segment number
  segment_missing,      // a message ended unfinished; expected: number of the next segment
  short_segment,        // a segment too short for its header; found: its length
  message_too_long,     // found: bytes gathered
  foreign_frame,        // no DLMS segment, no meter answer; expected: C field, found: CI field
  bad_fcs,              // HDLC frame check sequence; expected: of the bytes, found: in the frame
  bad_hcs,              // HDLC header check sequence; the same
  bad_sml_crc,          // SML file; expected: of the bytes, found: in the file
  truncated_sml,        // SML file without its end; found: bytes there
  bad_bcc,              // IEC 62056-21 answer; expected: of the bytes, found: in it
  bad_crc,  // P1 telegram; expected: of the bytes, found: as it is written, packed_text()
  truncated_telegram,  // P1 telegram without its `!`; found: bytes there
  block_missing,       // a block transfer ended unfinished; expected: number of the next block
  block_out_of_turn,   // expected: block number, found: block number
  transfer_too_long,   // a block transfer or a chain of segments; found: bytes gathered
  incomplete_chain,    // HDLC segments that make no whole APDU; expected: bytes or 0, found: bytes
  overrun,             // found: records dropped
  // a bus that is polled
  no_answer,          // expected: milliseconds that each was waited for, found: requests
  collision,          // expected: requests, found: bytes that came and are no answer
  same_telegram,      // expected: number of the telegram that was due
  endless_telegrams,  // found: how many came
  // application layer
  not_dlms,         // found: first byte
  is_frame,         // where an APDU was expected; found: first byte
  truncated_apdu,   // expected: bytes the APDU needs, found: bytes there
  trailing_bytes,   // found: bytes left over
  bad_length,       // a length field that no APDU can have; found: its value
  bad_date_time,    // found: length byte of the date-time
  unknown_type,     // A-XDR tag that stands for no type; found: the tag
  unknown_choice,   // no alternative, element or value of this APDU; found: the byte
  count_too_large,  // expected: bytes left, found: the count
  too_deep,         // expected: depth limit
  truncated_data,   // A-XDR data end too early; expected: bytes needed, found: bytes left
  bad_sml,          // an element of an SML file that cannot be; found: its first byte
  // ciphering
  no_key,
  still_ciphered,  // where a plain APDU was expected
  key_size,        // there are keys, of another suite; expected: bits, found: security control byte
  wrong_key,       // found: how many keys were tried
  tag_failed,
  not_authenticated,    // one is required, and no tag, or no key to check it
  less_than_before,     // no verified tag, and messages of this title had one
  unprotected,          // neither enciphered nor with a verified tag; found: security control byte
  downgrade,            // plain, on a line whose meter ciphers
  replayed,             // expected: the highest counter so far, found: this one
  only_claimed,         // a record says that it was deciphered
  unsupported_suite,    // found: security control byte
  compressed,           // found: security control byte
  broadcast_key,        // found: security control byte
  unsupported_service,  // found: APDU tag
  bad_title,            // found: length of the system title; expected 8
  no_title,             // an empty system title, and none was given
  bad_key_info,         // general-ciphering; found: the byte that cannot be
  key_agreement,        // general-ciphering with a key that is agreed or wrapped; found: key info
  // readings
  no_values,    // found: tag of an APDU that carries none, or of what an SML file has in place of a
                // list; expected: number of an attention in it
  bad_p1_line,  // a line of a P1 telegram that is none; found: its number
  // wired M-Bus (EN 13757-3); offsets count from the frame's first byte where there is one
  unsupported_mode,     // ciphered in a mode of OMS that is not known here; found: the mode
  wrong_mbus_key,       // found: how many keys were tried
  no_meter_message,     // an mbus record whose frame is none of a meter's
  header_cut,           // too short for the header of its CI; found: CI
  record_cut,           // a data record ends too early; expected: bytes needed, found: bytes left
  bad_dif,              // a DIF that stands for nothing; found: it
  bad_variable_length,  // LVAR that is no length; found: it
  too_many_extensions,  // DIFEs or VIFEs; expected: how many there may be, found: the byte
  application_error,    // the meter answers with one; expected: bytes of it, found: its code
  meter_alarm,          // the same of an alarm
  // input
  half_hex,       // a hex line with an odd number of digits; found: digits
  not_hex,        // found: the character
  offset_gap,     // a dump's offset column does not follow; expected, found: offsets
  byte_order,     // hexdump without -C: words whose byte order is unknown
  cut_dump,       // dots in place of bytes; offset: column
  unsure_column,  // a number before the bytes that may be one of them
  two_bases,      // numbers that fit hex and decimal
  three_digits,   // numbers with zeros before them: octal or decimal
  not_decimal,    // no number from 0 to 255 in a dump of decimal numbers
  nul_bytes,      // in a text; found: how many
  gzip,           // a file that is compressed
  bad_json,
  duplicate_key,
  bad_field,  // a key has a value of the wrong form
  missing_field,
  line_too_long,  // found: bytes
};

struct Error {
  Fault fault;
  std::uint64_t offset = 0;    // byte (or character) where it was found
  std::uint64_t expected = 0;  // what each fault means by these two: above
  std::uint64_t found = 0;
};

template <class T>
using Result = tl::expected<T, Error>;

// Up to eight characters in a number, as far as the first NUL: what was found, where that is text.
constexpr std::uint64_t packed_text(std::string_view text) {
  std::uint64_t packed = 0;
  for (const char c : text.substr(0, sizeof packed)) {
    packed = packed << 8 | static_cast<std::uint8_t>(c);
  }
  return packed;
}

inline tl::unexpected<Error> fail(Fault fault, std::uint64_t offset = 0, std::uint64_t expected = 0,
                                  std::uint64_t found = 0) {
  return tl::unexpected<Error>(Error{fault, offset, expected, found});
}

}  // namespace meterpipe
