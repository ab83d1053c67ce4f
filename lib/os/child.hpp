// Programs that this one starts.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace meterpipe::os {

// A program run to its end beside this one: what it wrote, and its status (128 and a signal).
struct Captured {
  int status = 0;
  std::string out, err;
  bool timed_out = false;
};
// Its standard input is /dev/null. `enough`, where given, is asked of what it has said on standard
// error; true ends it.
Captured capture(const std::string& path, const std::vector<std::string>& words,
                 long long timeout_ms,
                 const std::function<bool(const std::string& err)>& enough = nullptr);

// Where a program of ours stands: beside this one.
std::string beside_us(const std::string& program);

// A pipe; both ends close when a program starts.
struct Pipe {
  int read = -1, write = -1;
};
Pipe make_pipe();
// /dev/null, for reading.
int open_nothing();

// In the child: `fd` as descriptor 0, 1 or 2.
void put_on(int fd, int to);
// Nothing blocked and nothing ignored that a program of ours would have to know of.
void reset_signals();
// Becomes the program; where that fails, says so and ends.
[[noreturn]] void become(const std::string& path, const std::string& name,
                         const std::vector<std::string>& words);

// The status as a shell has it: 128 and the signal that ended it.
int shell_status(int wait_status);

}  // namespace meterpipe::os
