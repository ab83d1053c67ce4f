#include "transport/mbus_segments.hpp"

#include <algorithm>

namespace meterpipe::transport {
namespace {

constexpr std::uint8_t kLast = 0x10;
constexpr std::uint8_t kNumber = 0x0f;

}  // namespace

bool is_segment(const link::Frame& frame) {
  return frame.kind == link::Kind::mbus_long && (frame.c == 0x53 || frame.c == 0x73) && frame.ci &&
         *frame.ci <= 0x1f;
}

// The slot of this sender, or the one that has been idle longest.
MbusSegments::Slot& MbusSegments::slot(const link::Frame& frame) {
  const std::uint8_t stsap = frame.data[0], dtsap = frame.data[1];
  Slot* oldest = slots_.data();
  for (Slot& one : slots_) {
    if (one.used && one.address == frame.a && one.stsap == stsap && one.dtsap == dtsap) return one;
    if (!one.used ? oldest->used : (oldest->used && one.age < oldest->age)) oldest = &one;
  }
  return *oldest;
}

void MbusSegments::push(const link::Frame& frame, MessageSink& sink) {
  if (frame.data.size() < 3) {
    Message nothing;
    nothing.bytes.assign(frame.bytes.begin(), frame.bytes.end());
    nothing.offset = frame.offset;
    return sink.on_lost(nothing, Error{Fault::short_segment, 0, 3, frame.data.size()});
  }
  const std::uint8_t number = *frame.ci & kNumber;
  const bool is_last = (*frame.ci & kLast) != 0;
  const Bytes payload = frame.data.subspan(2);

  if (number == 0 && is_last) {  // the whole message: no need to keep anything
    Slot& mine = slot(frame);
    if (mine.used && mine.address == frame.a && mine.stsap == frame.data[0] &&
        mine.dtsap == frame.data[1]) {
      mine.used = false;
      sink.on_lost(mine.message, Error{Fault::segment_missing, 0, mine.next, 0});
    }
    Message whole;
    append(whole.bytes, payload);
    whole.frames = 1;
    whole.offset = frame.offset;
    whole.length_overflow = frame.length_overflow;
    return sink.on_message(whole);
  }

  Slot& mine = slot(frame);
  const bool same_sender = mine.used && mine.address == frame.a && mine.stsap == frame.data[0] &&
                           mine.dtsap == frame.data[1];
  if (same_sender && number + 1 == mine.next &&
      std::equal(payload.begin(), payload.end(), mine.last.begin(), mine.last.end())) {
    mine.message.repeated_segment = true;
    return;
  }
  if (mine.used && (!same_sender || number == 0)) {
    mine.used = false;
    sink.on_lost(mine.message, Error{Fault::segment_missing, 0, mine.next, 0});
  }
  if (!mine.used) {
    mine.message.bytes.clear();
    if (number != 0) {  // the stream began in the middle, or the first segment was lost
      Message rest;
      append(rest.bytes, payload);
      rest.frames = 1;
      rest.offset = frame.offset;
      return sink.on_lost(rest, Error{Fault::segment_out_of_turn, 0, 0, number});
    }
    mine.used = true;
    mine.address = frame.a;
    mine.stsap = frame.data[0];
    mine.dtsap = frame.data[1];
    mine.next = 0;
    mine.message.frames = 0;
    mine.message.offset = frame.offset;
    mine.message.length_overflow = mine.message.repeated_segment = false;
  }
  mine.age = ++clock_;
  if (number != mine.next) {
    mine.used = false;
    return sink.on_lost(mine.message, Error{Fault::segment_out_of_turn, 0, mine.next, number});
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
    mine.used = false;
    sink.on_lost(mine.message, Error{Fault::message_too_long, 0, 0, mine.message.bytes.size()});
  }
}

void MbusSegments::gap(MessageSink& sink) {
  for (Slot& one : slots_) {
    if (!one.used) continue;
    one.used = false;
    sink.on_lost(one.message, Error{Fault::segment_missing, 0, one.next, 0});
  }
}

}  // namespace meterpipe::transport
