// A meter on a pseudo terminal that looks at the speed which its reader has set: at the right one
// it pushes the bytes it was given, at another one what a UART might make of them. A pty carries
// bytes at any speed and has no parity, so that this is all that can be shown with one.
//
//   pty-at-speed LINK BAUD INTERVAL_MS HEX     BAUD 0: it never says a word

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <cstdio>
#include <string>

#include "base/hex.hpp"
#include "serial/kernel_termios.hpp"

using namespace meterpipe;

int main(int argc, char** argv) {
  if (argc != 5) return 64;
  const unsigned long baud = std::stoul(argv[2]);
  const int interval_ms = std::stoi(argv[3]);
  const auto bytes = from_hex(argv[4]);
  const int master = ::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
  char slave[64] = {};
  if (!bytes || master < 0 || ::grantpt(master) != 0 || ::unlockpt(master) != 0 ||
      ::ptsname_r(master, slave, sizeof slave) != 0) {
    return 70;
  }
  ::close(::open(slave, O_RDWR | O_NOCTTY));  // from here on the master sees whether one is there
  ::unlink(argv[1]);
  if (::symlink(slave, argv[1]) != 0) return 74;
  for (std::uint32_t random = 1;;) {
    ::poll(nullptr, 0, interval_ms);
    pollfd state{master, 0, 0};
    if (::poll(&state, 1, 0) > 0 && (state.revents & POLLHUP) != 0) continue;
    serial::KernelTermios set{};
    if (baud == 0 || ::ioctl(master, serial::kGetTermios, &set) != 0) continue;
    ByteVector sent = *bytes;
    if (set.c_ospeed != baud) {
      for (auto& byte : sent) {
        random = random * 1664525 + 1013904223;
        byte = static_cast<std::uint8_t>(random >> 24);
      }
    }
    [[maybe_unused]] const auto written = ::write(master, sent.data(), sent.size());
  }
}
