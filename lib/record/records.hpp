// The records that the tools hand on, as values, and their lines. Views belong to the Line that
// they were read from. One reader and one writer per type; the order of the keys is the writer's.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apdu/security.hpp"
#include "base/buffer.hpp"
#include "base/bytes.hpp"
#include "base/error.hpp"
#include "record/line.hpp"

namespace meterpipe::record {

// One frame's worth of bytes as it came off a line, by mbus-read.
struct BytesRecord {
  Head head;
  std::uint64_t ms = 0;               // first to last byte
  std::string_view line;              // what was set: "2400-8E1"
  std::vector<std::uint32_t> marked;  // offsets that came with a parity or framing error
  std::string_view why;               // frame | gap | size | eof
  ByteVector bytes;
};
Result<void> read(Line& line, BytesRecord& record);
void write(Buffer& out, const BytesRecord& record);

// One link-layer frame, for --frames.
struct FrameRecord {
  Head head;
  std::string_view link;
  std::optional<std::uint8_t> c, a, ci;
  std::optional<std::uint32_t> l;
  std::optional<std::uint32_t> stsap, dtsap;
  Bytes destination, source;  // HDLC addresses, wPorts; empty: none
  std::optional<std::uint8_t> control;
  bool segmented = false;
  Bytes bytes;
};
void write(Buffer& out, const FrameRecord& record);

// One APDU, ciphered or plain; `security` once it has been deciphered.
struct ApduRecord {
  Head head;
  std::string_view link;
  std::string_view line;    // settings of the serial or TCP line it came in on, or empty
  std::string_view frames;  // JSON number, or empty
  std::string_view quirks;  // JSON array of strings, or empty
  std::optional<apdu::Security> security;
  ByteVector bytes;
  std::vector<json::Field> unknown;
};
Result<void> read(Line& line, ApduRecord& record);
void write(Buffer& out, const ApduRecord& record);

// A wired M-Bus answer of a heat, water or gas meter: named, its data left as they are.
// `security` and `data` once it has been deciphered: the records and what stands behind them.
struct MbusRecord {
  Head head;
  std::string id;            // identification number, 8 digits
  std::string manufacturer;  // three letters
  std::uint8_t version = 0;
  std::string_view medium;
  std::uint8_t access = 0;
  std::uint8_t status = 0;
  bool has_header = false;  // false: CI 78, no header
  Bytes bytes;
};
void write(Buffer& out, const MbusRecord& record);

// The same, read: the frame says all that the other keys do, which are handed on as they are.
struct MbusMessage {
  Head head;
  ByteVector frame;
  std::optional<apdu::Security> security;
  ByteVector data;                   // deciphered, with `security`
  std::vector<json::Field> named;    // what mbus-frame has named of it
  std::vector<json::Field> unknown;  // keys to hand on
};
Result<void> read(Line& line, MbusMessage& message);
void write(Buffer& out, const MbusMessage& message);

// Trouble with the data, in its place in the stream.
struct ErrorRecord {
  Head head;
  std::string_view by;  // tool
  std::string_view code;
  std::string text;
  const apdu::Security* security = nullptr;  // on a ciphered APDU
  Bytes bytes;
  bool start = false;  // of what precedes the first good frame or message: to be expected
};
void write(Buffer& out, const ErrorRecord& record);

// Whether an error record says that it is of a start.
bool is_start(const Line& line);

ErrorRecord error_record(const Head& head, std::string_view by, const Error& error, Bytes bytes);

void add_security(json::Writer& out, const apdu::Security& security);

}  // namespace meterpipe::record
