// On which topics what is published, in which form, retained or not.
//
// The topics stand below --topic-base unless they have templates of their own. A preset changes
// defaults; what is given on the command line wins.
#pragma once

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "cli/options.hpp"
#include "flow/publisher.hpp"
#include "obis-mqtt/payload_options.hpp"

namespace meterpipe::tool {

// Headings of --help.
inline constexpr const char *kBrokerGroup = "Broker", *kTopicsGroup = "Topics and payloads",
                            *kScheduleGroup = "When", *kCheckGroup = "Plausibility",
                            *kHomeGroup = "Home Assistant", *kSpoolGroup = "Spool",
                            *kRawGroup = "Raw records", *kOtherGroup = "Options";

// The template that an option gives; throws a usage error.
inline shape::TopicTemplate topic_template(const std::string& option, const std::string& text,
                                           std::initializer_list<shape::Placeholder> allowed) {
  auto result = shape::TopicTemplate::parse(text, allowed);
  if (!result) cli::usage_error("{}: {}", option, result.error());
  return *result;
}

class TopicOptions {
 public:
  void add_to(cli::Options& options) {
    options_ = &options;
    options.group(kTopicsGroup);
    options.choice("--preset", preset_, {"predecessor", "influx", "json"},
                   "other defaults: topics and payloads of smart-meter-mbus-dlms; InfluxDB's line "
                   "protocol; an object per value");
    options.toggle("retain", retain_, "the broker keeps the last message of each topic (default)");
    options.flag("--allow-old", allow_old_, "retain readings older than an hour, too");
    options.value("--topic-base", base_, "BASE",
                  "what the topics stand below, of {meter} {src} (default " + base_ + ")");
    const auto add = [&](Topic& topic, const std::string& help) {
      options.value(topic.option, topic.given, "TEMPLATE",
                    help + " (default meterpipe/{meter}/" + topic.leaf + ")");
    };
    add(value_topic_, "per value, of {meter} {obis} {name} {src}");
    add(json_topic_, "per reading, of {meter} {src}");
    add(error_topic_, "per error, of {meter} {src}");
    add(quarantine_topic_, "per refused reading, of {meter} {src}");
    add(history_topic_, "per late reading, of {meter} {src}");
    add(stats_topic_, "counters, of {meter} {src}, or off");
    options.toggle("values", values_, "one message per value (default)");
    options.toggle("json", json_, "one message with the whole reading (default)");
    payloads_.add_to(options);
  }
  // Made once, when the command line has been read. Usage errors are thrown here.
  const flow::PublishPlan& plan() const {
    if (!plan_) plan_ = make_plan();
    return *plan_;
  }
  // --no-retain was given; a preset's default leaves the bridge topic and what is described alone.
  bool retains_nothing() const { return options_->given("--retain") && !retain_; }
  // A zone that --zone names becomes the process's: once, at its start, behind plan().
  void choose_zone() const { with_preset().payloads_.choose_zone(); }
  // A topic of each meter that stands below the base, for other groups of options; where the base
  // is of sources, below meterpipe/{meter}.
  std::string per_meter(std::string_view leaf) const {
    const TopicOptions with = with_preset();
    if (with.base_.find("{src}") != std::string::npos)
      return fmt::format("meterpipe/{{meter}}/{}", leaf);
    const bool has_meter = with.base_.find("{meter}") != std::string::npos;
    return with.below_base(fmt::format("{}{}", has_meter ? "" : "{meter}/", leaf));
  }
  // Of readings that were late; for the plan of who wants them.
  shape::TopicTemplate history_topic() const {
    return with_preset().read(history_topic_, kPerReading);
  }

 private:
  using Placeholder = shape::Placeholder;
  static constexpr auto kPerReading = {Placeholder::meter, Placeholder::src};
  // What an option gives, or a leaf below the base in place of it.
  struct Topic {
    std::string option, leaf, given = {};
  };

  flow::PublishPlan make_plan() const {
    const TopicOptions with = with_preset();
    flow::PublishPlan plan;
    if (!with.values_ && !with.json_) cli::usage_error("--no-values and --no-json leave nothing");
    if (options_->given("--topic-base") && base_.empty()) {
      cli::usage_error(
          "--topic-base is empty: --topic and --json-topic are for topics without one");
    }
    with.payloads_.apply_to(plan, *options_);
    const auto value_topic = with.read(with.value_topic_, {Placeholder::meter, Placeholder::obis,
                                                           Placeholder::name, Placeholder::src});
    if (with.values_ && !value_topic.has(Placeholder::obis) &&
        !value_topic.has(Placeholder::name)) {
      cli::usage_error(
          "--topic: all values of a reading would share one topic: add {obis} or {name}");
    }
    if (with.values_) plan.value_topic = value_topic;
    const bool by_name = value_topic.has(Placeholder::name);
    plan.field = by_name ? topic_template("--topic", "{name}", {Placeholder::name})
                         : topic_template("--topic", "{obis}", {Placeholder::obis});
    if (with.json_) plan.json_topic = with.read(with.json_topic_, kPerReading);
    plan.error_topic = with.read(with.error_topic_, kPerReading);
    plan.quarantine_topic = with.read(with.quarantine_topic_, kPerReading);
    if (wants_stats()) plan.stats_topic = with.read(with.stats_topic_, kPerReading);
    history_topic();
    with.check_collisions();
    plan.naming = fmt::format("{}\n{}", with.text_of(with.value_topic_), with.payloads_.naming());
    plan.retain = with.retain_;
    plan.allow_old = with.allow_old_;
    plan.json_last = with.json_last_;
    return plan;
  }
  // What the preset says, where the command line says nothing.
  TopicOptions with_preset() const {
    TopicOptions to = *this;
    const auto set = [&](const std::string& option, auto& target, auto value) {
      if (!options_->given(option)) target = value;
    };
    if (preset_ == "predecessor") {
      set("--topic-base", to.base_, "SmartMeter/Electricity/Main");
      set("--name-format", to.payloads_.name_format, "[measurement], [measurementType]");
      set("--umlauts", to.payloads_.umlauts, "replace");
      set("--topic-invalid", to.payloads_.invalid, "[^a-zA-z0-9_]");
      set("--time-format", to.payloads_.time_format, shape::TimeFormat::iso_local);
      set("--json-format", to.payloads_.json_format, shape::JsonFormat::predecessor);
      set("--retain", to.retain_, false);
      to.value_topic_.leaf = "{name}";
      to.payloads_.names_anew = true;
      to.payloads_.drop_zeros = true;
      to.json_last_ = true;
    } else if (preset_ == "influx") {
      set("--values", to.values_, false);
      set("--json-format", to.payloads_.json_format, shape::JsonFormat::influx);
    } else if (preset_ == "json") {
      set("--value-format", to.payloads_.value_format, shape::ValueFormat::json);
      set("--json", to.json_, false);
    }
    if (to.payloads_.json_format == shape::JsonFormat::influx) to.json_topic_.leaf = "influx";
    return to;
  }
  // The predecessor has no such topic: only for who asks.
  bool wants_stats() const {
    if (options_->given("--stats-topic")) return stats_topic_.given != "off";
    return preset_ != "predecessor" || options_->given("--stats");
  }
  // Of messages of two kinds on one topic nobody could tell which is which.
  void check_collisions() const {
    std::map<std::string, std::string> option_of;
    const auto add = [&](const Topic& topic) {
      const auto [at, is_new] = option_of.emplace(text_of(topic), topic.option);
      if (is_new) return;
      cli::usage_error("{} and {} would share the topic {}", at->second, topic.option, at->first);
    };
    if (values_) add(value_topic_);
    if (json_) add(json_topic_);
    add(error_topic_);
    add(quarantine_topic_);
    if (wants_stats()) add(stats_topic_);
    if (options_->given("--history-topic")) add(history_topic_);
  }
  std::string below_base(std::string_view leaf) const {
    std::string base = base_;
    if (base.ends_with('/')) base.pop_back();
    return base.empty() ? std::string(leaf) : fmt::format("{}/{}", base, leaf);
  }
  std::string text_of(const Topic& topic) const {
    return options_->given(topic.option) ? topic.given : below_base(topic.leaf);
  }
  shape::TopicTemplate read(const Topic& topic,
                            std::initializer_list<shape::Placeholder> allowed) const {
    if (options_->given(topic.option) && topic.given == "off") {
      cli::usage_error("{}: off is for --stats-topic and --bridge-topic alone{}", topic.option,
                       topic.option == "--json-topic" ? ": --no-json leaves readings out" : "");
    }
    return topic_template(options_->given(topic.option) ? topic.option : "--topic-base",
                          text_of(topic), allowed);
  }

  const cli::Options* options_ = nullptr;
  std::string preset_, base_ = "meterpipe/{meter}";
  Topic value_topic_{"--topic", "{obis}"}, json_topic_{"--json-topic", "json"};
  Topic error_topic_{"--error-topic", "error"}, stats_topic_{"--stats-topic", "stats"};
  Topic quarantine_topic_{"--quarantine-topic", "quarantine"};
  Topic history_topic_{"--history-topic", "history"};
  PayloadOptions payloads_;
  mutable std::optional<flow::PublishPlan> plan_;
  bool retain_ = true, allow_old_ = false, values_ = true, json_ = true, json_last_ = false;
};

}  // namespace meterpipe::tool
