#include "obis-mqtt/stages.hpp"

#include "os/clock.hpp"

namespace meterpipe::tool {
namespace {

flow::PublishPlan plan_of(const Arguments& given) {
  flow::PublishPlan plan = given.topics.plan();
  if (given.connection.backlog_is_history()) plan.history_topic = given.topics.history_topic();
  const auto schedule = given.schedule.settings();
  plan.shape.means = schedule && schedule->aggregation == flow::Aggregation::mean;
  // Nothing is published: what is not retained needs no word.
  if (given.discovery.alone()) plan.allow_old = true;
  return plan;
}

count::MeterStats::Settings counting(const Arguments& given) {
  const flow::PublishPlan& plan = given.topics.plan();
  const bool has_topic = !given.raw.on() && !given.discovery.alone();
  return {has_topic ? plan.stats_topic : std::nullopt, plan.retain, given.common.says_times(),
          os::wall_clock};
}

}  // namespace

// The last one first.
Stages::Stages(const Arguments& given, mqtt::Outlet& outlet)
    : meters_(given.meters),
      publisher_(meters_, plan_of(given),
                 given.discovery.alone() ? static_cast<mqtt::Outlet&>(nowhere_) : outlet,
                 os::wall_clock),
      meter_stats_(meters_, counting(given)) {
  observers_.add(meter_stats_);
  flow::Stage* next = &publisher_;
  if (given.raw.on()) {
    judge::PlausibilitySettings unchecked;
    unchecked.enabled = false;
    next = &raw_.emplace(given.raw.topic(), outlet);
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
      observers_.add(
          *keep(home_assistant_.emplace(meters_, given.discovery_plan(), outlet, os::wall_clock)));
      publisher_.set_listener(&*home_assistant_);
    }
  }
  keep(names_.emplace(meters_, *next, observers_));
}

void Stages::wire(flow::Intake& intake) {
  if (!raw_) return;
  intake.pass_on_others([this](record::Line& line) { raw_->other(line, names_->meter_of(line)); });
}

}  // namespace meterpipe::tool
