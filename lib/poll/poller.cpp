#include "poll/poller.hpp"

#include <algorithm>

#include "os/log.hpp"
#include "os/status.hpp"

namespace meterpipe::poll {
namespace {

constexpr std::int64_t kRetryUs = 1'000'000;  // of a port that is waited for

}  // namespace

std::uint64_t readings_a_day(const PollPlan& plan) {
  if (!plan.every_us) return 1;
  return static_cast<std::uint64_t>((kDayUs + *plan.every_us - 1) / *plan.every_us);
}

Poller::Poller(Bus& bus, PollPlan plan, PollSink sink)
    : bus_(bus),
      plan_(std::move(plan)),
      sink_(std::move(sink)),
      reader_(bus),
      days_(plan_.meters.size()) {}

void Poller::run() {
  std::int64_t due_us = bus_.now().steady_us;
  for (;;) {
    pass();
    if (!plan_.every_us) return;
    // A pass that takes longer than the interval leaves out what it missed.
    const std::int64_t now_us = bus_.now().steady_us;
    do due_us += *plan_.every_us;
    while (due_us < now_us);
    bus_.idle_until(due_us);
    if (bus_.is_stopped()) return;
  }
}

void Poller::pass() {
  ++counts_.passes;
  for (std::size_t i = 0; i < plan_.meters.size(); ++i) {
    if (bus_.is_stopped()) return;
    if (!may_read(i)) continue;
    if (!open(plan_.meters[i])) return;
    read(i);
  }
}

bool Poller::may_read(std::size_t index) {
  if (plan_.budget == 0) return true;
  Day& day = days_[index];
  const std::int64_t now_us = bus_.now().steady_us;
  if (!day.began_us || now_us >= *day.began_us + kDayUs) day = {now_us, 0, false};
  if (day.readings < plan_.budget) return true;
  ++counts_.spared;
  if (!day.is_said) {
    day.is_said = true;
    os::log_warning(
        "meter {}: its {} readings of a day are used up, it is left alone for {} min (--budget, "
        "for a meter that has no battery)",
        to_string(plan_.meters[index]), plan_.budget,
        (*day.began_us + kDayUs - now_us) / 60'000'000);
  }
  return false;
}

bool Poller::open(const MeterAddress& meter) {
  const bool was_down = is_down_;
  for (;;) {
    const auto opened = bus_.open(meter.baud);
    if (opened) break;
    const bool is_missing = opened.error().kind == serial::Trouble::Kind::missing;
    if (!was_open_ && plan_.wait && is_missing) {
      if (!is_down_) os::log_info("{}: waiting for it", opened.error().text);
      is_down_ = true;
      bus_.idle_until(bus_.now().steady_us + kRetryUs);
      if (bus_.is_stopped()) return false;
      continue;
    }
    if (!was_open_) throw serial::fatal_unless_waited_for(opened.error());
    if (!plan_.every_us) throw serial::fatal(opened.error());
    if (!is_down_) os::log_warning("{}: trying again with each pass", opened.error().text);
    is_down_ = true;
    return false;
  }
  if (was_down) {
    ++counts_.reopenings;
    os::log_info("the port is back");
  }
  is_down_ = false;
  was_open_ = true;
  return true;
}

void Poller::read(std::size_t index) {
  const MeterAddress& meter = plan_.meters[index];
  const MeterReading reading =
      reader_.read(meter, [&](const Answer& answer) { sink_.telegram(meter, answer); });
  counts_.telegrams += reading.telegrams;
  if (reading.was_asked) ++days_[index].readings;
  if (reading.is_lost) {
    if (!plan_.every_us) throw serial::fatal(bus_.trouble());
    if (!is_down_) os::log_warning("{}: trying again with each pass", bus_.trouble().text);
    is_down_ = true;
    return;
  }
  if (reading.is_stopped) return;
  if (reading.error) {
    ++counts_.failures;
    return sink_.failed(meter, reading);
  }
  ++counts_.readings;
  os::log_debug("meter {}: {} telegrams", to_string(meter), reading.telegrams);
}

}  // namespace meterpipe::poll
