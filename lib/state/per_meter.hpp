// One stage's part of what is known of each meter: a State, found by the meter's number. It is made
// when it is first asked for, and goes when the meter is forgotten.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "state/meters.hpp"
#include "state/persistent.hpp"

namespace meterpipe::state {

template <class State>
class PerMeter : public MeterPart {
 public:
  using Hook = std::function<void(Meter& meter, State& state)>;

  explicit PerMeter(Meters& meters) : meters_(meters) { meters_.add(*this); }
  ~PerMeter() override { meters_.remove(*this); }
  PerMeter(const PerMeter&) = delete;
  PerMeter& operator=(const PerMeter&) = delete;

  Meters& meters() const { return meters_; }
  // nullptr: nothing is kept of it.
  State* find(const Meter& meter) const {
    return meter.number() < states_.size() ? states_[meter.number()].get() : nullptr;
  }
  // Made of these, where there is none.
  template <class... Made>
  State& of(const Meter& meter, const Made&... made) {
    if (meter.number() >= states_.size()) states_.resize(meter.number() + 1);
    auto& state = states_[meter.number()];
    if (!state) state = std::make_unique<State>(made...);
    return *state;
  }
  // take(Meter&, State&), in the order of names.
  template <class Take>
  void for_each(const Take& take) const {
    meters_.for_each([&](Meter& meter) {
      if (State* const state = find(meter)) take(meter, *state);
    });
  }

  // Before a meter is forgotten: while all stages have it, and when this part of it goes.
  void on_leaving(Hook hook) { leaving_ = std::move(hook); }
  void on_forget(Hook hook) { forget_ = std::move(hook); }

  void leaving(Meter& meter) override {
    State* const state = find(meter);
    if (state != nullptr && leaving_) leaving_(meter, *state);
  }
  void forget(Meter& meter) override {
    State* const state = find(meter);
    if (state == nullptr) return;
    if (forget_) forget_(meter, *state);
    states_[meter.number()].reset();
  }

 private:
  Meters& meters_;
  std::vector<std::unique_ptr<State>> states_;  // by Meter::number
  Hook leaving_, forget_;
};

// A part that outlives the process.
template <class State>
class SavedPerMeter {
 public:
  // Under which keys a meter's part is saved.
  using Keys = std::function<std::vector<std::string>(const Meter& meter, const State& state)>;

  SavedPerMeter(Meters& meters, Keys keys) : entries_(meters), keys_(std::move(keys)) {
    entries_.on_leaving([this](Meter& meter, Entry& entry) {
      if (leaving_) leaving_(meter, entry.state);
    });
    entries_.on_forget([this](Meter& meter, Entry& entry) {
      if (forget_) forget_(meter, entry.state);
      if (entry.saved) {
        for (std::string& key : keys_(meter, entry.state)) gone_.push_back(std::move(key));
      }
      if (entry.changed) changed_.erase(&meter);
    });
  }
  // One key for each: prefix and name.
  SavedPerMeter(Meters& meters, std::string_view prefix)
      : SavedPerMeter(meters, [prefix](const Meter& meter, const State&) {
          return std::vector<std::string>{std::string(prefix) + meter.name()};
        }) {}

  Meters& meters() const { return entries_.meters(); }
  State* find(const Meter& meter) const {
    Entry* const entry = entries_.find(meter);
    return entry == nullptr ? nullptr : &entry->state;
  }
  template <class... Made>
  State& of(const Meter& meter, const Made&... made) {
    return entries_.of(meter, made...).state;
  }
  template <class Take>
  void for_each(const Take& take) const {
    entries_.for_each([&](Meter& meter, Entry& entry) { take(meter, entry.state); });
  }
  void on_leaving(typename PerMeter<State>::Hook hook) { leaving_ = std::move(hook); }
  void on_forget(typename PerMeter<State>::Hook hook) { forget_ = std::move(hook); }

  // The meter's part, which must be there, is to be saved.
  void change(const Meter& meter) {
    Entry& entry = *entries_.find(meter);
    if (!entry.changed) changed_.insert(&meter);
    entry.changed = true;
  }
  // The part that an earlier run has saved.
  State& restore(const Meter& meter, State state) {
    Entry& entry = entries_.of(meter);
    entry.state = std::move(state);
    entry.saved = true;
    return entry.state;
  }
  // It is what is saved of it.
  void mark_saved(const Meter& meter) { entries_.find(meter)->saved = true; }
  // A key of a part that is still there.
  void drop_key(const Meter& meter, std::string key) {
    if (entries_.find(meter)->saved) gone_.push_back(std::move(key));
  }

  // save_one(meter, state) saves what is there; what is gone is forgotten before that.
  template <class SaveOne>
  void save_changes(const Persistent::Save& save, const SaveOne& save_one) {
    for (const std::string& key : gone_) save(key, {});
    for (const Meter* meter : changed_) {
      Entry& entry = *entries_.find(*meter);
      save_one(*meter, entry.state);
      entry.saved = true;
      entry.changed = false;
    }
    gone_.clear();
    changed_.clear();
  }

 private:
  struct Entry {
    template <class... Made>
    explicit Entry(const Made&... made) : state(made...) {}
    State state;
    bool changed = false, saved = false;
  };
  struct ByName {
    bool operator()(const Meter* a, const Meter* b) const { return a->name() < b->name(); }
  };

  PerMeter<Entry> entries_;
  Keys keys_;
  typename PerMeter<State>::Hook leaving_, forget_;
  std::set<const Meter*, ByName> changed_;
  std::vector<std::string> gone_;  // keys
};

}  // namespace meterpipe::state
