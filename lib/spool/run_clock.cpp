#include "spool/run_clock.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

#include <fmt/format.h>

#include "os/clock.hpp"

namespace meterpipe::spool {
namespace {

constexpr std::size_t kMostRuns = 64;

}  // namespace

RunClock::Source RunClock::of_this_machine() {
  std::string boot;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> boot;
  return {os::boot_clock, boot.empty() ? "?" : boot};
}

Micros RunClock::at(std::int64_t row, Micros now) {
  if (!has_started_) {
    has_started_ = true;
    first_row_ = row;
    difference_ = now - source_.since_boot();
  }
  return source_.since_boot() + difference_;
}

Micros RunClock::age(std::int64_t file_row, Micros at, Micros now, std::int64_t base) const {
  const Micros running = source_.since_boot();
  if (has_started_ && file_row >= first_row_ + base) return running - (at - difference_);
  const auto behind = runs_.upper_bound(file_row);
  if (behind != runs_.begin()) {
    const Run& run = std::prev(behind)->second;
    if (run.boot == source_.boot && run.boot != "?") return running - (at - run.difference);
  }
  return std::clamp<Micros>(now - at, 0, running);
}

std::string RunClock::text(std::int64_t base) const {
  if (is_saved_ || !has_started_) return {};
  std::string text;
  auto run = runs_.begin();
  if (runs_.size() >= kMostRuns) std::advance(run, runs_.size() - kMostRuns + 1);
  for (; run != runs_.end(); ++run) {
    text += fmt::format("{} {} {}\n", run->first, run->second.boot, run->second.difference);
  }
  return text + fmt::format("{} {} {}\n", first_row_ + base, source_.boot, difference_);
}

void RunClock::restore(std::string_view text) {
  std::istringstream in{std::string(text)};
  std::int64_t row = 0;
  for (Run run; in >> row >> run.boot >> run.difference;) runs_.insert_or_assign(row, run);
}

}  // namespace meterpipe::spool
