#include "flow/schedule.hpp"

#include "flow/reading_time.hpp"
#include "os/log.hpp"

namespace meterpipe::flow {
namespace {

constexpr std::string_view kSchedulePrefix = "schedule/";
constexpr std::string_view kScheduleVersion = "1";

}  // namespace

Schedule::Schedule(Stage& next, ScheduleSettings settings)
    : PassingStage(next), settings_(std::move(settings)) {}

void Schedule::reading(record::Line& line, const record::ReadingRecord& reading) {
  const auto time = time_of(reading);
  if (!time) {
    say_once(said_timeless_, "readings without a time are published without a schedule");
    return next().reading(line, reading);
  }
  Meter* const meter = meter_of(reading.meter);
  if (meter == nullptr) {
    say_once(said_many_,
             "more than 1000 meters: the further ones are published without a schedule");
    return next().reading(line, reading);
  }
  const bool holds = settings_.aggregation != Aggregation::first;
  if (holds && line.text().size() > OpenSlot::kLongestLine) {
    say_once(said_long_, "readings of more than 64 KiB are published without a schedule");
    return next().reading(line, reading);
  }
  const bool opens = opens_slot(settings_.slots, meter->state, *time);
  if (changed_.find(reading.meter) == changed_.end()) changed_.emplace(reading.meter);
  if (opens && !meter->slot.empty()) close(std::string(reading.meter), *meter);
  if (holds) {
    meter->slot.add(line.text(), reading, *time, settings_.aggregation);
  } else if (opens) {
    next().reading(line, reading);
  }
}

void Schedule::end() {
  for (auto& [name, meter] : meters_) {
    if (meter.slot.empty()) continue;
    changed_.insert(name);
    close(name, meter);
  }
  next().end();
}

Schedule::Meter* Schedule::meter_of(std::string_view name) {
  const auto known = meters_.find(name);
  if (known != meters_.end()) return &known->second;
  if (meters_.size() >= kMostMeters) return nullptr;
  return &meters_.try_emplace(std::string(name)).first->second;
}

void Schedule::close(const std::string& name, Meter& meter) {
  const std::string text = meter.slot.close();
  record::Line line;
  record::ReadingRecord reading;
  if (!line.parse(text) || !record::read(line, reading)) {  // saved text that was tampered with
    os::log_error("{}: what was kept of a slot is no reading, it is lost", name);
    return;
  }
  reading.meter = name;
  next().reading(line, reading);
}

void Schedule::say_once(bool& said, std::string_view what) {
  if (!said) os::log_warning("{}", what);
  said = true;
}

// version, signature, any, opened, begin, last, the open slot
void Schedule::save_changes(const Save& save) {
  for (const std::string& name : changed_) {
    const Meter& meter = meters_.find(name)->second;
    state::StateWriter to;
    to.text(kScheduleVersion);
    to.text(settings_.signature);
    to.number(meter.state.any ? 1 : 0);
    to.number(meter.state.opened);
    to.number(meter.state.begin);
    to.number(meter.state.last);
    meter.slot.save(to);
    save(std::string(kSchedulePrefix) + name, to.take());
  }
  changed_.clear();
}

void Schedule::restore(std::string_view key, std::string_view text) {
  if (!key.starts_with(kSchedulePrefix)) return;
  state::StateReader from(text);
  if (from.text() != kScheduleVersion) return;
  const bool same = from.text() == settings_.signature;
  Meter meter;
  meter.state.any = from.number() != 0;
  meter.state.opened = from.time();
  meter.state.begin = from.time();
  meter.state.last = from.time();
  if (!meter.slot.restore(from) || !from.done()) return;
  // Under other settings what is held goes out with the next message, which opens a slot.
  if (!same) meter.state = {};
  Meter* const place = meter_of(key.substr(kSchedulePrefix.size()));
  if (place != nullptr) *place = std::move(meter);
}

}  // namespace meterpipe::flow
