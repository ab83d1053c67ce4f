// Who a meter is, and who it becomes in a capture that is shared: system titles, serials, names.
//
//   title    three letters of the manufacturer and byte 3 stay, digits of BCD stay digits. Where
//            Kaifa's number follows from the title it follows from the new one, too.
//   text     a digit for a digit, a letter for a letter of the same case, hex for hex; a
//            manufacturer's three letters in front (`1KFM…`, `LGZ…`) and all other characters stay
//   bytes    BCD for BCD, else any bytes
//
// The same old value becomes the same new one wherever it stands. What stands inside a longer value
// is changed there in the same way. New values are told apart, and none is an old one.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "apdu/security.hpp"
#include "base/bytes.hpp"

namespace meterpipe::share {

// A value of 64 bits spread out (splitmix64): the same rolls for the same seed.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::uint64_t roll();
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(roll() % n); }
  ByteVector bytes(std::size_t size);

 private:
  std::uint64_t state_;
};

// How many characters of a manufacturer stand in front of a text: 3 of `KFM…`, 4 of `1KFM…`.
std::size_t letters_in_front(Bytes text);

// The number that the digits spell. Nothing for none, for other characters, for more than 64 bits.
std::optional<std::uint64_t> number_in(Bytes digits);

// One of its kind, see above. Equal to `old` only where nothing in it can be changed.
ByteVector disguised(Bytes old, Dice& dice);
apdu::Title new_title(Bytes old, Dice& dice);

class Identities {
 public:
  // What was found. Titles have 8 bytes; a shorter one is no title.
  void add_title(Bytes title);
  // A serial or a name, as text or raw bytes. What says nothing (one character repeated, nothing
  // that can be changed) is left out.
  void add(Bytes value);

  // Draws the new ones; then nothing may be added any more.
  void draw(Dice& dice);

  // The new value; the old one where it was not added.
  ByteVector now(Bytes old) const;

  struct Change {
    ByteVector from, to;
    bool is_title = false;
  };
  const std::vector<Change>& changes() const { return changes_; }
  // Place of a title in the order of their coming, from 1; 0: none.
  std::size_t number_of(Bytes title) const;

 private:
  void settle(Bytes old, ByteVector made, bool is_title);
  const ByteVector* known_at_start(Bytes text) const;
  ByteVector made_from(Bytes old, Dice& dice) const;
  bool is_new(const ByteVector& made) const;

  std::vector<ByteVector> titles_;
  struct Order {
    bool operator()(const ByteVector& a, const ByteVector& b) const {
      return as_text(a) < as_text(b);
    }
  };
  std::map<ByteVector, std::size_t, Order> numbers_;  // of titles
  std::set<ByteVector, Order> values_;
  std::map<ByteVector, ByteVector, Order> map_;
  std::set<ByteVector, Order> taken_;
  std::set<std::size_t, std::greater<>> sizes_;  // of what is in map_
  std::vector<Change> changes_;
};

}  // namespace meterpipe::share
