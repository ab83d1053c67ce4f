#include "meterpipe/supervision.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "os/clock.hpp"
#include "os/log.hpp"
#include "os/notify.hpp"

namespace meterpipe::runner {
namespace {

// For an answer, where no manager asks for less.
constexpr long long kAnswerMs = 10'000;
constexpr long long kLeastPeriodMs = 1'000;
// Where nobody says what the interval is: of most meters, and of those that send least, the Czech.
constexpr long long kUsualMs = 5'000, kLongestMs = 60'000;
constexpr long long kLeastPatienceMs = 5'000;
constexpr unsigned kSureMessages = 2;

}  // namespace

Supervision::Supervision(const Configuration& configuration, std::vector<std::string> programs)
    : settings_(configuration.settings),
      programs_(std::move(programs)),
      interval_ms_(interval_ms(configuration)),
      last_reading_ms_(os::monotonic_ms()) {}

long long Supervision::answer_ms() {
  const long long watchdog = os::watchdog_ms();
  // Three answers may come late.
  return watchdog == 0 ? kAnswerMs : std::clamp(watchdog / 4, 10LL, kAnswerMs);
}

long long Supervision::period_ms() const {
  const long long interval = interval_ms_ == 0 ? kUsualMs : interval_ms_;
  return std::min(answer_ms(), std::clamp(interval / 2, kLeastPeriodMs, kAnswerMs));
}

void Supervision::ask(os::Pipeline& pipeline) {
  const long long now = os::monotonic_ms();
  const bool is_late = !waits_for_.empty() && now - asked_ms_ >= answer_ms();
  // Said again where others are to blame: at first one that is only slow may be among them.
  if (is_late && waits_for_ != said_hang_) {
    said_hang_ = waits_for_;
    os::log_warning("{} does not answer", fmt::join(waits_for_, ", "));
    os::notify_manager(fmt::format("STATUS={} does not answer\n", fmt::join(waits_for_, ", ")));
  }
  if (is_late || waits_for_.empty()) {
    waits_for_.insert(programs_.begin(), programs_.end());
    asked_ms_ = now;
  }
  // Also those that have been asked: one that only begins has not heard it.
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
  os::notify_manager(fmt::format("WATCHDOG=1\nSTATUS={}\n", status(now)));
}

std::string Supervision::status(long long now) const {
  if (is_away()) return settings_.value("mbus-read", "port").value_or("-") + " is not there";
  if (!trouble_.empty()) return trouble_;
  if (readings_ == 0) return "waiting for the first reading";
  return fmt::format(
      "{} readings, the last one {} s ago{}", readings_, (now - last_reading_ms_) / 1000,
      counts_.power().empty() ? std::string() : fmt::format(", {} W", counts_.power()));
}

bool Supervision::is_away() const { return counts_("mbus-read", "away") != 0; }

bool Supervision::is_sure(const Verdict& verdict, const Counts& since, long long waited_ms) const {
  const bool is_checked = since.is_intact() && settings_.value("mbus-frame", "no-fcs") != "true";
  const unsigned enough =
      readings_ == 0 && is_checked ? verdict.proof : std::max(verdict.proof, kSureMessages);
  if (verdict.proof != 0 && verdict.messages >= enough) return true;
  // What does not come at all may come yet.
  const bool is_silent = since("mbus-read", "bytes") == 0;
  return waited_ms >= (interval_ms_ == 0 ? kLongestMs
                       : is_silent       ? std::max(2 * interval_ms_, kLeastPatienceMs)
                                         : std::max(3 * interval_ms_, kLeastPatienceMs));
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
  if (is_away()) {
    there_since_ms_ = now;
    return;
  }
  const auto within = fmt::format(" for {} s", (now - last_reading_ms_) / 1000);
  const Counts since = counts_.since(at_last_reading_);
  const Verdict verdict = why_no_reading(since, settings_, "");
  if (!is_sure(verdict, since, now - std::max(last_reading_ms_, there_since_ms_))) return;
  if (verdict.cause == cause_) return;
  cause_ = verdict.cause;
  trouble_ = verdict.text;
  os::log_warning("no reading{}: {}", within, verdict.text);
}

}  // namespace meterpipe::runner
