// What the fuzz targets share. A target is a file here: a property of one room of lib/, held
// against any bytes by the asserts of doctest, so that it may use what the unit tests use.
//
//   build-fuzz/tests/fuzz/fuzz-link corpus/       libFuzzer: new inputs (scripts/fuzz does it)
//   build/tests/fuzz/fuzz-link FILE|FOLDER …      the same check once for each file
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "support/random.hpp"

namespace meterpipe::fuzz {

// The property; each target defines it. It fails by an assert of doctest, or by whatever the
// sanitizers see.
void check(Bytes input);

// Asserts work from here on.
void begin_asserts();

// Chance that follows from the input: the same input, the same choices.
test::Random chance_of(Bytes input);

// Some places of `input` in ascending order, to cut it there.
std::vector<std::size_t> cuts_of(Bytes input);

// Bytes that say how, taken from the front of an input; zeros where it is used up. What is left is
// what it is about.
class Taker {
 public:
  explicit Taker(Bytes input) : left_(input) {}

  std::uint8_t byte() {
    if (left_.empty()) return 0;
    const std::uint8_t first = left_[0];
    left_ = left_.subspan(1);
    return first;
  }
  // 0 to below `n`, of one byte or two.
  std::size_t below(std::size_t n) {
    std::size_t number = byte();
    if (n > 256) number = number << 8 | byte();
    return number % n;
  }
  Bytes bytes(std::size_t n) {
    const Bytes taken = left_.first(std::min(n, left_.size()));
    left_ = left_.subspan(taken.size());
    return taken;
  }
  Bytes rest() const { return left_; }

 private:
  Bytes left_;
};

}  // namespace meterpipe::fuzz
