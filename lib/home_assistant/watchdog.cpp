#include "home_assistant/watchdog.hpp"

#include <algorithm>

namespace meterpipe::home {
namespace {

constexpr Micros kUnknownLimit = kHour;
constexpr Micros kLeastLimit = 30 * kSecond;
constexpr Micros kMostLimit = 366 * kDay;

}  // namespace

void Watchdog::message(std::optional<Micros> time) {
  fresh_ = true;
  if (!time) return;
  // A gap is between two messages in their order; an older one, or the same again, is none.
  if (last_ && *time > *last_) gaps_[count_++ % kGaps] = *time - *last_;
  if (!last_ || *time > *last_) last_ = time;
}

void Watchdog::expect(std::optional<Micros> interval) {
  fresh_ = true;
  before_ = interval;
}

std::optional<Micros> Watchdog::interval() const {
  if (settings_.given_interval) return settings_.given_interval;
  const auto now = learned();
  return now ? now : before_;
}

std::optional<Micros> Watchdog::learned() const {
  const std::size_t n = std::min(count_, kGaps);
  if (n < kEnough) return std::nullopt;
  auto sorted = gaps_;
  std::sort(sorted.begin(), sorted.begin() + n);
  return sorted[n / 2];
}

Micros Watchdog::times(Micros interval) const {
  const auto n = static_cast<Micros>(settings_.intervals);
  return interval > kMostLimit / n ? kMostLimit : interval * n;
}

long long Watchdog::limit_ms() const {
  const auto each = interval();
  Micros limit = kUnknownLimit;
  if (each) {
    limit = times(*each);
    if (!settings_.given_interval) limit = std::max(limit, kLeastLimit);
  } else if (count_ > 0) {  // the second message of a day: the third one may take as long
    limit = std::max(limit, times(*std::min_element(gaps_.begin(), gaps_.begin() + count_)));
  }
  return std::max<long long>(limit / 1000, 1);
}

// A slot is opened by a message, and that may come a whole interval late.
long long Watchdog::expiry_ms(Micros publish_interval) const {
  const Micros each =
      std::min(publish_interval, kMostLimit) + std::min(interval().value_or(0), kMostLimit);
  long long expiry = limit_ms();
  if (publish_interval > 0) expiry = std::max<long long>(expiry, times(each) / 1000);
  if (interval() && !settings_.given_interval) expiry *= 2;
  return std::min<long long>(expiry, kMostLimit / 1000);
}

bool Watchdog::is_silent(long long now_ms) {
  if (fresh_) {
    fresh_ = false;
    seen_ms_ = now_ms;
    return false;
  }
  if (!seen_ms_ || now_ms - *seen_ms_ < limit_ms()) return false;
  seen_ms_.reset();  // said
  return true;
}

std::optional<long long> Watchdog::deadline_ms() const {
  if (fresh_) return 0;
  if (!seen_ms_) return std::nullopt;
  return *seen_ms_ + limit_ms();
}

}  // namespace meterpipe::home
