// The whole command line of obis-mqtt, a group of options a member.
#pragma once

#include <cstdint>

#include <fmt/format.h>

#include "cli/common.hpp"
#include "cli/options.hpp"
#include "obis-mqtt/check_options.hpp"
#include "obis-mqtt/connection_options.hpp"
#include "obis-mqtt/discovery_options.hpp"
#include "obis-mqtt/raw_options.hpp"
#include "obis-mqtt/schedule_options.hpp"
#include "obis-mqtt/spool_options.hpp"
#include "obis-mqtt/stats_options.hpp"
#include "obis-mqtt/topic_options.hpp"
#include "state/meters.hpp"

namespace meterpipe::tool {

struct Arguments {
  cli::Common common;
  ConnectionOptions connection;
  TopicOptions topics;
  CheckOptions check_data;
  ScheduleOptions schedule;
  DiscoveryOptions discovery;
  SpoolOptions spool;
  RawOptions raw;
  StatsOptions stats;
  std::uint64_t meters = state::Meters::kMost;  // how many are known at once
  bool dry_run = false;

  void add_to(cli::Options& options) {
    connection.add_to(options);
    topics.add_to(options);
    connection.add_to_topics(options);
    check_data.add_to(options);
    schedule.add_to(options);
    discovery.add_to(options);
    spool.add_to(options);
    raw.add_to(options);
    options.group(kOtherGroup);
    options.flag("--dry-run", dry_run, "print topic, tab, payload; no broker is needed");
    options.number("--meters", meters, "N",
                   fmt::format("know so many meters at most, then forget (default {})", meters));
    stats.add_to(options);
    cli::add_stats_option(options, common);
    cli::add_reader_options(options, common, "readings");
  }

  home::HomeAssistantPlan discovery_plan() const {
    return discovery.plan(connection.settings(false), topics, schedule);
  }

  // Usage errors, before any file is opened.
  void check(const cli::Options& options) const {
    connection.linger_ms();
    topics.plan();
    raw.topic();
    if (options.given("--expire")) connection.check_expiry();
    connection.settings(false);
    check_data.settings();
    if (meters == 0 || meters > 10'000'000) cli::usage_error("--meters: 1 to 10000000");
    schedule.settings();
    schedule.changes();
    discovery_plan();
    spool.settings();
    stats.check();
  }
};

}  // namespace meterpipe::tool
