// Whether the programs of a run work, and whether readings come. Each is asked for its counters
// (SIGUSR1): one that is in an endless loop, stopped, or waits where it should not does not answer,
// and then the service manager hears no more; one whose meter is silent answers. What the counters
// say is told once, with what to do, within an interval of the meter:
//
//   a wrong key, none, no good tags       by the first message, where its checksum is right and no
//                                         reading came before; else by the second
//   values that cannot be true or read    by the second in a row
//   silence                               when a message is overdue by an interval; not of a port
//                                         that is not there: mbus-read has said so
//   bytes without a whole message         when two are: one may be damaged on its way
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

  // In so long a program answers; the service manager wants to hear something that often.
  static long long answer_ms();
  // How often ask() is to be called.
  long long period_ms() const;
  void ask(os::Pipeline& pipeline);
  // A line of a program's standard error; true: it was its counters.
  bool take(const std::string& program, std::string_view line);
  // What they have counted.
  const Counts& counts() const { return counts_; }

 private:
  void all_answered();
  void look_at_readings(long long now);
  std::string status(long long now) const;
  bool is_away() const;
  bool is_sure(const Verdict& verdict, const Counts& since, long long waited_ms) const;

  const config::Settings& settings_;
  std::vector<std::string> programs_;
  long long interval_ms_;  // 0: nobody says it
  Counts counts_, at_last_reading_;
  long long last_reading_ms_, asked_ms_ = 0;
  long long there_since_ms_ = 0;  // the port
  std::uint64_t readings_ = 0;
  std::set<std::string> waits_for_;  // those that have not answered
  std::set<std::string> said_hang_;  // of whom it was said
  std::string trouble_;              // as it was said
  std::string_view cause_;           // of it
};

}  // namespace meterpipe::runner
