// LineSettings as the kernel wants them, and back. The kernel's own termios2 rather than libc's
// termios: it takes any baud rate and tells the one that the driver really set.
// (<asm/termbits.h> and <termios.h> cannot stand in one file.)
#pragma once

#include <optional>
#include <string>

#include <asm/ioctls.h>
#include <asm/termbits.h>

#include "serial/line_settings.hpp"

namespace meterpipe::serial {

#ifdef TCGETS2
using KernelTermios = ::termios2;
inline constexpr unsigned long kGetTermios = TCGETS2;
inline constexpr unsigned long kSetTermios = TCSETS2;
#else  // powerpc: the one termios has the speeds
using KernelTermios = ::termios;
inline constexpr unsigned long kGetTermios = TCGETS;
inline constexpr unsigned long kSetTermios = TCSETS;
#endif

// Raw mode; parity and framing errors marked (PARMRK). Pure.
KernelTermios to_termios(const LineSettings& settings);

// The same for a port whose line somebody has set: speed, data bits, parity and stop bits stay, the
// rest is as to_termios() has it. Pure.
KernelTermios with_marks(const KernelTermios& line);

// What a port is set to, read back from it.
LineSettings from_termios(const KernelTermios& termios);

// What the port refused of `wanted`: "8 data bits, no parity instead of even"; nullopt: nothing.
std::optional<std::string> refused(const LineSettings& wanted, const LineSettings& got);

}  // namespace meterpipe::serial
