// Which readings are published, by their times: not more often than so, in slots of the wall clock,
// and of each slot the first, the last, or a mean, least or greatest reading. Kept per meter.
//
//   first  goes out at once, as the slot's opener; the others of the slot do not
//   last, mean, min, max  the first message of a later slot closes a slot: its reading goes out
//          before the new one is looked at. At the end of the input open slots are published.
//
// A reading's time is that of reading_time.hpp, never the clock of this computer: a replay
// publishes the same. A reading without any time passes and, where a slot is held, so do lines of
// more than 64 KiB; each is said once. What is held of a meter that is forgotten is published.
#pragma once

#include <optional>
#include <string>

#include "flow/aggregate.hpp"
#include "flow/slots.hpp"
#include "flow/stage.hpp"
#include "state/per_meter.hpp"
#include "state/persistent.hpp"

namespace meterpipe::flow {

struct ScheduleSettings {
  SlotSettings slots;
  Aggregation aggregation = Aggregation::first;
  // Tells one setting from another: what was saved under another one opens a new slot.
  std::string signature;
};

class Schedule : public PassingStage, public state::Persistent {
 public:
  Schedule(state::Meters& meters, Stage& next, ScheduleSettings settings);

  void reading(record::Line& line, record::ReadingRecord& reading, state::Meter& meter) override;
  void end() override;

  void save_changes(const Save& save) override;
  void restore(std::string_view key, std::string_view text) override;

 private:
  struct Place {
    SlotState state;
    OpenSlot slot;
  };

  void close(state::Meter& meter, Place& place, std::optional<Micros> at = {});
  void say_once(bool& said, std::string_view what);

  ScheduleSettings settings_;
  state::SavedPerMeter<Place> places_;
  bool said_timeless_ = false, said_long_ = false;
};

}  // namespace meterpipe::flow
