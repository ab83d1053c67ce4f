#include "meterpipe/checking.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "meterpipe/counts.hpp"
#include "meterpipe/line_of_wire.hpp"
#include "meterpipe/printing.hpp"
#include "meterpipe/service_folders.hpp"
#include "mqtt/greeting.hpp"
#include "obis-mqtt/arguments.hpp"
#include "os/child.hpp"
#include "os/clock.hpp"
#include "os/files.hpp"
#include "os/pipeline.hpp"
#include "os/signals.hpp"
#include "os/status.hpp"

namespace meterpipe::runner {
namespace {

constexpr long long kPortMs = 5'000, kKeysMs = 10'000, kBrokerMs = 15'000;
// For a message at the line of a preset, and to find out which it is.
constexpr long long kMessageMs = 15'000, kFindSoonMs = 60'000;

struct Finding {
  int status = os::kOk;
  std::string text;
};

// The last line of what a program has said, without who says it.
std::string last_line(std::string_view said) {
  while (said.ends_with('\n')) said.remove_suffix(1);
  said = said.substr(said.rfind('\n') + 1);
  for (const std::string_view level : {": error: ", ": warning: ", ": info: "}) {
    if (const auto at = said.find(level); at != said.npos)
      return std::string(said.substr(at + level.size()));
  }
  return std::string(said);
}

// What comes at the line of a preset: for as long as a message takes by the preset, and where bytes
// came by then, which may be the end of one, for longer, since the meter may send less often.
// Empty: not looked at.
Finding look_at_line(const Configuration& configuration) {
  PresetLine line(configuration);
  if (!line.may_yield()) return {};
  const config::Settings& settings = configuration.settings;
  auto words = without(settings.words("mbus-read"), {"--wait", "--verbose", "--stats"});
  words.emplace_back("--stats");
  Counts counts;
  const auto take = [&counts](const char* name) {
    return [&counts, name](std::string_view said) { counts.take(name, said); };
  };
  os::Pipeline pipeline(
      {{"mbus-read", os::beside_us("mbus-read"), words, nullptr, take("mbus-read")},
       {"mbus-frame",
        os::beside_us("mbus-frame"),
        {"--count=1", "--stats"},
        nullptr,
        take("mbus-frame")}},
      {.lines = [](std::string_view) {}});
  bool is_wrong = false;
  const long long patience_ms = std::min(kMessageMs, line.patience_ms());
  const long long start = os::monotonic_ms();
  auto timer = line.look(pipeline, counts, 0, is_wrong);
  timer.run = [&, look = std::move(timer.run)] {
    look();
    const bool is_silent = counts("mbus-read", "bytes") == 0;
    if (is_silent && os::monotonic_ms() - start >= patience_ms) pipeline.end();
  };
  const bool is_late = pipeline.run(kMessageMs, timer).timed_out;
  const std::string expected = *settings.value("mbus-read", "line");
  if (counts("mbus-frame", "apdus") != 0 || counts("mbus-frame", "rsp_ud") != 0) {
    return {os::kOk, fmt::format(", and messages come at {}", expected)};
  }
  if (counts("mbus-read", "bytes") == 0) {
    return {os::kOk, fmt::format(", and nothing came within {}", seconds(patience_ms))};
  }
  if (!is_wrong && !line.is_wrong(counts, is_late && patience_ms == line.patience_ms())) {
    return {os::kOk, fmt::format(", and no whole message came within {}",
                                 seconds(is_late ? kMessageMs : patience_ms))};
  }
  if (const auto found = line.find(kFindSoonMs, {})) {
    return {os::kOk, fmt::format(", and messages come at {}", *found)};
  }
  return {os::kData, fmt::format(", and what comes is no message at {} (mbus-read -p {} --detect)",
                                 expected, *settings.value("mbus-read", "port"))};
}

Finding port(const Configuration& configuration) {
  const config::Settings& settings = configuration.settings;
  const auto name = settings.value("mbus-read", "port");
  if (!name || *name == "-") return {os::kOk, "standard input or a replay: not looked at"};
  auto words = without(settings.words("mbus-read"), {"--wait", "--quiet", "--verbose"});
  words.push_back("--verbose");
  const std::string opened = fmt::format("debug: {}: open", *name);
  const auto is_open = [&opened](const std::string& said) {
    return said.find(opened) != std::string::npos;
  };
  const auto said = os::capture(os::beside_us("mbus-read"), words, kPortMs, is_open);
  if (is_open(said.err)) {
    const Finding line = look_at_line(configuration);
    return {line.status, fmt::format("{} opens{}{}", *name,
                                     said.err.find("not taken in full") == std::string::npos
                                         ? ""
                                         : ", and does not take all of the line's settings",
                                     line.text)};
  }
  if (said.timed_out) return {os::kNoInput, fmt::format("{}: does not answer", *name)};
  return {said.status, last_line(said.err)};
}

Finding keys(const config::Settings& settings) {
  // The counters are the run's.
  const auto words =
      without(settings.words("dlms-decrypt"), {"--counter-state", "--replay", "--quiet"});
  const auto said = os::capture(os::beside_us("dlms-decrypt"), words, kKeysMs);
  if (said.status != os::kOk) {
    return {said.status, settings.in_keys("dlms-decrypt", last_line(said.err))};
  }
  const auto file = settings.value("dlms-decrypt", "keys");
  if (!file) return {os::kOk, "none: ciphered messages cannot be read"};
  const std::string warning = said.err.empty() ? "" : ": " + last_line(said.err);
  return {os::kOk, fmt::format("{} can be read{}", *file, warning)};
}

// Whether a run may write it; nothing is written.
Finding written(const WrittenFile& file) {
  const auto& option = file.option;
  const auto& path = file.path;
  const auto broken = [&](int status, std::string_view what) -> Finding {
    return {status, fmt::format("{}: {}: {}", option, path, what)};
  };
  const std::string folder = os::folder_of(path);
  const std::string another = fmt::format("name a file: {} = \"FILE\"", option);
  struct stat found {};
  if (::stat(folder.c_str(), &found) != 0) {
    if (errno == ENOENT) {
      return broken(os::kNoInput, fmt::format("there is no folder {0}: mkdir -p {0}", folder));
    }
    const os::Fatal fatal = os::file_error(folder, errno);
    return broken(fatal.status(), fatal.what());
  }
  const bool is_there = ::stat(path.c_str(), &found) == 0;
  if (is_there && S_ISDIR(found.st_mode)) {
    return broken(os::kConfig, "is a folder: " + another);
  }
  if (is_there && !S_ISREG(found.st_mode)) {
    return option == "log" ? Finding() : broken(os::kConfig, "is no file: " + another);
  }
  try {
    os::check_own_file(path);
  } catch (const os::Fatal& fatal) {
    return {fatal.status(), fmt::format("{}: {}", option, fatal.what())};
  }
  // Beside it, too: what is replaced or turns over is written under another name first or last.
  for (const std::string& one : {folder, path}) {
    if ((one == path && !is_there) || ::access(one.c_str(), W_OK) == 0) continue;
    const os::Fatal fatal = os::file_error(one, errno);
    return broken(fatal.status(),
                  fmt::format("{} (take a folder that this user may write: {} = \"FILE\")",
                              fatal.what(), option));
  }
  return {};
}

// One line where all can be written.
std::vector<Finding> files(const Configuration& configuration) {
  std::vector<Finding> findings;
  std::string good;
  for (const WrittenFile& file : written_by_us(configuration)) {
    Finding finding = written(file);
    if (finding.status != os::kOk) {
      findings.push_back(std::move(finding));
    } else {
      good += fmt::format("{}{}", good.empty() ? "" : ", ", file.path);
    }
  }
  if (!good.empty()) findings.insert(findings.begin(), {os::kOk, good + " can be written"});
  return findings;
}

// Each of them: a run takes the next one where one is away.
std::vector<Finding> brokers(const Configuration& configuration) {
  const auto words = configuration.settings.words("obis-mqtt");
  std::string tool = "obis-mqtt";
  std::vector<char*> pointers{tool.data()};
  auto copies = words;
  for (std::string& word : copies) pointers.push_back(word.data());
  meterpipe::tool::Arguments given;
  cli::Options options("obis-mqtt", "");
  given.add_to(options);
  options.parse(static_cast<int>(pointers.size()), pointers.data());
  std::vector<Finding> findings;
  try {
    auto settings = given.connection.settings(false);
    // The service's own name would throw it off the broker.
    settings.client_id += "-check";
    given.connection.add_password(settings);
    auto all = std::exchange(settings.others, {});
    all.insert(all.begin(), settings.broker);
    for (const mqtt::BrokerUrl& url : all) {
      settings.broker = url;
      const auto greeting = mqtt::greet(settings, kBrokerMs);
      if (greeting.welcome) {
        findings.push_back({os::kOk, url.text() + " lets us in"});
        continue;
      }
      findings.push_back(
          {greeting.refused ? os::kUnavailable : os::kIoError,
           fmt::format("{}: {}", url.text(), configuration.settings.in_keys(tool, greeting.text))});
    }
  } catch (const os::Fatal& fatal) {
    findings.push_back({fatal.status(), configuration.settings.in_keys(tool, fatal.what())});
  } catch (const cli::Exit& exit) {
    findings.push_back({os::kConfig, exit.text});
  }
  return findings;
}

}  // namespace

int check(const Configuration& configuration) {
  int status = os::kOk;
  const auto show = [&status](std::string_view what, const Finding& finding) {
    // Who ended it knows why the rest is missing.
    if (os::Signals::received() != 0) return;
    const bool is_good = finding.status == os::kOk;
    print(fmt::format("{:<8}{:<8}{}\n", what, is_good ? "ok" : "broken", finding.text));
    if (status == os::kOk) status = finding.status;
  };
  show("file", {os::kOk, configuration.file});
  show("port", port(configuration));
  if (os::Signals::received() != 0) return status;
  show("keys", keys(configuration.settings));
  for (const Finding& finding : files(configuration)) show("files", finding);
  for (const Finding& finding : brokers(configuration)) show("broker", finding);
  return status;
}

}  // namespace meterpipe::runner
