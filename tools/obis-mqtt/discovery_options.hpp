// Home Assistant: what is described to it, and when a meter counts as silent.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "cli/options.hpp"
#include "home_assistant/home_assistant.hpp"
#include "mqtt/session.hpp"
#include "obis-mqtt/connection_options.hpp"
#include "obis-mqtt/schedule_options.hpp"
#include "obis-mqtt/topic_options.hpp"
#include "os/log.hpp"

namespace meterpipe::tool {

class DiscoveryOptions {
 public:
  void add_to(cli::Options& options) {
    options_ = &options;
    options.group(kHomeGroup);
    options.toggle("discovery", discovery_, "describe the meters to Home Assistant");
    options.value("--discovery-prefix", prefix_, "TOPIC",
                  "where Home Assistant looks for it (default " + prefix_ + ")");
    options.choice("--discovery-style", style_, {"device", "entity"},
                   "a message per meter, or per entity (default device)");
    options.flag("--discovery-migrate", migrate_,
                 "what the other style has described becomes this one's, and keeps its names");
    options.choice("--entity-ids", entity_ids_, {"unique", "friendly"},
                   "of entities that are new: sensor.meterpipe_ID_CODE, or sensor.METER_NAME "
                   "(default unique)");
    options.flag("--discovery-dump", dump_, "print the configurations, topic, tab, payload, only");
    options.flag("--discovery-remove", remove_,
                 "take the meters of the input back, and print that");
    options.list("--meter", meters_, "NAME", "--discovery-remove: this meter; no input is read");
    options.list("--purge", purged_, "NAME",
                 "take back all that the broker keeps of this meter, and print it; no input is "
                 "read; with --dry-run only print");
    options.value("--birth-topic", birth_topic_, "TOPIC",
                  "where Home Assistant says online (default " + birth_topic_ + ")");
    options.toggle("diagnostics", diagnostics_,
                   "availability and diagnostics of each meter; --discovery has them always");
    options.value("--availability-topic", availability_topic_, "TEMPLATE",
                  "online or offline, of {meter} (default meterpipe/{meter}/availability)");
    options.value("--diagnostics-topic", diagnostics_topic_, "TEMPLATE",
                  "counts and errors, of {meter} (default meterpipe/{meter}/diagnostics)");
    options.toggle("bridge-availability", bridge_availability_,
                   "entities are available only while obis-mqtt is connected (default)");
    options.number("--offline-after", offline_after_, "N",
                   "intervals without a message until a meter is offline (default 5)");
    options.value("--interval", interval_, "TIME", "the meters' interval, instead of learning it");
    options.excludes("--discovery-dump", {"--discovery-remove"});
    options.needs("--meter", {"--discovery-remove"});
    options.excludes("--purge", {"--discovery-dump", "--discovery-remove"});
  }
  // Anything for the HomeAssistant stage to do?
  bool wanted() const { return discovery_ || diagnostics_ || dump_ || remove_; }
  // No values, no whole readings: configurations are all there is to print or take back.
  bool alone() const { return dump_ || remove_; }
  bool live() const { return discovery_ && !alone(); }
  bool dump() const { return dump_; }
  bool remove() const { return remove_; }
  // Meters of which nothing is to stay on the broker.
  const std::vector<std::string>& purged() const { return purged_; }
  std::string prefix() const {
    return prefix_.ends_with('/') ? prefix_.substr(0, prefix_.size() - 1) : prefix_;
  }
  // Only meters by name are to be removed: no input is read.
  bool without_input() const { return remove_ && !meters_.empty(); }
  // Usage errors are thrown here.
  // A replay describes the meters as the service beside it would: `service` is its session.
  home::HomeAssistantPlan plan(const mqtt::SessionSettings& service, const TopicOptions& topics,
                               const ScheduleOptions& schedule) const {
    check();
    topic_template("--discovery-prefix", prefix(), {});
    topic_template("--birth-topic", birth_topic_, {});
    const auto topic_of = [&](const std::string& option, const std::string& text,
                              const char* leaf) {
      return per_meter(option, text.empty() ? topics.per_meter(leaf) : text);
    };
    const flow::PublishPlan& published = topics.plan();
    home::HomeAssistantPlan plan{
        dump_        ? home::DiscoveryMode::dump
        : remove_    ? home::DiscoveryMode::remove
        : discovery_ ? home::DiscoveryMode::live
                     : home::DiscoveryMode::off,
        {},
        {},
        topic_of("--availability-topic", availability_topic_, "availability"),
        topic_of("--diagnostics-topic", diagnostics_topic_, "diagnostics"),
        {},
        published.allow_old,
        meters_,
        0,
        true};
    if (wanted()) check_topics(plan, published, topics.history_topic());
    plan.discovery.prefix = prefix();
    plan.discovery.style =
        style_ == "entity" ? home::DiscoveryStyle::entity : home::DiscoveryStyle::device;
    plan.discovery.entity_ids =
        entity_ids_ == "friendly" ? home::EntityIds::friendly : home::EntityIds::unique;
    plan.discovery.language = published.shape.names.format.language;
    plan.migrate = migrate_;
    plan.retain = plan.discovery.availability = !topics.retains_nothing();
    plan.time_form = form_of(published.shape.time);
    if (bridge_availability_) plan.discovery.bridge_topic = service.bridge_topic;
    const auto publish_interval = schedule.publish_interval();
    plan.publish_interval = publish_interval.value_or(0);
    plan.values_expire = publish_interval.has_value();
    plan.discovery.qos = service.qos;
    plan.watchdog.intervals = offline_after_;
    if (!interval_.empty()) {
      const Micros interval = cli::parse_duration_us("--interval", interval_);
      if (interval == 0 || interval > 366 * kDay) {
        cli::usage_error("--interval: up to a year, not 0");
      }
      plan.watchdog.given_interval = interval;
    }
    return plan;
  }
  // What is allowed and hardly meant, on stderr. replay: the input ends by itself.
  void warn(const ConnectionOptions& connection, const TopicOptions& topics, bool replay) const {
    if (!live() && !dump_) return;
    const flow::PublishPlan& published = topics.plan();
    if (!published.value_topic && published.json_format != shape::JsonFormat::record) {
      os::log_warning(
          "no values for Home Assistant: it reads a topic per value, or whole readings in "
          "--json-format record");
    }
    if (replay && live() && bridge_availability_ && connection.has_default_bridge()) {
      os::log_warning(
          "a replay describes the meters with the bridge topic of this host's service: where that "
          "has a --client-id or --bridge-topic of its own, give the same here");
    }
  }
  // Where Home Assistant says "online" when it starts.
  const std::string& birth_topic() const { return birth_topic_; }

 private:
  static shape::TopicTemplate per_meter(const std::string& option, const std::string& text) {
    auto result = topic_template(option, text, {shape::Placeholder::meter});
    if (!result.has(shape::Placeholder::meter)) {
      cli::usage_error(option + ": all meters would share one topic: add {meter}");
    }
    return result;
  }

  static home::TimeForm form_of(shape::TimeFormat format) {
    switch (format) {
      case shape::TimeFormat::as_is: break;
      case shape::TimeFormat::iso:
      case shape::TimeFormat::rfc3339: return home::TimeForm::with_zone;
      case shape::TimeFormat::iso_local:
      case shape::TimeFormat::js: return home::TimeForm::without_zone;
      case shape::TimeFormat::epoch: return home::TimeForm::epoch_seconds;
      case shape::TimeFormat::epoch_ms: return home::TimeForm::epoch_ms;
    }
    return home::TimeForm::as_meter;
  }

  void check() const {
    for (const char* option :
         {"--interval", "--offline-after", "--discovery-prefix", "--discovery-style",
          "--discovery-migrate", "--entity-ids", "--birth-topic"}) {
      if (!wanted() && purged_.empty() && options_->given(option)) {
        cli::usage_error(std::string(option) + " goes with --discovery");
      }
    }
    if (!meters_.empty() && style_ == "entity") {
      cli::usage_error("--meter: the entities of a meter are known by its readings only");
    }
    if (offline_after_ == 0 || offline_after_ > 1'000'000) {
      cli::usage_error("--offline-after: {} is not from 1 to 1000000", offline_after_);
    }
  }
  // Availability and diagnostics have their topics for themselves. (Values step aside: TopicBook.)
  void check_topics(const home::HomeAssistantPlan& plan, const flow::PublishPlan& published,
                    const shape::TopicTemplate& history) const {
    // Without a number the meter is called as its source.
    const auto topic_of = [](const shape::TopicTemplate& topic) {
      return topic.text({.meter = "METER", .src = "METER"});
    };
    std::map<std::string, std::string> taken{
        {topic_of(published.error_topic), "--error-topic"},
        {topic_of(published.quarantine_topic), "--quarantine-topic"},
        {topic_of(history), "--history-topic"},
    };
    if (published.json_topic) taken.emplace(topic_of(*published.json_topic), "--json-topic");
    for (const auto& [option, topic] :
         {std::pair("--availability-topic", &plan.availability_topic),
          std::pair("--diagnostics-topic", &plan.diagnostics_topic)}) {
      const auto [at, is_new] = taken.emplace(topic_of(*topic), option);
      if (!is_new) cli::usage_error("{} is the topic of {}", option, at->second);
    }
  }

  const cli::Options* options_ = nullptr;
  bool bridge_availability_ = true;
  bool discovery_ = false, diagnostics_ = false, dump_ = false, remove_ = false, migrate_ = false;
  std::string prefix_ = "homeassistant", style_ = "device", entity_ids_ = "unique";
  std::string birth_topic_ = "homeassistant/status";
  std::string availability_topic_, diagnostics_topic_;  // empty: below the base of all topics
  std::uint64_t offline_after_ = 5;
  std::string interval_;
  std::vector<std::string> meters_, purged_;
};

}  // namespace meterpipe::tool
