// Whether the programs of a run work, and whether readings come. Each is asked for its counters
// (SIGUSR1): one that is in an endless loop, stopped, or waits where it should not does not answer,
// and then the service manager hears no more; one whose meter is silent answers. What the counters
// say is told once, with what to do.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "meterpipe/configuration.hpp"
#include "meterpipe/counts.hpp"
#include "os/pipeline.hpp"

namespace meterpipe::runner {

class Supervision {
 public:
  // `programs`: all that are asked, by name.
  Supervision(const Configuration& configuration, std::vector<std::string> programs);

  // How often ask() is to be called.
  static long long period_ms();
  void ask(os::Pipeline& pipeline);
  // A line of a program's standard error; true: it was its counters.
  bool take(const std::string& program, std::string_view line);
  // What they have counted.
  const Counts& counts() const { return counts_; }

 private:
  void all_answered();
  void look_at_readings(long long now);

  const config::Settings& settings_;
  std::vector<std::string> programs_;
  long long patience_ms_;  // without a reading
  Counts counts_, at_last_reading_;
  long long last_reading_ms_;
  std::uint64_t readings_ = 0;
  std::set<std::string> waits_for_;  // those that have not answered
  std::set<std::string> said_hang_;  // of whom it was said
  std::string trouble_;              // as it was said
  std::string_view cause_;           // of it
};

}  // namespace meterpipe::runner
