// What the framer found: frames that verify, what was skipped and why, and other protocols by their
// own checks.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "doctor/finding.hpp"
#include "link/frame.hpp"
#include "link/rsp_ud.hpp"

namespace meterpipe::doctor {

class LineEvidence;

class FrameEvidence {
 public:
  void good(const link::Frame& frame);
  void skipped(const Error& why, std::uint64_t offset, Bytes bytes);
  void rsp_ud(const link::Frame& frame, const link::RspUd& answer);
  void message() { ++messages_; }

  // Frames that prove themselves by a check, and those that do not (wrapper, bare APDUs).
  std::uint64_t verified() const { return verified_; }
  std::uint64_t unverified() const { return unverified_; }
  std::uint64_t messages() const { return messages_; }
  std::uint64_t good_bytes() const { return good_bytes_; }
  struct Skips {
    std::uint64_t runs = 0, bytes = 0;
  };
  const std::map<Fault, Skips>& skips() const { return skips_; }

 private:
  std::uint64_t verified_ = 0, unverified_ = 0, messages_ = 0, good_bytes_ = 0;
  std::array<std::uint64_t, 16> kinds_{};  // by link::Kind
  std::map<Fault, Skips> skips_;
};

Finding judge_framing(const FrameEvidence& frames, const LineEvidence& line);

}  // namespace meterpipe::doctor
