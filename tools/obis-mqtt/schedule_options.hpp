// When a reading is published, what a slot's readings become, and what counts as a change.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/whole_number.hpp"
#include "cli/options.hpp"
#include "flow/change_filter.hpp"
#include "flow/schedule.hpp"
#include "obis-mqtt/topic_options.hpp"
#include "os/log.hpp"

namespace meterpipe::tool {

class ScheduleOptions {
 public:
  // which must live as long as this is asked
  void add_to(cli::Options& options) {
    options_ = &options;
    options.group(kScheduleGroup);
    options.value("--min-interval", min_interval_, "TIME",
                  "publish a meter's readings not more often than this (10s, 5m)");
    options.value("--every", every_, "TIME",
                  "one reading in each slot of the wall clock (1m, 15m, 1h, 1d)");
    options.value("--at-seconds", at_seconds_, "LIST",
                  "slots begin at these seconds of each minute (0,15,30,45)");
    options.value("--at-minutes", at_minutes_, "LIST",
                  "slots begin at these minutes of each hour (0,15,30,45)");
    options.choice("--aggregate", aggregate_, {"first", "last", "mean", "min", "max"},
                   "what a slot's readings become (default first)");
    options.flag("--on-change", on_change_, "publish only the values that have changed");
    options.list("--dead-band", dead_bands_, "UNIT=N",
                 "a move of up to N is no change (W=10, 1-0:32.7.0=0.5); with --on-change");
    options.value("--refresh", refresh_, "TIME",
                  "with --on-change publish all again after this long, 0 never (default 15m)");
    options.needs("--refresh", {"--on-change", "--dead-band"});
    options.excludes("--every", {"--at-seconds", "--at-minutes"});
  }
  // Nothing where the options ask for nothing. Usage errors are thrown here.
  std::optional<flow::ScheduleSettings> settings() const {
    flow::ScheduleSettings settings;
    settings.aggregation = flow::aggregation_of(aggregate_).value_or(flow::Aggregation::first);
    if (given("--min-interval")) {
      settings.slots.min_interval = cli::parse_duration_us("--min-interval", min_interval_);
    }
    std::vector<int> seconds, minutes;
    if (given("--at-seconds")) seconds = parse_list("--at-seconds", at_seconds_);
    if (given("--at-minutes")) minutes = parse_list("--at-minutes", at_minutes_);
    Micros every = 0;
    if (given("--every")) {
      every = cli::parse_duration_us("--every", every_);
      if (every < kSecond || every > kDay) {
        cli::usage_error("--every: '{}' is not from 1s to 1d", every_);
      }
      settings.slots.grid = flow::SlotGrid::every(every);
    } else if (!seconds.empty() || !minutes.empty()) {
      settings.slots.grid = flow::SlotGrid::at(seconds, minutes);
    }
    if (settings.slots.min_interval == 0 && !settings.slots.grid) {
      if (settings.aggregation == flow::Aggregation::first) return std::nullopt;
      cli::usage_error(
          "--aggregate {}: of which slots? add --every, --at-seconds, --at-minutes or "
          "--min-interval",
          aggregate_);
    }
    settings.signature = fmt::format("{} {} {} {} {}", settings.slots.min_interval, every,
                                     fmt::join(seconds, ","), fmt::join(minutes, ","), aggregate_);
    return settings;
  }
  std::optional<flow::ChangeSettings> changes() const {
    if (!on_change_ && dead_bands_.empty()) return std::nullopt;
    flow::ChangeSettings settings;
    settings.refresh =
        cli::parse_duration_us("--refresh", given("--refresh") ? refresh_ : std::string(kRefresh));
    for (const std::string& text : dead_bands_) {
      const auto band = flow::DeadBand::parse(text);
      if (!band) {
        cli::usage_error(
            "--dead-band: '{}' is not a unit or a code, '=' and a number (W=10, 1-0:32.7.0=0.5)",
            text);
      }
      settings.bands.push_back(*band);
    }
    return settings;
  }
  // The longest time between two publications of a value of a meter that always sends; 0: as the
  // meter sends; nothing: there is none.
  std::optional<Micros> publish_interval() const {
    const auto slots = settings();
    const auto on_change = changes();
    if (on_change && on_change->refresh == 0) return std::nullopt;
    return (slots ? slots->slots.longest() : 0) + (on_change ? on_change->refresh : 0);
  }
  // What is allowed and hardly meant, on stderr. expiry_s: of --expire; 0: none.
  void warn(std::uint32_t expiry_s) const {
    const auto again = publish_interval();
    if (expiry_s == 0 || (again && *again < expiry_s * kSecond)) return;
    os::log_warning(
        "--expire: after {} s the broker forgets a value that is published again {}: its topic is "
        "empty in between",
        expiry_s, again ? fmt::format("after {} s", *again / kSecond) : "when it changes");
  }

 private:
  static constexpr std::string_view kRefresh = "15m";

  // list = number { "," number }; each 0 to 59, with or without blanks around it
  //   0,15,30,45    0, 15, 30, 45    0
  static std::vector<int> parse_list(const std::string& option, std::string_view text) {
    std::vector<int> numbers;
    for (std::string_view rest = text;;) {
      const std::size_t comma = rest.find(',');
      std::string_view item = rest.substr(0, comma);
      while (item.starts_with(' ')) item.remove_prefix(1);
      while (item.ends_with(' ')) item.remove_suffix(1);
      const auto number = whole_number<int>(item);
      if (!number || *number < 0 || *number > 59) {
        cli::usage_error("{}: '{}' is no number from 0 to 59 (a list such as 0,15,30,45)", option,
                         item);
      }
      numbers.push_back(*number);
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
    std::ranges::sort(numbers);
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    return numbers;
  }

  bool given(const std::string& name) const { return options_ != nullptr && options_->given(name); }

  const cli::Options* options_ = nullptr;
  std::string min_interval_, every_, at_seconds_, at_minutes_, aggregate_ = "first", refresh_;
  std::vector<std::string> dead_bands_;
  bool on_change_ = false;
};

}  // namespace meterpipe::tool
