// The time zone of this process, for as long as this lives.
#pragma once

#include <stdlib.h>
#include <time.h>
#include <optional>
#include <string>

namespace meterpipe::test {

class ProcessZone {
 public:
  explicit ProcessZone(const char* name) {
    if (const char* old = ::getenv("TZ"); old != nullptr) old_ = old;
    ::setenv("TZ", name, 1);
    ::tzset();
  }
  ~ProcessZone() {
    old_ ? ::setenv("TZ", old_->c_str(), 1) : ::unsetenv("TZ");
    ::tzset();
  }
  ProcessZone(const ProcessZone&) = delete;
  ProcessZone& operator=(const ProcessZone&) = delete;

 private:
  std::optional<std::string> old_;
};

}  // namespace meterpipe::test
