#include "os/status.hpp"

#include <cerrno>
#include <cstring>

#include "base/key_like.hpp"

namespace meterpipe::os {

Fatal file_error(const std::string& path, int error) {
  const Status status = error == ENOENT || error == ENOTDIR || error == ENODEV || error == ENXIO
                            ? kNoInput
                        : error == EACCES || error == EPERM ? kNoPermission
                                                            : kIoError;
  return Fatal(status, without_key(path) + ": " + std::strerror(error));
}

}  // namespace meterpipe::os
