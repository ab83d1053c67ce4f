// What the framer found: frames that verify, what was skipped and why, and other protocols by their
// own checks.
#pragma once

#include <array>
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

class LineEvidence;

class FrameEvidence {
 public:
  void good(const link::Frame& frame);
  // Bytes that are in no frame.
  void skipped(const Error& why, std::uint64_t offset, Bytes bytes);
  void rsp_ud(const link::Frame& frame, const link::RspUd& answer);
  void message() { ++messages_; }

  // Frames that prove themselves by a check, and those that do not (wrapper, bare APDUs). Short
  // frames and acknowledges of M-Bus are met in noise, too, and prove nothing.
  std::uint64_t verified() const { return verified_; }
  std::uint64_t unverified() const { return unverified_; }
  std::uint64_t messages() const { return messages_; }
  std::uint64_t good_bytes() const { return good_bytes_; }
  std::uint64_t of_kind(link::FrameKind kind) const {
    return kinds_[static_cast<std::size_t>(kind)];
  }
  std::uint64_t overflows() const { return overflows_; }
  std::uint64_t resets() const { return resets_; }      // SND_NKE
  std::uint64_t requests() const { return requests_; }  // REQ_UD
  std::uint64_t oms() const { return oms_; }            // long frames with CI 5B
  std::uint64_t rsp_uds() const { return rsp_uds_; }
  const std::string& rsp_ud_name() const { return rsp_ud_name_; }  // "QDS 12345678, water"
  struct Skips {
    std::uint64_t runs = 0, bytes = 0;
  };
  const std::map<Fault, Skips>& skips() const { return skips_; }
  std::uint64_t skipped_bytes() const;
  std::uint64_t runs(Fault fault) const;
  // Where the good frames stand, those that begin in a stream's first LineEvidence::kSample bytes.
  const std::vector<Place>& places() const { return places_; }

 private:
  std::uint64_t verified_ = 0, unverified_ = 0, messages_ = 0, good_bytes_ = 0;
  std::uint64_t overflows_ = 0, resets_ = 0, requests_ = 0, oms_ = 0, rsp_uds_ = 0;
  std::string rsp_ud_name_;
  std::array<std::uint64_t, 16> kinds_{};  // by link::Kind
  std::map<Fault, Skips> skips_;
  std::vector<Place> places_;
};

// Frames that are not as they should be, and other protocols. Half a frame at the beginning or the
// end of a capture is no fault where others are whole.
Finding judge_framing(const FrameEvidence& frames, const LineEvidence& line);

}  // namespace meterpipe::doctor
