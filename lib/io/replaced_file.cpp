#include "io/replaced_file.hpp"

#include <sys/stat.h>
#include <filesystem>

#include "os/files.hpp"
#include "os/log.hpp"
#include "os/status.hpp"

namespace meterpipe::io {
namespace {

constexpr mode_t kMode = 0644;  // others collect it, under any umask

}  // namespace

bool is_same_file(const std::string& one, const std::string& other) {
  if (one.empty() || other.empty()) return false;
  struct stat a {
  }, b{};
  const bool is_one = ::stat(one.c_str(), &a) == 0, is_other = ::stat(other.c_str(), &b) == 0;
  if (is_one && is_other) return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
  if (is_one || is_other) return false;
  std::error_code error;
  const auto place = [&error](const std::string& path) {
    return std::filesystem::weakly_canonical(std::filesystem::absolute(path, error), error);
  };
  return place(one) == place(other) && !error;
}

void ReplacedFile::write(std::string_view text) const {
  os::check_own_file(path_);
  os::replace_file(path_, text, kMode);
}

void ReplacedFile::try_to_write(std::string_view text) {
  try {
    write(text);
  } catch (const os::Fatal& fatal) {
    if (!failing_) os::log_error("{}; it stays as it is, trying again", fatal.what());
    failing_ = true;
    return;
  }
  if (failing_) os::log_info("{}: can be written again", path_);
  failing_ = false;
}

}  // namespace meterpipe::io
