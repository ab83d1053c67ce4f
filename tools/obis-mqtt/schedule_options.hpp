// When a reading is published, what a slot's readings become, and what counts as a change.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/options.hpp"
#include "flow/change_filter.hpp"
#include "flow/schedule.hpp"

namespace meterpipe::tool {

class ScheduleOptions {
 public:
  void add_to(cli::Options& options);  // which must live as long as this is asked
  // Nothing where the options ask for nothing. Usage errors are thrown here.
  std::optional<flow::ScheduleSettings> settings() const;
  std::optional<flow::ChangeSettings> changes() const;
  // The longest time between two publications of a value of a meter that always sends; 0: as the
  // meter sends; nothing: there is none.
  std::optional<Micros> publish_interval() const;

 private:
  bool given(const std::string& name) const { return options_ != nullptr && options_->given(name); }

  const cli::Options* options_ = nullptr;
  std::string min_interval_, every_, at_seconds_, at_minutes_, aggregate_ = "first", refresh_;
  std::vector<std::string> dead_bands_;
  bool on_change_ = false;
};

}  // namespace meterpipe::tool
