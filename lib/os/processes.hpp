// Other processes, as /proc shows them: without the right to look into other users' fewer than
// there are. `proc` is /proc, except in tests.
#pragma once

#include <sys/types.h>
#include <string>
#include <vector>

namespace meterpipe::os {

// Those that have the file or device open, but this one; by number.
std::vector<pid_t> with_open(const std::string& path, const std::string& proc = "/proc");

// Whether a process waits for something; also where it is gone.
bool is_asleep(pid_t pid, const std::string& proc = "/proc");

}  // namespace meterpipe::os
