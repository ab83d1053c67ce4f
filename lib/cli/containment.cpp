#include "cli/containment.hpp"

#include "os/files.hpp"
#include "os/sandbox.hpp"

namespace meterpipe::cli {

std::vector<std::string> later_files(const Common& common) {
  const std::vector<std::string>& files = common.files;
  if (common.follow && !files.empty() && files.back() != "-") return {"/"};
  std::vector<std::string> paths;
  for (std::size_t i = 1; i < files.size(); ++i) {
    if (files[i] == "-") continue;
    paths.push_back(files[i]);
    paths.push_back(os::folder_of(files[i]));
  }
  return paths;
}

void contain_reader(const Common& common) {
  const std::vector<std::string> files = later_files(common);
  os::contain({files.empty() ? os::Calls::pipe : os::Calls::files, {.read = files}});
}

}  // namespace meterpipe::cli
