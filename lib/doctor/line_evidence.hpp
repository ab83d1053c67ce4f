// The bytes of a line before anything is made of them: how they are distributed, where bursts
// begin, which of them came with a parity or framing error.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "doctor/finding.hpp"
#include "doctor/frame_evidence.hpp"
#include "serial/line_settings.hpp"

namespace meterpipe::doctor {

// What is known of a piece of the stream.
struct Arrival {
  std::optional<std::int64_t> ts_us;  // of its first byte, since 1970
  std::uint64_t ms = 0;               // first to last byte
  std::vector<std::uint32_t> marked;  // offsets with a parity or framing error
  bool is_burst = false;              // silence stood before it: a record of mbus-read, a line
};

struct LineEvidence {
  static constexpr std::size_t kSample = 256 * 1024;  // bytes that are kept for a closer look

  void add(Bytes bytes, const Arrival& arrival);
  Bytes sample() const { return sample_; }
  // How long the bursts take, in the middle of all whose time is known; 0: none's is.
  std::uint64_t burst_ms() const;

  std::uint64_t total = 0, marked = 0;
  std::array<std::uint64_t, 256> histogram{};
  std::vector<std::size_t> bursts;           // offsets in the sample
  std::vector<std::uint32_t> marks;          // the same
  std::optional<serial::LineSettings> line;  // what the port was set to, where the records say so

 private:
  ByteVector sample_;
  std::vector<std::uint64_t> durations_;  // ms, of bursts
};

// `frames`: what the framer found in the same bytes. Frames that verify prove the line; without any
// the bytes themselves say what is wrong. Also tells what is no fault of the line but of the frames
// (frame_evidence.hpp judges those): then it is ok.
Finding judge_line(const LineEvidence& line, const FrameEvidence& frames);

}  // namespace meterpipe::doctor
