// Which receive time belongs to a byte of a stream that came in pieces: the time of its piece, and
// within a piece as far on as the byte stands (a piece lasts `ms` from first to last byte).
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "base/timestamp.hpp"

namespace meterpipe::record {

class StreamTimes {
 public:
  void add(std::uint64_t offset, std::size_t size, std::optional<Micros> ts, std::uint64_t ms) {
    pieces_.push_back({offset, size, ts, ms});
    if (pieces_.size() > kKept) pieces_.pop_front();
  }

  std::optional<Micros> at(std::uint64_t offset) const {
    for (auto piece = pieces_.rbegin(); piece != pieces_.rend(); ++piece) {
      if (offset < piece->offset) continue;
      if (!piece->ts) return std::nullopt;
      const std::uint64_t into = offset - piece->offset;
      if (piece->size < 2 || into == 0) return piece->ts;
      return *piece->ts + static_cast<Micros>(piece->ms * 1000 * into / (piece->size - 1));
    }
    return std::nullopt;
  }

  std::size_t memory() const { return pieces_.size() * sizeof(Piece); }

 private:
  struct Piece {
    std::uint64_t offset;
    std::size_t size;
    std::optional<Micros> ts;
    std::uint64_t ms;
  };
  static constexpr std::size_t kKept = 4096;
  std::deque<Piece> pieces_;
};

}  // namespace meterpipe::record
