#include "os/notify.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>

#include "base/whole_number.hpp"

namespace meterpipe::os {

void notify_manager(std::string_view lines) {
  const char* const name = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  if (name == nullptr || (name[0] != '/' && name[0] != '@')) return;
  const std::size_t size = std::strlen(name);
  if (size >= sizeof address.sun_path) return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name, size);
  if (name[0] == '@') address.sun_path[0] = '\0';  // of no file system
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + size);
  // Nobody to tell if it fails.
  [[maybe_unused]] const auto sent = ::sendto(fd, lines.data(), lines.size(), MSG_NOSIGNAL,
                                              reinterpret_cast<const sockaddr*>(&address), length);
  ::close(fd);
}

long long watchdog_ms() {
  const char* const text = std::getenv("WATCHDOG_USEC");
  const auto us = text == nullptr ? std::nullopt : whole_number<std::uint64_t>(text);
  const char* const pid = std::getenv("WATCHDOG_PID");
  if (pid != nullptr && std::string(pid) != std::to_string(::getpid())) return 0;
  return us ? static_cast<long long>(*us / 1000) : 0;
}

}  // namespace meterpipe::os
