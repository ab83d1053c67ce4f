#include "meterpipe/unit_files.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "meterpipe/printing.hpp"
#include "meterpipe/service_folders.hpp"
#include "os/child.hpp"
#include "os/files.hpp"
#include "os/log.hpp"
#include "os/status.hpp"

namespace meterpipe::runner {
namespace {

constexpr std::string_view kUnits = "/etc/systemd/system/";
constexpr long long kSystemctlMs = 120'000;

// What is handed over as a credential, and the option that names its file.
struct Secret {
  std::string_view credential, program, option;
};
constexpr std::array kSecrets{Secret{"keys", "dlms-decrypt", "keys"},
                              Secret{"mqtt-password", "obis-mqtt", "password-file"}};
// Ports that the unit allows already.
constexpr std::array<std::string_view, 4> kPorts{"/dev/ttyUSB", "/dev/ttyACM", "/dev/ttyAMA",
                                                 "/dev/ttyS"};

// What else stands in a name systemd writes in a way of its own (\xc3\xa4), and finds no file by
// it.
bool is_unit_name(std::string_view name) {
  constexpr std::string_view kAllowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:@";
  return name.find_first_not_of(kAllowed) == name.npos;
}

// In a unit a percent sign begins a specifier.
std::string for_unit(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '%' ? "%%" : std::string(1, c);
  return out;
}

std::string drop_in(const Configuration& configuration) {
  const config::Settings& settings = configuration.settings;
  std::string text = "# Made by meterpipe units of " + configuration.file + ".\n[Service]\n";
  for (const auto& [credential, program, option] : kSecrets) {
    if (const auto file = settings.value(program, option)) {
      text += fmt::format("LoadCredential={}:{}\n", credential, for_unit(*file));
    }
  }
  const auto port = settings.value("mbus-read", "port");
  if (port && port->starts_with('/')) {
    char* const real = ::realpath(port->c_str(), nullptr);
    const std::string device = real == nullptr ? *port : real;
    std::free(real);
    const bool is_known = std::ranges::any_of(
        kPorts, [&device](std::string_view known) { return device.starts_with(known); });
    // A name that udev makes says nothing until the port is plugged in.
    const bool is_link = port->starts_with("/dev/serial/") || port->starts_with("/dev/meter");
    if (!is_known && !is_link) text += fmt::format("DeviceAllow={} rw\n", for_unit(device));
  }
  return text;
}

// What the service, whose user is made for it, may not write.
void warn(const Configuration& configuration) {
  for (const std::string& file : written_elsewhere(configuration)) {
    os::log_warning("{}: {}: the service may write below {} only", configuration.file, file,
                    service_folders(configuration));
  }
}

bool is_there(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

// A service whose secret is missing does not start, and systemd says neither which nor whose.
void refuse_missing(const Configuration& configuration) {
  for (const auto& [credential, program, option] : kSecrets) {
    const auto file = configuration.settings.value(program, option);
    if (!file || is_there(*file)) continue;
    throw os::Fatal(os::kNoInput, "{}: {}: {}: {}", configuration.file, option, *file,
                    std::strerror(errno));
  }
}

void make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) throw os::file_error(path, errno);
}

int systemctl(const std::vector<std::string>& words, bool dry_run) {
  say(fmt::format("systemctl {}", fmt::join(words, " ")));
  if (dry_run) return os::kOk;
  std::vector<std::string> all{"systemctl"};
  all.insert(all.end(), words.begin(), words.end());
  const auto said = os::capture("/usr/bin/env", all, kSystemctlMs);
  os::write_all(STDERR_FILENO, said.err);
  if (said.status != 0) {
    os::log_error("systemctl {}: status {}", fmt::join(words, " "), said.status);
    return os::kIoError;
  }
  return os::kOk;
}

}  // namespace

int install_units(const Configuration& configuration, Service service, bool dry_run) {
  const std::string& name = configuration.name;
  if (configuration.file != fmt::format("/etc/meterpipe/{}.conf", name)) {
    throw os::Fatal(os::kConfig, "{}: a service reads /etc/meterpipe/NAME.conf: move it there",
                    configuration.file);
  }
  if (!is_unit_name(name)) {
    throw os::Fatal(os::kConfig,
                    "{}: the name of a service is of letters from a to z, digits and - _ . : @ "
                    "alone: give the file such a name",
                    configuration.file);
  }
  refuse_missing(configuration);
  warn(configuration);
  const bool always = service == Service::always;
  const std::string reading = "meterpipe@" + name, by_timer = "meterpipe-once@" + name;
  const auto folder_of = [](const std::string& unit) {
    return fmt::format("{}{}.service.d", kUnits, unit);
  };
  const std::string &unit = always ? reading : by_timer, folder = folder_of(unit),
                    file = folder + "/settings.conf", text = drop_in(configuration);
  print(fmt::format("{}:\n{}", file, text));
  if (!dry_run) {
    make_folder(folder);
    os::replace_file(file, text, 0644);
  }
  std::vector<std::vector<std::string>> steps{{"daemon-reload"}};
  // A port has one reader.
  if (is_there(folder_of(always ? by_timer : reading))) {
    steps.push_back({"disable", "--now", always ? by_timer + ".timer" : reading + ".service"});
  }
  steps.push_back({"enable", "--now", unit + (always ? ".service" : ".timer")});
  for (const std::vector<std::string>& words : steps) {
    if (const int status = systemctl(words, dry_run); status != os::kOk) return status;
  }
  if (!dry_run) {
    say(fmt::format("See: systemctl status {0}, journalctl -u {0} -f", unit));
  }
  return os::kOk;
}

}  // namespace meterpipe::runner
