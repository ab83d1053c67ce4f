#include "meterpipe/running.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include <set>

#include <fmt/format.h>

#include "io/capture_log.hpp"
#include "meterpipe/counts.hpp"
#include "meterpipe/printing.hpp"
#include "meterpipe/supervision.hpp"
#include "os/child.hpp"
#include "os/files.hpp"
#include "os/log.hpp"
#include "os/notify.hpp"
#include "os/pipeline.hpp"
#include "os/signals.hpp"
#include "os/status.hpp"

namespace meterpipe::runner {
namespace {

// So many whole messages may be undecipherable or damaged before `once` gives up.
constexpr std::string_view kTries = "3";
constexpr long long kDetectMs = 180'000;

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

// Whether the operator's preset alone says what the line is set to, and it is one that is set here.
bool has_line_of_preset(const Configuration& configuration) {
  const config::Settings& settings = configuration.settings;
  const auto port = settings.value("mbus-read", "port");
  return configuration.preset != nullptr && port && *port != "-" &&
         port->find("://") == std::string::npos &&
         settings.origin("mbus-read", "line") == "operator " + configuration.preset->name;
}

// Finds out what the line is set to and takes that, with one warning.
void take_line_of_wire(Configuration& configuration) {
  config::Settings& settings = configuration.settings;
  const std::string port = *settings.value("mbus-read", "port");
  const std::string& preset = configuration.preset->name;
  os::log_info("{}: what comes is no message at {}: finding out what the line is set to", port,
               configuration.preset->line);
  os::notify_manager("STATUS=finding out what the line is set to\n");
  constexpr std::string_view kAnswer = "LINE=";
  std::string found;
  os::Pipeline pipeline({{"mbus-read",
                          os::beside_us("mbus-read"),
                          {"--detect", "--port=" + port},
                          nullptr,
                          [](std::string_view) {}}},
                        {.lines = [&](std::string_view line) {
                          if (line.starts_with(kAnswer)) found = line.substr(kAnswer.size());
                        }});
  pipeline.run(kDetectMs, {Supervision::period_ms(), [] { os::notify_manager("WATCHDOG=1\n"); }});
  if (found.empty() || found == configuration.preset->line) return;
  os::log_warning("{}: the line is {}, where operator {} has {}: read as it is (line = \"{}\")",
                  port, found, preset, configuration.preset->line, found);
  settings.forget("mbus-read", "line");
  settings.set_default("mbus-read", "line", found);
}

}  // namespace

int run(Configuration& configuration, const LogSettings& log) {
  set_defaults(configuration);
  config::Settings& settings = configuration.settings;
  if (settings.value("mbus-read", "port")) settings.set_default("mbus-read", "wait", "true");
  const auto wanted = count_all(settings);
  // Once: what is found then is what there is.
  bool may_yield = has_line_of_preset(configuration);
  os::Pipeline::Outcome outcome;
  for (bool again = true; again;) {
    again = false;
    auto stages = stages_of(configuration, log);
    std::vector<std::string> names;
    for (const os::Stage& stage : stages) names.push_back(stage.name);
    Supervision supervision(configuration, names);
    for (os::Stage& stage : stages) {
      stage.said = [&supervision, name = stage.name,
                    is_wanted = wanted.contains(stage.name)](std::string_view line) {
        if (!supervision.take(name, line) || is_wanted) os::Log::relay(line);
      };
    }
    os::Pipeline pipeline(std::move(stages), ends_of(configuration));
    os::notify_manager("READY=1\n");
    outcome = pipeline.run(0, {Supervision::period_ms(), [&] {
                                 supervision.ask(pipeline);
                                 if (!may_yield || !supervision.is_line_wrong()) return;
                                 again = true;
                                 pipeline.end();
                               }});
    again = again && outcome.status == 0 && os::Signals::received() == 0;
    if (!again) break;
    may_yield = false;
    take_line_of_wire(configuration);
    again = os::Signals::received() == 0;
  }
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
  if (settings.value("mbus-read", "port")) {
    settings.set_default("mbus-read", "no-reconnect", "true");
  }
  settings.set_default("mbus-frame", "count", std::string(kTries));
  settings.set_default("cosem-decode", "count", "1");
  // Its end would make all values unavailable.
  settings.set_default("obis-mqtt", "bridge-availability", "false");
  Counts counts;
  const auto wanted = count_all(settings);
  auto stages = stages_of(configuration, log);
  for (os::Stage& stage : stages) {
    if (stage.path.empty()) continue;
    stage.said = [&counts, name = stage.name,
                  is_wanted = wanted.contains(stage.name)](std::string_view line) {
      if (!counts.take(name, line) || is_wanted) os::Log::relay(line);
    };
  }
  os::Pipeline pipeline(std::move(stages), ends_of(configuration));
  const auto outcome = pipeline.run(timeout_ms);
  if (outcome.status != 0) {
    say_failed(outcome);
    return outcome.status;
  }
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
