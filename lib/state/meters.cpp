#include "state/meters.hpp"

#include <algorithm>

namespace meterpipe::state {

Meter& Meters::heard(std::string_view name) {
  const auto found = meters_.find(name);
  Meter& meter = found != meters_.end() ? found->second : emplace(name);
  heard(meter);
  return meter;
}

void Meters::heard(Meter& meter) {
  meter.heard_ = ++clock_;
  by_age_.splice(by_age_.end(), by_age_, meter.place_);
  keep_bound();
}

Meter& Meters::restored(std::string_view name, std::uint64_t when) {
  const auto found = meters_.find(name);
  Meter& meter = found != meters_.end() ? found->second : emplace(name);
  if (when > meter.heard_) {
    meter.heard_ = when;
    clock_ = std::max(clock_, when);
    in_order_ = false;
  }
  return meter;
}

Meter& Meters::emplace(std::string_view name) {
  const auto entry = meters_.emplace(name, Meter{}).first;
  Meter& meter = entry->second;
  meter.name_ = &entry->first;
  if (free_numbers_.empty()) {
    meter.number_ = meters_.size() - 1;
  } else {
    meter.number_ = free_numbers_.back();
    free_numbers_.pop_back();
  }
  meter.place_ = by_age_.insert(by_age_.begin(), &meter);
  return meter;
}

Meter& Meters::oldest() {
  if (!in_order_) {
    by_age_.sort([](const Meter* a, const Meter* b) { return a->heard_ < b->heard_; });
  }
  in_order_ = true;
  return *by_age_.front();
}

void Meters::keep_bound() {
  while (meters_.size() > most_) forget(oldest());
}

void Meters::forget(Meter& meter) {
  for (MeterPart* part : parts_) part->leaving(meter);
  for (MeterPart* part : parts_) part->forget(meter);
  by_age_.erase(meter.place_);
  free_numbers_.push_back(meter.number_);
  ++forgotten_;
  meters_.erase(meters_.find(meter.name()));
}

}  // namespace meterpipe::state
