// On which topics what is published, in which form, retained or not.
//
// The topics stand below --topic-base unless they have templates of their own. A preset changes
// defaults; what is given on the command line wins.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "cli/options.hpp"
#include "flow/publisher.hpp"
#include "obis-mqtt/payload_options.hpp"

namespace meterpipe::tool {

class TopicOptions {
 public:
  void add_to(cli::Options& options);
  // Made once, when the command line has been read. Usage errors are thrown here.
  const flow::PublishPlan& plan() const {
    if (!plan_) plan_ = make_plan();
    return *plan_;
  }
  // A zone that --zone names becomes the process's: once, at its start, behind plan().
  void choose_zone() const { with_preset().payloads_.choose_zone(); }
  // A topic of each meter that stands below the base, for other groups of options; where the base
  // is of sources, below meterpipe/{meter}.
  std::string per_meter(std::string_view leaf) const;
  // Of readings that were late; for the plan of who wants them.
  shape::TopicTemplate history_topic() const;

 private:
  // What an option gives, or a leaf below the base in place of it.
  struct Topic {
    std::string option, leaf, given = {};
  };

  flow::PublishPlan make_plan() const;
  TopicOptions with_preset() const;
  bool wants_stats() const;
  void check_collisions() const;
  std::string below_base(std::string_view leaf) const;
  std::string text_of(const Topic& topic) const;
  shape::TopicTemplate read(const Topic& topic,
                            std::initializer_list<shape::Placeholder> allowed) const;

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

// The template that an option gives; throws a usage error.
shape::TopicTemplate topic_template(const std::string& option, const std::string& text,
                                    std::initializer_list<shape::Placeholder> allowed);

}  // namespace meterpipe::tool
