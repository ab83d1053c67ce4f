#include "sim/blocks.hpp"

#include <algorithm>

#include "axdr/tree.hpp"
#include "sim/axdr.hpp"

namespace meterpipe::sim {
namespace {

constexpr std::uint8_t kLast = 0x80, kStreaming = 0x40, kWindow = 0x3f;

// Where the block that begins at `at` ends.
std::size_t end_of_block(const BlockForm& form, std::size_t at, std::size_t room, std::size_t size,
                         std::span<const BlockPiece> pieces) {
  const std::size_t full = std::min(size, at + room);
  if (pieces.empty()) return full;
  const std::size_t for_whole = at + room - std::min<std::size_t>(room, form.free_behind);
  std::size_t end = at;
  for (const BlockPiece& piece : pieces) {
    if (piece.end <= at) continue;
    if (piece.end > (piece.whole ? for_whole : full)) {
      if (!piece.whole) end = full;
      break;
    }
    end = piece.end;
  }
  return end > at ? end : full;
}

}  // namespace

Result<void> to_blocks(const BlockForm& form, Bytes apdu, std::span<const BlockPiece> pieces,
                       std::vector<ByteVector>& blocks) {
  blocks.clear();
  for (std::size_t at = 0; at < apdu.size() || blocks.empty();) {
    std::size_t room = form.size;
    if (blocks.empty()) room -= std::min<std::size_t>(room, form.less_in_first);
    if (room == 0 || blocks.size() == 0xffff) {
      return fail(Fault::message_too_long, 0, 0, apdu.size());
    }
    const std::size_t end = end_of_block(form, at, room, apdu.size(), pieces);
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

std::vector<BlockPiece> pieces_of(Bytes apdu, std::size_t body) {
  std::vector<BlockPiece> pieces;
  axdr::Nodes nodes;
  if (!axdr::parse(apdu, body, nodes)) return pieces;
  const auto end_of = [&](std::size_t at) {
    return nodes[at].next < nodes.size() ? std::size_t{nodes[nodes[at].next].start} : apdu.size();
  };
  const auto add = [&](std::size_t at) {
    const axdr::Shape shape = axdr::type_of(nodes[at].tag).shape;
    pieces.push_back({end_of(at), shape != axdr::Shape::sized});
  };
  for (std::size_t at = 1; at < nodes.size(); at = nodes[at].next) {
    if (at != 1 || nodes[at].tag != axdr::Tag::array) {
      add(at);
      continue;
    }
    // The head of the message and of the list go with the first entry.
    for (std::size_t entry = 2; entry < nodes[1].next; entry = nodes[entry].next) add(entry);
  }
  return pieces;
}

}  // namespace meterpipe::sim
