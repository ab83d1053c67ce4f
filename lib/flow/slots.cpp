#include "flow/slots.hpp"

#include <algorithm>

#include "base/zone.hpp"

namespace meterpipe::flow {
namespace {

// Less than this back in time is disorder, not another time: two readers of one meter, a clock that
// is being disciplined.
constexpr Micros kDisorder = kSecond;

Micros floor_mod(Micros a, Micros b) { return ((a % b) + b) % b; }

// What is added to UTC for local time.
Micros local_offset(Micros time) {
  return zone_offset((time - floor_mod(time, kSecond)) / kSecond) * kSecond;
}

// The first second of the offset that holds at `time`; at `before` there was another one.
Micros last_change(Micros before, Micros time) {
  const Micros offset = local_offset(time);
  Micros low = (before - floor_mod(before, kSecond)) / kSecond;
  Micros high = (time - floor_mod(time, kSecond)) / kSecond;
  while (high - low > 1) {
    const Micros middle = low + (high - low) / 2;
    (local_offset(middle * kSecond) == offset ? high : low) = middle;
  }
  return high * kSecond;
}

}  // namespace

SlotGrid SlotGrid::every(Micros interval) {
  SlotGrid grid;
  if (kHour % interval != 0) {
    grid.interval_ = interval;
  } else {
    for (Micros start = 0; start < kHour; start += interval) grid.starts_.push_back(start);
  }
  return grid;
}

SlotGrid SlotGrid::at(const std::vector<int>& seconds, const std::vector<int>& minutes) {
  SlotGrid grid;
  if (minutes.empty()) {
    for (int minute = 0; minute < 60; ++minute) {
      for (const int second : seconds) grid.starts_.push_back(minute * kMinute + second * kSecond);
    }
  } else {
    const int first = seconds.empty() ? 0 : *std::ranges::min_element(seconds);
    for (const int minute : minutes) grid.starts_.push_back(minute * kMinute + first * kSecond);
  }
  std::ranges::sort(grid.starts_);
  grid.starts_.erase(std::unique(grid.starts_.begin(), grid.starts_.end()), grid.starts_.end());
  return grid;
}

Micros SlotGrid::longest() const {
  if (starts_.empty()) return interval_;
  Micros longest = starts_.front() + kHour - starts_.back();
  for (std::size_t i = 1; i < starts_.size(); ++i) {
    longest = std::max(longest, starts_[i] - starts_[i - 1]);
  }
  return longest;
}

Slot SlotGrid::slot_of(Micros time) const {
  const Micros offset = local_offset(time);
  if (!starts_.empty()) {
    const Micros in_hour = floor_mod(time + offset, kHour);
    const auto next = std::upper_bound(starts_.begin(), starts_.end(), in_hour);
    const Micros begin = next == starts_.begin() ? starts_.back() - kHour : *(next - 1);
    const Micros end = next == starts_.end() ? starts_.front() + kHour : *next;
    return {time - in_hour + begin, time - in_hour + end};
  }
  const Micros in_day = floor_mod(time + offset, kDay);
  const Micros into_slot = in_day % interval_;
  const Micros length = std::min(interval_, kDay - (in_day - into_slot));
  Slot slot{time - into_slot, time - into_slot + length};
  const Micros then = local_offset(slot.begin);
  if (then == offset) return slot;
  const Micros change = last_change(slot.begin, time);
  if (offset < then) {  // put back: the slot goes on in which it was
    slot.begin = slot_of(change - 1).begin;
  } else {  // put forward, perhaps over the slot's beginning
    slot.begin = std::min(slot.begin + offset - then, change);
  }
  return slot;
}

bool opens_slot(const SlotSettings& settings, SlotState& state, Micros time) {
  const bool back = time < state.last - kDisorder;
  const bool first = !state.any || back;
  bool opens = true;
  if (settings.min_interval != 0) {
    opens = time - state.opened >= settings.min_interval - tolerance(settings.min_interval);
  }
  Micros begin = 0;
  if (settings.grid) {
    const Slot slot = settings.grid->slot_of(time);
    const Micros early = tolerance(slot.length());
    begin = slot.begin;
    if (!first && begin == state.begin && slot.end - time <= early &&
        time - state.last >= slot.length() - early) {
      begin = slot.end;
    }
    opens = opens && begin > state.begin;
  }
  opens = opens || first;
  state.last = first ? time : std::max(state.last, time);
  if (opens) {
    state.any = true;
    state.opened = time;
    state.begin = begin;
  }
  return opens;
}

}  // namespace meterpipe::flow
