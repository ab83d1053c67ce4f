// The bytes of a line before anything is made of them: how they are distributed, where bursts
// begin, which of them came with a parity or framing error.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
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

class LineEvidence {
 public:
  static constexpr std::size_t kSample = 256 * 1024;  // bytes that are kept for a closer look

  void add(Bytes bytes, const Arrival& arrival);
  // What the reader's port was set to, where the records say so.
  void set_line(const serial::LineSettings& line) { line_ = line; }

  std::uint64_t total() const { return total_; }
  std::uint64_t marked() const { return marked_; }
  const std::array<std::uint64_t, 256>& histogram() const { return histogram_; }
  Bytes sample() const { return sample_; }
  const std::vector<std::size_t>& bursts() const { return bursts_; }  // offsets in the sample
  // How long the bursts take, in the middle of all whose time is known; 0: none's is.
  std::uint64_t burst_ms() const;
  const std::vector<std::uint32_t>& marks() const { return marks_; }  // the same
  const std::optional<serial::LineSettings>& line() const { return line_; }

 private:
  std::uint64_t total_ = 0, marked_ = 0;
  std::array<std::uint64_t, 256> histogram_{};
  ByteVector sample_;
  std::vector<std::size_t> bursts_;
  std::vector<std::uint32_t> marks_;
  std::vector<std::uint64_t> durations_;  // ms, of bursts
  std::optional<serial::LineSettings> line_;
};

// `frames`: what the framer found in the same bytes. Frames that verify prove the line; without any
// the bytes themselves say what is wrong. Also tells what is no fault of the line but of the frames
// (frame_evidence.hpp judges those): then it is ok.
Finding judge_line(const LineEvidence& line, const FrameEvidence& frames);

}  // namespace meterpipe::doctor
