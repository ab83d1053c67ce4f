// Listens to a port for a while: what came, cut into records as mbus-read cuts them, with the bytes
// that were marked. For who wants to look at a line and not to log it (LiveReader does that).
#pragma once

#include <cstdint>
#include <functional>

#include "serial/assembler.hpp"
#include "serial/port.hpp"

namespace meterpipe::serial {

struct ListenOptions {
  link::LinkSettings link;
  LineSettings line;
  std::uint64_t for_ms = 0;
};

// Opens the port and listens until the time is over, `enough` says so (asked behind each burst),
// the input ends or a signal comes. Throws os::Fatal where the port cannot be opened or fails.
void listen(Port& port, const ListenOptions& options, const std::function<void(const Burst&)>& give,
            const std::function<bool()>& enough);

}  // namespace meterpipe::serial
