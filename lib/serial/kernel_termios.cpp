#include "serial/kernel_termios.hpp"

#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/table.hpp"
#include "serial/rate_of.hpp"

namespace meterpipe::serial {
namespace {

struct Speed {
  std::uint32_t baud;
  tcflag_t code;
};

// Rates with a code of their own are set by it, so that stty shows them; the rest by BOTHER.
constexpr auto kSpeeds = std::to_array<Speed>({
    {50, B50},           {75, B75},           {110, B110},         {150, B150},
    {200, B200},         {300, B300},         {600, B600},         {1200, B1200},
    {1800, B1800},       {2400, B2400},       {4800, B4800},       {9600, B9600},
    {19200, B19200},     {38400, B38400},     {57600, B57600},     {115200, B115200},
    {230400, B230400},   {460800, B460800},   {500000, B500000},   {576000, B576000},
    {921600, B921600},   {1000000, B1000000}, {1152000, B1152000}, {1500000, B1500000},
    {2000000, B2000000},
});
static_assert(std::ranges::is_sorted(kSpeeds, {}, &Speed::baud));

constexpr std::array<tcflag_t, 4> kSizes{CS5, CS6, CS7, CS8};

std::string_view word(Parity parity) {
  return parity == Parity::none ? "no" : parity == Parity::even ? "even" : "odd";
}

// All but the line's settings.
KernelTermios raw_and_marked() {
  KernelTermios to{};
  // INPCK even without parity: the drivers report framing errors only where it is set. With PARMRK
  // a bad byte X comes as FF 00 X, a break as FF 00 00, a good FF as FF FF (parmrk.hpp).
  to.c_iflag = INPCK | PARMRK;
  // CLOCAL: a USB adapter has no carrier. CRTSCTS stays off: a meter only talks.
  to.c_cflag = CREAD | CLOCAL;
  to.c_cc[VMIN] = 1;  // an empty read is EAGAIN, not 0: 0 is a port that has gone
  to.c_cc[VTIME] = 0;
  return to;
}

}  // namespace

KernelTermios to_termios(const LineSettings& settings) {
  KernelTermios to = raw_and_marked();
  to.c_cflag |= kSizes[static_cast<std::size_t>(settings.data_bits - 5)];
  if (settings.parity != Parity::none) to.c_cflag |= PARENB;
  if (settings.parity == Parity::odd) to.c_cflag |= PARODD;
  if (settings.stop_bits == 2) to.c_cflag |= CSTOPB;
  const Speed* speed = find_row(kSpeeds, settings.baud, &Speed::baud);
  to.c_cflag |= speed != nullptr ? speed->code : tcflag_t{BOTHER};
  to.c_ispeed = to.c_ospeed = settings.baud;
  return to;
}

KernelTermios with_marks(const KernelTermios& line) {
  KernelTermios to = raw_and_marked();
  to.c_cflag |= line.c_cflag & (CBAUD | CSIZE | PARENB | PARODD | CSTOPB);
  to.c_ispeed = to.c_ospeed = line.c_ospeed;
  return to;
}

LineSettings from_termios(const KernelTermios& termios) {
  LineSettings settings;
  settings.baud = termios.c_ospeed;
  const auto* size = std::ranges::find(kSizes, termios.c_cflag & CSIZE);
  settings.data_bits = 5 + static_cast<int>(size - kSizes.begin());
  settings.parity = (termios.c_cflag & PARENB) == 0   ? Parity::none
                    : (termios.c_cflag & PARODD) == 0 ? Parity::even
                                                      : Parity::odd;
  settings.stop_bits = (termios.c_cflag & CSTOPB) == 0 ? 1 : 2;
  return settings;
}

std::optional<std::string> refused(const LineSettings& wanted, const LineSettings& got) {
  std::vector<std::string> parts;
  const auto compare = [&](bool is_same, const auto& is, std::string_view what, const auto& asked) {
    if (!is_same) parts.push_back(fmt::format("{} {} instead of {}", is, what, asked));
  };
  compare(is_same_rate(wanted.baud, got.baud), got.baud, "baud", wanted.baud);
  compare(wanted.data_bits == got.data_bits, got.data_bits, "data bits", wanted.data_bits);
  compare(wanted.parity == got.parity, word(got.parity), "parity", word(wanted.parity));
  compare(wanted.stop_bits == got.stop_bits, got.stop_bits, "stop bits", wanted.stop_bits);
  if (parts.empty()) return std::nullopt;
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::optional<std::uint32_t> rate_of(int fd) {
  KernelTermios set{};
  if (::ioctl(fd, kGetTermios, &set) != 0) return std::nullopt;
  return from_termios(set).baud;
}

}  // namespace meterpipe::serial
