#include "transport/mbus_segments.hpp"

#include <algorithm>
#include <utility>

namespace meterpipe::transport {
namespace {

constexpr std::uint8_t kLastSegment = 0x10;
constexpr std::uint8_t kNumber = 0x0f;

}  // namespace

bool is_segment(const link::Frame& frame) {
  return frame.kind == link::FrameKind::mbus_long && (frame.c == 0x53 || frame.c == 0x73) &&
         frame.ci && *frame.ci <= 0x1f;
}

// What was gathered is given up, and nothing of it is known again.
void MbusSegments::lose(Slot& mine, const Error& error, MessageSink& sink) {
  const bool used = mine.used;
  mine.used = false;
  mine.next = 0;
  if (used) sink.on_lost(mine.message, error);
}

void MbusSegments::push(const link::Frame& frame, MessageSink& sink) {
  if (frame.data.size() < 3) {
    Message nothing;
    nothing.bytes.assign(frame.bytes.begin(), frame.bytes.end());
    nothing.offset = frame.offset;
    return sink.on_lost(nothing, Error{Fault::short_segment, 0, 3, frame.data.size()});
  }
  const Sender sender("mbus", Bytes(&frame.a, 1), frame.data.first(2));
  const std::uint8_t number = *frame.ci & kNumber;
  const bool is_last = (*frame.ci & kLastSegment) != 0;
  const Bytes payload = frame.data.subspan(2);
  Slot& mine = slots_.of(sender);
  const bool known = mine.is_known && mine.sender == sender;

  if (number == 0 && is_last) {  // the whole message: no need to keep anything
    if (known) lose(mine, Error{Fault::segment_missing, 0, mine.next, 0}, sink);
    Message whole;
    append(whole.bytes, payload);
    if (trace_) whole.pieces.push_back({frame.offset_of(payload), 0, payload.size()});
    whole.frames = 1;
    whole.sender = sender;
    whole.offset = frame.offset;
    whole.length_overflow = frame.length_overflow;
    return sink.on_message(whole);
  }
  // Also behind the end: a last segment that comes twice belongs to the message before.
  if (known && number + 1 == mine.next &&
      std::equal(payload.begin(), payload.end(), mine.last.begin(), mine.last.end())) {
    mine.message.repeated_segment = true;
    if (trace_ && mine.used) {
      const std::size_t at = mine.message.bytes.size() - payload.size();
      mine.message.pieces.push_back({frame.offset_of(payload), at, payload.size()});
    }
    return;
  }
  if (number != 0 && !(known && mine.used)) {
    // The stream began in the middle, or the first segment was lost.
    Message rest;
    append(rest.bytes, payload);
    rest.frames = 1;
    rest.offset = frame.offset;
    return sink.on_lost(rest, Error{Fault::segment_out_of_turn, 0, 0, number});
  }
  if (number == 0) {
    lose(mine, Error{Fault::segment_missing, 0, mine.next, 0}, sink);
    mine.used = true;
    slots_.take(mine, sender);
    mine.message.sender = sender;
    mine.next = 0;
    mine.message.bytes.clear();
    mine.message.pieces.clear();
    mine.message.frames = 0;
    mine.message.offset = frame.offset;
    mine.message.length_overflow = mine.message.repeated_segment = false;
  }
  if (number != mine.next) {
    return lose(mine, Error{Fault::segment_out_of_turn, 0, mine.next, number}, sink);
  }
  if (trace_) {
    mine.message.pieces.push_back(
        {frame.offset_of(payload), mine.message.bytes.size(), payload.size()});
  }
  append(mine.message.bytes, payload);
  mine.last.assign(payload.begin(), payload.end());
  ++mine.message.frames;
  mine.message.length_overflow |= frame.length_overflow;
  ++mine.next;
  if (is_last) {
    mine.used = false;
    sink.on_message(mine.message);
  } else if (mine.next > kNumber) {
    lose(mine, Error{Fault::message_too_long, 0, 0, mine.message.bytes.size()}, sink);
  }
}

void MbusSegments::gap(MessageSink& sink) {
  for (Slot& one : slots_) lose(one, Error{Fault::segment_missing, 0, one.next, 0}, sink);
}

}  // namespace meterpipe::transport
