// When a program says what it has counted: one line on stderr at the end (--stats), whenever
// SIGUSR1 comes (always, as dd does), and every so often (--stats=TIME).
//
// The line never waits for its reader: where standard error has no room for all of it, it is left
// out, and the next one that gets through can say how many were. What stands in it is the program's
// (record::stats_line).
//
// SIGUSR1 and the timer (SIGALRM) are let in where the program waits (os/signals.hpp): the line is
// written from there, never from a signal handler, and what was waited for is waited for on.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "base/buffer.hpp"
#include "base/time.hpp"

namespace meterpipe::io {

struct StatsSettings {
  bool wanted = false;         // at the end
  std::uint64_t every_ms = 0;  // 0: not by the clock
};

// One at a time, for as long as there is something to count.
class Stats {
 public:
  // Writes the line: of which tool, when, running for how long, behind how many that were left out.
  using Line = std::function<void(Buffer& line, std::string_view tool, Micros now, Micros running,
                                  std::uint64_t missed)>;

  Stats(const StatsSettings& settings, Line line);
  // The end: the last line, if it is wanted.
  ~Stats();
  Stats(const Stats&) = delete;
  Stats& operator=(const Stats&) = delete;

  // Something else that is to be done every so often, and at the end of a program that ends by
  // itself. It must not throw.
  void every(std::uint64_t ms, std::function<void()> job);

 private:
  struct Job {
    std::uint64_t every_ms;
    long long due;  // monotonic milliseconds
    std::function<void()> run;
  };

  static void heard(bool asked);
  static void ending();
  void write_line();
  void run_due();
  void set_timer();

  StatsSettings settings_;
  Line line_;
  std::int64_t started_us_;
  int own_stderr_;            // opened in time: later this program may open nothing; -1: as it came
  std::uint64_t missed_ = 0;  // lines since the last one that was written
  std::vector<Job> jobs_;
};

}  // namespace meterpipe::io
