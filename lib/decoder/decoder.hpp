// The library: bytes of a meter's customer interface in, readings out, in one process. This is the
// one header that is installed (<meterpipe/decoder.hpp>); it needs the standard library alone.
//
//   meterpipe::Decoder decoder("* 00112233445566778899aabbccddeeff");  // a key file's text
//   decoder.push(bytes);                                               // in any pieces
//   for (const meterpipe::Reading& one : decoder.readings()) …
//
// Links, ciphers and layouts are those of mbus-frame, dlms-decrypt and cosem-decode, told from the
// bytes. What goes from one message to the next is theirs alone: replays, a plain message on a line
// that is ciphered, heat and water meters on M-Bus (meterpipe-security(7)).
//
// Versions are those of meterpipe (semantic versioning): what is declared here stays within a major
// version for who compiles against it, and new things come at the end. It is a static library, so
// that no program depends on the layout of its classes: who takes a newer one links anew.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace meterpipe {

// One value, exactly as the meter sent it: the number's digits, or a text.
struct ReadingValue {
  std::string code;   // OBIS, "1-0:1.8.0"; or empty, where the meter sends none
  std::string name;   // in English; or empty
  std::string value;  // "25415417", "232.1"; without quotes where it is a text; empty: none
  std::string unit;   // "Wh"; or empty
};

struct Reading {
  std::string meter;  // its number, or empty
  std::string time;   // ISO 8601, with an offset only where the meter gave one; or empty
  std::string auth;   // verified, unverified, none or plain, as in meter-records(5)
  std::vector<ReadingValue> values;
  std::string json;  // all of it, the record of cosem-decode: meter-records(5)
};

class Decoder {
 public:
  // The text of a key file, meter-keys(5); empty: none. Throws std::runtime_error with line and
  // column of what is wrong in it, never a key.
  explicit Decoder(std::string_view keys = {});
  ~Decoder();
  Decoder(Decoder&&) noexcept;
  Decoder& operator=(Decoder&&) noexcept;

  // The next bytes of the stream, as they came off the line.
  void push(std::span<const std::uint8_t> bytes);
  // The end of the stream, or a silence: what is unfinished is an error.
  void finish();

  // What was read since the last call, in the order of the stream.
  std::vector<Reading> readings();
  // What was wrong since the last call: an error record of meter-records(5) each.
  std::vector<std::string> errors();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace meterpipe
