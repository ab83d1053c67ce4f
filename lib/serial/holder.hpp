// Who holds a device: the process to name when a port is busy.
#pragma once

#include <sys/types.h>
#include <optional>
#include <string>
#include <vector>

namespace meterpipe::serial {

struct Holder {
  pid_t pid;
  std::string name;  // of the program, as /proc/PID/comm has it
};

// The process with a flock on this inode (locks(5)), else those that have the device open. Without
// the right to look into other users' processes the latter may be fewer than there are. `proc` is
// /proc, except in tests.
std::vector<Holder> holders(const std::string& path, const std::string& proc = "/proc");

// Those with a flock on it alone: whoever opens it as mbus-read does is refused. Nullopt where the
// kernel's list of locks is hidden, as from a service with ProcSubset=pid (systemd.exec(5)).
std::optional<std::vector<Holder>> lockers(const std::string& path,
                                           const std::string& proc = "/proc");

// Whether mbus-read would be refused, found by opening and locking it for a moment: for a port that
// is about to be opened anyway.
bool is_refused(const std::string& path);

// "minicom (pid 4711)", "a program that cannot be seen from here (…)".
std::string describe(const std::vector<Holder>& holders);

}  // namespace meterpipe::serial
