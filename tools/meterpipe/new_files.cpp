#include "meterpipe/new_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "meterpipe/printing.hpp"
#include "os/files.hpp"
#include "os/log.hpp"
#include "os/status.hpp"

namespace meterpipe::runner {
namespace {

constexpr std::string_view kFolder = "/etc/meterpipe/", kEnding = ".conf";
constexpr mode_t kForAll = 0644, kForOwner = 0600;

void write_new(const std::string& path, std::string_view text, mode_t mode) {
  const os::Descriptor fd(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
  if (fd.get() < 0) throw os::file_error(path, errno);
  int error = os::write_all(fd.get(), text);
  if (error == 0 && ::fchmod(fd.get(), mode) != 0) error = errno;
  if (error == 0 && ::fsync(fd.get()) != 0 && errno != EINVAL) error = errno;
  if (error != 0) {
    ::unlink(path.c_str());
    throw os::file_error(path, error);
  }
}

}  // namespace

std::string NewFiles::path_of(const std::string& name_or_file) {
  const bool is_path =
      name_or_file.find('/') != std::string::npos || name_or_file.ends_with(kEnding);
  return is_path ? name_or_file : fmt::format("{}{}{}", kFolder, name_or_file, kEnding);
}

std::string NewFiles::name_of(const std::string& path) {
  std::string name = os::base_name(path);
  if (name.ends_with(kEnding)) name.resize(name.size() - kEnding.size());
  return name;
}

std::string NewFiles::beside(const std::string& ending) const {
  return os::folder_of(conf) + name_of(conf) + ending;
}

void NewFiles::check_folder() const {
  const std::string folder = os::folder_of(conf);
  const bool is_ours = folder == kFolder;
  // Made with the files.
  const bool is_new = is_ours && ::access(folder.c_str(), F_OK) != 0;
  if (::access(is_new ? "/etc" : folder.c_str(), W_OK | X_OK) == 0) return;
  if (is_ours && errno == EACCES) {
    throw os::Fatal(os::kNoPermission,
                    "{}: only root may write there: sudo meterpipe, or a file of your own: ./{}",
                    folder, os::base_name(conf));
  }
  throw os::file_error(folder, errno);
}

void NewFiles::write(const SettingsCheck& check) const {
  struct File {
    std::string path;
    const std::string& text;
    mode_t mode;
  };
  // The file of settings last: it names the others.
  const std::vector<File> files{{beside(".keys"), keys, kForOwner},
                                {beside(".password"), password, kForOwner},
                                {conf, text, kForAll}};
  for (const File& file : files) {
    struct stat status {};
    if (!file.text.empty() && ::lstat(file.path.c_str(), &status) == 0) {
      throw os::Fatal(os::kIoError,
                      "{}: is there already; nothing is written (remove it, or take "
                      "another name)",
                      file.path);
    }
  }
  try {
    check(conf, text);
  } catch (const os::Fatal& fatal) {
    throw os::Fatal(fatal.status(), "{}; nothing is written (--dry-run shows it)", fatal.what());
  }
  if (os::folder_of(conf) == kFolder && ::mkdir("/etc/meterpipe", 0755) != 0 && errno != EEXIST) {
    throw os::file_error("/etc/meterpipe", errno);
  }
  for (const File& file : files) {
    if (file.text.empty()) continue;
    write_new(file.path, file.text, file.mode);
    os::log_info("{}: written{}", file.path, file.mode == kForOwner ? ", for its owner alone" : "");
  }
}

void NewFiles::show() const {
  std::string all = fmt::format("== {}\n{}", conf, text);
  for (const auto& [ending, secret] : {std::pair{".keys", &keys}, {".password", &password}}) {
    if (!secret->empty()) all += fmt::format("== {}: not shown\n", beside(ending));
  }
  print(all);
}

}  // namespace meterpipe::runner
