#include "link/mbus.hpp"

#include <algorithm>
#include <cstring>

namespace meterpipe::link {
namespace {

constexpr std::uint8_t kStartLong = 0x68;
constexpr std::uint8_t kStartShort = 0x10;
constexpr std::uint8_t kStop = 0x16;
constexpr std::uint8_t kAck = 0xe5;
constexpr std::size_t kHead = 4;      // 68 L L 68
constexpr std::size_t kOverhead = 6;  // and CS 16
constexpr std::size_t kShort = 5;
constexpr std::size_t kFixed = 3;  // C A CI
constexpr std::size_t kWrap = 256;

std::uint8_t sum(Bytes bytes) {
  std::uint8_t total = 0;
  for (const std::uint8_t byte : bytes) total = static_cast<std::uint8_t>(total + byte);
  return total;
}

// Whether `rest` can begin with 68 L L 68, as far as it goes.
bool starts_long(Bytes rest) {
  if (rest[0] != kStartLong) return false;
  if (rest.size() > 2 && rest[1] != rest[2]) return false;
  return rest.size() <= 3 || rest[3] == kStartLong;
}

bool stop_stands(Bytes rest, std::size_t length) { return rest[length + 5] == kStop; }
bool verifies(Bytes rest, std::size_t length) {
  return stop_stands(rest, length) && sum(rest.subspan(kHead, length)) == rest[length + kHead];
}

// A whole good frame that starts behind rest[0] and ends within rest.
bool holds_a_frame(Bytes rest) {
  // The same byte again and again may be a start at each place: without a stop byte none is.
  if (std::memchr(rest.data(), kStop, rest.size()) == nullptr) return false;
  std::size_t at = 1;
  while (at + kHead + kFixed + 2 <= rest.size()) {
    const void* found = std::memchr(rest.data() + at, kStartLong, rest.size() - at);
    if (found == nullptr) return false;
    at = static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - rest.data());
    const Bytes inner = rest.subspan(at);
    if (inner.size() > kHead && starts_long(inner)) {
      const std::size_t length = inner[1];
      if (length >= kFixed && inner.size() >= length + kOverhead && verifies(inner, length)) {
        return true;
      }
    }
    ++at;
  }
  return false;
}

Probe found_long(Bytes rest, std::size_t length, bool overflow) {
  Frame frame{};
  frame.kind = FrameKind::mbus_long;
  frame.bytes = rest.first(length + kOverhead);
  frame.c = rest[4];
  frame.a = rest[5];
  frame.ci = rest[6];
  frame.length = static_cast<std::uint32_t>(length);
  frame.length_overflow = overflow;
  frame.data = rest.subspan(kHead + kFixed, length - kFixed);
  return {Probe::Answer::found, frame};
}

Probe bad_checksum(Bytes rest, std::size_t length) {
  return {Probe::Answer::bad,
          {},
          Error{Fault::bad_checksum, 0, sum(rest.subspan(kHead, length)), rest[length + kHead]},
          length + kOverhead};
}

Probe wait_for(std::size_t needed, Bytes rest, bool at_end) {
  if (!at_end) return {Probe::Answer::need_more};
  if (rest.size() < kHead) return {Probe::Answer::bad};
  return {Probe::Answer::bad, {}, Error{Fault::truncated_frame, 0, needed, rest.size()}, needed};
}

Probe probe_long(Bytes rest, bool at_end) {
  if (!starts_long(rest)) return {Probe::Answer::bad};
  if (rest.size() < kHead) return wait_for(kHead, rest, at_end);
  const std::size_t length = rest[1];
  Probe as_written{Probe::Answer::bad};
  if (length >= kFixed) {
    if (rest.size() < length + kOverhead) return wait_for(length + kOverhead, rest, at_end);
    if (verifies(rest, length)) return found_long(rest, length, false);
    if (stop_stands(rest, length)) as_written = bad_checksum(rest, length);
  }
  const std::size_t wrapped = length + kWrap;
  if (holds_a_frame(rest.first(std::min(rest.size(), wrapped + kOverhead)))) return as_written;
  if (rest.size() < wrapped + kOverhead) {
    if (!at_end) return {Probe::Answer::need_more};
    return length < kFixed ? wait_for(wrapped + kOverhead, rest, at_end) : as_written;
  }
  if (verifies(rest, wrapped)) return found_long(rest, wrapped, true);
  if (length < kFixed && stop_stands(rest, wrapped)) return bad_checksum(rest, wrapped);
  return as_written;
}

// Only what a master sends (SND_NKE, REQ_UD1, REQ_UD2): five bytes are easily met in noise.
bool is_short_control(std::uint8_t c) {
  return c == 0x40 || c == 0x5a || c == 0x7a || c == 0x5b || c == 0x7b;
}

Probe probe_short(Bytes rest, bool fresh, bool at_end) {
  if (rest.size() > 1 && !is_short_control(rest[1])) return {Probe::Answer::bad};
  if (rest.size() < kShort) return {at_end ? Probe::Answer::bad : Probe::Answer::need_more};
  if (rest[4] != kStop || sum(rest.subspan(1, 2)) != rest[3]) return {Probe::Answer::bad};
  Frame frame{};
  frame.kind = FrameKind::mbus_short;
  frame.bytes = rest.first(kShort);
  frame.c = rest[1];
  frame.a = rest[2];
  Probe probe{Probe::Answer::found, frame};
  probe.is_weak = !fresh;
  return probe;
}

}  // namespace

Probe probe_mbus(Bytes rest, bool fresh, bool at_end) {
  switch (rest[0]) {
    case kStartLong: return probe_long(rest, at_end);
    case kStartShort: return probe_short(rest, fresh, at_end);
    case kAck: {
      if (!fresh) return {Probe::Answer::bad};
      Frame frame{};
      frame.kind = FrameKind::mbus_ack;
      frame.bytes = rest.first(1);
      return {Probe::Answer::found, frame};
    }
    default: return {Probe::Answer::bad};
  }
}

}  // namespace meterpipe::link
