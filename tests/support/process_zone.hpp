// The zone of this process, for as long as one of these lives: for tests of what a clock on the
// wall shows here.
#pragma once

#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>

namespace meterpipe::test {

class ProcessZone {
 public:
  explicit ProcessZone(const std::string& name) {
    if (const char* old = std::getenv("TZ"); old != nullptr) old_ = old;
    ::setenv("TZ", name.c_str(), 1);
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
