#include "meterpipe/supervision.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "os/clock.hpp"
#include "os/log.hpp"
#include "os/notify.hpp"

namespace meterpipe::runner {
namespace {

constexpr long long kPeriodMs = 10'000;    // where no manager asks for less
constexpr long long kPatienceMs = 60'000;  // without a preset; Czech meters send every 60 s
constexpr long long kIntervalsMissed = 3;
constexpr std::uint64_t kSureMessages = 2;

}  // namespace

Supervision::Supervision(const Configuration& configuration, std::vector<std::string> programs)
    : settings_(configuration.settings),
      programs_(std::move(programs)),
      patience_ms_(kPatienceMs),
      last_reading_ms_(os::monotonic_ms()) {
  if (configuration.preset != nullptr) {
    patience_ms_ = kIntervalsMissed * interval_ms(*configuration.preset);
  }
}

long long Supervision::period_ms() {
  const long long watchdog = os::watchdog_ms();
  // Three answers may come late.
  return watchdog == 0 ? kPeriodMs : std::clamp(watchdog / 4, 10LL, kPeriodMs);
}

void Supervision::ask(os::Pipeline& pipeline) {
  // Said again where others are to blame: at first one that is only slow may be among them.
  if (!waits_for_.empty() && waits_for_ != said_hang_) {
    said_hang_ = waits_for_;
    os::log_warning("{} does not answer", fmt::join(waits_for_, ", "));
    os::notify_manager(fmt::format("STATUS={} does not answer\n", fmt::join(waits_for_, ", ")));
  }
  waits_for_.insert(programs_.begin(), programs_.end());
  pipeline.ask();
}

bool Supervision::take(const std::string& program, std::string_view line) {
  if (!counts_.take(program, line)) return false;
  if (waits_for_.erase(program) != 0 && waits_for_.empty()) all_answered();
  return true;
}

void Supervision::all_answered() {
  if (!said_hang_.empty()) os::log_info("all programs answer again");
  said_hang_.clear();
  const long long now = os::monotonic_ms();
  look_at_readings(now);
  const std::string status =
      !trouble_.empty() ? trouble_
      : readings_ == 0
          ? std::string("waiting for the first reading")
          : fmt::format(
                "{} readings, the last one {} s ago{}", readings_, (now - last_reading_ms_) / 1000,
                counts_.power().empty() ? std::string() : fmt::format(", {} W", counts_.power()));
  os::notify_manager(fmt::format("WATCHDOG=1\nSTATUS={}\n", status));
}

void Supervision::look_at_readings(long long now) {
  if (const std::uint64_t readings = counts_.readings(); readings != readings_) {
    if (!trouble_.empty()) os::log_info("readings come again");
    trouble_.clear();
    cause_ = {};
    readings_ = readings;
    last_reading_ms_ = now;
    at_last_reading_ = counts_;
    return;
  }
  const auto within = fmt::format(" for {} s", (now - last_reading_ms_) / 1000);
  const Counts since = counts_.since(at_last_reading_);
  const Verdict verdict = why_no_reading(since, settings_, "");
  // Messages that cannot be read say it soon, if it is more than one; what does not come at all may
  // come yet.
  const bool is_sure =
      !verdict.may_come &&
      std::max(since("mbus-frame", "apdus"), since("mbus-frame", "rsp_ud")) >= kSureMessages;
  if (!is_sure && now - last_reading_ms_ < patience_ms_) return;
  if (verdict.cause == cause_) return;
  cause_ = verdict.cause;
  trouble_ = verdict.text;
  os::log_warning("no reading{}: {}", within, verdict.text);
}

}  // namespace meterpipe::runner
