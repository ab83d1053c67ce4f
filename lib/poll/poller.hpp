// Reads meters one after the other, once or every so often. Never two at a time.
//
// A heat or water meter lives on a battery that is reckoned for a number of answers: each meter is
// asked for data so many times in 24 hours and no more, whatever the interval is.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "poll/address.hpp"
#include "poll/bus.hpp"
#include "poll/meter_reader.hpp"

namespace meterpipe::poll {

inline constexpr std::int64_t kDayUs = 86'400'000'000;

struct PollPlan {
  std::vector<MeterAddress> meters;
  std::optional<std::int64_t> every_us;  // none: one pass
  std::uint64_t budget = 96;             // readings of a meter in 24 hours; 0: without end
  bool wait = false;                     // for a port that is not there yet
};

// How many readings of a meter that plan would make of a day.
std::uint64_t readings_a_day(const PollPlan& plan);

struct PollSink {
  std::function<void(const MeterAddress&, const Answer&)> telegram;
  std::function<void(const MeterAddress&, const MeterReading&)> failed;
};

struct PollCounts {
  std::uint64_t passes = 0;
  std::uint64_t readings = 0;  // whole ones
  std::uint64_t telegrams = 0;
  std::uint64_t failures = 0;
  std::uint64_t spared = 0;      // readings left out for the budget
  std::uint64_t reopenings = 0;  // of a port that had gone
};

class Poller {
 public:
  Poller(Bus& bus, PollPlan plan, PollSink sink);

  // Until the pass is over, or a signal comes. Throws os::Fatal where the port cannot be opened at
  // the start, or goes away in a single pass.
  void run();
  const PollCounts& counts() const { return counts_; }

 private:
  struct Day {
    std::optional<std::int64_t> began_us;
    std::uint64_t readings = 0;
    bool is_said = false;
  };
  void pass();
  bool may_read(std::size_t index);
  bool open(const MeterAddress& meter);
  void read(std::size_t index);

  Bus& bus_;
  PollPlan plan_;
  PollSink sink_;
  MeterReader reader_;
  std::vector<Day> days_;
  PollCounts counts_;
  bool was_open_ = false, is_down_ = false;
};

}  // namespace meterpipe::poll
