#include "meterpipe/configuration.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

#include <fmt/format.h>

#include "base/key_like.hpp"
#include "base/pieces.hpp"
#include "cli/options.hpp"
#include "config/document.hpp"
#include "io/replaced_file.hpp"
#include "meterpipe/new_files.hpp"
#include "os/child.hpp"
#include "os/files.hpp"
#include "os/log.hpp"
#include "os/signals.hpp"
#include "os/status.hpp"

namespace meterpipe::runner {
namespace {

constexpr std::size_t kLongestFile = 1 << 20;
constexpr long long kAskMs = 10'000;

// Says them, in the order of the file, and gives up, if there are any.
void refuse(std::vector<config::Problem> problems, const std::string& file) {
  if (problems.empty()) return;
  std::ranges::sort(problems);
  for (const config::Problem& problem : problems) os::log_error("{}", problem.line());
  throw os::Fatal(os::kConfig, "{}: {} (see meterpipe.conf(5))", file,
                  problems.size() == 1 ? std::string("1 mistake")
                                       : fmt::format("{} mistakes", problems.size()));
}

config::Document parse(const std::string& text, const std::string& file) {
  auto document = config::parse_document(text);
  if (!document) {
    refuse({{file, document.error().place, "no TOML: " + document.error().text}}, file);
  }
  return std::move(*document);
}

// Settings with which nothing goes on to the next program, or not what it reads.
struct Outside {
  std::string_view program, option;
  std::string_view fits;  // the only value that does; empty: none
};
constexpr std::array kOutside{
    Outside{"mbus-read", "output", "json"},       Outside{"mbus-frame", "output", "json"},
    Outside{"dlms-decrypt", "output", "json"},    Outside{"cosem-decode", "output", "json"},
    Outside{"mbus-read", "detect", ""},           Outside{"mbus-read", "list", ""},
    Outside{"dlms-decrypt", "explain", ""},       Outside{"dlms-decrypt", "counter-forget", ""},
    Outside{"cosem-decode", "list-profiles", ""}, Outside{"cosem-decode", "check-profiles", ""},
    Outside{"cosem-decode", "list-names", ""},    Outside{"cosem-decode", "suggest-profile", ""},
};

// Files of a run, those that it writes first.
struct File {
  std::string_view program, option;
};
constexpr std::array kFiles{
    File{kSelf, "log"},           File{"dlms-decrypt", "counter-state"},
    File{"obis-mqtt", "spool"},   File{"obis-mqtt", "metrics"},
    File{"dlms-decrypt", "keys"}, File{"obis-mqtt", "password-file"},
    File{"obis-mqtt", "ca"},      File{"obis-mqtt", "cert"},
    File{"obis-mqtt", "key"},     File{"mbus-read", "replay"},
};
constexpr std::size_t kWrittenFiles = 4;

// What is written must be nothing else: a log would end a file of keys, a spool would replace it.
void add_shared_files(const config::Settings& settings, const std::string& own,
                      std::vector<config::Problem>& problems) {
  for (std::size_t i = 0; i < kWrittenFiles; ++i) {
    const auto written = settings.value(kFiles[i].program, kFiles[i].option);
    if (!written) continue;
    std::string other = io::is_same_file(*written, own) ? "these settings" : "";
    for (std::size_t k = i + 1; k < kFiles.size() && other.empty(); ++k) {
      const auto file = settings.value(kFiles[k].program, kFiles[k].option);
      if (file && io::is_same_file(*written, *file)) other = kFiles[k].option;
    }
    if (other.empty()) continue;
    problems.push_back(
        settings.located(kFiles[i].program,
                         fmt::format("--{}: it is that of {}, too: give it a file of its own",
                                     kFiles[i].option, other),
                         own));
  }
}

// "mbus-read: error: what (see mbus-read --help)": the middle.
std::string last_words(std::string_view text, const std::string& program) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  text = text.substr(text.rfind('\n') + 1);
  const std::string head = program + ": error: ", tail = fmt::format(" (see {} --help)", program);
  if (text.starts_with(head)) text.remove_prefix(head.size());
  if (text.ends_with(tail)) text.remove_suffix(tail.size());
  return std::string(text);
}

// The option whose value alone is wrong: "--gap: 'x' is no duration", "-n,--count: 'x' is …".
std::string option_of_value(std::string_view message) {
  const std::size_t at = message.find("--");
  const std::size_t end = message.find_first_of(" :,", at);
  if (at > 3 || end == message.npos || message[end] != ':') return {};
  return std::string(message.substr(at + 2, end - at - 2));
}

}  // namespace

std::string read_settings(const std::string& path) {
  const os::Descriptor fd(os::open_file(path));
  struct stat status {};
  if (::fstat(fd.get(), &status) == 0 && S_ISDIR(status.st_mode)) {
    throw os::Fatal(os::kConfig, "{}: is a folder, not a file of settings", path);
  }
  std::string text = os::read_all(fd.get(), path, kLongestFile);
  if (text.size() > kLongestFile) {
    throw os::Fatal(os::kConfig, "{}: more than 1 MiB: no file of settings", path);
  }
  return text;
}

// What one of the programs says. Who ends this one has ended that one too, and hears nothing of it.
os::Captured answer_of(const std::string& path, const std::vector<std::string>& words) {
  os::Captured said = os::capture(path, words, kAskMs);
  if (os::Signals::received() != 0) os::Signals::raise_again();
  return said;
}

std::vector<config::Program> ask_programs(const std::string& own) {
  std::vector<config::Program> programs{{std::string(kSelf), config::parse_options(own)}};
  for (const std::string_view stage : kStages) {
    const std::string name(stage), path = os::beside_us(name);
    const os::Captured said = answer_of(path, {"--describe-options"});
    auto options = config::parse_options(said.out);
    if (said.status != 0 || options.empty()) {
      throw os::Fatal(
          os::kSoftware, "{}: does not say what its options are ({})", path,
          said.err.empty() ? fmt::format("status {}", said.status) : last_words(said.err, name));
    }
    programs.push_back({name, std::move(options)});
  }
  return programs;
}

namespace {

// What the programs say of their options, and what cannot stand in a pipe.
void add_problems_of_programs(config::Settings settings, const std::string& file,
                              std::vector<config::Problem>& problems) {
  for (const Outside& one : kOutside) {
    const auto value = settings.value(one.program, one.option);
    if (!value || *value == one.fits || *value == "false") continue;
    const std::string why =
        one.fits.empty() ? "it prints, and nothing goes on to the next program: by hand alone"
                         : fmt::format("the next program of the pipe reads {} alone", one.fits);
    problems.push_back(
        settings.located(one.program, fmt::format("--{}: {}", one.option, why), file));
    settings.forget(one.program, one.option);
  }
  for (const config::Program& program : settings.programs()) {
    const std::string& name = program.name;
    // That it is missing is said elsewhere.
    const bool has_port =
        settings.value("mbus-read", "port") || settings.value("mbus-read", "replay");
    if (!has_port) settings.set_default("mbus-read", "port", "/dev/ttyUSB0");
    // Behind one value that is wrong there may be others. What two say of each other may be for the
    // one that was wrong.
    for (bool is_first = true;; is_first = false) {
      std::vector<std::string> words{"--check-options"};
      for (std::string& word : settings.words(name)) words.push_back(std::move(word));
      const os::Captured said = answer_of(os::beside_us(name), words);
      if (said.status == 0) break;
      const std::string message = last_words(said.err, name);
      const std::string option = option_of_value(message);
      if (is_first || !option.empty()) problems.push_back(settings.located(name, message, file));
      if (option.empty() || !settings.value(name, option)) break;
      settings.forget(name, option);
    }
  }
}

}  // namespace

long long interval_ms(const config::Operator& preset) {
  return static_cast<long long>(cli::parse_duration_ms("interval", preset.interval));
}

long long interval_ms(const Configuration& configuration) {
  if (const auto set = configuration.settings.value("obis-mqtt", "interval")) {
    return static_cast<long long>(cli::parse_duration_ms("interval", *set));
  }
  return configuration.preset == nullptr ? 0 : interval_ms(*configuration.preset);
}

Configuration load(const std::string& name_or_file, const std::vector<std::string>& set,
                   const std::string& own) {
  const std::string path = NewFiles::path_of(name_or_file);
  if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) {
    throw os::Fatal(os::kNoInput, "{}: there is no such file: meterpipe init {} makes it", path,
                    without_key(name_or_file));
  }
  return parsed(path, read_settings(path), set, own);
}

Configuration parsed(const std::string& path, const std::string& text,
                     const std::vector<std::string>& set, const std::string& own) {
  const auto programs = ask_programs(own);
  const std::string folder = os::folder_of(path);
  const config::Document document = parse(text, path);
  const config::Origin origin{path, folder == "./" ? "" : folder};
  std::vector<config::Problem> problems;
  const auto take_all = [&](config::Settings& settings) {
    problems = settings.take(document, origin);
    // What else is wrong is said with them.
    if (!problems.empty()) settings.take(config::without(document, problems), origin);
    for (const std::string& one : set) {
      std::string_view value = one;
      const std::string key(take_piece(value, '='));
      if (key.size() == one.size()) {
        cli::usage_error("--set: '{}' is no KEY=VALUE", without_key(one));
      }
      const config::Origin said{"--set " + key, ""};
      const std::string as_typed(value);
      auto wrong = settings.take(key, config::parse_value(as_typed), said);
      // Digits or a word may be a text.
      if (!wrong.empty() &&
          settings.take(key, {config::Value::Kind::text, as_typed, {}}, said).empty()) {
        wrong.clear();
      }
      refuse(std::move(wrong), "--set");
    }
  };
  Configuration configuration{NewFiles::name_of(path), path, config::Settings(programs)};
  take_all(configuration.settings);
  if (const auto wanted = configuration.settings.value(kSelf, "operator")) {
    // Below the rest, so that the rest is taken once more.
    configuration.preset = config::find_operator(*wanted);
    const auto mistake = [&](const std::string& what) {
      problems.push_back(configuration.settings.located(kSelf, "--operator: " + what, path));
      configuration.preset = nullptr;
    };
    if (configuration.preset == nullptr) {
      mistake(fmt::format("'{}' is none of those that `meterpipe operators` lists{}", *wanted,
                          config::operator_meant(*wanted)));
    } else if (!configuration.preset->works()) {
      mistake(fmt::format("{} cannot be read yet: {}", *wanted, configuration.preset->reason));
    } else {
      config::Document preset = configuration.preset->settings();
      // A log wants no answer.
      if (configuration.settings.value("mbus-read", "replay")) {
        std::erase_if(preset.entries, [](const config::Entry& entry) {
          return entry.section == "mbus-read" && entry.key == "answer";
        });
      }
      configuration.settings = config::Settings(programs);
      refuse(configuration.settings.take(preset, {"operator " + *wanted, ""}), path);
      take_all(configuration.settings);
    }
  }
  if (!problems.empty()) {
    add_problems_of_programs(configuration.settings, path, problems);
    refuse(std::move(problems), path);
  }
  return configuration;
}

std::vector<std::string> without(const std::vector<std::string>& words,
                                 const std::vector<std::string>& names) {
  std::vector<std::string> rest;
  for (const std::string& word : words) {
    const std::string name = word.substr(0, word.find('='));
    if (std::ranges::find(names, name) == names.end()) rest.push_back(word);
  }
  return rest;
}

void use_credentials(Configuration& configuration) {
  const char* const folder = ::getenv("CREDENTIALS_DIRECTORY");
  if (folder == nullptr) return;
  const auto is_there = [folder](const char* name) {
    return ::access(fmt::format("{}/{}", folder, name).c_str(), F_OK) == 0;
  };
  // The programs find them there by themselves.
  if (is_there("keys")) configuration.settings.forget("dlms-decrypt", "keys");
  if (is_there("mqtt-password")) configuration.settings.forget("obis-mqtt", "password-file");
}

void check_by_programs(const Configuration& configuration) {
  const config::Settings& settings = configuration.settings;
  std::vector<config::Problem> problems;
  if (!settings.value("mbus-read", "port") && !settings.value("mbus-read", "replay")) {
    problems.push_back({configuration.file,
                        {},
                        "port: is missing: port = \"/dev/ttyUSB0\" (mbus-read --list shows the "
                        "ports that there are)"});
  }
  if (configuration.preset != nullptr && configuration.preset->fewest_keys != 0 &&
      !settings.value("dlms-decrypt", "keys") && ::getenv("CREDENTIALS_DIRECTORY") == nullptr) {
    problems.push_back({configuration.file,
                        {},
                        fmt::format("keys: is missing: the messages of {} are ciphered: keys = "
                                    "\"FILE\" (the key: {})",
                                    configuration.preset->name, configuration.preset->key)});
  }
  add_shared_files(settings, configuration.file, problems);
  add_problems_of_programs(settings, configuration.file, problems);
  refuse(std::move(problems), configuration.file);
}

}  // namespace meterpipe::runner
