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
  flow::PublishPlan make_plan() const;
  TopicOptions with_preset() const;
  bool wants_stats() const;
  void check_collisions() const;
  // Of --topic, say, or what stands for it below the base.
  std::string template_text(const std::string& option, const std::string& text,
                            std::string_view below) const;
  shape::TopicTemplate read(const std::string& option, const std::string& text,
                            std::string_view below,
                            std::initializer_list<shape::Placeholder> allowed) const;

  const cli::Options* options_ = nullptr;
  std::string preset_, base_ = "meterpipe/{meter}";
  std::string topic_, json_topic_, error_topic_, quarantine_topic_, history_topic_, stats_topic_;
  std::string value_level_ = "{obis}";
  PayloadOptions payloads_;
  mutable std::optional<flow::PublishPlan> plan_;
  bool retain_ = true, allow_old_ = false, values_ = true, json_ = true, json_last_ = false;
};

// The template that an option gives; throws a usage error.
shape::TopicTemplate topic_template(const std::string& option, const std::string& text,
                                    std::initializer_list<shape::Placeholder> allowed);

}  // namespace meterpipe::tool
