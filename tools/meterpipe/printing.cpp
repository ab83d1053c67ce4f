#include "meterpipe/printing.hpp"

#include <unistd.h>

#include <cstring>
#include <string>

#include "os/files.hpp"
#include "os/status.hpp"

namespace meterpipe::runner {

void print(std::string_view text) {
  if (const int error = os::write_all(STDOUT_FILENO, text); error != 0) {
    throw os::Fatal(os::kIoError, "cannot write to standard output: {}", std::strerror(error));
  }
}

void say(std::string_view text) { print(std::string(text) + '\n'); }

std::string seconds(long long ms) {
  return fmt::format("{:.10g} s", static_cast<double>(ms) / 1000);
}

}  // namespace meterpipe::runner
