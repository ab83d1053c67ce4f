// What the system refuses: no descriptor left, no room in a file, a pipe of somebody else.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <string>

#include "io/live_output.hpp"
#include "keys/counter_state.hpp"
#include "os/child.hpp"
#include "os/files.hpp"
#include "os/pty.hpp"
#include "os/secrets.hpp"
#include "os/status.hpp"
#include "support/folder.hpp"
#include "support/limits.hpp"

namespace meterpipe::test {
namespace {

std::string what(const std::function<void()>& action, os::Status status) {
  try {
    action();
  } catch (const os::Fatal& fatal) {
    CHECK(fatal.status() == status);
    return fatal.what();
  }
  return "nothing was refused";
}

}  // namespace

TEST_CASE("limits: without a descriptor neither a pipe nor a pty is made") {
  if (kIsSanitized) {
    MESSAGE(
        "the sanitizer of pointers to virtual functions wants descriptors of its own: not tested");
    return;
  }
  const Folder folder;
  std::string pipe, nothing, pty;
  {
    const NoDescriptors none;
    pipe = what([] { os::make_pipe(); }, os::kSoftware);
    nothing = what([] { os::open_nothing(); }, os::kIoError);
    pty = what([&] { os::PtyLine(folder.file("line"), 2400, 11); }, os::kIoError);
  }
  CHECK(pipe == "cannot make a pipe: Too many open files");
  CHECK(nothing == "/dev/null: Too many open files");
  CHECK(pty == "cannot open a pty: Too many open files");
}

TEST_CASE("limits: an output that is closed is told before anything is read") {
  const auto output = [] { io::LiveOutput([](auto, auto) { return std::string(); }, 1 << 20); };
  CHECK(what(output, os::kIoError) == "standard output: Bad file descriptor");
}

TEST_CASE("limits: a file that has no room is refused with its name, and nothing is left of it") {
  const Folder folder;
  const std::string path = folder.file("counters"), old = folder.write("old", "before");
  std::string counters, replaced;
  {
    const NoFileSize none;
    counters = what([&] { keys::CounterState state(path); }, os::kIoError);
    replaced = what([&] { os::replace_file(old, "behind", 0600); }, os::kIoError);
  }
  CHECK(counters == path + ": File too large");
  CHECK(replaced == old + ": File too large");
  CHECK_FALSE(std::filesystem::exists(old + ".tmp"));
  CHECK(std::filesystem::file_size(old) == 6);
  CHECK_NOTHROW(keys::CounterState{path});
}

TEST_CASE("limits: keys and private keys are not read from another user's pipe") {
  const Folder folder;
  const std::string path = folder.file("pipe");
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  const os::Descriptor pipe(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  const auto check = [&](os::Secret secret, os::Guarded guarded) {
    return what([&] { os::check_secret(secret, pipe.get(), "pipe", guarded); }, os::kNoPermission);
  };
  CHECK(check(os::Secret::keys, os::Guarded::no) == "nothing was refused");
  if (::chown(path.c_str(), 65534, 65534) != 0) {
    MESSAGE("only root gives a pipe away: not tested");
    return;
  }
  CHECK(check(os::Secret::keys, os::Guarded::no) ==
        "pipe: a pipe of another user, who may read the keys as well");
  CHECK(check(os::Secret::keys, os::Guarded::by_user) == "nothing was refused");
  CHECK(check(os::Secret::tls_key, os::Guarded::no) ==
        "pipe: a pipe of another user, who may read the key as well");
  CHECK(check(os::Secret::password, os::Guarded::no) == "nothing was refused");
}

}  // namespace meterpipe::test
