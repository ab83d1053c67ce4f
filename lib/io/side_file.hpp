// A file written beside standard output (meter-sim's --truth): opened at the start, checked at the
// end. Fatal where it cannot be opened or written.
#pragma once

#include <string>

#include "io/output.hpp"

namespace meterpipe::io {

class SideFile {
 public:
  explicit SideFile(std::string path);
  ~SideFile();
  SideFile(const SideFile&) = delete;
  SideFile& operator=(const SideFile&) = delete;

  Buffer& buffer() { return buffer_; }
  // To be called after each record: writes at 64 KiB, or at once.
  void record_done(bool at_once);
  void close();

 private:
  void flush();

  std::string path_;
  int fd_;
  Buffer buffer_;
};

}  // namespace meterpipe::io
