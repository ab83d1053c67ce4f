#include "transport/message.hpp"

#include <algorithm>

namespace meterpipe::transport {

std::vector<MessagePiece> pieces_within(const std::vector<MessagePiece>& pieces, std::size_t from,
                                        std::size_t size) {
  std::vector<MessagePiece> found;
  for (const MessagePiece& one : pieces) {
    const std::size_t begin = std::max(one.at, from);
    const std::size_t end = std::min(one.at + one.size, from + size);
    if (begin < end) found.push_back({one.offset + (begin - one.at), begin - from, end - begin});
  }
  return found;
}

}  // namespace meterpipe::transport
