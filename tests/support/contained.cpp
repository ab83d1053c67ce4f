// Gives up what a program gives up, and tries what it must not be able to do; for tests.
//
//   contained KIND [PATH…] -- ATTEMPT…
//       KIND      filter [FILE…] or follow FILE: of the programs that read FILEs
//                 port NAME: of those that read this port
//                 publish|write FOLDER: of those that write there
//                 pty: of the one that makes a line
//                 nothing: gives nothing up
//       ATTEMPT   a word of the table below, or read=PATH, write=PATH, make=PATH, remove=PATH
//       a line for each: the attempt, and ok or the name of its errno
//   contained landlock -
//       the version of Landlock that this kernel has, or 0
//   contained without CALL[,CALL…] PROGRAM ARGUMENT…
//       runs the program where the kernel knows none of these calls: seccomp, landlock
//
// Each attempt is made twice, and the second is what is told: a sentence is said once.
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "cli/containment.hpp"
#include "os/log.hpp"
#include "os/sandbox.hpp"
#include "serial/port.hpp"

namespace {

using namespace meterpipe;

const pid_t g_parent = ::getppid();

long closed(long fd) {
  if (fd < 0) return fd;
  ::close(static_cast<int>(fd));
  return 0;
}

long at_a_port(int (*call)(int, const sockaddr*, socklen_t)) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0) return fd;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = call == &::connect ? htons(9) : 0;
  const int done = call(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int error = errno;
  ::close(fd);
  errno = error;
  // Nobody is there, but it was asked.
  return done != 0 && error == ECONNREFUSED ? 0 : done;
}

long with_memory(bool later) {
  const int rights = later ? PROT_READ | PROT_WRITE : PROT_READ | PROT_WRITE | PROT_EXEC;
  void* const at = ::mmap(nullptr, 4096, rights, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) return -1;
  return later ? ::mprotect(at, 4096, PROT_READ | PROT_EXEC) : 0;
}

long forked() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  if (child > 0) ::waitpid(child, nullptr, 0);
  return child < 0 ? -1 : 0;
}

long in_thread() {
  try {
    std::thread([] {}).join();
    return 0;
  } catch (const std::system_error& error) {
    errno = error.code().value();
    return -1;
  }
}

// Where it is let through, nothing is told.
long executed() {
  char name[] = "/bin/true", *const words[] = {name, nullptr};
  return ::execv(name, words);
}

const std::map<std::string, std::function<long()>> kAttempts{
    {"read", [] { return ::read(STDIN_FILENO, nullptr, 0); }},
    {"write", [] { return ::write(STDOUT_FILENO, nullptr, 0); }},
    {"sleep", [] { return static_cast<long>(::usleep(1)); }},
    {"memory", [] { return std::vector<char>(1 << 20, 'x').back() == 'x' ? 0L : -1L; }},
    {"execute", executed},
    {"fork", forked},
    {"thread", in_thread},
    {"ptrace", [] { return ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }},
    {"kill", [] { return static_cast<long>(::kill(g_parent, 0)); }},
    {"kill-thread", [] { return ::syscall(SYS_tgkill, g_parent, g_parent, 0); }},
    {"memory-executable", [] { return with_memory(false); }},
    {"memory-made-executable", [] { return with_memory(true); }},
    {"socket", [] { return closed(::socket(AF_INET, SOCK_STREAM, 0)); }},
    {"socket-unix", [] { return closed(::socket(AF_UNIX, SOCK_STREAM, 0)); }},
    {"socket-raw", [] { return closed(::socket(AF_PACKET, SOCK_RAW, 0)); }},
    {"connect", [] { return at_a_port(&::connect); }},
    {"bind", [] { return at_a_port(&::bind); }},
    {"open", [] { return closed(::open("/etc/passwd", O_RDONLY)); }},
    {"stat",
     [] {
       struct stat status;
       return static_cast<long>(::stat("/etc/passwd", &status));
     }},
    {"mount", [] { return ::syscall(SYS_mount, nullptr, "/", nullptr, 0, nullptr); }},
    {"uring", [] { return closed(::syscall(SYS_io_uring_setup, 1, nullptr)); }},
    {"bpf", [] { return closed(::syscall(SYS_bpf, 0, nullptr, 0)); }},
    {"ioctl-write",
     [] {
       char c = 'x';
       return static_cast<long>(::syscall(SYS_ioctl, 0, 0x5412, &c));
     }},
};

long attempt(const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::string what = text.substr(0, equals);
  if (equals == std::string::npos) return kAttempts.at(what)();
  const std::string path = text.substr(equals + 1);
  if (what == "read") return closed(::open(path.c_str(), O_RDONLY));
  if (what == "write") return closed(::open(path.c_str(), O_WRONLY));
  if (what == "make") return closed(::open(path.c_str(), O_WRONLY | O_CREAT, 0600));
  if (what == "remove") return ::unlink(path.c_str());
  std::fprintf(stderr, "contained: what is %s?\n", text.c_str());
  std::exit(64);
}

void give_up(const std::string& kind, const std::vector<std::string>& paths) {
  os::want_containment(kind != "nothing");
  if (kind == "filter" || kind == "follow") {
    cli::Common common;
    common.files = paths;
    common.follow = kind == "follow";
    cli::contain_reader(common);
  } else if (kind == "port") {
    os::contain((*serial::make_port(paths.at(0), {}))->needs());
  } else if (kind == "publish") {
    os::contain({os::Calls::publish, {.read = {"/"}, .change = paths, .connects = true}});
  } else if (kind == "write") {
    os::contain({os::Calls::write, {.change = paths}});
  } else if (kind == "pty") {
    os::contain({os::Calls::pty, {.all = true}});
  }
}

int without(const std::string& calls, char** words) {
  const auto number = [&calls](const char* name, unsigned call) {
    return calls.find(name) != std::string::npos ? call : 0xffffffff;
  };
  sock_filter program[]{
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
      {BPF_JMP | BPF_JEQ | BPF_K, 1, 0, number("seccomp", SYS_seccomp)},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, number("landlock", SYS_landlock_create_ruleset)},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | ENOSYS},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
  };
  const sock_fprog all{std::size(program), program};
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all) != 0) {
    std::perror("contained: prctl");
    return 1;
  }
  ::execvp(words[0], words);
  std::perror(words[0]);
  return 127;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 64;
  if (std::strcmp(argv[1], "landlock") == 0) {
    const long abi = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, 1);
    std::printf("%ld\n", abi < 0 ? 0 : abi);
    return 0;
  }
  if (std::strcmp(argv[1], "without") == 0) return argc < 4 ? 64 : without(argv[2], argv + 3);
  os::Log::open("contained", os::Level::info);
  std::vector<std::string> paths, attempts;
  bool behind = false;
  for (int i = 2; i < argc; ++i) {
    if (std::strcmp(argv[i], "--") == 0) {
      behind = true;
    } else {
      (behind ? attempts : paths).emplace_back(argv[i]);
    }
  }
  give_up(argv[1], paths);
  for (const std::string& text : attempts) {
    attempt(text);
    const long result = attempt(text);
    const int error = errno;
    std::printf("%s %s\n", text.c_str(), result >= 0 ? "ok" : ::strerrorname_np(error));
    std::fflush(stdout);
  }
  return 0;
}
