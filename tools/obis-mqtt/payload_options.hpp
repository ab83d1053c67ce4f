// What stands in the messages: names, numbers, units, times.
#pragma once

#include <string>
#include <vector>

#include "cli/options.hpp"
#include "flow/publisher.hpp"

namespace meterpipe::tool {

struct PayloadOptions {
  std::string language = "en", name_format, umlauts = "keep", invalid, replacement, zone = "meter";
  shape::ValueFormat value_format = shape::ValueFormat::plain;
  shape::JsonFormat json_format = shape::JsonFormat::record;
  shape::TimeFormat time_format = shape::TimeFormat::as_is;
  shape::EnergyUnit energy = shape::EnergyUnit::as_is;
  std::vector<std::string> derive;
  bool with_unit = false;
  // Set by a preset, not by options.
  bool names_anew = false, drop_zeros = false;

  void add_to(cli::Options& options);
  // Usage errors are thrown here.
  void apply_to(flow::PublishPlan& plan, const cli::Options& options) const;
  // Makes a zone that was named the process's: once, at its start, behind apply_to.
  void choose_zone() const;

  // All that makes a name in a topic, as a text.
  std::string naming() const;

 private:
  shape::NameRules name_rules(const cli::Options& options) const;
};

}  // namespace meterpipe::tool
