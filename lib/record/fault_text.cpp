#include "record/fault_text.hpp"

#include <array>

#include <fmt/format.h>

#include "apdu/tags.hpp"
#include "base/hex.hpp"
#include "base/table.hpp"

namespace meterpipe::record {
namespace {

struct Row {
  Fault fault;
  std::string_view code;
  std::string_view text;  // {offset} {expected} {found}
};

constexpr auto kRows = std::to_array<Row>({
    {Fault::noise, "noise", "{found} bytes that belong to no frame"},
    {Fault::bad_checksum, "bad-checksum",
     "frame at byte {offset}: checksum is {found:02x}, bytes add up to {expected:02x}"},
    {Fault::truncated_frame, "truncated",
     "frame at byte {offset} is cut: it needs {expected} bytes, {found} are there"},
    {Fault::segment_out_of_turn, "segment-lost",
     "segment {found} came where segment {expected} was due: its message is dropped"},
    {Fault::segment_missing, "segment-lost", "message unfinished: segment {expected} never came"},
    {Fault::short_segment, "bad-frame",
     "frame with {found} bytes of user data: too short for STSAP, DTSAP and a segment"},
    {Fault::message_too_long, "segment-lost",
     "message grew to {found} bytes without a last segment: dropped"},
    {Fault::foreign_frame, "not-dlms",
     "M-Bus frame with C {expected:02x} and CI {found:02x} is no DLMS push (C 53, CI 00-1f)"},
    {Fault::bad_fcs, "bad-fcs",
     "HDLC frame at byte {offset}: its FCS is {found:04x}, the bytes give {expected:04x} "
     "(--no-fcs skips the check)"},
    {Fault::bad_hcs, "bad-fcs",
     "HDLC frame at byte {offset}: its HCS is {found:04x}, the header gives {expected:04x} "
     "(--no-fcs skips the check)"},
    {Fault::bad_crc, "bad-checksum",
     "P1 telegram at byte {offset}: its CRC is {found:04X}, the bytes give {expected:04X}"},
    {Fault::truncated_telegram, "truncated",
     "P1 telegram at byte {offset} is cut: {found} bytes and no line that begins with '!'"},
    {Fault::block_missing, "block-lost", "block transfer unfinished: block {expected} never came"},
    {Fault::block_out_of_turn, "block-lost",
     "block {found} came where block {expected} was due: its message is dropped"},
    {Fault::transfer_too_long, "overrun",
     "message grew to {found} bytes without its last part: dropped"},
    {Fault::incomplete_chain, "segment-lost",
     "HDLC segments make {found} bytes and no whole APDU: one is missing"},
    {Fault::overrun, "overrun",
     "{found} records dropped: the next program in the pipe does not keep up"},
    {Fault::not_dlms, "not-dlms",
     "first byte {found:02x} is no DLMS APDU (expected 0f, db, dc, e0, c0-ca, …)"},
    {Fault::truncated_apdu, "truncated",
     "APDU is cut: it needs {expected} bytes, {found} are there"},
    {Fault::trailing_bytes, "trailing-bytes", "{found} bytes left over behind byte {offset}"},
    {Fault::bad_length, "bad-apdu", "length {found} at byte {offset} cannot be"},
    {Fault::bad_date_time, "bad-apdu",
     "date-time at byte {offset} has length {found} (expected 0 or 12)"},
    {Fault::unknown_type, "bad-apdu", "no data type has the tag {found:02x} (byte {offset})"},
    {Fault::unknown_choice, "bad-apdu",
     "byte {offset} is {found:02x}, which stands for nothing at this place of the APDU"},
    {Fault::count_too_large, "bad-apdu",
     "{found} elements announced at byte {offset}, {expected} bytes are left"},
    {Fault::too_deep, "bad-apdu", "data nested deeper than {expected} levels at byte {offset}"},
    {Fault::truncated_data, "bad-apdu",
     "data end at byte {offset}: {expected} more bytes needed, {found} left"},
    {Fault::no_key, "no-key", "ciphered and there is no key for it: give one with --keys"},
    {Fault::key_size, "no-key",
     "security control {found:02x} needs a key of {expected} bits, those for it in the key file "
     "have another length"},
    {Fault::wrong_key, "wrong-key",
     "deciphered bytes are no DLMS APDU ({found} key(s) tried): wrong key, EK and AK exchanged, "
     "or damaged bytes"},
    {Fault::tag_failed, "tag-failed",
     "authentication tag does not fit: wrong authentication key, or changed bytes"},
    {Fault::not_authenticated, "not-authenticated",
     "--auth require: no verified authentication tag"},
    {Fault::unsupported_suite, "unsupported-cipher",
     "security control {found:02x}: suite not supported (known: 0, 1, 2)"},
    {Fault::compressed, "unsupported-cipher",
     "security control {found:02x}: compressed APDUs are not supported"},
    {Fault::broadcast_key, "no-key",
     "security control {found:02x} asks for the broadcast key: give it as broadcast= in the "
     "key file"},
    {Fault::unsupported_service, "unsupported-cipher",
     "ciphering service with tag {found:02x} is not supported"},
    {Fault::bad_title, "bad-apdu", "system title of {found} bytes (expected {expected})"},
    {Fault::no_title, "no-title",
     "the system title is empty: give the meter's with --system-title"},
    {Fault::bad_key_info, "bad-apdu", "key info {found:02x} at byte {offset} cannot be"},
    {Fault::key_agreement, "unsupported-cipher",
     "general-ciphering with a wrapped or agreed key (key info {found:02x}) is out of scope"},
    {Fault::no_values, "no-values", "{service} carries no values: -o tree shows what it says"},
    {Fault::bad_p1_line, "bad-line", "line {found} of the telegram is no OBIS(value) line"},
    {Fault::half_hex, "bad-record",
     "column {offset}: {found} hex digits, an even number was expected"},
    {Fault::not_hex, "bad-record", "column {offset}: '{char}' is no hex digit"},
    {Fault::offset_gap, "bad-record",
     "dump offset {found:x} where {expected:x} was expected: lines are missing"},
    {Fault::byte_order, "bad-record",
     "looks like hexdump without -C, whose byte order is unknown: use hexdump -C or xxd"},
    {Fault::bad_json, "bad-record", "not a JSON object"},
    {Fault::duplicate_key, "bad-record", "a key stands twice"},
    {Fault::bad_field, "bad-record", "column {offset}: a value of the wrong form"},
    {Fault::missing_field, "bad-record", "a key is missing that this record needs"},
    {Fault::line_too_long, "bad-record", "line longer than {found} bytes"},
});

static_assert(stands_in_order(kRows, &Row::fault) && kRows.back().fault == Fault::line_too_long,
              "one row per fault, in the order of the enum");

const Row& row(Fault fault) { return kRows[static_cast<std::size_t>(fault)]; }

std::string printable(std::uint64_t c) {
  return c >= 0x20 && c < 0x7f ? std::string(1, static_cast<char>(c)) : fmt::format("\\x{:02x}", c);
}

std::string_view service_of(std::uint64_t tag) {
  const apdu::ApduTag* known =
      tag > 0xff ? nullptr : apdu::find_apdu_tag(static_cast<std::uint8_t>(tag));
  return known == nullptr ? "APDU" : known->name;
}

}  // namespace

std::string shown(std::string_view line) {
  constexpr std::size_t kShown = 60;
  constexpr std::size_t kRun = 16;  // hex digits in a row that may be half a key
  for (const std::string_view word : {"ek=", "ak=", "broadcast=", "ascii:", "title="}) {
    if (line.find(word) != std::string_view::npos) {
      return "(not shown: it looks like a key file, which goes to --keys)";
    }
  }
  std::string text;
  std::size_t run = 0;
  for (const char c : line.substr(0, kShown)) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_between = c == ' ' || c == '-' || c == ':';
    run = hex_digit(c) >= 0 ? run + 1 : is_between ? run : 0;
    if (run >= kRun) {
      const std::size_t start = text.find_last_not_of("0123456789abcdefABCDEF -:");
      text.resize(start == std::string::npos ? 0 : start + 1);
      return text + "...";
    }
    text += byte < 0x20 || byte >= 0x7f ? '?' : c;
  }
  return line.size() > kShown ? text + "..." : text;
}

std::string_view code_of(Fault fault) { return row(fault).code; }

std::string describe(const Error& error) {
  return fmt::format(fmt::runtime(row(error.fault).text), fmt::arg("offset", error.offset),
                     fmt::arg("expected", error.expected), fmt::arg("found", error.found),
                     fmt::arg("char", printable(error.found)),
                     fmt::arg("service", service_of(error.found)));
}

}  // namespace meterpipe::record
