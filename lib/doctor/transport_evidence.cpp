#include "doctor/transport_evidence.hpp"

#include <fmt/format.h>

namespace meterpipe::doctor {

void TransportEvidence::message(std::uint64_t frames, std::string_view quirks) {
  ++messages_;
  began_ = true;
  if (frames > 1) ++segmented_;
  const auto has = [quirks](std::string_view name) {
    return quirks.find(name) != std::string_view::npos;
  };
  if (has("l-overflow")) ++overflows_;
  if (has("repeated-segment")) ++repeated_segments_;
  if (has("repeated-block")) ++repeated_blocks_;
}

void TransportEvidence::lost(const Error& error) {
  bool block = false;
  bool orphan = false;  // a part whose message began before the capture
  switch (error.fault) {
    case Fault::block_out_of_turn:
      block = true;
      orphan = error.expected <= 1;
      break;
    case Fault::block_missing:
    case Fault::truncated_apdu:  // a block whose length does not fit
    case Fault::trailing_bytes: block = true; break;
    case Fault::segment_out_of_turn: orphan = error.expected == 0; break;
    case Fault::segment_missing:
    case Fault::short_segment:
    case Fault::message_too_long:
    case Fault::transfer_too_long:
    case Fault::incomplete_chain: break;
    default: return;
  }
  // What a capture begins and ends with is seldom whole: some begin with the end of a message,
  // others with one that was broken off by whatever was done to the line just then.
  // Of a message that began before it there may be many parts.
  const bool at_edge = !began_ || at_end_;
  began_ = began_ || !orphan;
  if (at_edge) {
    ++cut_by_edges_;
    (block ? edge_blocks_ : edge_segments_) += 1;
  } else {
    (block ? blocks_lost_ : segments_lost_) += 1;
  }
}

void TransportEvidence::source_ended() {
  at_end_ = false;
  began_ = false;
}

Finding TransportEvidence::judge() const {
  if (frames_ == 0 && messages_ == 0) return not_reached();
  Finding found;
  // Where nothing came through the edges of the capture are no excuse.
  std::uint64_t segments = segments_lost_, blocks = blocks_lost_;
  if (messages_ == 0) segments += edge_segments_, blocks += edge_blocks_;
  const std::uint64_t bad = segments + blocks;
  found.fact("frames", frames_);
  found.fact("messages", messages_);
  found.fact("messages_of_several_frames", segmented_);
  found.fact("segments_lost", segments);
  found.fact("blocks_lost", blocks);
  found.fact("cut_by_edges", cut_by_edges_);
  if (messages_ == 0 && bad == 0) {
    found.state = State::not_reached;
    found.say("{}, no part of a message", counted(frames_, "frame"));
    return found;
  }
  found.state = messages_ == 0 ? State::broken : state_of(bad, bad + messages_);
  found.say("{} whole", counted(messages_, "message"));
  if (segmented_ != 0) found.text += fmt::format(", {} of several frames", segmented_);
  if (bad != 0) {
    found.cause = blocks > segments ? Cause::block_lost : Cause::segment_lost;
    const auto missing = [&found](std::uint64_t count, const char* what) {
      if (count != 0) found.text += fmt::format("; {} missing {}", what, counted(count, "time"));
    };
    missing(segments, "segments");
    missing(blocks, "blocks");
    found.confidence = messages_ == 0 && cut_by_edges_ != 0 ? 0.8 : 0.98;
  }
  const auto remark = [&found](std::uint64_t count, const char* code, const char* text) {
    found.remark(count != 0, code, "{}: {}", text, counted(count, "message"));
  };
  remark(overflows_, "l-overflow", "a frame's length was sent modulo 256 (Sagemcom T210-D)");
  remark(repeated_segments_, "repeated-segment", "a segment came twice");
  remark(repeated_blocks_, "repeated-block", "a block came twice");
  return found;
}

}  // namespace meterpipe::doctor
