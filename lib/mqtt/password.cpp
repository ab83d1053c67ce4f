#include "mqtt/password.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

#include "os/status.hpp"

namespace meterpipe::mqtt {
namespace {

constexpr std::size_t kLongest = 65535;  // MQTT 3.1.1, 1.5.3

std::string read_all(const std::string& path, int fd) {
  std::string text(kLongest + 2, '\0');
  std::size_t size = 0;
  for (;;) {
    const ssize_t n = ::read(fd, text.data() + size, text.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw os::file_error(path, errno);
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
    if (size == text.size()) break;
  }
  text.resize(size);
  return text;
}

std::string one_line(std::string text, const std::string& path) {
  if (!text.empty() && text.back() == '\n') text.pop_back();
  if (!text.empty() && text.back() == '\r') text.pop_back();
  const bool one = text.find_first_of(std::string_view("\n\r\0", 3)) == std::string::npos;
  if (text.empty() || text.size() > kLongest || !one) {
    ::explicit_bzero(text.data(), text.size());
    throw os::Fatal(os::kConfig, fmt::format("{}: one line with the password was expected", path));
  }
  return text;
}

std::string read_file(const std::string& path, bool from_systemd) {
  if (path == "-") return one_line(read_all("standard input", STDIN_FILENO), "standard input");
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw os::file_error(path, errno);
  struct stat status {};
  if (::fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && !from_systemd &&
      (status.st_mode & S_IROTH) != 0) {
    ::close(fd);
    throw os::Fatal(os::kNoPermission,
                    fmt::format("{}: everybody can read this password (chmod o-r it)", path));
  }
  std::string text = read_all(path, fd);
  ::close(fd);
  return one_line(std::move(text), path);
}

std::optional<std::string> find(const std::string& file) {
  // Wiped in any case: /proc/PID/environ shows it for as long as it stands there.
  std::optional<std::string> from_environment;
  if (char* value = std::getenv("METERPIPE_MQTT_PASSWORD"); value != nullptr) {
    if (*value != '\0') from_environment = value;
    ::explicit_bzero(value, std::strlen(value));
    ::unsetenv("METERPIPE_MQTT_PASSWORD");
  }
  if (!file.empty()) return read_file(file, false);
  if (from_environment) return from_environment;
  if (const char* folder = std::getenv("CREDENTIALS_DIRECTORY"); folder != nullptr) {
    const std::string path = std::string(folder) + "/mqtt-password";
    struct stat status {};
    // An empty one stands for "none": a unit must name the credential for every broker.
    if (::stat(path.c_str(), &status) == 0 && status.st_size != 0) return read_file(path, true);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> find_password(const std::string& file) {
  // Before it is read, so that no moment is left open.
  if (::prctl(PR_SET_DUMPABLE, 0) != 0) {
    throw os::Fatal(os::kSoftware, "prctl: core dumps cannot be turned off");
  }
  auto password = find(file);
  if (!password) ::prctl(PR_SET_DUMPABLE, 1);
  return password;
}

}  // namespace meterpipe::mqtt
