// Slots of the wall clock, and which message opens one. Pure: times come from the records.
//
//   --at-seconds 0,15,30,45   every minute    |0   15   30   45  |0   15 …
//   --at-minutes 0,30         every hour      |0       30        |0      …
//   both                      every hour, at the first of the seconds in each of the minutes
//   every 15 min, 1 h         in step with the hour, if it divides it
//   every 7 min, 6 h, 1 day   in step with local midnight; the day's last slot may be shorter
//
// The first message in a slot opens it, however late it comes. One that comes early, by no more
// than tolerance(), counts for the next slot if the message before it is about a slot's length ago:
// a meter that sends once a slot, at its very edge, is heard in each.
//
// Wall clock: local time of this process (TZ). In the hour that comes twice in autumn slots of up
// to an hour come twice, too; a slot of some hours or a day is then longer, in spring shorter.
#pragma once

#include <optional>
#include <vector>

#include "base/timestamp.hpp"

namespace meterpipe::flow {

// How much less than an interval still counts as one: 10 %, at most half a second.
constexpr Micros tolerance(Micros interval) {
  return interval / 10 < kSecond / 2 ? interval / 10 : kSecond / 2;
}

struct Slot {
  Micros begin = 0, end = 0;
  Micros length() const { return end - begin; }
};

class SlotGrid {
 public:
  // A second to a day.
  static SlotGrid every(Micros interval);
  // Values 0 to 59 in any order; one of the lists may be empty, not both.
  static SlotGrid at(const std::vector<int>& seconds, const std::vector<int>& minutes);

  // The slot that a time is in.
  Slot slot_of(Micros time) const;
  // The length of the longest slot.
  Micros longest() const;

 private:
  std::vector<Micros> starts_;  // in each hour, ascending; or
  Micros interval_ = 0;         // from midnight on
};

struct SlotSettings {
  Micros min_interval = 0;  // 0: none
  std::optional<SlotGrid> grid;

  // The longest time between two slots' beginnings.
  Micros longest() const { return min_interval + (grid ? grid->longest() : 0); }
};

// One meter's place in its slots.
struct SlotState {
  bool any = false;
  Micros opened = 0;  // the message that opened the present slot
  Micros begin = 0;   // of the slot that it was for
  Micros last = 0;    // the newest message
};

// Whether a message opens a slot: the first one does, so does one whose time is more than a second
// before the last one's (another file, a clock that was set), else all that is set must agree.
bool opens_slot(const SlotSettings& settings, SlotState& state, Micros time);

}  // namespace meterpipe::flow
