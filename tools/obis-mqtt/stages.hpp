// The stages that a record passes through (lib/flow/stage.hpp), and who watches, as the options ask
// for them.
#pragma once

#include <optional>
#include <vector>

#include "count/data_errors.hpp"
#include "count/meter_stats.hpp"
#include "flow/change_filter.hpp"
#include "flow/intake.hpp"
#include "flow/meter_names.hpp"
#include "flow/publisher.hpp"
#include "flow/raw_publisher.hpp"
#include "flow/schedule.hpp"
#include "home_assistant/home_assistant.hpp"
#include "judge/plausibility.hpp"
#include "obis-mqtt/arguments.hpp"
#include "os/clock.hpp"

namespace meterpipe::tool {

class Stages {
 public:
  // The last one first.
  Stages(const Arguments& given, mqtt::Outlet& outlet)
      : meters_(given.meters),
        publisher_(meters_, plan_of(given),
                   given.discovery.alone() ? static_cast<mqtt::Outlet&>(nowhere_) : outlet,
                   os::wall_clock),
        meter_stats_(meters_, counting(given)) {
    observers_.add(meter_stats_);
    if (!given.discovery.alone()) observers_.add(data_errors_);
    flow::Stage* next = &publisher_;
    if (given.raw.on()) {
      judge::PlausibilitySettings unchecked;
      unchecked.enabled = false;
      next = &raw_.emplace(given.raw.topic(), given.raw.order(), outlet);
      next = &check_.emplace(meters_, *next, observers_, unchecked);
    } else {
      persistent_.push_back(&publisher_);
      if (const auto settings = given.schedule.changes()) {
        next = keep(changes_.emplace(meters_, *next, *settings));
      }
      if (const auto settings = given.schedule.settings()) {
        next = keep(schedule_.emplace(meters_, *next, *settings));
      }
      next = keep(check_.emplace(meters_, *next, observers_, given.check_data.settings()));
      if (given.discovery.wanted()) {
        observers_.add(*keep(
            home_assistant_.emplace(meters_, given.discovery_plan(), outlet, os::wall_clock)));
        publisher_.set_listener(&*home_assistant_);
      }
    }
    keep(names_.emplace(meters_, *next, observers_));
  }

  flow::MeterNames& first() { return *names_; }
  // With --raw, what is no reading takes another way.
  void wire(flow::Intake& intake) {
    if (!raw_) return;
    intake.pass_on_others(
        [this](record::Line& line) { raw_->other(line, names_->meter_of(line)); });
  }
  // nullptr: nothing is described to it, nobody watches over the meters.
  home::HomeAssistant* home_assistant() { return home_assistant_ ? &*home_assistant_ : nullptr; }
  count::MeterStats& meter_stats() { return meter_stats_; }
  // The last word of a run.
  void say_forgotten() const { names_->say_forgotten(); }
  // A broker is there anew, and may have lost what it kept.
  void connected_again() {
    if (changes_) changes_->publish_all();
    if (home_assistant_) home_assistant_->birth();
  }
  // What must outlive the process.
  const std::vector<state::Persistent*>& persistent() const { return persistent_; }

 private:
  static flow::PublishPlan plan_of(const Arguments& given) {
    flow::PublishPlan plan = given.topics.plan();
    if (given.connection.backlog_is_history()) plan.history_topic = given.topics.history_topic();
    const auto schedule = given.schedule.settings();
    plan.shape.means = schedule && schedule->aggregation == flow::Aggregation::mean;
    // Nothing is published: what is not retained needs no word.
    if (given.discovery.alone()) plan.allow_old = true;
    return plan;
  }

  static count::MeterStats::Settings counting(const Arguments& given) {
    const flow::PublishPlan& plan = given.topics.plan();
    const bool has_topic = !given.raw.on() && !given.discovery.alone();
    return {has_topic ? plan.stats_topic : std::nullopt, plan.retain, given.common.says_times(),
            os::wall_clock, given.common.stats.wanted};
  }

  template <class Kind>
  Kind* keep(Kind& made) {
    persistent_.push_back(&made);
    return &made;
  }

  state::Meters meters_;
  flow::Observers observers_;
  std::vector<state::Persistent*> persistent_;
  mqtt::NoOutlet nowhere_;
  flow::Publisher publisher_;
  count::MeterStats meter_stats_;
  count::DataErrors data_errors_;
  std::optional<flow::ChangeFilter> changes_;
  std::optional<flow::Schedule> schedule_;
  std::optional<judge::Plausibility> check_;
  std::optional<home::HomeAssistant> home_assistant_;
  std::optional<flow::RawPublisher> raw_;
  std::optional<flow::MeterNames> names_;
};

}  // namespace meterpipe::tool
