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
  const flow::PublishPlan plan = given.topics.plan();
  const bool has_topic = !given.raw.on() && !given.discovery.alone();
  return {has_topic ? plan.stats_topic : std::nullopt, plan.retain, given.common.says_times(),
          os::wall_clock};
}

}  // namespace

// The last one first.
Stages::Stages(const Arguments& given, mqtt::Outlet& outlet)
    : publisher_(plan_of(given),
                 given.discovery.alone() ? static_cast<mqtt::Outlet&>(nowhere_) : outlet,
                 os::wall_clock) {
  if (given.raw.on()) {
    flow::Stage& raw = raw_.emplace(given.raw.topic(), outlet);
    chain(names_, &meter_stats_.emplace(raw, counting(given)));
    return;
  }
  flow::Stage* next = &publisher_;
  persistent_.push_back(&publisher_);
  if (const auto settings = given.schedule.changes()) next = chain(changes_, next, *settings);
  if (const auto settings = given.schedule.settings()) next = chain(schedule_, next, *settings);
  next = &refusals_.emplace(*next);
  next = &meter_stats_.emplace(*next, counting(given));
  next = chain(check_, next, given.check_data.settings());
  if (given.discovery.wanted()) {
    next = chain(home_assistant_, next, given.discovery_plan(), outlet, os::wall_clock);
    publisher_.set_listener(&*home_assistant_);
    refusals_->set_watcher(&*home_assistant_);
  }
  chain(names_, next);
}

void Stages::wire(flow::Intake& intake) {
  if (!raw_) return;
  intake.pass_on_others([this](record::Line& line) { raw_->other(line, names_->meter_of(line)); });
}

}  // namespace meterpipe::tool
