#include "transport/block_transfer.hpp"

#include <algorithm>

#include "apdu/tags.hpp"
#include "base/reader.hpp"

namespace meterpipe::transport {
namespace {

constexpr std::uint8_t kLastBlock = 0x80;

// `data` of the block is at `at` in the message.
void trace(Message& message, const Message& block, Bytes data, std::size_t at) {
  if (block.pieces.empty()) return;
  const auto from = static_cast<std::size_t>(data.data() - block.bytes.data());
  for (MessagePiece piece : pieces_within(block.pieces, from, data.size())) {
    piece.at += at;
    message.pieces.push_back(piece);
  }
}

}  // namespace

bool BlockTransfer::is_block(Bytes apdu) {
  return !apdu.empty() && apdu[0] == apdu::kGeneralBlockTransfer;
}

// What was gathered is given up, and nothing of it is known again.
void BlockTransfer::lose(Slot& mine, const Error& error, MessageSink& sink) {
  const bool used = mine.used;
  mine.used = false;
  mine.next = 0;
  if (used) sink.on_lost(mine.message, error);
}

void BlockTransfer::push(const Message& block, MessageSink& sink) {
  Reader reader(block.bytes);
  reader.u8();
  const std::uint8_t control = reader.u8();
  const unsigned number = reader.u16();
  reader.u16();
  const std::uint64_t length = reader.length();
  if (reader.failed() || length > reader.left()) {
    return sink.on_lost(
        block, Error{Fault::truncated_apdu, 0, reader.offset() + length, block.bytes.size()});
  }
  const Bytes data = reader.take(length);
  if (!reader.at_end()) {
    return sink.on_lost(block, Error{Fault::trailing_bytes, reader.offset(), 0, reader.left()});
  }
  if (number == 0 && data.empty()) return;  // an acknowledgement

  Slot& mine = slots_.of(block.sender);
  const bool known = mine.is_known && mine.sender == block.sender;
  // Also behind the end: a last block that comes twice belongs to the message before.
  if (known && mine.next != 0 && number + 1 == mine.next &&
      std::equal(data.begin(), data.end(), mine.last.begin(), mine.last.end())) {
    mine.message.repeated_block = true;
    if (mine.used) trace(mine.message, block, data, mine.message.bytes.size() - data.size());
    return;
  }
  if (number != 1 && !(known && mine.used)) {
    // The stream began in the middle, or a block before was lost: said once.
    if (known && mine.is_lost) return;
    if (!known) slots_.take(mine, block.sender);
    mine.next = 0;
    mine.is_lost = true;
    Message rest = block;
    rest.bytes.assign(data.begin(), data.end());
    return sink.on_lost(rest, Error{Fault::block_out_of_turn, 0, 1, number});
  }
  if (number == 1) {
    lose(mine, Error{Fault::block_missing, 0, mine.next, 0}, sink);
    slots_.take(mine, block.sender);
    mine.used = true;
    mine.is_lost = false;
    mine.next = 1;
    mine.message = block;
    mine.message.bytes.clear();
    mine.message.pieces.clear();
    mine.message.frames = 0;
  }
  if (number != mine.next) {
    mine.is_lost = true;
    return lose(mine, Error{Fault::block_out_of_turn, 0, mine.next, number}, sink);
  }
  trace(mine.message, block, data, mine.message.bytes.size());
  append(mine.message.bytes, data);
  mine.message.frames += block.frames;
  mine.message.length_overflow |= block.length_overflow;
  mine.message.repeated_segment |= block.repeated_segment;
  mine.last.assign(data.begin(), data.end());
  ++mine.next;
  if (mine.message.bytes.size() > kLongest) {
    mine.is_lost = true;  // its other blocks are no news
    return lose(mine, Error{Fault::transfer_too_long, 0, 0, mine.message.bytes.size()}, sink);
  }
  if ((control & kLastBlock) != 0) {
    mine.used = false;
    sink.on_message(mine.message);
  }
}

void BlockTransfer::gap(MessageSink& sink) {
  for (Slot& one : slots_) lose(one, Error{Fault::block_missing, 0, one.next, 0}, sink);
}

}  // namespace meterpipe::transport
