#include "transport/hdlc_segments.hpp"

#include <algorithm>
#include <optional>

#include "apdu/extent.hpp"
#include "apdu/llc.hpp"
#include "apdu/tags.hpp"
#include "link/hdlc.hpp"

namespace meterpipe::transport {
namespace {

// I and UI frames carry APDUs; the information of others (SNRM, UA) is about the link.
bool carries_apdu(std::uint8_t control) { return (control & 1) == 0 || (control & 0xef) == 0x03; }

std::optional<unsigned> number_of(std::uint8_t control) {
  if ((control & 1) != 0) return std::nullopt;
  return control >> 1 & 7U;
}

}  // namespace

// What was gathered is given up.
void HdlcSegments::lose(Slot& mine, MessageSink& sink) {
  if (!mine.used) return;
  mine.used = false;
  sink.on_lost(mine.message, Error{Fault::segment_missing, 0, mine.message.frames, 0});
}

void HdlcSegments::finish(Slot& mine, MessageSink& sink) {
  mine.used = false;
  const Bytes apdu = mine.message.bytes;
  if (mine.damage_before == Damage::certain ||
      (mine.damage_before == Damage::perhaps && !apdu::has_length(apdu))) {
    return sink.on_lost(mine.message, Error{Fault::incomplete_chain, 0, 0, apdu.size()});
  }
  const apdu::Extent extent = apdu::extent_of(apdu);
  const bool is_measured =
      extent.answer != apdu::Extent::Answer::none || apdu[0] == apdu::kDataNotification;
  if (is_measured && !apdu::is_whole(apdu)) {
    return sink.on_lost(mine.message, Error{Fault::incomplete_chain, 0, extent.size, apdu.size()});
  }
  sink.on_message(mine.message);
}

// `part` of the frame is at `at` in the message.
void HdlcSegments::trace(Message& message, const link::Frame& frame, Bytes part, std::size_t at,
                         const std::vector<MessagePiece>* inside) const {
  if (!trace_) return;
  if (inside == nullptr) {
    message.pieces.push_back({frame.offset_of(part), at, part.size()});
    return;
  }
  const auto from = static_cast<std::size_t>(part.data() - frame.bytes.data());
  for (MessagePiece piece : pieces_within(*inside, from, part.size())) {
    piece.at += at;
    message.pieces.push_back(piece);
  }
}

void HdlcSegments::push(const link::Frame& frame, MessageSink& sink,
                        const std::vector<MessagePiece>* inside) {
  if (frame.data.empty() || !carries_apdu(frame.c)) return;
  const Sender sender("hdlc", frame.destination, frame.source);
  Slot& mine = slots_.of(sender);
  const bool known = mine.is_known && mine.sender == sender;
  const bool starts = apdu::has_llc(frame.data);
  const bool is_part = frame.segmented || (known && mine.used && !starts);

  if (!is_part) {  // the whole of it, as most meters send it
    if (known) lose(mine, sink);
    Message whole;
    const Bytes apdu = starts ? frame.data.subspan(apdu::kLlcSize) : frame.data;
    whole.bytes.assign(apdu.begin(), apdu.end());
    trace(whole, frame, apdu, 0, inside);
    whole.frames = 1;
    whole.offset = frame.offset;
    whole.link = "hdlc";
    whole.sender = sender;
    // Without LLC it may be the last of a chain whose others were lost.
    if (starts || (apdu::tells_itself(apdu[0]) && apdu::is_whole(apdu))) {
      return sink.on_message(whole);
    }
    return sink.on_lost(whole, Error{Fault::segment_out_of_turn, 0, 0, 1});
  }

  const auto number = number_of(frame.c);
  const auto before = known && mine.used ? number_of(mine.control) : std::nullopt;
  if (number && before == number && frame.c == mine.control &&
      std::equal(frame.data.begin(), frame.data.end(), mine.last.begin(), mine.last.end())) {
    mine.message.repeated_segment = true;
    const Bytes part = starts ? frame.data.subspan(apdu::kLlcSize) : frame.data;
    trace(mine.message, frame, part, mine.message.bytes.size() - part.size(), inside);
    return;
  }
  if (starts) {
    lose(mine, sink);  // also what the slot held of another sender
    slots_.take(mine, sender);
    mine.used = true;
    mine.message = {};
    mine.message.offset = frame.offset;
    mine.message.link = "hdlc";
    mine.message.sender = sender;
    mine.damage_before = Damage::none;
  } else if (!known || !mine.used) {
    Message rest;
    rest.bytes.assign(frame.data.begin(), frame.data.end());
    rest.frames = 1;
    rest.offset = frame.offset;
    return sink.on_lost(rest, Error{Fault::segment_out_of_turn, 0, 0, 1});
  } else if (number && before && *number != *before && *number != (*before + 1) % 8) {
    mine.used = false;
    return sink.on_lost(mine.message,
                        Error{Fault::segment_out_of_turn, 0, (*before + 1) % 8, *number});
  } else if (!number || !before || *number == *before) {
    mine.damage_before = std::max(mine.damage_before, mine.damage);
  }
  mine.damage = Damage::none;
  const Bytes part = starts ? frame.data.subspan(apdu::kLlcSize) : frame.data;
  trace(mine.message, frame, part, mine.message.bytes.size(), inside);
  append(mine.message.bytes, part);
  ++mine.message.frames;
  mine.control = frame.c;
  mine.last.assign(frame.data.begin(), frame.data.end());
  if (mine.message.bytes.size() > kLongest) {
    mine.used = false;
    return sink.on_lost(mine.message,
                        Error{Fault::transfer_too_long, 0, 0, mine.message.bytes.size()});
  }
  if (!frame.segmented) finish(mine, sink);
}

void HdlcSegments::disturb(Bytes skipped, Fault why) {
  constexpr std::size_t kShortest = 10;  // of a frame with information
  if (skipped.size() < kShortest) return;
  // Whether its header is good and says who sent it.
  link::Probe probe{link::Probe::Answer::bad};
  if (why == Fault::bad_fcs) probe = link::probe_hdlc(skipped, true, false, true);
  const link::Frame& frame = probe.frame;
  const bool is_told = probe.answer == link::Probe::Answer::found;
  if (is_told && (frame.data.empty() || !carries_apdu(frame.c))) return;
  const Sender sender("hdlc", frame.destination, frame.source);
  for (Slot& one : slots_) {
    if (!one.used || (is_told && !(one.sender == sender))) continue;
    one.damage = std::max(one.damage, is_told ? Damage::certain : Damage::perhaps);
  }
}

void HdlcSegments::gap(MessageSink& sink) {
  for (Slot& one : slots_) lose(one, sink);
}

}  // namespace meterpipe::transport
