// Byte strings that are changed for others of the same length wherever they may stand, and looked
// for afterwards.
//
// A value has forms: its bytes, the hex of them as text in both cases; of a text its upper and
// lower case; of digits BCD and four bytes of binary in both byte orders, and the integer; the
// digits alone that stand behind letters, without leading zeros and without points between them.
//
// What chance would meet has no pattern: fewer than 6 characters, 8 digits of BCD, 7 digits of an
// integer. Fewer than 6 bytes must be all of a string; an integer must be all of an integer.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/bytes.hpp"

namespace meterpipe::share {

class Patterns {
 public:
  // Where bytes stand: a string or text, or anything. In anything only what cannot be there by
  // chance is taken: 6 bytes and more, four of them not 00.
  enum class Where : std::uint8_t { text, anything };

  // `from` and `to` have one length.
  void add_forms(Bytes from, Bytes to);
  // A key: its bytes and its hex; only to be looked for.
  void add_key(Bytes key);
  // One form, of at least 4 bytes.
  void add(Bytes from, Bytes to);

  // Changes what stands in `bytes`, the longest first where several begin. How many.
  std::size_t replace(std::span<std::uint8_t> bytes, Where where) const;
  // An integer, big-endian. Whether it was changed.
  bool replace_integer(std::span<std::uint8_t> bytes) const;
  // Where the first one stands.
  std::optional<std::size_t> find(Bytes bytes, Where where = Where::anything) const;
  bool is_integer(Bytes bytes) const;
  // Whether it stands nowhere by chance.
  static bool is_telling(Bytes bytes);
  bool empty() const { return patterns_.empty(); }

 private:
  struct Pattern {
    ByteVector from, to;
    bool apart;    // a few digits: others on either side make another number
    bool whole;    // too few bytes for a part of others
    bool telling;  // not there by chance
  };
  void add(Bytes from, Bytes to, bool whole);
  void add_number(Bytes from, Bytes to);
  bool add_integer(const ByteVector& from, const ByteVector& to);
  void add_text_and_numbers(Bytes from, Bytes to);
  const Pattern* at(Bytes bytes, std::size_t place, Where where) const;

  std::vector<Pattern> patterns_;
  std::unordered_map<std::string, std::size_t> by_bytes_;
  // By their first four bytes: how long those are that begin so, the longest first.
  std::unordered_map<std::uint32_t, std::vector<std::size_t>> by_start_;
  std::map<std::uint64_t, std::uint64_t> numbers_;
};

}  // namespace meterpipe::share
