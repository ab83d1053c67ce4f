// What a test hears of the words on stderr.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "os/log.hpp"

namespace meterpipe::test {

// What is said on stderr while it lives.
class Heard {
 public:
  Heard() : before_(::dup(STDERR_FILENO)) {
    char name[] = "/tmp/meterpipe-unit-XXXXXX";
    file_ = ::mkostemp(name, O_CLOEXEC);
    ::unlink(name);
    ::dup2(file_, STDERR_FILENO);
    os::Log::open("unit", os::Level::info);
  }
  ~Heard() {
    ::dup2(before_, STDERR_FILENO);
    ::close(before_);
    ::close(file_);
    os::Log::open("unit", os::Level::error);
  }
  Heard(const Heard&) = delete;
  Heard& operator=(const Heard&) = delete;

  std::size_t count(const std::string& what) const {
    std::string all(65'536, '\0');
    all.resize(
        static_cast<std::size_t>(std::max<ssize_t>(0, ::pread(file_, all.data(), all.size(), 0))));
    std::size_t n = 0;
    for (auto at = all.find(what); at != std::string::npos; at = all.find(what, at + 1)) ++n;
    return n;
  }

 private:
  int before_;
  int file_ = -1;
};

}  // namespace meterpipe::test
