// --purge METER: takes back what the broker keeps of a meter on the topics that the options make.
//
//   subscribe to what their templates may have made -> what is retained there and is the meter's
//   -> printed -> an empty, retained message for each
//
// A broker does not say when it has sent all that it keeps: it has when nothing more comes for a
// second.
#pragma once

#include <poll.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "base/buffer.hpp"
#include "cli/options.hpp"
#include "io/output.hpp"
#include "json/writer.hpp"
#include "mqtt/session.hpp"
#include "obis-mqtt/arguments.hpp"
#include "os/clock.hpp"
#include "os/log.hpp"
#include "os/sandbox.hpp"
#include "os/signals.hpp"
#include "os/status.hpp"

namespace meterpipe::tool {

class Purge {
 public:
  explicit Purge(const Arguments& given)
      : given_(given), meters_(given.discovery.purged()), prefix_(given.discovery.prefix()) {
    const flow::PublishPlan& plan = given.topics.plan();
    if (plan.value_topic) add("--topic", *plan.value_topic);
    if (plan.json_topic) add("--json-topic", *plan.json_topic);
    if (plan.stats_topic) add("--stats-topic", *plan.stats_topic);
    add("--history-topic", given.topics.history_topic());
    add("--quarantine-topic", plan.quarantine_topic);
    const auto home = given.discovery_plan();
    add("--availability-topic", home.availability_topic);
    add("--diagnostics-topic", home.diagnostics_topic);
  }

  int run() {
    auto settings = given_.connection.settings(true);
    given_.connection.add_password(settings);
    settings.bridge_topic.clear();
    settings.subscriptions = filters();
    mqtt::Session session(settings);
    os::contain({os::Calls::publish, {.read = {"/"}, .change = {}, .connects = true}});
    session.on_message([this](std::string_view topic, std::string_view payload, bool retained) {
      if (!retained || payload.empty()) return;
      heard_at_ = os::monotonic_ms();
      if (is_of_them(topic, payload)) topics_.emplace(topic);
    });
    listen(session);
    io::Output output;
    for (const std::string& topic : topics_) output.buffer().add(topic, '\n');
    output.close();
    if (topics_.empty()) os::log_warning("the broker keeps nothing of it: nothing to take back");
    if (!given_.dry_run) {
      for (const std::string& topic : topics_) session.put(mqtt::event_of({}, {topic, "", true}));
      session.end_record();
    }
    session.finish(given_.connection.linger_ms());
    const std::uint64_t missing =
        session.undelivered() + session.dropped() + session.unsendable() + session.refused();
    if (missing == 0) return os::kOk;
    os::log_error("{} of {} topics could not be taken back", missing, topics_.size());
    return os::kIoError;
  }

 private:
  static constexpr long long kQuietMs = 1000;

  void add(const char* option, const shape::TopicTemplate& topic) {
    if (topic.has(shape::Placeholder::meter)) return templates_.push_back(topic);
    os::log_warning("{}: all meters share it: what is retained there stays", option);
  }

  std::vector<std::string> filters() const {
    std::set<std::string> all{prefix_ + "/device/+/config", prefix_ + "/sensor/+/+/config",
                              prefix_ + "/binary_sensor/+/+/config"};
    for (const std::string& meter : meters_) {
      for (const shape::TopicTemplate& one : templates_) all.insert(one.filter(meter));
    }
    return {all.begin(), all.end()};
  }

  void listen(mqtt::Session& session) {
    const long long start = os::monotonic_ms();
    const long long most = std::max(given_.connection.linger_ms(), kQuietMs);
    while (os::Signals::received() == 0) {
      session.wait(nullptr, 0, 100);
      const long long now = os::monotonic_ms();
      if (!session.is_online()) heard_at_ = now;
      if (session.is_online() && now - heard_at_ >= kQuietMs) return;
      if (!session.ever_connected() && now - start >= most) {
        throw os::Fatal(os::kUnavailable, "no connection to the broker");
      }
    }
    topics_.clear();
  }

  bool is_of_them(std::string_view topic, std::string_view payload) const {
    return std::ranges::any_of(meters_, [&](const std::string& meter) {
      return std::ranges::any_of(templates_,
                                 [&](const shape::TopicTemplate& one) {
                                   return one.may_have_made(topic, meter);
                                 }) ||
             describes(topic, payload, meter);
    });
  }

  // A configuration of ours, as lib/home_assistant writes it.
  bool describes(std::string_view topic, std::string_view payload, const std::string& meter) const {
    if (!topic.starts_with(prefix_ + "/") || !topic.ends_with("/config") ||
        topic.find("/meterpipe_") == std::string_view::npos) {
      return false;
    }
    Buffer text;
    json::Writer out(text);
    out.begin_object();
    out.member("serial_number", meter);
    const std::string_view member = text.view().substr(1);
    return payload.find(member) != std::string_view::npos;
  }

  const Arguments& given_;
  const std::vector<std::string> meters_;
  const std::string prefix_;
  std::vector<shape::TopicTemplate> templates_;
  std::set<std::string> topics_;
  long long heard_at_ = os::monotonic_ms();
};

}  // namespace meterpipe::tool
