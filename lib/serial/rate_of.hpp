// The rate that a terminal is set to, for who cannot see the kernel's termios (kernel_termios.hpp).
#pragma once

#include <cstdint>
#include <optional>

namespace meterpipe::serial {

std::optional<std::uint32_t> rate_of(int fd);

}  // namespace meterpipe::serial
