// A folder of a test's own that goes with it.
#pragma once

#include <sys/stat.h>
#include <unistd.h>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace meterpipe::test {

class Folder {
 public:
  Folder() {
    // In memory where there is such a place: the spool syncs hundreds of times.
    const bool has_shm = ::access("/dev/shm", W_OK) == 0;
    const auto parent =
        has_shm ? std::filesystem::path("/dev/shm") : std::filesystem::temp_directory_path();
    std::string name = (parent / "meterpipe-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  // A file that nobody else can read, as a file of keys must be; gives its path.
  std::string write(const std::string& name, std::string_view text) const {
    std::ofstream(file(name), std::ios::binary) << text;
    ::chmod(file(name).c_str(), 0600);
    return file(name);
  }

 private:
  std::string path_;
};

}  // namespace meterpipe::test
