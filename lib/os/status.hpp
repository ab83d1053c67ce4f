// Exit statuses (sysexits.h where it has one) and the exception that carries one to main().
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace meterpipe::os {

enum Status : int {
  kOk = 0,
  kNo = 1,  // the answer is no: a layer is broken, no line settings fit
  kUsage = 64,
  kData = 65,         // trouble with the data, under --strict
  kNoInput = 66,      // no such file or port
  kUnavailable = 69,  // the broker refuses
  kSoftware = 70,     // a bug
  kIoError = 74,
  kNoPermission = 77,
  kConfig = 78,  // configuration or key file
};

// Trouble with the process, not with the data: one line on stderr, then this status.
class Fatal : public std::runtime_error {
 public:
  Fatal(Status status, const std::string& message) : std::runtime_error(message), status_(status) {}
  // With arguments as fmt::format has it.
  template <class First, class... Rest>
  Fatal(Status status, fmt::format_string<First, Rest...> format, First&& first, Rest&&... rest)
      : Fatal(status,
              fmt::format(format, std::forward<First>(first), std::forward<Rest>(rest)...)) {}
  Status status() const { return status_; }

 private:
  Status status_;
};

// A Fatal for an errno about a path: ENOENT is 66, EACCES is 77, the rest 74.
Fatal file_error(const std::string& path, int error);

}  // namespace meterpipe::os
