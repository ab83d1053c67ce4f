// What became of the frames: messages that were put together, segments and blocks that are missing.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/error.hpp"
#include "doctor/finding.hpp"

namespace meterpipe::doctor {

class TransportEvidence {
 public:
  // A frame that is not the answer of another kind of meter.
  void frame() { ++frames_; }
  // `quirks` is the JSON array of an APDU record.
  void message(std::uint64_t frames, std::string_view quirks);
  // Counted if the fault is one of this layer's.
  void lost(const Error& error);
  // The end of a source: what is unfinished now was cut by the end of the capture.
  void at_end() { at_end_ = true; }
  void source_ended();

  Finding judge() const;

 private:
  std::uint64_t frames_ = 0, messages_ = 0;
  std::uint64_t segmented_ = 0;  // messages of several frames
  std::uint64_t segments_lost_ = 0, blocks_lost_ = 0;
  std::uint64_t edge_segments_ = 0, edge_blocks_ = 0;
  std::uint64_t cut_by_edges_ = 0;  // the capture began or ended in the middle of a message
  std::uint64_t overflows_ = 0, repeated_segments_ = 0, repeated_blocks_ = 0;
  bool at_end_ = false;
  bool began_ = false;  // the source at hand has given a message or lost one
};

}  // namespace meterpipe::doctor
