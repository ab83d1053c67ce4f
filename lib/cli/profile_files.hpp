// Profiles from files: the folder of this machine and what --profile names.
#pragma once

#include <string>
#include <vector>

#include "readings/profile.hpp"

namespace meterpipe::cli {

inline constexpr const char* kProfileFolder = "/etc/meterpipe/profiles";

// The folder that METERPIPE_PROFILES names, else kProfileFolder.
std::string profile_folder();

// All *.profile files of a folder, in the order of their names; no such folder: none. A file that
// cannot be read or holds no profiles is Fatal: 78 with name, line and what was expected there.
std::vector<readings::Profile> read_profile_folder(const std::string& folder);
std::vector<readings::Profile> read_profile_file(const std::string& path);

// The profiles of a tool: those compiled in and in the folder, and what --profile says, each a
// file, a name, auto or none.
readings::ProfileSet load_profiles(const std::vector<std::string>& chosen);

}  // namespace meterpipe::cli
