// A checked cursor over bytes. A read past the end gives zeros and sets failed(): read a whole
// header, then ask once.
#pragma once

#include "base/bytes.hpp"

namespace meterpipe {

class Reader {
 public:
  explicit Reader(Bytes bytes) : bytes_(bytes) {}

  std::size_t offset() const { return at_; }
  std::size_t left() const { return bytes_.size() - at_; }
  bool failed() const { return failed_; }
  bool at_end() const { return at_ == bytes_.size(); }

  std::uint8_t peek() const { return at_ < bytes_.size() ? bytes_[at_] : std::uint8_t{0}; }

  std::uint8_t u8() {
    if (at_ >= bytes_.size()) {
      failed_ = true;
      return 0;
    }
    return bytes_[at_++];
  }

  // Big-endian, as everything in A-XDR; n at most 8.
  std::uint64_t unsigned_of(std::size_t n) {
    if (left() < n) {
      failed_ = true;
      at_ = bytes_.size();
      return 0;
    }
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < n; ++i) value = value << 8 | bytes_[at_++];
    return value;
  }
  std::uint16_t u16() { return static_cast<std::uint16_t>(unsigned_of(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(unsigned_of(4)); }

  Bytes take(std::size_t n) {
    if (left() < n) {
      failed_ = true;
      n = left();
    }
    const Bytes part = bytes_.subspan(at_, n);
    at_ += n;
    return part;
  }
  Bytes rest() { return take(left()); }

  // A-XDR length or count (IEC 61334-6): 00..7F itself, 8n then n bytes. Non-minimal forms such as
  // `82 00 E7` (Kamstrup) are read; more than 4 length bytes set failed().
  std::uint64_t length() {
    const std::uint8_t first = u8();
    if (first < 0x80) return first;
    const std::size_t n = first & 0x7f;
    if (n == 0 || n > 4) {
      failed_ = true;
      return 0;
    }
    return unsigned_of(n);
  }

 private:
  Bytes bytes_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

}  // namespace meterpipe
