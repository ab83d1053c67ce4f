// On which topics what is published, in which form, retained or not.
#pragma once

#include <initializer_list>
#include <string>

#include "cli/options.hpp"
#include "mqtt/publisher.hpp"

namespace meterpipe::tool {

class TopicOptions {
 public:
  void add_to(cli::Options& options);
  // Usage errors are thrown here.
  mqtt::PublishPlan plan() const;

 private:
  std::string topic_ = "meterpipe/{meter}/{obis}";
  std::string json_topic_ = "meterpipe/{meter}/json";
  std::string error_topic_ = "meterpipe/{meter}/error";
  std::string quarantine_topic_ = "meterpipe/{meter}/quarantine";
  bool retain_ = true, allow_old_ = false, values_ = true, json_ = true;
};

// The template that an option gives; throws a usage error.
mqtt::TopicTemplate topic_template(const std::string& option, const std::string& text,
                                   std::initializer_list<mqtt::Placeholder> allowed);

}  // namespace meterpipe::tool
