// Cuts the bytes of a line into records: one per frame, given out when its last byte is in; what
// belongs to no frame goes out at a gap, at a size limit, at the end. Every byte goes out once, in
// order: noise before a frame that came without a gap stands in the frame's record.
#pragma once

#include <deque>
#include <functional>
#include <vector>

#include "base/bytes.hpp"
#include "base/timestamp.hpp"
#include "link/framer.hpp"

namespace meterpipe::serial {

// When bytes came: the time for the record, and a clock that nobody sets for the distance.
struct Arrival {
  Micros wall = 0;
  std::int64_t steady_us = 0;
};

struct Burst {
  Arrival first;         // of the first byte
  std::uint64_t ms;      // first to last byte
  std::string_view why;  // frame | gap | size | eof
  Bytes bytes;
  std::vector<std::uint32_t> marked;  // offsets in bytes
};

class Assembler : private link::FrameSink {
 public:
  // Eight of the longest HDLC frames (2047 bytes), and the longest P1 telegram.
  static constexpr std::size_t kLimit = 16384;

  explicit Assembler(std::function<void(const Burst&)> give, const link::LinkSettings& link = {})
      : give_(std::move(give)), framer_(link) {}

  // Bytes that came together; `marked` are offsets in them.
  void push(Bytes bytes, const std::vector<std::size_t>& marked, const Arrival& arrival);
  void gap() { cut_off("gap"); }
  void end() { cut_off("eof"); }
  std::size_t pending() const { return bytes_.size(); }

 private:
  void on_frame(const link::Frame& frame) override;
  void on_skipped(const link::Skipped&) override {}
  void cut_off(std::string_view why);
  void cut(std::uint64_t end, std::string_view why);
  const Arrival& arrival_of(std::uint64_t offset) const;

  struct Run {
    std::uint64_t end;  // offset in the stream behind its last byte
    Arrival arrival;
  };

  std::function<void(const Burst&)> give_;
  link::Framer framer_;
  ByteVector bytes_;
  std::uint64_t start_ = 0;  // offset in the stream of bytes_[0]
  std::deque<Run> runs_;
  std::deque<std::uint64_t> marked_;  // offsets in the stream
};

}  // namespace meterpipe::serial
