#include "cli/profile_files.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "base/nearest.hpp"
#include "os/files.hpp"
#include "os/status.hpp"
#include "readings/profile_parser.hpp"

namespace meterpipe::cli {
namespace {

constexpr std::size_t kLargest = std::size_t{1} << 20;

std::string read_profiles(const std::string& path) {
  const os::Descriptor file(os::open_file(path));
  std::string text = os::read_all(file.get(), path, kLargest);
  if (text.size() > kLargest) {
    throw os::Fatal(os::kConfig, path + ": larger than 1 MiB: no profile");
  }
  return text;
}

}  // namespace

std::string profile_folder() {
  const char* given = std::getenv("METERPIPE_PROFILES");
  return given != nullptr && *given != '\0' ? given : kProfileFolder;
}

std::vector<readings::Profile> read_profile_file(const std::string& path) {
  auto profiles = readings::parse_profiles(read_profiles(path));
  if (!profiles) {
    throw os::Fatal(os::kConfig, "{}:{}: {}", path, profiles.error().line, profiles.error().text);
  }
  return std::move(*profiles);
}

std::vector<readings::Profile> read_profile_folder(const std::string& folder) {
  std::error_code error;
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".profile") paths.push_back(entry.path());
  }
  if (error && error.value() != ENOENT) throw os::file_error(folder, error.value());
  std::ranges::sort(paths);
  std::vector<readings::Profile> all;
  for (const std::string& path : paths) {
    for (readings::Profile& profile : read_profile_file(path)) all.push_back(std::move(profile));
  }
  return all;
}

readings::ProfileSet load_profiles(const std::vector<std::string>& chosen) {
  readings::ProfileSet set;
  for (const std::string& one : chosen) {
    if (one == "none" && chosen.size() > 1) {
      throw os::Fatal(os::kUsage, "--profile none stands alone");
    }
    if (one == "none") return set;
  }
  set.use_builtin();
  for (readings::Profile& profile : read_profile_folder(profile_folder())) {
    set.add(std::move(profile));
  }
  for (const std::string& one : chosen) {
    if (one == "auto" || set.prefer(one)) continue;
    if (one.find_first_of("/.") == std::string::npos && ::access(one.c_str(), F_OK) != 0) {
      std::vector<std::string> names{"auto", "none"};
      for (const readings::Profile& profile : set.all()) names.push_back(profile.name);
      throw os::Fatal(os::kUsage,
                      "--profile: '{}' is no profile (--list-profiles shows them) "
                      "and no file{}",
                      one, did_you_mean(one, names));
    }
    std::vector<std::string> names;
    for (readings::Profile& profile : read_profile_file(one)) {
      names.push_back(profile.name);
      set.add(std::move(profile));
    }
    for (const std::string& name : names) set.prefer(name);
  }
  return set;
}

}  // namespace meterpipe::cli
