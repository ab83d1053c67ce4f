// Home Assistant: what is described to it, and when a meter counts as silent.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/options.hpp"
#include "home_assistant/home_assistant.hpp"
#include "mqtt/session.hpp"
#include "obis-mqtt/connection_options.hpp"
#include "obis-mqtt/schedule_options.hpp"
#include "obis-mqtt/topic_options.hpp"

namespace meterpipe::tool {

class DiscoveryOptions {
 public:
  void add_to(cli::Options& options);
  // Anything for the HomeAssistant stage to do?
  bool wanted() const { return discovery_ || diagnostics_ || dump_ || remove_; }
  // No values, no whole readings: configurations are all there is to print or take back.
  bool alone() const { return dump_ || remove_; }
  bool live() const { return discovery_ && !alone(); }
  bool dump() const { return dump_; }
  bool remove() const { return remove_; }
  // Only meters by name are to be removed: no input is read.
  bool without_input() const { return remove_ && !meters_.empty(); }
  // Usage errors are thrown here.
  // A replay describes the meters as the service beside it would: `service` is its session.
  home::HomeAssistantPlan plan(const mqtt::SessionSettings& service, const TopicOptions& topics,
                               const ScheduleOptions& schedule) const;
  // What is allowed and hardly meant, on stderr. replay: the input ends by itself.
  void warn(const ConnectionOptions& connection, const TopicOptions& topics, bool replay) const;
  // Where Home Assistant says "online" when it starts.
  const std::string& birth_topic() const { return birth_topic_; }

 private:
  void check() const;
  void check_topics(const home::HomeAssistantPlan& plan, const flow::PublishPlan& published,
                    const shape::TopicTemplate& history) const;

  const cli::Options* options_ = nullptr;
  bool bridge_availability_ = true;
  bool discovery_ = false, diagnostics_ = false, dump_ = false, remove_ = false;
  std::string prefix_ = "homeassistant", style_ = "device";
  std::string birth_topic_ = "homeassistant/status";
  std::string availability_topic_, diagnostics_topic_;  // empty: below the base of all topics
  std::uint64_t offline_after_ = 5;
  std::string interval_;
  std::vector<std::string> meters_;
};

}  // namespace meterpipe::tool
