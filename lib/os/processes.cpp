#include "os/processes.hpp"

#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/whole_number.hpp"

namespace meterpipe::os {

namespace fs = std::filesystem;

std::vector<pid_t> with_open(const std::string& path, const std::string& proc) {
  struct stat wanted {};
  if (::stat(path.c_str(), &wanted) != 0) return {};
  std::vector<pid_t> pids;
  std::error_code error;
  for (const auto& process : fs::directory_iterator(proc, error)) {
    const auto pid = whole_number<pid_t>(process.path().filename().native());
    if (!pid || *pid == ::getpid()) continue;
    std::error_code hidden;
    for (const auto& open : fs::directory_iterator(process.path() / "fd", hidden)) {
      struct stat file {};
      if (::stat(open.path().c_str(), &file) != 0) continue;
      if (file.st_dev != wanted.st_dev || file.st_ino != wanted.st_ino) continue;
      pids.push_back(*pid);
      break;
    }
  }
  std::ranges::sort(pids);
  return pids;
}

// stat = pid "(" name ")" state …; the name may hold anything.
bool is_asleep(pid_t pid, const std::string& proc) {
  std::ifstream file(proc + "/" + std::to_string(pid) + "/stat");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const auto end = text.rfind(") ");
  return end == std::string::npos || text[end + 2] != 'R';
}

}  // namespace meterpipe::os
