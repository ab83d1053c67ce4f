#include "obis-mqtt/topic_options.hpp"

#include <fmt/format.h>

#include "obis-mqtt/connection_options.hpp"

namespace meterpipe::tool {

using shape::Placeholder;

namespace {

constexpr auto kPerReading = {Placeholder::meter, Placeholder::src};

}  // namespace

shape::TopicTemplate topic_template(const std::string& option, const std::string& text,
                                    std::initializer_list<Placeholder> allowed) {
  auto result = shape::TopicTemplate::parse(text, allowed);
  if (!result) cli::usage_error(fmt::format("{}: {}", option, result.error()));
  return *result;
}

void TopicOptions::add_to(cli::Options& options) {
  options_ = &options;
  options.group(kTopicsGroup);
  options.choice("--preset", preset_, {"predecessor", "influx", "json"},
                 "other defaults: topics and payloads of smart-meter-mbus-dlms; InfluxDB's line "
                 "protocol; an object per value");
  options.toggle("retain", retain_, "the broker keeps the last message of each topic (default)");
  options.flag("--allow-old", allow_old_, "retain readings older than an hour, too");
  options.value("--topic-base", base_, "BASE",
                "what the topics stand below, of {meter} {src} (default " + base_ + ")");
  options.value("--topic", topic_, "TEMPLATE",
                "per value, of {meter} {obis} {name} {src} (default meterpipe/{meter}/{obis})");
  options.value("--json-topic", json_topic_, "TEMPLATE",
                "per reading, of {meter} {src} (default meterpipe/{meter}/json)");
  options.value("--error-topic", error_topic_, "TEMPLATE",
                "per error, of {meter} {src} (default meterpipe/{meter}/error)");
  options.value("--quarantine-topic", quarantine_topic_, "TEMPLATE",
                "per refused reading, of {meter} {src} (default meterpipe/{meter}/quarantine)");
  options.value("--history-topic", history_topic_, "TEMPLATE",
                "per late reading, of {meter} {src} (default meterpipe/{meter}/history)");
  options.value("--stats-topic", stats_topic_, "TEMPLATE",
                "counters, of {meter} {src}, or off (default meterpipe/{meter}/stats)");
  options.toggle("values", values_, "one message per value (default)");
  options.toggle("json", json_, "one message with the whole reading (default)");
  payloads_.add_to(options);
}

// What the preset says, where the command line says nothing.
TopicOptions TopicOptions::with_preset() const {
  TopicOptions to = *this;
  const auto set = [&](const std::string& option, auto& target, auto value) {
    if (!options_->given(option)) target = value;
  };
  if (preset_ == "predecessor") {
    set("--topic-base", to.base_, "SmartMeter/Electricity/Main");
    set("--name-format", to.payloads_.name_format, "[measurement], [measurementType]");
    set("--umlauts", to.payloads_.umlauts, "replace");
    set("--topic-invalid", to.payloads_.invalid, "[^a-zA-z0-9_]");
    set("--time-format", to.payloads_.time_format, "iso-local");
    set("--json-format", to.payloads_.json_format, "predecessor");
    set("--retain", to.retain_, false);
    to.value_level_ = "{name}";
    to.payloads_.names_anew = true;
    to.payloads_.drop_zeros = true;
    to.json_last_ = true;
  } else if (preset_ == "influx") {
    set("--values", to.values_, false);
    set("--json-format", to.payloads_.json_format, "influx");
  } else if (preset_ == "json") {
    set("--value-format", to.payloads_.value_format, "json");
    set("--json", to.json_, false);
  }
  return to;
}

std::string TopicOptions::template_text(const std::string& option, const std::string& text,
                                        std::string_view below) const {
  if (!option.empty() && options_->given(option)) return text;
  std::string base = base_;
  if (base.ends_with('/')) base.pop_back();
  return base.empty() ? std::string(below) : fmt::format("{}/{}", base, below);
}

shape::TopicTemplate TopicOptions::read(const std::string& option, const std::string& text,
                                        std::string_view below,
                                        std::initializer_list<Placeholder> allowed) const {
  return topic_template(options_->given(option) ? option : "--topic-base",
                        template_text(option, text, below), allowed);
}

std::string TopicOptions::per_meter(std::string_view leaf) const {
  const TopicOptions with = with_preset();
  if (with.base_.find("{src}") != std::string::npos)
    return fmt::format("meterpipe/{{meter}}/{}", leaf);
  const bool has_meter = with.base_.find("{meter}") != std::string::npos;
  return with.template_text({}, {}, fmt::format("{}{}", has_meter ? "" : "{meter}/", leaf));
}

shape::TopicTemplate TopicOptions::history_topic() const {
  return with_preset().read("--history-topic", history_topic_, "history", kPerReading);
}

// The predecessor has no such topic: only for who asks.
bool TopicOptions::wants_stats() const {
  if (options_->given("--stats-topic")) return stats_topic_ != "off";
  return preset_ != "predecessor" || options_->given("--stats");
}

// Of messages of two kinds on one topic nobody could tell which is which.
void TopicOptions::check_collisions() const {
  struct Use {
    std::string option, text;
  };
  std::vector<Use> uses;
  const auto add = [&](const std::string& option, const std::string& text, std::string_view below) {
    std::string whole = template_text(option, text, below);
    for (const Use& other : uses) {
      if (other.text != whole) continue;
      cli::usage_error(
          fmt::format("{} and {} would share the topic {}", other.option, option, whole));
    }
    uses.push_back({option, std::move(whole)});
  };
  const std::string_view whole = payloads_.json_format == "influx" ? "influx" : "json";
  if (values_) add("--topic", topic_, value_level_);
  if (json_) add("--json-topic", json_topic_, whole);
  add("--error-topic", error_topic_, "error");
  add("--quarantine-topic", quarantine_topic_, "quarantine");
  if (wants_stats()) add("--stats-topic", stats_topic_, "stats");
  if (options_->given("--history-topic")) add("--history-topic", history_topic_, "history");
}

flow::PublishPlan TopicOptions::make_plan() const {
  const TopicOptions with = with_preset();
  flow::PublishPlan plan;
  if (!with.values_ && !with.json_) cli::usage_error("--no-values and --no-json leave nothing");
  if (options_->given("--topic-base") && base_.empty()) {
    cli::usage_error("--topic-base is empty: --topic and --json-topic are for topics without one");
  }
  with.payloads_.apply_to(plan, *options_);
  const auto value_topic =
      with.read("--topic", with.topic_, with.value_level_,
                {Placeholder::meter, Placeholder::obis, Placeholder::name, Placeholder::src});
  if (with.values_ && !value_topic.has(Placeholder::obis) && !value_topic.has(Placeholder::name)) {
    cli::usage_error(
        "--topic: all values of a reading would share one topic: add {obis} or {name}");
  }
  if (with.values_) plan.value_topic = value_topic;
  const bool by_name = value_topic.has(Placeholder::name);
  plan.field = by_name ? topic_template("--topic", "{name}", {Placeholder::name})
                       : topic_template("--topic", "{obis}", {Placeholder::obis});
  const std::string_view whole = plan.json_format == shape::JsonFormat::influx ? "influx" : "json";
  if (with.json_) plan.json_topic = with.read("--json-topic", with.json_topic_, whole, kPerReading);
  plan.error_topic = with.read("--error-topic", with.error_topic_, "error", kPerReading);
  plan.quarantine_topic =
      with.read("--quarantine-topic", with.quarantine_topic_, "quarantine", kPerReading);
  if (wants_stats()) {
    plan.stats_topic = with.read("--stats-topic", with.stats_topic_, "stats", kPerReading);
  }
  history_topic();
  with.check_collisions();
  plan.naming = fmt::format("{}\n{}", with.template_text("--topic", with.topic_, with.value_level_),
                            with.payloads_.naming());
  plan.retain = with.retain_;
  plan.allow_old = with.allow_old_;
  plan.json_last = with.json_last_;
  return plan;
}

}  // namespace meterpipe::tool
