// The broker's password, from where nobody else reads: never in argv, a log or a core dump.
#pragma once

#include <optional>
#include <string>

namespace meterpipe::mqtt {

// The first that there is of: `file` ("-" is standard input, "" none given), the environment's
// METERPIPE_MQTT_PASSWORD (which is wiped), $CREDENTIALS_DIRECTORY/mqtt-password. One line; its end
// does not count. With a password in memory the process leaves no core dump and no other process
// of the user may look into it. Throws os::Fatal: 66, 77 (the file is open to everybody), 78.
std::optional<std::string> find_password(const std::string& file);

}  // namespace meterpipe::mqtt
