#include "os/sandbox.hpp"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

#include "os/log.hpp"

namespace meterpipe::os {
namespace {

#ifdef METERPIPE_NO_SANDBOX
constexpr bool kContains = false;
#else
constexpr bool kContains = true;
#endif

bool g_is_wanted = false;

// linux/landlock.h of the build may be older than the kernel: what it may lack stands here. ABI 1
// is Linux 5.13.
namespace landlock {
constexpr std::uint64_t kExecute = 1 << 0, kWriteFile = 1 << 1, kReadFile = 1 << 2,
                        kReadFolder = 1 << 3, kRemoveFolder = 1 << 4, kRemoveFile = 1 << 5,
                        kMakeFolder = 1 << 7, kMakeFile = 1 << 8, kMakeLink = 1 << 12,
                        kRefer = 1 << 13,  // ABI 2: to rename from folder to folder
    kTruncate = 1 << 14,                   // ABI 3
    kIoctl = 1 << 15;                      // ABI 5: of devices
constexpr std::uint64_t kBind = 1 << 0, kConnect = 1 << 1;      // ABI 4: TCP
constexpr std::uint64_t kAbstract = 1 << 0, kSignals = 1 << 1;  // ABI 6: other processes

struct Ruleset {
  std::uint64_t files, network, scope;
};

constexpr std::uint64_t files_of(long abi) {
  const int bits = abi >= 5 ? 16 : abi >= 3 ? 15 : abi == 2 ? 14 : 13;
  return (std::uint64_t{1} << bits) - 1;
}
}  // namespace landlock

// The sentence around the name of a call. Made before, since the handler may find itself within
// malloc.
std::array<char, 160> g_before{}, g_behind{};
// A bit for each call that has been said.
std::array<std::atomic<std::uint64_t>, 16> g_said{};

// Async-signal-safe.
void say_refused(int call) {
  const auto index = static_cast<std::size_t>(call) / 64;
  if (call < 0 || index >= g_said.size()) return;
  const std::uint64_t bit = std::uint64_t{1} << (call % 64);
  if ((g_said[index].fetch_or(bit) & bit) != 0) return;
  std::array<char, 512> line;
  std::size_t size = 0;
  const auto add = [&](const char* text) {
    while (*text != '\0' && size < line.size()) line[size++] = *text++;
  };
  add(g_before.data());
  add(name_of_call(call));
  char digits[] = "0000)";
  char* first = digits + 4;
  for (int left = call; first == digits + 4 || left != 0; left /= 10) {
    *--first = static_cast<char>('0' + left % 10);
  }
  add(" (");
  add(first);
  add(g_behind.data());
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), size);
}

// SECCOMP_RET_TRAP: the call was not done, and what it returns stands in the register for it.
void refuse(int, siginfo_t* info, void* context) {
  const int error = errno;
  say_refused(info->si_syscall);
  errno = error;
  auto& machine = static_cast<ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  machine.gregs[REG_RAX] = -EPERM;
#elif defined(__i386__)
  machine.gregs[REG_EAX] = -EPERM;
#elif defined(__aarch64__)
  machine.regs[0] = static_cast<unsigned long long>(-EPERM);
#elif defined(__arm__)
  machine.arm_r0 = static_cast<unsigned long>(-EPERM);
#elif defined(__riscv)
  machine.__gregs[REG_A0] = static_cast<unsigned long>(-EPERM);
#else
  static_cast<void>(machine);
#endif
}

void copy_text(std::string_view text, std::array<char, 160>& to) {
  to[text.copy(to.data(), to.size() - 1)] = '\0';
}

void hear_refusals() {
  const std::string line = Log::line(
      Level::error,
      "the system call @ is none that this program needs: refused (--no-sandbox allows it)");
  const std::size_t hole = line.find('@');
  copy_text(line.substr(0, hole), g_before);
  copy_text(line.substr(hole + 1), g_behind);
  struct sigaction action {};
  action.sa_sigaction = refuse;
  action.sa_flags = SA_SIGINFO;
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGSYS, &action, nullptr);
}

// Whether the path could be allowed what the kernel knows of `rights`; what is not there need not
// be.
void allow(int ruleset, const std::string& path, std::uint64_t rights) {
  const int fd = ::open(path.c_str(), O_PATH | O_CLOEXEC);
  if (fd < 0) return;
  struct stat status {};
  if (::fstat(fd, &status) == 0 && !S_ISDIR(status.st_mode)) {
    rights &= landlock::kExecute | landlock::kWriteFile | landlock::kReadFile |
              landlock::kTruncate | landlock::kIoctl;
  }
  landlock_path_beneath_attr rule{};
  rule.allowed_access = rights;
  rule.parent_fd = fd;
  // A pipe belongs to no file system, and none is kept from it.
  ::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
  ::close(fd);
}

bool restrict_files(const Places& places) {
  using namespace landlock;
  const long abi =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (abi < 1) return false;
  const std::uint64_t known = files_of(abi);
  const Ruleset wanted{known,
                       abi < 4           ? 0
                       : places.connects ? kBind
                                         : kBind | kConnect,
                       abi < 6 ? 0 : kAbstract | kSignals};
  const std::size_t size = abi < 4 ? 8 : abi < 6 ? 16 : sizeof wanted;
  const int ruleset = static_cast<int>(::syscall(SYS_landlock_create_ruleset, &wanted, size, 0));
  if (ruleset < 0) return false;
  constexpr std::uint64_t kRead = kReadFile | kReadFolder;
  for (const std::string& path : places.read) allow(ruleset, path, kRead & known);
  for (const std::string& path : places.change) {
    allow(ruleset, path,
          (kRead | kWriteFile | kTruncate | kMakeFile | kMakeLink | kRemoveFile | kRefer) & known);
  }
  for (const std::string& path : places.use) {
    allow(ruleset, path, (kRead | kWriteFile | kTruncate | kIoctl) & known);
  }
  const bool done = ::syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
  ::close(ruleset);
  return done;
}

bool restrict_calls(const Calls& calls) {
  if (calls.size == 0) {
    errno = ENOSYS;
    return false;
  }
  // The kernel does not write to it.
  sock_fprog program{calls.size, const_cast<sock_filter*>(calls.program)};
  // A filter of a program that runs nobody's code needs no protection from speculation, which older
  // kernels make it pay for.
  for (const unsigned long extra : {SECCOMP_FILTER_FLAG_SPEC_ALLOW, 0ul}) {
    const long done = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                                SECCOMP_FILTER_FLAG_TSYNC | extra, &program);
    if (done == 0) return true;
    if (done > 0) errno = EBUSY;  // a thread has another filter
    if (errno != EINVAL) break;
  }
  return false;
}

}  // namespace

void want_containment(bool wanted) { g_is_wanted = wanted; }

void contain(const Kept& kept) {
  const char* word = std::getenv("METERPIPE_SANDBOX");
  if (!kContains || !std::exchange(g_is_wanted, false)) return;
  if (word != nullptr && std::string_view(word) == "0") return;
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    log_warning("not contained: no_new_privs: {}", std::strerror(errno));
    return;
  }
  if (!kept.places.all && !restrict_files(kept.places))
    log_debug("this kernel has no Landlock: no folder is closed");
  hear_refusals();
  if (!restrict_calls(kept.calls)) {
    log_warning("not contained: this kernel takes no filter of system calls (seccomp: {})",
                std::strerror(errno));
  }
}

}  // namespace meterpipe::os
