// A small file that is written anew from time to time, for others to read: there is always a whole
// one, as os::replace_file keeps it.
#pragma once

#include <string>
#include <string_view>

namespace meterpipe::io {

// Whether two paths lead to one file: by device and inode where both are there, else by their text.
bool is_same_file(const std::string& one, const std::string& other);

class ReplacedFile {
 public:
  explicit ReplacedFile(std::string path) : path_(std::move(path)) {}

  // Throws a Fatal where it cannot be written.
  void write(std::string_view text) const;
  // The same, but what fails is said, once, and that it works again, once.
  void try_to_write(std::string_view text);

 private:
  std::string path_;
  bool failing_ = false;
};

}  // namespace meterpipe::io
