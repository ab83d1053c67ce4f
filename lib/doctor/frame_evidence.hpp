// What the framer found: frames that verify, what was skipped and why, and other protocols by their
// own checks.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "doctor/finding.hpp"
#include "doctor/frame_scan.hpp"
#include "link/frame.hpp"
#include "link/rsp_ud.hpp"

namespace meterpipe::doctor {

struct LineEvidence;

struct FrameEvidence {
  void good(const link::Frame& frame);
  // Bytes that are in no frame.
  void skipped(const Error& why, std::uint64_t offset, Bytes bytes);
  void rsp_ud(const link::Frame& frame, const link::RspUd& answer);
  void message() { ++messages; }

  std::uint64_t whole() const { return verified + unverified; }
  std::uint64_t skipped_bytes() const;
  std::uint64_t runs(Fault fault) const;

  // Frames that prove themselves by a check, and those that do not (wrapper, bare APDUs). Short
  // frames and acknowledges of M-Bus are met in noise, too, and prove nothing.
  std::uint64_t verified = 0, unverified = 0;
  std::uint64_t messages = 0, good_bytes = 0, overflows = 0;
  std::uint64_t resets = 0, requests = 0;  // SND_NKE, REQ_UD
  std::uint64_t oms = 0;                   // long frames with CI 5B
  std::uint64_t rsp_uds = 0;
  std::string rsp_ud_name;  // "QDS 12345678, water"
  struct Skips {
    std::uint64_t runs = 0, bytes = 0;
  };
  std::map<Fault, Skips> skips;
  // Where the good frames stand, those that begin in a stream's first LineEvidence::kSample bytes.
  std::vector<Place> places;
};

// Frames that are not as they should be, and other protocols. Half a frame at the beginning or the
// end of a capture is no fault where others are whole.
Finding judge_framing(const FrameEvidence& frames, const LineEvidence& line);

}  // namespace meterpipe::doctor
