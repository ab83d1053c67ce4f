#include "flow/schedule.hpp"

#include <utility>

#include "flow/reading_time.hpp"
#include "os/log.hpp"

namespace meterpipe::flow {
namespace {

constexpr std::string_view kSchedulePrefix = "schedule/";
constexpr std::string_view kScheduleVersion = "1";

}  // namespace

Schedule::Schedule(state::Meters& meters, Stage& next, ScheduleSettings settings)
    : PassingStage(next), settings_(std::move(settings)), places_(meters, kSchedulePrefix) {
  places_.on_leaving([this](state::Meter& meter, Place& place) {
    if (!place.slot.empty()) close(meter, place);
  });
}

void Schedule::reading(record::Line& line, record::ReadingRecord& reading, state::Meter& meter) {
  const auto time = time_of(reading);
  if (!time) {
    say_once(said_timeless_, "readings without a time are published without a schedule");
    return next().reading(line, reading, meter);
  }
  Place& place = places_.of(meter);
  const bool holds = settings_.aggregation != Aggregation::first;
  if (holds && line.text().size() > OpenSlot::kLongestLine) {
    say_once(said_long_, "readings of more than 64 KiB are published without a schedule");
    return next().reading(line, reading, meter);
  }
  const bool opens = opens_slot(settings_.slots, place.state, *time);
  places_.change(meter);
  if (opens && !place.slot.empty()) close(meter, place, time);
  if (holds) {
    place.slot.add(line.text(), reading, *time, settings_.aggregation);
  } else if (opens) {
    next().reading(line, reading, meter);
  }
}

void Schedule::end() {
  places_.for_each([this](state::Meter& meter, Place& place) {
    if (place.slot.empty()) return;
    places_.change(meter);
    close(meter, place);
  });
  next().end();
}

void Schedule::close(state::Meter& meter, Place& place, std::optional<Micros> at) {
  SlotReading slot;
  if (!place.slot.close(slot)) {  // saved text that was tampered with
    os::log_error("{}: what was kept of a slot is no reading, it is lost", meter.name());
    return;
  }
  slot.reading.meter = meter.name();
  slot.reading.held_until = at;
  next().reading(slot.line, slot.reading, meter);
}

void Schedule::say_once(bool& said, std::string_view what) {
  if (!std::exchange(said, true)) os::log_warning("{}", what);
}

// version, signature, any, opened, begin, last, the open slot
void Schedule::save_changes(const Save& save) {
  places_.save_changes(save, [&](const state::Meter& meter, const Place& place) {
    state::StateWriter to;
    const auto& is = place.state;
    to.add(kScheduleVersion, settings_.signature, is.any ? 1 : 0, is.opened, is.begin, is.last);
    place.slot.save(to);
    save(std::string(kSchedulePrefix) + meter.name(), to.take());
  });
}

void Schedule::restore(std::string_view key, std::string_view text) {
  if (!key.starts_with(kSchedulePrefix)) return;
  state::StateReader from(text);
  if (from.text() != kScheduleVersion) return;
  const bool same = from.text() == settings_.signature;
  Place place;
  place.state.any = from.number() != 0;
  place.state.opened = from.time();
  place.state.begin = from.time();
  place.state.last = from.time();
  if (!place.slot.restore(from) || !from.done()) return;
  // Under other settings what is held goes out with the next message, which opens a slot.
  if (!same) place.state = {};
  places_.restore(places_.meters().restored(key.substr(kSchedulePrefix.size())), std::move(place));
}

}  // namespace meterpipe::flow
