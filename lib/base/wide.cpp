#include "base/wide.hpp"

namespace meterpipe {
namespace {

constexpr std::uint64_t kSign = std::uint64_t{1} << 63;

}  // namespace

Wide Wide::of_halves(std::int64_t high, std::uint64_t low) {
  const auto bits = static_cast<std::uint64_t>(high);
  if (high >= 0) return {bits, low, false};
  return {~bits + (low == 0 ? 1 : 0), ~low + 1, true};
}

std::int64_t Wide::high_half() const {
  return static_cast<std::int64_t>(negative_ ? ~high_ + (low_ == 0 ? 1 : 0) : high_);
}

bool Wide::times_ten() {
  // Half of 64 bits at a time: what is above them is carried.
  const std::uint64_t below = (low_ & 0xffffffff) * 10;
  const std::uint64_t above = (low_ >> 32) * 10 + (below >> 32);
  low_ = above << 32 | (below & 0xffffffff);
  return !__builtin_mul_overflow(high_, std::uint64_t{10}, &high_) &&
         !__builtin_add_overflow(high_, above >> 32, &high_) && high_ < kSign;
}

bool Wide::add(const Wide& other) {
  if (negative_ == other.negative_) {
    const bool carry = __builtin_add_overflow(low_, other.low_, &low_);
    high_ += other.high_ + (carry ? 1 : 0);  // of two that are below 2^63
    return high_ < kSign;
  }
  const bool is_less = high_ != other.high_ ? high_ < other.high_ : low_ < other.low_;
  const Wide greater = is_less ? other : *this, less = is_less ? *this : other;
  high_ = greater.high_ - less.high_ - (greater.low_ < less.low_ ? 1 : 0);
  low_ = greater.low_ - less.low_;
  negative_ = greater.negative_;
  return true;
}

std::optional<Wide::Quotient> Wide::divided_by(std::uint64_t divisor) const {
  if (high_ >= divisor) return std::nullopt;
  // Sixteen bits at a time, so that the rest of 48 has room in front of them.
  Quotient result{0, high_};
  for (int shift = 48; shift >= 0; shift -= 16) {
    const std::uint64_t part = result.rest << 16 | (low_ >> shift & 0xffff);
    result.whole = result.whole << 16 | part / divisor;
    result.rest = part % divisor;
  }
  return result;
}

}  // namespace meterpipe
