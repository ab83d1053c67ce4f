// A whole number of 127 bits and a sign, for sums of decimals. Not every processor's compiler has
// one (32-bit ARM has none), and what a state file keeps of it must be the same on all.
#pragma once

#include <cstdint>
#include <optional>

namespace meterpipe {

class Wide {
 public:
  Wide() = default;
  Wide(std::uint64_t magnitude, bool negative) : low_(magnitude), negative_(negative) {}
  // The halves of its two's complement in 128 bits, and back.
  static Wide of_halves(std::int64_t high, std::uint64_t low);
  std::int64_t high_half() const;
  std::uint64_t low_half() const { return negative_ ? ~low_ + 1 : low_; }

  bool is_negative() const { return negative_ && (high_ | low_) != 0; }

  // False where 127 bits do not hold it; it has no meaning then.
  [[nodiscard]] bool times_ten();
  [[nodiscard]] bool add(const Wide& other);

  struct Quotient {
    std::uint64_t whole, rest;
  };
  // Of the magnitude, by 1 to 2^48; nothing where 64 bits do not hold it.
  std::optional<Quotient> divided_by(std::uint64_t divisor) const;

 private:
  Wide(std::uint64_t high, std::uint64_t low, bool negative)
      : high_(high), low_(low), negative_(negative) {}

  std::uint64_t high_ = 0, low_ = 0;  // the magnitude
  bool negative_ = false;
};

}  // namespace meterpipe
