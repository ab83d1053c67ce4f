#include "serial/assembler.hpp"

#include <algorithm>

namespace meterpipe::serial {

void Assembler::push(Bytes bytes, const std::vector<std::size_t>& marked, const Arrival& arrival) {
  std::size_t next_mark = 0;
  for (std::size_t at = 0; at < bytes.size();) {
    const Bytes part = bytes.subspan(at, std::min(kLimit - bytes_.size(), bytes.size() - at));
    const std::uint64_t position = start_ + bytes_.size();
    for (; next_mark < marked.size() && marked[next_mark] < at + part.size(); ++next_mark) {
      marked_.push_back(position + marked[next_mark] - at);
    }
    append(bytes_, part);
    runs_.push_back({position + part.size(), arrival});
    at += part.size();
    framer_.push(part, *this);
    if (bytes_.size() >= kLimit) cut_off("size");
  }
}

void Assembler::on_frame(const link::Frame& frame) {
  if (frame.kind == link::FrameKind::hdlc_fill) return;  // stays with the frame behind it
  cut(frame.offset + frame.bytes.size(), "frame");
}

void Assembler::cut_off(std::string_view why) {
  framer_.gap(*this);  // a frame may stand behind what looked like the head of a longer one
  if (!bytes_.empty()) cut(start_ + bytes_.size(), why);
}

const Arrival& Assembler::arrival_of(std::uint64_t offset) const {
  for (const Run& run : runs_) {
    if (offset < run.end) return run.arrival;
  }
  return runs_.back().arrival;
}

void Assembler::cut(std::uint64_t end, std::string_view why) {
  if (end <= start_) return;
  const auto size = static_cast<std::size_t>(end - start_);
  const Arrival first = runs_.front().arrival;
  const std::int64_t us = arrival_of(end - 1).steady_us - first.steady_us;
  Burst burst{
      first, static_cast<std::uint64_t>((us + 500) / 1000), why, Bytes(bytes_).first(size), {}};
  for (; !marked_.empty() && marked_.front() < end; marked_.pop_front()) {
    burst.marked.push_back(static_cast<std::uint32_t>(marked_.front() - start_));
  }
  give_(burst);
  while (!runs_.empty() && runs_.front().end <= end) runs_.pop_front();
  bytes_.erase(bytes_.begin(), bytes_.begin() + size);
  start_ = end;
}

}  // namespace meterpipe::serial
