// Byte strings that are changed for others of the same length wherever they stand, and looked for
// afterwards.
//
// A value has forms: its bytes, the hex of them as text in both cases; of a text its upper and
// lower case; of digits BCD in both byte orders and the integer of 4 or 8 bytes. Forms so short
// that chance would meet them (fewer than 6 characters, 4 bytes of BCD or of an integer) have no
// pattern.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/bytes.hpp"

namespace meterpipe::sim {

class Patterns {
 public:
  // `from` and `to` have one length.
  void add_forms(Bytes from, Bytes to);
  // A key: its bytes and its hex; only to be looked for.
  void add_key(Bytes key);
  // One form, of at least 4 bytes.
  void add(Bytes from, Bytes to);

  // Changes what stands in `bytes`, the longest first where several begin. How many.
  std::size_t replace(std::span<std::uint8_t> bytes) const;
  // Where the first one stands.
  std::optional<std::size_t> find(Bytes bytes) const;
  bool empty() const { return patterns_.empty(); }

 private:
  struct Pattern {
    ByteVector from, to;
    bool apart;  // a few digits: others on either side make another number
  };
  const Pattern* at(Bytes bytes, std::size_t place) const;

  std::vector<Pattern> patterns_;
  std::unordered_map<std::uint32_t, std::vector<std::size_t>> by_start_;
};

}  // namespace meterpipe::sim
