#include "sim/amis_line.hpp"

#include <algorithm>
#include <array>

namespace meterpipe::sim {

void AmisLine::hear(Bytes bytes, std::int64_t now_us, std::uint32_t /*baud*/) {
  constexpr std::uint8_t kAcknowledge = 0xe5;
  const bool is_waiting = waits_until_us_ && sending_.is_done() && now_us <= *waits_until_us_;
  foreign_ += bytes.size();
  if (!is_waiting || bytes.size() != 1 || bytes[0] != kAcknowledge) return;
  --foreign_;
  waits_until_us_.reset();
  unanswered_ = 0;
  ++acknowledged_;
  if (is_searching_) {
    is_searching_ = false;
    due_us_ = now_us + 100'000;
  }
  const auto next = next_();
  is_over_ = !next;
  frame_ = next.value_or(ByteVector());
}

std::optional<std::int64_t> AmisLine::due_us() const {
  if (!sending_.is_done()) return sending_.due_us();
  if (is_over_) return std::nullopt;
  return due_us_;
}

void AmisLine::say(std::int64_t now_us) {
  constexpr std::array<std::uint8_t, 5> kSearch{0x10, 0x40, 0xf0, 0x30, 0x16};
  if (waits_until_us_) {  // nobody answered
    waits_until_us_.reset();
    if (!is_searching_ && ++unanswered_ >= kMostUnanswered) {
      is_searching_ = true;
      unanswered_ = 0;
    }
  }
  const Bytes what = is_searching_ ? Bytes(kSearch) : Bytes(frame_);
  sending_.put(what, now_us, byte_us_);
  ++sent_;
  waits_until_us_ = now_us + static_cast<std::int64_t>(what.size()) * byte_us_ + kAnswerUs;
  due_us_ = std::max(now_us + (is_searching_ ? kSearchUs : period_us_), *waits_until_us_);
}

ByteVector AmisLine::take(std::int64_t now_us, std::uint32_t /*baud*/) {
  if (sending_.is_done() && !is_over_ && now_us >= due_us_) say(now_us);
  return sending_.take(now_us);
}

}  // namespace meterpipe::sim
