#include "meterpipe/service_folders.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "os/files.hpp"
#include "os/log.hpp"
#include "os/status.hpp"

namespace meterpipe::runner {
namespace {

// What a program writes.
struct Written {
  std::string_view program, option;
};
constexpr std::array kWritten{Written{"meterpipe", "log"}, Written{"obis-mqtt", "spool"},
                              Written{"obis-mqtt", "metrics"},
                              Written{"dlms-decrypt", "counter-state"}};
constexpr std::array<std::string_view, 2> kParents{"/var/lib/meterpipe", "/var/log/meterpipe"};

std::string folder_in(std::string_view parent, const Configuration& configuration) {
  return fmt::format("{}/{}/", parent, configuration.name);
}

// As those that systemd makes, but for nobody else.
void make(std::string_view parent, const std::string& folder) {
  const std::array<std::pair<std::string, mode_t>, 2> all{
      {{std::string(parent), 0755}, {folder, 0700}}};
  for (const auto& [path, mode] : all) {
    if (::mkdir(path.c_str(), mode) == 0) {
      // Whatever the umask is.
      if (::chmod(path.c_str(), mode) != 0) throw os::file_error(path, errno);
    } else if (errno != EEXIST) {
      throw os::file_error(path, errno);
    }
  }
}

enum class Whose { ours, service, nobody };

// Of a folder that is not there, or may not be looked into, the errno is left.
Whose whose(const std::string& folder) {
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0) return errno == ENOENT ? Whose::nobody : Whose::service;
  if (::geteuid() == 0) return status.st_uid == 0 ? Whose::ours : Whose::service;
  return ::access(folder.c_str(), W_OK | X_OK) == 0 ? Whose::ours : Whose::service;
}

}  // namespace

std::vector<WrittenFile> written_by_us(const Configuration& configuration) {
  std::vector<WrittenFile> files;
  for (const auto& [program, option] : kWritten) {
    const auto file = configuration.settings.value(program, option);
    if (!file) continue;
    const auto is_left = [&](std::string_view parent) {
      const std::string folder = folder_in(parent, configuration);
      return file->starts_with(folder) && whose(folder) != Whose::ours;
    };
    if (std::ranges::none_of(kParents, is_left)) files.push_back({option, *file});
  }
  return files;
}

std::vector<std::string> written_elsewhere(const Configuration& configuration) {
  std::vector<std::string> files;
  for (const auto& [program, option] : kWritten) {
    const auto file = configuration.settings.value(program, option);
    if (!file) continue;
    bool is_there = false;
    for (const std::string_view parent : kParents) {
      is_there = is_there || file->starts_with(folder_in(parent, configuration));
    }
    if (!is_there) files.push_back(*file);
  }
  return files;
}

std::string service_folders(const Configuration& configuration) {
  return fmt::format("{} and {}", folder_in(kParents[0], configuration),
                     folder_in(kParents[1], configuration));
}

void prepare_service_folders(Configuration& configuration, std::string_view needed) {
  const bool is_root = ::geteuid() == 0;
  config::Settings& settings = configuration.settings;
  const std::string& name = configuration.name;
  std::vector<std::string> left_alone, folders;
  for (const std::string_view parent : kParents) {
    const std::string folder = folder_in(parent, configuration);
    for (const auto& [program, option] : kWritten) {
      const auto file = settings.value(program, option);
      if (!file || !file->starts_with(folder)) continue;
      const auto head = fmt::format("{}: {}: {}", configuration.file, option, *file);
      const Whose owner = whose(folder);
      if (owner == Whose::nobody && is_root) make(parent, folder);
      if (owner == Whose::nobody && !is_root) {
        throw os::Fatal(os::kNoInput,
                        "{}: there is no {}, and only root may make it: sudo meterpipe once {}, or "
                        "as a service: sudo meterpipe units {}",
                        head, folder, name, name);
      }
      if (owner != Whose::service) continue;
      if (!is_root || option == needed) {
        throw os::Fatal(os::kNoPermission,
                        "{}: {} belongs to the service and its user: take another file ({}), or {}",
                        head, folder,
                        program == kSelf ? fmt::format("--{} FILE", option)
                                         : fmt::format("--set {}.{}=FILE", program, option),
                        is_root ? fmt::format("chown -R root: {}", folder)
                                : fmt::format("sudo meterpipe once {}", name));
      }
      left_alone.emplace_back(option);
      if (folders.empty() || folders.back() != folder) folders.push_back(folder);
      settings.forget(program, option);
    }
  }
  if (left_alone.empty()) return;
  os::log_warning(
      "{}: belongs to the service and its user: this run does without {} (to have it for root: "
      "chown -R root: {}; the service takes it back when it starts)",
      fmt::join(folders, ", "), fmt::join(left_alone, ", "), fmt::join(folders, " "));
}

}  // namespace meterpipe::runner
