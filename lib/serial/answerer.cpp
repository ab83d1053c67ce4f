#include "serial/answerer.hpp"

#include <algorithm>

namespace meterpipe::serial {
namespace {

constexpr std::uint8_t kFromMaster = 0x40;  // of C

}  // namespace

bool Answerer::push(Bytes bytes, const std::vector<std::size_t>& marked, const Arrival& arrival) {
  if (framer_.pending() != 0 && arrival.steady_us - before_us_ > kSilenceUs) framer_.gap(*this);
  before_us_ = arrival.steady_us;
  const std::uint64_t from = framer_.position();
  for (const std::size_t at : marked) marked_.push_back(from + at);
  answered_to_ = 0;
  framer_.push(bytes, *this);
  const std::uint64_t open_from = framer_.position() - framer_.pending();
  std::erase_if(marked_, [open_from](std::uint64_t at) { return at < open_from; });
  return answered_to_ != 0 && answered_to_ == framer_.position();
}

void Answerer::forget() {
  framer_.gap(*this);
  marked_.clear();
}

void Answerer::on_frame(const link::Frame& frame) {
  const bool has_address =
      frame.kind == link::FrameKind::mbus_long || frame.kind == link::FrameKind::mbus_short;
  if (!has_address || frame.a != address_ || (frame.c & kFromMaster) == 0) return;
  const std::uint64_t end = frame.offset + frame.bytes.size();
  const bool is_damaged = std::ranges::any_of(
      marked_, [&](std::uint64_t at) { return at >= frame.offset && at < end; });
  if (!is_damaged) answered_to_ = end;
}

}  // namespace meterpipe::serial
