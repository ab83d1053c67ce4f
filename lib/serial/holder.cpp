#include "serial/holder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <cerrno>
#include <cstdio>
#include <fstream>

#include <fmt/format.h>

#include "os/files.hpp"
#include "os/processes.hpp"

namespace meterpipe::serial {
namespace {

std::string program_name(const std::string& proc, pid_t pid) {
  std::ifstream comm(fmt::format("{}/{}/comm", proc, pid));
  std::string name;
  std::getline(comm, name);
  return name.empty() ? "a program" : name;
}

// locks = number ":" "FLOCK" "ADVISORY" "WRITE" pid major ":" minor ":" inode start end
//   1: FLOCK  ADVISORY  WRITE 708 00:18:5 0 EOF        (major, minor in hex)
std::optional<std::vector<pid_t>> with_lock(const std::string& proc, const struct stat& device) {
  std::vector<pid_t> pids;
  std::ifstream locks(proc + "/locks");
  if (!locks) return std::nullopt;
  for (std::string line; std::getline(locks, line);) {
    int pid = 0;
    unsigned major_number = 0, minor_number = 0;
    unsigned long long inode = 0;
    if (std::sscanf(line.c_str(), "%*d: FLOCK %*s %*s %d %x:%x:%llu", &pid, &major_number,
                    &minor_number, &inode) != 4) {
      continue;
    }
    if (inode == device.st_ino && makedev(major_number, minor_number) == device.st_dev && pid > 0) {
      pids.push_back(pid);
    }
  }
  return pids;
}

std::vector<Holder> named(const std::vector<pid_t>& pids, const std::string& proc) {
  std::vector<Holder> found;
  for (const pid_t pid : pids) found.push_back({pid, program_name(proc, pid)});
  return found;
}

}  // namespace

std::optional<std::vector<Holder>> lockers(const std::string& path, const std::string& proc) {
  struct stat device {};
  if (::stat(path.c_str(), &device) != 0) return std::vector<Holder>();
  const auto pids = with_lock(proc, device);
  if (!pids) return std::nullopt;
  return named(*pids, proc);
}

std::vector<Holder> holders(const std::string& path, const std::string& proc) {
  const auto found = lockers(path, proc).value_or(std::vector<Holder>());
  return found.empty() ? named(os::with_open(path, proc), proc) : found;
}

bool is_refused(const std::string& path) {
  const os::Descriptor port(::open(path.c_str(), O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (port.get() < 0) return errno == EBUSY;  // in exclusive use, tty_ioctl(4)
  return ::flock(port.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

std::string describe(const std::vector<Holder>& holders) {
  if (holders.empty()) return "a program that cannot be seen from here (sudo fuser -v shows it)";
  std::string text;
  for (const Holder& holder : holders) {
    text += fmt::format("{}{} (pid {})", text.empty() ? "" : ", ", holder.name, holder.pid);
  }
  return text;
}

}  // namespace meterpipe::serial
