#include "record/fault_text.hpp"

#include <array>

#include <fmt/format.h>

#include "apdu/tags.hpp"
#include "base/key_like.hpp"
#include "wired/header.hpp"
#include "wired/sml.hpp"

namespace meterpipe::record {
namespace {

struct Row {
  Fault fault;
  std::string_view code;
  std::string_view text;  // {offset} {expected} {found}, {word}: `found` as text
};

constexpr std::array kRows{
    Row{Fault::noise, "noise", "{found} bytes that belong to no frame"},
    Row{Fault::unframed_apdu, "noise",
        "an APDU of {found} bytes in no frame, behind frames with a check: it counts only with "
        "--link {bare} or in a FILE of its own"},
    Row{Fault::bad_checksum, "bad-checksum",
        "frame at byte {offset}: checksum is {found:02x}, bytes add up to {expected:02x}"},
    Row{Fault::truncated_frame, "truncated",
        "frame at byte {offset} is cut: it needs {expected} bytes, {found} are there"},
    Row{Fault::segment_out_of_turn, "segment-lost",
        "segment {found} came where segment {expected} was due: its message is dropped"},
    Row{Fault::segment_missing, "segment-lost",
        "message unfinished: segment {expected} never came"},
    Row{Fault::short_segment, "bad-frame",
        "frame with {found} bytes of user data: too short for STSAP, DTSAP and a segment"},
    Row{Fault::message_too_long, "segment-lost",
        "message grew to {found} bytes without a last segment: dropped"},
    Row{Fault::foreign_frame, "not-dlms",
        "M-Bus frame with C {expected:02x} and CI {found:02x} is no DLMS push (C 53, CI 00-1f)"},
    Row{Fault::bad_fcs, "bad-fcs",
        "HDLC frame at byte {offset}: its FCS is {found:04x}, the bytes give {expected:04x} "
        "(--no-fcs skips the check)"},
    Row{Fault::bad_hcs, "bad-fcs",
        "HDLC frame at byte {offset}: its HCS is {found:04x}, the header gives {expected:04x} "
        "(--no-fcs skips the check)"},
    Row{Fault::bad_sml_crc, "bad-checksum",
        "SML file at byte {offset}: its CRC is {found:04x}, the bytes give {expected:04x}"},
    Row{Fault::truncated_sml, "truncated",
        "SML file at byte {offset} is cut: {found} bytes and no end (1b1b1b1b 1a)"},
    Row{Fault::bad_bcc, "bad-checksum",
        "read-out at byte {offset}: its BCC is {found:02x}, the bytes give {expected:02x}"},
    Row{Fault::bad_crc, "bad-checksum",
        "P1 telegram at byte {offset}: its CRC is {word}, the bytes give {expected:04X} "
        "(mbus-frame --no-fcs skips the check)"},
    Row{Fault::truncated_telegram, "truncated",
        "P1 telegram at byte {offset} is cut: {found} bytes and no line that begins with '!'"},
    Row{Fault::block_missing, "block-lost",
        "block transfer unfinished: block {expected} never came"},
    Row{Fault::block_out_of_turn, "block-lost",
        "block {found} came where block {expected} was due: its message is dropped"},
    Row{Fault::transfer_too_long, "overrun",
        "message grew to {found} bytes without its last part: dropped"},
    Row{Fault::incomplete_chain, "segment-lost",
        "HDLC segments make {found} bytes, and one of them is missing or damaged"},
    Row{Fault::overrun, "overrun",
        "{found} records dropped: the next program in the pipe does not keep up"},
    Row{Fault::no_answer, "no-answer",
        "no answer to {found} requests within {expected} ms each: is it on this bus, at this "
        "address and rate, and has it power?"},
    Row{Fault::collision, "collision",
        "several meters answer at a time ({expected} requests): two have one address, or a "
        "wildcard stands for more than one; mbus-poll --scan secondary tells them apart"},
    Row{Fault::same_telegram, "segment-lost",
        "telegram {expected} never came, an earlier one came again: the meter does not heed the "
        "FCB"},
    Row{Fault::endless_telegrams, "segment-lost",
        "{found} telegrams came, and the last still says that more follow"},
    Row{Fault::not_dlms, "not-dlms",
        "first byte {found:02x} is no DLMS APDU (expected 0f, db, dc, e0, c0-ca, …)"},
    Row{Fault::is_frame, "not-dlms", "this is {frame} and no APDU: is mbus-frame in the pipe?"},
    Row{Fault::truncated_apdu, "truncated",
        "APDU is cut: it needs {expected} bytes, {found} are there"},
    Row{Fault::trailing_bytes, "trailing-bytes", "{found} bytes left over behind byte {offset}"},
    Row{Fault::bad_length, "bad-apdu", "length {found} at byte {offset} cannot be"},
    Row{Fault::bad_date_time, "bad-apdu",
        "date-time at byte {offset} has length {found} (expected 0 or 12)"},
    Row{Fault::unknown_type, "bad-apdu", "no data type has the tag {found:02x} (byte {offset})"},
    Row{Fault::unknown_choice, "bad-apdu",
        "byte {offset} is {found:02x}, which stands for nothing at this place of the APDU"},
    Row{Fault::count_too_large, "bad-apdu",
        "{found} elements announced at byte {offset}, {expected} bytes are left"},
    Row{Fault::too_deep, "bad-apdu", "data nested deeper than {expected} levels at byte {offset}"},
    Row{Fault::truncated_data, "bad-apdu",
        "data end at byte {offset}: {expected} more bytes needed, {found} left"},
    Row{Fault::bad_sml, "bad-sml",
        "byte {offset} of the SML file, {found:02x}, cannot stand there"},
    Row{Fault::no_key, "no-key",
        "ciphered and there is no key for it: give one with --keys, for its title or for any"},
    Row{Fault::still_ciphered, "no-key",
        "ciphered: is dlms-decrypt, with a key for it, in the pipe before this program?"},
    Row{Fault::key_size, "no-key",
        "security control {found:02x} needs a key of {expected} bits, those for it in the key file "
        "have another length"},
    Row{Fault::wrong_key, "wrong-key",
        "deciphered bytes are no DLMS APDU ({found} key(s) tried): wrong key, EK and AK exchanged, "
        "or damaged bytes"},
    Row{Fault::tag_failed, "tag-failed",
        "authentication tag does not fit: wrong authentication key, or changed bytes"},
    Row{Fault::not_authenticated, "not-authenticated",
        "no verified authentication tag, and one is required (--auth require, or auth=required in "
        "the key file)"},
    Row{Fault::less_than_before, "not-authenticated",
        "no verified authentication tag, and messages of this title had one before: it is forged, "
        "or "
        "the meter was changed (then start again)"},
    Row{Fault::unprotected, "not-authenticated",
        "security control {found:02x}: not enciphered, and no tag was verified: anybody can write "
        "this"},
    Row{Fault::downgrade, "downgrade",
        "not ciphered, on a line whose messages are: somebody else writes to it, or the operator "
        "has "
        "turned ciphering off (then start again)"},
    Row{Fault::replayed, "replayed",
        "counter {found} is not above {expected}, which was there before: recorded and sent again, "
        "or the meter was reset (--counter-forget)"},
    Row{Fault::only_claimed, "not-authenticated",
        "the record says that it was deciphered, and there is a key for it: nothing proves it "
        "(--trust-records takes it)"},
    Row{Fault::unsupported_suite, "unsupported-cipher",
        "security control {found:02x}: suite not supported (known: 0, 1, 2)"},
    Row{Fault::compressed, "unsupported-cipher",
        "security control {found:02x}: compressed APDUs are not supported"},
    Row{Fault::broadcast_key, "no-key",
        "security control {found:02x} asks for the broadcast key: give it as broadcast= in the "
        "key file"},
    Row{Fault::unsupported_service, "unsupported-cipher",
        "ciphering service with tag {found:02x} is not supported"},
    Row{Fault::bad_title, "bad-apdu", "system title of {found} bytes (expected {expected})"},
    Row{Fault::no_title, "no-title",
        "the system title is empty: give the meter's with --system-title"},
    Row{Fault::bad_key_info, "bad-apdu", "key info {found:02x} at byte {offset} cannot be"},
    Row{Fault::key_agreement, "unsupported-cipher",
        "general-ciphering with a wrapped or agreed key (key info {found:02x}) is out of scope"},
    Row{Fault::no_values, "no-values", "{values}"},
    Row{Fault::bad_p1_line, "bad-line", "line {found} of the telegram is no OBIS(value) line"},
    Row{Fault::unsupported_mode, "unsupported-cipher",
        "ciphered in mode {found} of the Open Metering System (known: 5, and 7 with a counter)"},
    Row{Fault::wrong_mbus_key, "wrong-key",
        "deciphered bytes do not begin with 2f2f or are no M-Bus records ({found} key(s) tried): "
        "wrong key, or damaged bytes"},
    Row{Fault::no_meter_message, "bad-record", "hex of an mbus record is no message of a meter"},
    Row{Fault::header_cut, "bad-mbus",
        "M-Bus message ends at byte {offset}, within the header of CI {found:02x}"},
    Row{Fault::record_cut, "bad-mbus",
        "data record is cut at byte {offset}: {expected} bytes needed, {found} left"},
    Row{Fault::bad_dif, "bad-mbus", "DIF {found:02x} at byte {offset} stands for nothing"},
    Row{Fault::bad_variable_length, "bad-mbus",
        "{found:02x} at byte {offset} is no length of variable data"},
    Row{Fault::too_many_extensions, "bad-mbus",
        "byte {offset} is extension {found:02x} behind {expected} others: there may be no more"},
    Row{Fault::application_error, "meter-error", "the meter answers with an error: {answer}"},
    Row{Fault::meter_alarm, "meter-alarm", "the meter answers with an alarm: {byte}"},
    Row{Fault::half_hex, "bad-record",
        "column {offset}: {found} hex digits, an even number was expected"},
    Row{Fault::not_hex, "bad-record", "column {offset}: '{char}' is no hex digit"},
    Row{Fault::offset_gap, "bad-record",
        "dump offset {found:x} where {expected:x} was expected: lines are missing"},
    Row{Fault::byte_order, "bad-record",
        "looks like hexdump without -C, whose byte order is unknown: use hexdump -C or xxd"},
    Row{Fault::cut_dump, "bad-record",
        "column {offset}: the dump is cut here (...): bytes are missing, paste it whole"},
    Row{Fault::unsure_column, "bad-record",
        "column {offset}: a time, an offset or bytes: set the bytes off, or leave the number away"},
    Row{Fault::two_bases, "bad-record",
        "column {offset}: numbers that may be hex or decimal: write hex with two digits a byte"},
    Row{Fault::three_digits, "bad-record",
        "column {offset}: numbers of three digits, octal or decimal: write hex with two digits a "
        "byte"},
    Row{Fault::not_decimal, "bad-record",
        "column {offset}: no number from 0 to 255, as the others of this dump are"},
    Row{Fault::nul_bytes, "bad-record",
        "{found} NUL bytes in a text (a file that lost its end in a power cut?)"},
    Row{Fault::gzip, "bad-record", "a file compressed by gzip: zcat FILE | and this program"},
    Row{Fault::bad_json, "bad-record", "not a JSON object"},
    Row{Fault::duplicate_key, "bad-record", "a key stands twice"},
    Row{Fault::bad_field, "bad-record", "column {offset}: a value of the wrong form"},
    Row{Fault::missing_field, "bad-record", "a key is missing that this record needs"},
    Row{Fault::line_too_long, "bad-record", "line longer than {found} bytes"},
};

constexpr bool rows_stand_in_order() {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (static_cast<std::size_t>(kRows[i].fault) != i) return false;
  }
  return kRows.back().fault == Fault::line_too_long;
}
static_assert(rows_stand_in_order(), "one row per fault, in the order of the enum");

const Row& row(Fault fault) { return kRows[static_cast<std::size_t>(fault)]; }

std::string printable(std::uint64_t c) {
  return c >= 0x20 && c < 0x7f ? std::string(1, static_cast<char>(c)) : fmt::format("\\x{:02x}", c);
}

// packed_text() undone.
std::string unpacked(std::uint64_t packed) {
  std::string text;
  for (int shift = 56; shift >= 0; shift -= 8) {
    if (const std::uint64_t c = packed >> shift & 0xff; c != 0) text += printable(c);
  }
  return text;
}

std::string_view service_of(std::uint64_t tag) {
  const apdu::ApduTag* known =
      tag > 0xff ? nullptr : apdu::find_apdu_tag(static_cast<std::uint8_t>(tag));
  return known == nullptr ? "APDU" : known->name;
}

std::string_view frame_of(std::uint64_t first) {
  return first == 0x68 ? "an M-Bus frame" : first == 0x7e ? "an HDLC frame" : "a wrapper's frame";
}

// The one byte of an application error or alarm; `size` 0: there was none.
std::string answer_of(const Error& error, bool named) {
  if (error.expected == 0) return "without a code";
  const std::string_view words =
      named ? wired::application_error(static_cast<std::uint8_t>(error.found)) : std::string_view();
  return words.empty() ? fmt::format("{:02x}", error.found)
                       : fmt::format("{:02x}, {}", error.found, words);
}

// What carries no values. The tags of SML have two bytes.
std::string values_of(const Error& error) {
  if (error.found <= 0xff) {
    return fmt::format("{} carries no values: -o tree shows what it says", service_of(error.found));
  }
  const std::string_view words = wired::sml_message(error.found);
  std::string text = "SML file without a list of values: it holds ";
  text += words.empty() ? fmt::format("a message {:04x}", error.found) : words;
  if (error.expected != 0) text += fmt::format(" {:012x}", error.expected);
  return text;
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
  const std::string_view begin = line.substr(0, kShown);
  const std::string_view part = begin.substr(0, harmless_part(begin, kRun));
  std::string text;
  for (const char c : part) {
    const auto byte = static_cast<unsigned char>(c);
    text += byte < 0x20 || byte >= 0x7f ? '?' : c;
  }
  return part.size() < line.size() ? text + "..." : text;
}

std::string_view code_of(Fault fault) { return row(fault).code; }

std::string describe(const Error& error) {
  return fmt::format(
      fmt::runtime(row(error.fault).text), fmt::arg("offset", error.offset),
      fmt::arg("expected", error.expected), fmt::arg("found", error.found),
      fmt::arg("char", printable(error.found)), fmt::arg("word", unpacked(error.found)),
      fmt::arg("bare", error.expected == 1 ? "llc" : "none"),
      fmt::arg("frame", frame_of(error.found)), fmt::arg("values", values_of(error)),
      fmt::arg("answer", answer_of(error, true)), fmt::arg("byte", answer_of(error, false)));
}

}  // namespace meterpipe::record
