// Bytes of which some may be anything: what messages of one kind have in common.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"

namespace meterpipe {

class MaskedBytes {
 public:
  MaskedBytes() = default;
  // All of them count.
  explicit MaskedBytes(Bytes bytes)
      : bytes_(bytes.begin(), bytes.end()), mask_(bytes.size(), 0xff) {}

  void leave_free(std::size_t offset, std::size_t size) {
    for (std::size_t i = offset; i < offset + size; ++i) mask_[i] = 0;
  }
  void fix(std::size_t offset, Bytes bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      bytes_[offset + i] = bytes[i];
      mask_[offset + i] = 0xff;
    }
  }
  bool is_free(std::size_t offset) const { return mask_[offset] == 0; }
  std::size_t size() const { return bytes_.size(); }

  // As many, and equal but for those that are free. One pass without a branch, which the compiler
  // does in wide steps.
  bool fits(Bytes other) const {
    if (other.size() != bytes_.size()) return false;
    const std::uint8_t *a = bytes_.data(), *b = other.data(), *mask = mask_.data();
    std::uint8_t differs = 0;
    for (std::size_t i = 0; i < other.size(); ++i) {
      differs = static_cast<std::uint8_t>(differs | ((a[i] ^ b[i]) & mask[i]));
    }
    return differs == 0;
  }

 private:
  ByteVector bytes_, mask_;
};

}  // namespace meterpipe
