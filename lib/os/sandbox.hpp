// What a program gives up once it has opened what it needs, so that whoever finds a hole in it by
// what he sends finds himself in an empty room:
//
//   seccomp     calls of the kernel that it does not need (sandbox/calls names those that it keeps)
//   Landlock    files and folders, TCP connections, signals to others; where the kernel has it
//   and         new privileges (no_new_privs), core dumps (RLIMIT_CORE)
//
// A call that is not kept gives EPERM and a sentence on standard error, once for each call; nothing
// ends by it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

struct sock_filter;

namespace meterpipe::os {

// The calls that are kept: a profile of sandbox/calls, as the kernel takes it. Size 0: there is no
// filter for this architecture.
struct Calls {
  const sock_filter* program;
  unsigned short size;

  static const Calls pipe;     // what is open is read and written
  static const Calls files;    // and files are opened to be read
  static const Calls serial;   // and serial ports, to be set
  static const Calls network;  // files are read, and connections made
  static const Calls publish;  // connections, and files written
  static const Calls write;    // files written
  static const Calls pty;      // and a pty made
};
// "" where there is none.
const char* name_of_call(int number);

// What is kept of the file system. A folder stands for all that is in it; what does not exist is
// left out. What is open stays open.
struct Places {
  std::vector<std::string> read{};    // files and folders
  std::vector<std::string> change{};  // folders: files are made, written, renamed and removed
  std::vector<std::string> use{};     // devices and folders with them: read, written and set
  bool connects = false;              // TCP, to anywhere
  bool all = false;  // no folder is closed, and other processes can be looked at: no Landlock
};

// What a program keeps.
struct Kept {
  const Calls& calls;
  Places places;
};

// From here on; the first call of a process counts. A kernel that has no seccomp is said once, as a
// warning, and nothing ends by it. Nothing is given up, and nothing said, where the program has not
// asked for it (tests have not), where METERPIPE_SANDBOX is 0, nor in a sanitizer's build.
void contain(const Kept& kept);
void want_containment(bool wanted);

}  // namespace meterpipe::os
