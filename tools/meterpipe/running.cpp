#include "meterpipe/running.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include <map>

#include <fmt/format.h>

#include "io/capture_log.hpp"
#include "json/fields.hpp"
#include "os/child.hpp"
#include "os/files.hpp"
#include "os/log.hpp"
#include "os/pipeline.hpp"
#include "os/status.hpp"

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

void say_failed(const os::Pipeline::Outcome& outcome) {
  if (!outcome.failed.empty()) {
    os::log_error("{} {}, and with it the others", outcome.failed, outcome.how);
  }
}

// What the programs have counted, by their last stats records.
class Counts {
 public:
  // A line of a program's standard error; a stats record is kept, the rest is handed on.
  void take(const std::string& program, std::string_view line, bool wanted) {
    json::Fields fields;
    if (line.starts_with('{') && fields.parse(line)) {
      auto& counts = of_[program];
      for (const json::Field& field : fields.all()) {
        if (const auto number = json::to_unsigned(field.raw)) {
          counts[std::string(field.key)] = *number;
        }
      }
      if (!wanted) return;
    }
    os::write_all(STDERR_FILENO, std::string(line) + '\n');
  }
  std::uint64_t operator()(const std::string& program, const std::string& what) const {
    const auto counts = of_.find(program);
    if (counts == of_.end()) return 0;
    const auto count = counts->second.find(what);
    return count == counts->second.end() ? 0 : count->second;
  }

 private:
  std::map<std::string, std::map<std::string, std::uint64_t>> of_;
};

// Why there is no reading, by the first program that had nothing to hand on.
int say_why(const Counts& counts, const config::Settings& settings, long long timeout_ms,
            bool timed_out) {
  const std::string port = settings.value("mbus-read", "port").value_or("-");
  const std::string keys = settings.value("dlms-decrypt", "keys").value_or("FILE");
  const std::string within = timed_out ? fmt::format(" within {} s", timeout_ms / 1000) : "";
  if (counts("mbus-read", "bytes") == 0) {
    os::log_error(
        "nothing came{}: is the interface activated, and the adapter the right one? "
        "(meter-doctor -p {})",
        within, port);
    return os::kNo;
  }
  if (counts("mbus-frame", "apdus") == 0) {
    os::log_error(
        "bytes came, and no whole message{}: is the line set right? (mbus-read -p {} "
        "--detect)",
        within, port);
    return os::kData;
  }
  if (const auto wrong = counts("dlms-decrypt", "wrong_keys"); wrong != 0) {
    os::log_error(
        "the key is not the one of this meter: {} of {} messages do not decipher "
        "(meter-doctor -k {} -p {})",
        wrong, counts("dlms-decrypt", "apdus"), keys, port);
    return os::kData;
  }
  if (counts("dlms-decrypt", "no_keys") != 0) {
    os::log_error("the messages are ciphered, and there is no key for them (keys = \"FILE\")");
    return os::kData;
  }
  if (counts("dlms-decrypt", "tag_failures") != 0) {
    os::log_error(
        "the messages are not what the meter signed, or the authentication key is wrong "
        "(meter-doctor -k {} -p {})",
        keys, port);
    return os::kData;
  }
  if (counts("obis-mqtt", "refused") != 0) {
    os::log_error("the values cannot be true and were not published (see --no-check of obis-mqtt)");
    return os::kData;
  }
  os::log_error("messages came, and no values could be read from them{} (meter-doctor -p {})",
                within, port);
  return os::kData;
}

}  // namespace

int run(Configuration& configuration, const LogSettings& log) {
  set_defaults(configuration);
  config::Settings& settings = configuration.settings;
  if (settings.value("mbus-read", "port")) settings.set_default("mbus-read", "wait", "true");
  os::Pipeline pipeline(stages_of(configuration, log), ends_of(configuration));
  const auto outcome = pipeline.run(0);
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
  std::map<std::string, bool> wanted;
  for (const std::string_view stage : kStages) {
    const std::string name(stage);
    wanted[name] = settings.value(name, "stats").value_or("false") != "false";
    settings.set_default(name, "stats", "true");
  }
  auto stages = stages_of(configuration, log);
  for (os::Stage& stage : stages) {
    if (stage.path.empty()) continue;
    stage.said = [&counts, &wanted, name = stage.name](std::string_view line) {
      counts.take(name, line, wanted.at(name));
    };
  }
  os::Pipeline pipeline(std::move(stages), ends_of(configuration));
  const auto outcome = pipeline.run(timeout_ms);
  if (outcome.status != 0) {
    say_failed(outcome);
    return outcome.status;
  }
  const auto readings = counts("obis-mqtt", "readings");
  if (readings == counts("obis-mqtt", "refused")) {
    return say_why(counts, settings, timeout_ms, outcome.timed_out);
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
