// mbus-poll: asks wired M-Bus meters for what they have to say, and writes the records that
// mbus-read writes of meters that speak by themselves.

#include <unistd.h>
#include <algorithm>

#include "base/timestamp.hpp"
#include "base/whole_number.hpp"
#include "cli/common.hpp"
#include "cli/output_counts.hpp"
#include "io/live_output.hpp"
#include "mbus-poll/new_address.hpp"
#include "mbus-poll/scanning.hpp"
#include "os/log.hpp"
#include "os/status.hpp"
#include "poll/poller.hpp"
#include "record/fault_text.hpp"
#include "record/records.hpp"
#include "record/stats.hpp"
#include "serial/burst_writer.hpp"

namespace meterpipe {
namespace {

constexpr std::uint64_t kUsualEveryMs = 15 * 60'000;
constexpr std::uint64_t kMostTries = 10;

struct Settings {
  cli::Common common;
  std::string port;
  std::string line_text = "2400-8E1";
  std::vector<std::string> meters;
  bool is_repeated = false;
  std::uint64_t every_ms = 0;
  std::uint64_t budget = 96;
  std::string timeout = "2s";
  std::uint64_t tries = 3;
  std::string scan;
  std::string old_address;
  std::vector<std::string> new_address;
  bool yes = false;

  poll::BusOptions bus;
  poll::PollPlan plan;
  bool has_timeout = false;  // given
};

poll::MeterAddress address_of(const std::string& option, const std::string& text) {
  auto address = poll::parse_meter_address(text);
  if (!address) cli::usage_error("{}: {}", option, address.error());
  return *address;
}

// Reads meters into records. Everything waits in one place, a poll on the port and the output.
class Polling {
 public:
  Polling(const Settings& settings, bool is_line_given)
      : settings_(settings),
        is_line_given_(is_line_given),
        writer_(serial::OutputForm::json, std::string(), std::string(), "mbus-poll"),
        output_([this](std::uint64_t count, std::string_view ts) {
          return writer_.overrun(count, ts);
        }),
        bus_([this](const serial::LineSettings& line) { return open_port(line); },
             serial::real_world(output_), settings.bus),
        poller_(bus_, settings.plan,
                {[this](const auto&, const poll::Answer& answer) { give(answer); },
                 [this](const auto& meter, const poll::MeterReading& reading) {
                   give(meter, reading);
                 }}) {}

  int run() {
    const io::Stats stats(settings_.common.stats,
                          record::stats_line([this](json::Writer& json) { add_counts(json); }));
    poller_.run();
    bus_.close();
    output_.finish();
    return settings_.plan.every_us || poller_.counts().failures == 0 ? os::kOk : os::kNo;
  }

 private:
  std::unique_ptr<serial::Port> open_port(const serial::LineSettings& line) {
    auto port = serial::make_port(settings_.port, line);  // the name was looked at
    // A line that is not set by this program is named only if the user named it.
    writer_.set_source((*port)->source());
    writer_.set_line((*port)->marks_errors() || is_line_given_ ? to_string(line) : std::string());
    return std::move(*port);
  }

  void give(const poll::Answer& answer) {
    const serial::Burst burst{answer.first, answer.ms, "frame", answer.bytes, answer.marked};
    const std::string ts = format_timestamp(answer.first.wall);
    record_.clear();
    writer_.write(record_, burst, ts);
    output_.add(record_.view(), ts);
    if (settings_.common.wants_times()) ages_.add(bus_.now().wall - answer.first.wall);
  }

  void give(const poll::MeterAddress& meter, const poll::MeterReading& reading) {
    const std::string ts = format_timestamp(bus_.now().wall);
    record::ErrorRecord record =
        record::error_record({ts, writer_.source(), {}}, "mbus-poll", *reading.error, {});
    record.text = text_of(meter, reading);
    record_.clear();
    record::write(record_, record);
    output_.add(record_.view(), ts);
    errors_.add(record.code);
  }

  void add_counts(json::Writer& json) const {
    const poll::PollCounts& counts = poller_.counts();
    const poll::BusCounts& line = bus_.counts();
    json.member_number("passes", counts.passes);
    json.member_number("readings", counts.readings);
    json.member_number("telegrams", counts.telegrams);
    json.member_number("failures", counts.failures);
    json.member_number("spared", counts.spared);
    json.member_number("requests", line.requests);
    json.member_number("repeats", line.repeats);
    json.member_number("bytes", line.bytes);
    json.member_number("echoed", line.echoed);
    json.member_number("stray", line.stray);
    json.member_number("late", line.late);
    json.member_number("overruns", output_.queue().dropped());
    json.member_number("reopenings", counts.reopenings);
    cli::add_queue(json, &output_.queue());
    cli::add_errors(json, output_.queue(), errors_);
    record::add_ages(json, "age", ages_);
  }

  const Settings& settings_;
  bool is_line_given_;
  serial::BurstWriter writer_;
  io::LiveOutput output_;
  Buffer record_;
  record::CodeCounts errors_;
  Histogram ages_;
  poll::Bus bus_;
  poll::Poller poller_;
};

void say_plan(const poll::PollPlan& plan) {
  if (!plan.every_us) return;
  const std::uint64_t a_day = readings_a_day(plan);
  const std::int64_t seconds = *plan.every_us / 1'000'000;
  if (plan.budget == 0) {
    os::log_info(
        "{} meters every {} s, {} readings of each in 24 hours and no end to it (--budget 0)",
        plan.meters.size(), seconds, a_day);
  } else if (a_day > plan.budget) {
    os::log_warning(
        "every {} s would be {} readings in 24 hours, and {} are allowed: when they are used up, a "
        "meter is left alone (--budget, for meters without a battery)",
        seconds, a_day, plan.budget);
  } else {
    os::log_info("{} meters every {} s, {} readings of each in 24 hours of {} (--budget)",
                 plan.meters.size(), seconds, a_day, plan.budget);
  }
}

void check_port(const Settings& settings) {
  if (settings.port.empty()) {
    cli::usage_error("--port PATH or --port tcp://HOST:PORT is missing (mbus-read --list)");
  }
  if (settings.port == "-") cli::usage_error("--port: nobody can be asked on standard input");
  const auto port = serial::make_port(settings.port, settings.bus.line);
  if (!port) cli::usage_error("--port: " + port.error());
}

void check_meters(Settings& settings) {
  for (const std::string& text : settings.meters) {
    const poll::MeterAddress meter = address_of("--meter", text);
    for (const poll::MeterAddress& other : settings.plan.meters) {
      if (to_string(other) == to_string(meter)) cli::usage_error("--meter: {} stands twice", text);
    }
    settings.plan.meters.push_back(meter);
  }
  const bool is_connection = settings.port.find("://") != std::string::npos;
  for (const poll::MeterAddress& meter : settings.plan.meters) {
    if (meter.baud && is_connection) {
      cli::usage_error("--meter: {}: the rate of a connection is set at its other end",
                       to_string(meter));
    }
  }
}

void check(Settings& settings, const cli::Options& options) {
  const auto line = serial::parse_line_settings(settings.line_text);
  if (!line) cli::usage_error("--line: " + line.error());
  settings.bus.line = *line;
  settings.bus.timeout_us = cli::parse_duration_us("--timeout", settings.timeout);
  settings.has_timeout = options.given("--timeout");
  if (settings.bus.timeout_us == 0) cli::usage_error("--timeout: longer than 0");
  if (settings.tries < 1 || settings.tries > kMostTries) {
    cli::usage_error("--tries: 1 to {}", kMostTries);
  }
  settings.bus.tries = static_cast<unsigned>(settings.tries);
  const int modes = (settings.meters.empty() ? 0 : 1) + (settings.scan.empty() ? 0 : 1) +
                    (settings.old_address.empty() ? 0 : 1);
  if (modes == 0) {
    cli::usage_error(
        "nothing to do: give --meter ADDRESS, several times for several, or look for meters with "
        "--scan primary or --scan secondary");
  }
  if (modes > 1) cli::usage_error("--meter, --scan and --set-address exclude each other");
  check_port(settings);
  check_meters(settings);
  if (settings.is_repeated) {
    const std::uint64_t every_ms = settings.every_ms == 0 ? kUsualEveryMs : settings.every_ms;
    settings.plan.every_us = static_cast<std::int64_t>(every_ms) * 1000;
  }
  settings.plan.budget = settings.budget;
  if (settings.is_repeated && settings.meters.empty()) cli::usage_error("--every needs --meter");
  if (settings.plan.wait && settings.meters.empty()) cli::usage_error("--wait needs --meter");
  if (settings.old_address.empty() && !settings.new_address.empty()) {
    cli::usage_error("'{}' belongs to nothing (an address goes to --meter)",
                     settings.new_address.front());
  }
  if (!settings.old_address.empty() && settings.new_address.size() != 1) {
    cli::usage_error("--set-address needs two addresses, the old and the new one");
  }
  if (settings.old_address.empty() && settings.yes) cli::usage_error("--yes needs --set-address");
}

int change_address(const Settings& settings, poll::Bus& bus) {
  const auto primary = whole_number<unsigned>(settings.new_address.front());
  if (!primary || *primary > poll::kLastPrimary) {
    cli::usage_error("--set-address: '{}' is no primary address (0 to {})",
                     settings.new_address.front(), poll::kLastPrimary);
  }
  if (!settings.yes && ::isatty(STDIN_FILENO) != 1) {
    cli::usage_error(
        "--set-address asks before it changes a meter: without a terminal it needs --yes");
  }
  return tool::set_address(bus, address_of("--set-address", settings.old_address),
                           static_cast<std::uint8_t>(*primary), settings.yes);
}

int run(int argc, char** argv) {
  Settings settings;
  cli::Options options(
      "mbus-poll", "Ask wired M-Bus meters for their data: the records are those of mbus-read.");
  options.value("-p,--port", settings.port, "PORT",
                "a serial port's path, or tcp://HOST:PORT (ser2net, a gateway)");
  options.value("--line", settings.line_text, "LINE",
                "baud rate, data bits, parity (N, E, O), stop bits (default 2400-8E1)");
  options.list("-m,--meter", settings.meters, "ADDRESS",
               "whom to ask: 0 to 250, or the 8 digits of its number (F for any digit), with -MAN, "
               "-VERSION, -MEDIUM if need be; @RATE for a baud rate of its own; several times");
  options.flag_or_time("--every", settings.is_repeated, settings.every_ms,
                       "ask for ever, every so often (without a TIME 15m), instead of once");
  options.number("--budget", settings.budget, "N",
                 "at most N readings of a meter in 24 hours, for its battery (default 96; 0: any)");
  options.value("--timeout", settings.timeout, "TIME",
                "how long an answer is waited for (default 2s)");
  options.flag("--wait", settings.plan.wait, "wait for a port that is not there yet");
  options.number("--tries", settings.tries, "N", "how often a request is sent (default 3)");
  options.choice("--scan", settings.scan, {"primary", "secondary"},
                 "find the meters: by addresses 0 to 250, or by their numbers");
  options.value("--set-address", settings.old_address, "OLD",
                "give the meter OLD the primary address NEW, the argument behind it: the only "
                "thing that is ever changed in a meter");
  options.flag("--yes", settings.yes, "do so without asking");
  options.positional("NEW", settings.new_address, "the new address, see --set-address");
  cli::add_log_options(options, settings.common);
  cli::add_stats_option(options, settings.common);
  options.parse(argc, argv);
  cli::apply_log_options("mbus-poll", settings.common);
  check(settings, options);
  options.checked();
  if (!settings.plan.meters.empty()) {
    say_plan(settings.plan);
    return Polling(settings, options.given("--line")).run();
  }
  poll::Bus bus(
      [&settings](const serial::LineSettings& line) {
        return std::move(*serial::make_port(settings.port, line));
      },
      serial::real_world(), settings.bus);
  if (!settings.old_address.empty()) return change_address(settings, bus);
  return tool::run_scan(
      bus, settings.scan == "primary" ? tool::ScanBy::primary : tool::ScanBy::secondary,
      settings.has_timeout ? settings.bus.timeout_us : 0);
}

}  // namespace
}  // namespace meterpipe

int main(int argc, char** argv) {
  return meterpipe::cli::run_tool("mbus-poll", [&] { return meterpipe::run(argc, argv); });
}
