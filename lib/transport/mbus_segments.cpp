#include "transport/mbus_segments.hpp"

#include <algorithm>
#include <utility>

#include "apdu/extent.hpp"
#include "apdu/security.hpp"
#include "apdu/tags.hpp"
#include "base/ascii.hpp"
#include "link/mbus.hpp"

namespace meterpipe::transport {
namespace {

constexpr std::uint8_t kLastSegment = 0x10;
constexpr std::uint8_t kNumber = 0x0f;

constexpr std::size_t kSaps = 2;

Sender without_saps(const link::Frame& frame) { return {"mbus", Bytes(&frame.a, 1), {}}; }

// Whether a ciphered APDU begins where STSAP and DTSAP should be: DB 08, a title that begins with a
// manufacturer's letters, and a length that ends with the segment, or behind it where more follow.
bool begins_without_saps(Bytes data, bool is_whole) {
  constexpr std::size_t kHead = 5;
  if (data.size() < kHead || data[0] != apdu::kGeneralGloCiphering ||
      data[1] != apdu::kTitleLength ||
      !std::ranges::all_of(data.subspan(2, 3), [](std::uint8_t c) { return is_upper(c); })) {
    return false;
  }
  const apdu::Extent extent = apdu::extent_of(data);
  return is_whole ? apdu::is_whole(data)
                  : extent.answer == apdu::Extent::Answer::need_more && extent.size > data.size();
}

}  // namespace

bool is_segment(const link::Frame& frame) {
  return frame.kind == link::FrameKind::mbus_long && frame.ci && link::is_push(frame.c, *frame.ci);
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
  const std::uint8_t number = *frame.ci & kNumber;
  const bool is_last = (*frame.ci & kLastSegment) != 0;
  const bool no_saps = number == 0 ? begins_without_saps(frame.data, is_last)
                                   : without_saps_ && is_open(without_saps(frame));
  without_saps_ |= no_saps;
  const Sender sender =
      no_saps ? without_saps(frame) : Sender("mbus", Bytes(&frame.a, 1), frame.data.first(kSaps));
  const Bytes payload = frame.data.subspan(no_saps ? 0 : kSaps);
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
    whole.no_saps = no_saps;
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
    mine.message.no_saps = no_saps;
    mine.first = frame.bytes.size();
  } else if (mine.skipped > mine.first && !apdu::has_length(mine.message.bytes)) {
    return lose(mine, Error{Fault::segment_missing, 0, mine.next, 0}, sink);
  }
  mine.skipped = 0;
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

void MbusSegments::disturb(std::size_t skipped) {
  for (Slot& one : slots_) one.skipped += skipped;
}

bool MbusSegments::is_open(const Sender& sender) {
  return std::ranges::any_of(slots_,
                             [&](const Slot& slot) { return slot.used && slot.sender == sender; });
}

void MbusSegments::gap(MessageSink& sink) {
  for (Slot& one : slots_) lose(one, Error{Fault::segment_missing, 0, one.next, 0}, sink);
}

}  // namespace meterpipe::transport
