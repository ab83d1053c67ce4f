#include "serial/pacer.hpp"

#include <algorithm>

namespace meterpipe::serial {
namespace {

constexpr Micros kJumpBack = 60'000'000;

}  // namespace

std::int64_t Pacer::wait_us(Micros time, std::int64_t now_us) {
  if (speed_ <= 0) return 0;
  if (!origin_ || time < last_ - kJumpBack) origin_ = Origin{time, now_us};
  last_ = time;
  const double in_log = static_cast<double>(time - origin_->time) / speed_;
  return std::max<std::int64_t>(0, origin_->now_us + static_cast<std::int64_t>(in_log) - now_us);
}

std::int64_t Pacer::wait_us_for(std::size_t bytes, std::int64_t now_us) {
  if (!origin_) origin_ = Origin{last_, now_us};
  return wait_us(last_ + line_.micros(bytes), now_us);
}

}  // namespace meterpipe::serial
