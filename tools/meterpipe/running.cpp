#include "meterpipe/running.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <set>

#include <fmt/format.h>

#include "io/capture_log.hpp"
#include "meterpipe/counts.hpp"
#include "meterpipe/line_of_wire.hpp"
#include "meterpipe/printing.hpp"
#include "meterpipe/supervision.hpp"
#include "os/child.hpp"
#include "os/files.hpp"
#include "os/log.hpp"
#include "os/notify.hpp"
#include "os/pipeline.hpp"
#include "os/signals.hpp"
#include "os/status.hpp"
#include "serial/holder.hpp"

namespace meterpipe::runner {
namespace {

// So many whole messages may be undecipherable or damaged before `once` gives up.
constexpr std::string_view kTries = "3";

std::vector<os::Stage> stages_of(const Configuration& configuration, const LogSettings& log) {
  std::vector<os::Stage> stages;
  for (const std::string_view stage : kStages) {
    const std::string name(stage);
    stages.push_back({name, os::beside_us(name), configuration.settings.words(name)});
    if (stage == kStages.front() && !log.file.empty()) {
      os::check_own_file(log.file);
      stages.push_back({"log", "", {}, [log] {
                          return io::CaptureLog{log.file, log.bytes, log.files}.run();
                        }});
    }
  }
  return stages;
}

os::Pipeline::Ends ends_of(const Configuration& configuration) {
  const auto port = configuration.settings.value("mbus-read", "port");
  const auto replay = configuration.settings.value("mbus-read", "replay");
  return {.own_input = port == "-" || replay == "-"};
}

void set_defaults(Configuration& configuration) {
  configuration.settings.set_default("obis-mqtt", "client-id", "meterpipe-" + configuration.name);
}

// A second run of a meter is refused by the lock of its port, but not before its obis-mqtt has
// thrown that of the first off the broker, by its client id.
void check_not_read(const config::Settings& settings) {
  const std::string port = settings.value("mbus-read", "port").value_or("-");
  if (port == "-" || port.find("://") != std::string::npos) return;
  const auto others = serial::lockers(port);
  if (others ? others->empty() : !serial::is_refused(port)) return;
  throw os::Fatal(os::kIoError, "{}: locked by {}: stop it, or read another port", port,
                  serial::describe(serial::holders(port)));
}

void say_failed(const os::Pipeline::Outcome& outcome) {
  if (!outcome.failed.empty()) {
    os::log_error("{} {}, and with it the others", outcome.failed, outcome.how);
  }
}

// Lets all programs count; those that somebody has told to.
std::set<std::string> count_all(config::Settings& settings) {
  std::set<std::string> wanted;
  for (const std::string_view stage : kStages) {
    const std::string name(stage);
    if (settings.value(name, "stats").value_or("false") != "false") wanted.insert(name);
    settings.set_default(name, "stats", "true");
  }
  // What is asked for here alone changes nothing at the broker.
  if (!wanted.contains("obis-mqtt") && settings.value("obis-mqtt", "preset") == "predecessor") {
    settings.set_default("obis-mqtt", "stats-topic", "off");
  }
  return wanted;
}

}  // namespace

int run(Configuration& configuration, const LogSettings& log) {
  set_defaults(configuration);
  config::Settings& settings = configuration.settings;
  check_not_read(settings);
  if (settings.value("mbus-read", "port")) settings.set_default("mbus-read", "wait", "true");
  const auto wanted = count_all(settings);
  PresetLine line(configuration);
  const auto attempt = [&](long long) -> PresetLine::Attempt {
    auto stages = stages_of(configuration, log);
    std::vector<std::string> names;
    for (const os::Stage& stage : stages) names.push_back(stage.name);
    Supervision supervision(configuration, names);
    for (os::Stage& stage : stages) {
      stage.said = [&supervision, name = stage.name,
                    is_wanted = wanted.contains(stage.name)](std::string_view said) {
        if (!supervision.take(name, said) || is_wanted) os::Log::relay(said);
      };
    }
    os::Pipeline pipeline(std::move(stages), ends_of(configuration));
    os::notify_manager("READY=1\n");
    bool is_wrong = false;
    const auto outcome =
        pipeline.run(0, {supervision.period_ms(), [&] {
                           supervision.ask(pipeline);
                           if (!line.is_wrong(supervision.counts(), false)) return;
                           is_wrong = true;
                           os::notify_manager("STATUS=finding out what the line is set to\n");
                           pipeline.end();
                         }});
    return {outcome, is_wrong};
  };
  const auto outcome =
      line.run({.attempt = attempt,
                .take = [&settings](const std::string& found) { set_line(settings, found); },
                .timer = {Supervision::answer_ms(), [] { os::notify_manager("WATCHDOG=1\n"); }}});
  os::notify_manager("STOPPING=1\n");
  say_failed(outcome);
  return outcome.status;
}

int keep_log(Configuration& configuration, const LogSettings& log) {
  config::Settings& settings = configuration.settings;
  if (log.file.empty()) {
    throw os::Fatal(os::kConfig, "{}: log: is missing: log = \"FILE\", or --log FILE",
                    configuration.file);
  }
  if (settings.value("mbus-read", "port")) settings.set_default("mbus-read", "wait", "true");
  auto stages = stages_of(configuration, log);
  stages.resize(2);
  {
    // Beside a run a file that cannot be made holds up nothing; here nothing else comes of it.
    const os::Descriptor file(io::open_capture_log(log.file));
    if (file.get() < 0) throw os::file_error(log.file, errno);
  }
  const os::Descriptor nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  if (nowhere.get() < 0) throw os::file_error("/dev/null", errno);
  auto ends = ends_of(configuration);
  ends.output = nowhere.get();
  os::Pipeline pipeline(std::move(stages), ends);
  const auto outcome = pipeline.run(0);
  say_failed(outcome);
  return outcome.status;
}

int once(Configuration& configuration, const LogSettings& log, long long timeout_ms) {
  set_defaults(configuration);
  config::Settings& settings = configuration.settings;
  check_not_read(settings);
  if (settings.value("mbus-read", "port")) {
    settings.set_default("mbus-read", "no-reconnect", "true");
  }
  settings.set_default("mbus-frame", "count", std::string(kTries));
  settings.set_default("cosem-decode", "count", "1");
  // Its end would make all values unavailable.
  settings.set_default("obis-mqtt", "bridge-availability", "false");
  Counts counts;
  const auto wanted = count_all(settings);
  PresetLine line(configuration);
  const auto attempt = [&](long long left_ms) -> PresetLine::Attempt {
    counts = Counts();
    auto stages = stages_of(configuration, log);
    for (os::Stage& stage : stages) {
      stage.said = [&counts, name = stage.name,
                    is_wanted = wanted.contains(stage.name)](std::string_view said) {
        if (!counts.take(name, said) || is_wanted) os::Log::relay(said);
      };
    }
    os::Pipeline pipeline(std::move(stages), ends_of(configuration));
    bool is_wrong = false;
    const auto outcome = pipeline.run(left_ms, line.look(pipeline, counts, left_ms, is_wrong));
    return {outcome, is_wrong};
  };
  const auto outcome = line.run(
      {.timeout_ms = timeout_ms, .attempt = attempt, .take = [&](const std::string& found) {
         set_line(settings, found);
       }});
  if (outcome.status != 0) {
    say_failed(outcome);
    return outcome.status;
  }
  // Who ended it has not waited for it.
  if (os::Signals::received() != 0) return os::kNo;
  if (counts.readings() == 0) {
    const auto within = outcome.timed_out ? " within " + seconds(timeout_ms) : std::string();
    const Verdict verdict = why_no_reading(counts, settings, within);
    os::log_error("{}", verdict.text);
    return verdict.status;
  }
  if (counts("obis-mqtt", "delivered") == 0) {
    os::log_error(
        "a reading came, and nothing of it was published (is it one that `every`, "
        "`on-change` and the like let through?)");
    return os::kNo;
  }
  return os::kOk;
}

}  // namespace meterpipe::runner
