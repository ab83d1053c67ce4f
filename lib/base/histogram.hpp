// Quantiles of durations in bounded memory: a histogram whose buckets grow with the value.
//
//   |value|   bucket
//   0 .. 31   one each
//   larger    32 to each power of two: 32 33 .. 63, 64 66 .. 126, 128 132 ..
//
// A quantile is the middle of its bucket: off by 1/64 of it at most (1.6 %); the smallest and the
// largest value are kept as they are. Only buckets that are used take memory: a few dozen for times
// of one kind, 3,800 of 16 bytes at most. Values below zero (a clock that was set) have buckets of
// their own.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

namespace meterpipe {

class Histogram {
 public:
  void add(std::int64_t value) {
    if (count_ == 0 || value < min_) min_ = value;
    if (count_ == 0 || value > max_) max_ = value;
    ++count_;
    sum_ += static_cast<double>(value);
    const std::int32_t index = index_of(value);
    const auto at =
        std::lower_bound(buckets_.begin(), buckets_.end(), index,
                         [](const Bucket& bucket, std::int32_t i) { return bucket.index < i; });
    if (at != buckets_.end() && at->index == index) {
      ++at->count;
    } else {
      buckets_.insert(at, {index, 1});
    }
  }

  std::uint64_t count() const { return count_; }
  double sum() const { return sum_; }
  // Of an empty histogram all of these are 0.
  std::int64_t min() const { return min_; }
  std::int64_t max() const { return max_; }
  // The smallest value that is not exceeded by `percent` of all, by nearest rank; 0 to 100.
  std::int64_t quantile(unsigned percent) const {
    const std::uint64_t whole = count_ / 100 * percent;
    const std::uint64_t part = (count_ % 100 * percent + 99) / 100;
    std::uint64_t rank = std::max<std::uint64_t>(1, whole + part);
    for (const Bucket& bucket : buckets_) {
      if (rank <= bucket.count) return std::clamp(middle_of(bucket.index), min_, max_);
      rank -= bucket.count;
    }
    return max_;
  }

 private:
  static constexpr int kBits = 5;  // 32 buckets to a power of two

  struct Bucket {
    std::int32_t index;
    std::uint64_t count;
  };

  // Rises with the value; of -v it is -1 - that of v.
  static std::int32_t index_of(std::int64_t value) {
    if (value == INT64_MIN) ++value;  // it has no magnitude of its own
    if (value < 0) return -1 - index_of_magnitude(0 - static_cast<std::uint64_t>(value));
    return index_of_magnitude(static_cast<std::uint64_t>(value));
  }
  static std::int32_t index_of_magnitude(std::uint64_t value) {
    const int shift = std::max(0, static_cast<int>(std::bit_width(value)) - 1 - kBits);
    return (shift << kBits) + static_cast<std::int32_t>(value >> shift);
  }
  static std::int64_t middle_of(std::int32_t index) {
    if (index < 0) return -middle_of(-1 - index);
    const int shift = std::max(0, (index >> kBits) - 1);
    const auto first = static_cast<std::uint64_t>(index - (shift << kBits)) << shift;
    return static_cast<std::int64_t>(first + ((std::uint64_t{1} << shift) >> 1));
  }

  std::vector<Bucket> buckets_;  // by index
  std::uint64_t count_ = 0;
  std::int64_t min_ = 0, max_ = 0;
  double sum_ = 0;
};

}  // namespace meterpipe
