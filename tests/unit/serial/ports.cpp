// What ports say that cannot be opened, and that take nothing.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>

#include "serial/kernel_termios.hpp"
#include "serial/rate_of.hpp"
#include "serial/stdin_port.hpp"
#include "serial/tcp_port.hpp"
#include "serial/tty_port.hpp"
#include "support/folder.hpp"
#include "support/limits.hpp"

namespace meterpipe::serial {
namespace {

using test::Folder;
using Kind = Trouble::Kind;

Trouble opening(Port& port) {
  const auto opened = port.open();
  REQUIRE_FALSE(opened);
  return opened.error();
}
Trouble opening(const std::string& path) {
  TtyPort port(path, LineSettings());
  return opening(port);
}

struct Pty {
  int master = -1, slave = -1;
  std::string path;
  Pty() {
    master = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    REQUIRE(master >= 0);
    REQUIRE(::grantpt(master) == 0);
    REQUIRE(::unlockpt(master) == 0);
    path = ::ptsname(master);
    slave = ::open(path.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
    REQUIRE(slave >= 0);
  }
  ~Pty() {
    ::close(master);
    ::close(slave);
  }
  Pty(const Pty&) = delete;
  Pty& operator=(const Pty&) = delete;
};

// False: the emulator that runs this has not the calls for any rate, and no port could be opened.
bool has_any_rate(const Pty& pty) {
  KernelTermios set{};
  if (::ioctl(pty.master, kGetTermios, &set) == 0) return true;
  MESSAGE("no TCGETS2 here, as below qemu-user: not tested");
  return false;
}

// What is said once nothing more is taken.
Trouble when_full(Port& port, std::size_t at_once) {
  const ByteVector bytes(at_once, 0xe5);
  for (int i = 0; i < 100'000; ++i) {
    if (const auto written = port.write(bytes); !written) return written.error();
  }
  FAIL("all of it was taken");
  return {};
}

struct Listening {
  int fd = -1;
  std::uint16_t port = 0;
  Listening() {
    fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(fd, 1) == 0);
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
  }
  ~Listening() { ::close(fd); }
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;
};

void connect(TcpPort& port) {
  auto progress = port.open();
  while (progress && *progress == Progress::pending) {
    pollfd fd = port.waits_for();
    REQUIRE(::poll(&fd, 1, 10'000) == 1);
    progress = port.proceed();
  }
  REQUIRE(progress);
}

}  // namespace

TEST_CASE("ports: a path that cannot be opened says why, and what to do") {
  const Folder folder;
  CHECK(opening(folder.path()).kind == Kind::unusable);
  const Trouble longer = opening("/dev/" + std::string(5000, 'x'));
  CHECK(longer.kind == Kind::failed);
  CHECK(longer.text.ends_with(": cannot open: File name too long"));
  if (!test::NotRoot().is_one()) {
    MESSAGE("nobody else to be in this user namespace: rights are not tested");
    return;
  }
  const std::string path = folder.write("line", "");
  const auto without_rights = [&](mode_t of_file, mode_t of_folder) {
    ::chmod(path.c_str(), of_file);
    ::chmod(folder.path().c_str(), of_folder);
    Trouble trouble;
    {
      const test::NotRoot nobody;
      trouble = opening(path);
    }
    ::chmod(folder.path().c_str(), 0700);
    CHECK(trouble.kind == Kind::denied);
    CHECK(trouble.text.starts_with(path + ": permission denied: "));
    return trouble.text;
  };
  CHECK(without_rights(0, 0711).find("its mode is 0000, group ") != std::string::npos);
  CHECK(without_rights(0600, 0).ends_with(": a folder above it may not be entered"));
  if (::chown(path.c_str(), 0, 20) != 0) {
    MESSAGE("only root gives a file to another group: not tested");
    return;
  }
  CHECK(without_rights(0660, 0711)
            .ends_with(": it belongs to the group dialout: sudo usermod -aG "
                       "dialout $USER, then log in again"));
}

TEST_CASE("ports: one that somebody uses alone is busy") {
  Pty pty;
  REQUIRE(::chmod(pty.path.c_str(), 0666) == 0);
  REQUIRE(::ioctl(pty.slave, TIOCEXCL) == 0);
  Trouble trouble;
  {
    const test::NotRoot nobody;
    trouble = opening(pty.path);
  }
  CHECK(trouble.kind == Kind::busy);
  CHECK(trouble.text.starts_with(pty.path + ": in exclusive use by "));
}

TEST_CASE("ports: the rate is that of a line, and of nothing else") {
  Pty pty;
  if (!has_any_rate(pty)) return;
  CHECK(rate_of(pty.master) == 38400U);
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  CHECK_FALSE(rate_of(nothing));
  ::close(nothing);
}

TEST_CASE("ports: what a line does not take is told") {
  Pty pty;
  if (!has_any_rate(pty)) return;
  TtyPort port(pty.path, LineSettings(), Refusals::kept);
  REQUIRE(port.open());
  const Trouble full = when_full(port, 1000);
  CHECK(full.kind == Kind::failed);
  CHECK(full.text.starts_with(pty.path + ": cannot write ("));
}

TEST_CASE("ports: a connection that takes nothing, or is closed") {
  Listening there;
  TcpPort port({"127.0.0.1", there.port});
  connect(port);
  const Trouble full = when_full(port, 100'000);
  CHECK(full.kind == Kind::failed);
  CHECK(full.text.find(": cannot write (") != std::string::npos);
  const int other = ::accept4(there.fd, nullptr, nullptr, SOCK_CLOEXEC);
  const linger at_once{1, 0};
  ::setsockopt(other, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(other);
  CHECK(when_full(port, 1).text.find("cannot write (") != std::string::npos);
}

TEST_CASE("ports: without a descriptor there is no connection") {
  TcpPort port({"127.0.0.1", 9});
  tl::expected<Progress, Trouble> opened;
  {
    const test::NoDescriptors none;
    opened = port.open();
  }
  REQUIRE_FALSE(opened);
  CHECK(opened.error().kind == Kind::missing);
  CHECK(opened.error().text.starts_with("tcp://127.0.0.1:9: cannot connect: Too many open files"));
}

TEST_CASE("ports: standard input that is a folder cannot be read, and none can be written") {
  const Folder folder;
  const int before = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
  const int directory = ::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ::dup2(directory, STDIN_FILENO);
  ::close(directory);
  StdinPort port;
  std::array<std::uint8_t, 16> room{};
  const auto read = port.read(room);
  if (before >= 0) {
    ::dup2(before, STDIN_FILENO);
    ::close(before);
  } else {
    ::close(STDIN_FILENO);
  }
  REQUIRE_FALSE(read);
  CHECK(read.error().kind == Kind::gone);
  CHECK(read.error().text == "standard input: cannot read: Is a directory");
  const auto written = port.write(ByteVector{0xe5});
  REQUIRE_FALSE(written);
  CHECK(written.error().kind == Kind::unusable);
  CHECK(written.error().text == "standard input: can only be read");
  CHECK_FALSE(port.sets_rate());
  const auto set = port.set(LineSettings());
  REQUIRE_FALSE(set);
  CHECK(set.error().text == "standard input: its rate is set at the other end");
}

}  // namespace meterpipe::serial
