#include "sim/blocks.hpp"

#include <algorithm>

#include "axdr/tree.hpp"
#include "sim/axdr.hpp"

namespace meterpipe::sim {
namespace {

constexpr std::uint8_t kLast = 0x80, kStreaming = 0x40, kWindow = 0x3f;

}  // namespace

Result<void> to_blocks(const BlockForm& form, Bytes apdu, std::span<const std::size_t> cuts,
                       std::vector<ByteVector>& blocks) {
  blocks.clear();
  for (std::size_t at = 0; at < apdu.size() || blocks.empty();) {
    std::size_t room = form.size;
    if (blocks.empty()) room -= std::min<std::size_t>(room, form.less_in_first);
    if (room == 0 || blocks.size() == 0xffff) {
      return fail(Fault::message_too_long, 0, 0, apdu.size());
    }
    std::size_t end = std::min(apdu.size(), at + room);
    if (end < apdu.size()) {
      const auto behind = std::upper_bound(cuts.begin(), cuts.end(), end);
      if (behind != cuts.begin() && *(behind - 1) > at) end = *(behind - 1);
    }
    ByteVector& block = blocks.emplace_back();
    block.push_back(0xe0);
    block.push_back(static_cast<std::uint8_t>((end == apdu.size() ? kLast : 0) |
                                              (form.streaming ? kStreaming : 0) |
                                              (form.window & kWindow)));
    add_unsigned(block, blocks.size(), 2);
    add_unsigned(block, form.acknowledged, 2);
    add_length(block, end - at);
    append(block, apdu.subspan(at, end - at));
    at = end;
  }
  return {};
}

std::vector<std::size_t> element_cuts(Bytes apdu, std::size_t body) {
  std::vector<std::size_t> cuts;
  axdr::Nodes nodes;
  if (!axdr::parse(apdu, body, nodes) || nodes.empty()) return cuts;
  for (std::size_t at = 1; at < nodes.size(); at = nodes[at].next) {
    cuts.push_back(nodes[at].start);
    if (at != 1 || nodes[at].tag != axdr::Tag::array) continue;
    for (std::size_t entry = at + 1; entry < nodes[at].next; entry = nodes[entry].next) {
      cuts.push_back(nodes[entry].start);
    }
  }
  return cuts;
}

}  // namespace meterpipe::sim
