// What a service manager wants to hear (sd_notify(3)), without its library.
#pragma once

#include <string_view>

namespace meterpipe::os {

// "READY=1", "STATUS=…", "WATCHDOG=1", each with its end of line; nothing where nobody listens
// ($NOTIFY_SOCKET).
void notify_manager(std::string_view lines);

// How often it wants to hear WATCHDOG=1, milliseconds ($WATCHDOG_USEC); 0: never.
long long watchdog_ms();

}  // namespace meterpipe::os
