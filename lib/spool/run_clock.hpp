// How old is what is in the spool? A board without a battery for its clock starts in the past and
// is set forward by weeks once the network is there: by that clock what is seconds old has waited
// for weeks. So each run counts on from the time of its first row by the clock since the machine
// was started, which nobody sets, and notes how the two stand to each other:
//
//   FIRST-ROW BOOT DIFFERENCE\n    for each run of which there may be rows
//
// A row of the same start of the machine is as old as that clock says. Of another one only that is
// certain which the time of day says and this start bears out: it is no older than the machine
// runs.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/timestamp.hpp"

namespace meterpipe::spool {

class RunClock {
 public:
  struct Source {
    std::function<Micros()> since_boot;
    std::string boot;  // a name for this start of the machine
  };
  static Source of_this_machine();

  explicit RunClock(Source source) : source_(std::move(source)) {}

  // The time of a row of this run; `now` by the time of day. A row in the file is `base` more.
  Micros at(std::int64_t row, Micros now);
  Micros age(std::int64_t file_row, Micros at, Micros now, std::int64_t base) const;

  // What is to be kept; empty: it is kept already.
  std::string text(std::int64_t base) const;
  void mark_saved() { is_saved_ = is_saved_ || has_started_; }
  void restore(std::string_view text);

 private:
  struct Run {
    std::string boot;
    Micros difference;  // of the time of day and the clock since the start
  };

  Source source_;
  std::map<std::int64_t, Run> runs_;  // earlier ones, by their first row in the file
  std::int64_t first_row_ = 0;
  Micros difference_ = 0;
  bool has_started_ = false, is_saved_ = false;
};

}  // namespace meterpipe::spool
