// Small binary values as they lie in a file: a version, fields, a checksum. Whatever was damaged
// since is told apart from what was written.
//
//   version (1)  field …  CRC-32 of all before, big-endian (4)
//   number = 7 bits a byte, the low ones first, bit 7: more follow (at most 10 bytes)
//   text   = number of bytes, bytes
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace meterpipe::spool {

class SealedWriter {
 public:
  explicit SealedWriter(std::uint8_t version) : out_(1, static_cast<char>(version)) {}

  void number(std::uint64_t value);
  void text(std::string_view value);
  // The end: adds the checksum and gives the bytes.
  std::string take();

 private:
  std::string out_;
};

// A field that is not there, or longer than what is left, gives zero or nothing and sets failed():
// read all, then ask once.
class SealedReader {
 public:
  // nullopt: too short, or the checksum is another.
  static std::optional<SealedReader> open(std::string_view bytes);

  std::uint8_t version() const { return version_; }
  std::uint64_t number();
  std::string_view text();  // a view of the bytes that were given
  std::size_t left() const { return bytes_.size(); }
  bool failed() const { return failed_; }

 private:
  SealedReader(std::uint8_t version, std::string_view bytes) : version_(version), bytes_(bytes) {}

  std::uint8_t version_;
  std::string_view bytes_;
  bool failed_ = false;
};

}  // namespace meterpipe::spool
