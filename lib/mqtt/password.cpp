#include "mqtt/password.hpp"

#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cstdlib>
#include <cstring>

#include "base/utf8.hpp"
#include "os/files.hpp"
#include "os/secrets.hpp"
#include "os/status.hpp"

namespace meterpipe::mqtt {
namespace {

constexpr std::size_t kLongest = 65535;  // MQTT 3.1.1, 1.5.3

std::string one_line(std::string text, const std::string& path) {
  text.erase(0, text.size() - without_mark(text).size());
  if (!text.empty() && text.back() == '\n') text.pop_back();
  if (!text.empty() && text.back() == '\r') text.pop_back();
  const bool one = text.find_first_of(std::string_view("\n\r\0", 3)) == std::string::npos;
  if (text.empty() || text.size() > kLongest || !one) {
    ::explicit_bzero(text.data(), text.size());
    throw os::Fatal(os::kConfig, "{}: one line with the password was expected", path);
  }
  return text;
}

std::string read_line(int fd, const std::string& name) {
  return one_line(os::read_all(fd, name, kLongest + 2), name);
}

std::string read_file(const std::string& path, bool from_systemd) {
  if (path == "-") return read_line(STDIN_FILENO, "standard input");
  const os::Descriptor file(os::open_file(path));
  os::check_secret(os::Secret::password, file.get(), path,
                   from_systemd ? os::Guarded::by_systemd : os::Guarded::no);
  return read_line(file.get(), path);
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
