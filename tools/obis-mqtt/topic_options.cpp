#include "obis-mqtt/topic_options.hpp"

#include <fmt/format.h>

namespace meterpipe::tool {

using mqtt::Placeholder;

mqtt::TopicTemplate topic_template(const std::string& option, const std::string& text,
                                   std::initializer_list<Placeholder> allowed) {
  auto result = mqtt::TopicTemplate::parse(text, allowed);
  if (!result) cli::usage_error(fmt::format("{}: {}", option, result.error()));
  return *result;
}

void TopicOptions::add_to(cli::Options& options) {
  options.toggle("retain", retain_, "the broker keeps the last message of each topic (default)");
  options.flag("--allow-old", allow_old_, "retain readings older than an hour, too");
  options.value("--topic", topic_, "TEMPLATE",
                "per value, of {meter} {obis} {name} {src} (default " + topic_ + ")");
  options.value("--json-topic", json_topic_, "TEMPLATE",
                "per reading, of {meter} {src} (default " + json_topic_ + ")");
  options.value("--error-topic", error_topic_, "TEMPLATE",
                "per error, of {meter} {src} (default " + error_topic_ + ")");
  options.value("--quarantine-topic", quarantine_topic_, "TEMPLATE",
                "per refused reading, of {meter} {src} (default " + quarantine_topic_ + ")");
  options.toggle("values", values_, "one message per value (default)");
  options.toggle("json", json_, "one message with the whole reading (default)");
}

mqtt::PublishPlan TopicOptions::plan() const {
  mqtt::PublishPlan plan;
  if (!values_ && !json_) cli::usage_error("--no-values and --no-json leave nothing");
  if (values_) {
    plan.value_topic = topic_template(
        "--topic", topic_,
        {Placeholder::meter, Placeholder::obis, Placeholder::name, Placeholder::src});
    if (!plan.value_topic->has(Placeholder::obis) && !plan.value_topic->has(Placeholder::name)) {
      cli::usage_error(
          "--topic: all values of a reading would share one topic: add {obis} or {name}");
    }
  }
  const auto per_record = {Placeholder::meter, Placeholder::src};
  if (json_) plan.json_topic = topic_template("--json-topic", json_topic_, per_record);
  plan.error_topic = topic_template("--error-topic", error_topic_, per_record);
  plan.quarantine_topic = topic_template("--quarantine-topic", quarantine_topic_, per_record);
  plan.retain = retain_;
  plan.allow_old = allow_old_;
  return plan;
}

}  // namespace meterpipe::tool
