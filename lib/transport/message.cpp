#include "transport/message.hpp"

#include <algorithm>

namespace meterpipe::transport {

std::vector<Piece> pieces_within(const std::vector<Piece>& pieces, std::size_t from,
                                 std::size_t size) {
  std::vector<Piece> found;
  for (const Piece& one : pieces) {
    const std::size_t begin = std::max(one.at, from);
    const std::size_t end = std::min(one.at + one.size, from + size);
    if (begin < end) found.push_back({one.offset + (begin - one.at), begin - from, end - begin});
  }
  return found;
}

}  // namespace meterpipe::transport
