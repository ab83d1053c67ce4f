// What comes out of a framer, in order, as comparable values.
#pragma once

#include <doctest/doctest.h>

#include <vector>

#include "link/framer.hpp"

namespace meterpipe::test {

struct Framed : link::FrameSink {
  struct Event {
    bool is_frame;
    link::FrameKind kind;
    ByteVector bytes, data;
    std::uint64_t offset;
    Error why;
    std::uint32_t length = 0;
    bool overflow = false;  // of the length field
    bool operator==(const Event& other) const {
      return is_frame == other.is_frame && kind == other.kind && bytes == other.bytes &&
             data == other.data && offset == other.offset && why.fault == other.why.fault &&
             why.offset == other.why.offset && why.expected == other.why.expected &&
             why.found == other.why.found && length == other.length && overflow == other.overflow;
    }
  };
  std::vector<Event> events;

  void on_frame(const link::Frame& frame) override {
    REQUIRE_FALSE(frame.bytes.empty());
    events.push_back({true,
                      frame.kind,
                      {frame.bytes.begin(), frame.bytes.end()},
                      {frame.data.begin(), frame.data.end()},
                      frame.offset,
                      {Fault::noise, 0, 0, 0},
                      frame.length,
                      frame.length_overflow});
  }
  void on_skipped(const link::Skipped& skipped) override {
    REQUIRE_FALSE(skipped.bytes.empty());
    REQUIRE(skipped.why.offset < skipped.bytes.size());
    events.push_back({false,
                      link::FrameKind::mbus_ack,
                      {skipped.bytes.begin(), skipped.bytes.end()},
                      {},
                      skipped.offset,
                      skipped.why});
  }

  std::vector<ByteVector> frames() const {
    std::vector<ByteVector> out;
    for (const Event& one : events) {
      if (one.is_frame && one.kind != link::FrameKind::hdlc_fill) out.push_back(one.bytes);
    }
    return out;
  }
  std::vector<Fault> faults() const {
    std::vector<Fault> out;
    for (const Event& one : events) {
      if (!one.is_frame) out.push_back(one.why.fault);
    }
    return out;
  }
  bool has(const ByteVector& frame) const {
    for (const Event& one : events) {
      if (one.is_frame && one.bytes == frame) return true;
    }
    return false;
  }
  // All bytes, which must stand one behind the other.
  ByteVector all() const {
    ByteVector out;
    for (const Event& one : events) {
      REQUIRE(one.offset == out.size());
      append(out, one.bytes);
    }
    return out;
  }
};

// The stream in the pieces that end at `cuts`, then a gap.
inline Framed framed(const ByteVector& stream, const std::vector<std::size_t>& cuts = {},
                     const link::LinkSettings& settings = {}) {
  link::Framer framer(settings);
  Framed seen;
  std::size_t from = 0;
  for (const std::size_t cut : cuts) {
    framer.push(Bytes(stream).subspan(from, cut - from), seen);
    from = cut;
  }
  framer.push(Bytes(stream).subspan(from), seen);
  framer.gap(seen);
  REQUIRE(framer.pending() == 0);
  REQUIRE(framer.position() == stream.size());
  return seen;
}

inline std::vector<std::size_t> every_byte(std::size_t size) {
  std::vector<std::size_t> cuts;
  for (std::size_t i = 1; i < size; ++i) cuts.push_back(i);
  return cuts;
}

}  // namespace meterpipe::test
