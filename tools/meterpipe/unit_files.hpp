// The service of a meter under systemd: what its unit needs besides, and enabling it.
#pragma once

#include "meterpipe/configuration.hpp"

namespace meterpipe::runner {

enum class Service { always, now_and_then };

// Writes the drop-in, tells systemd of it and enables the service or its timer, each step said;
// with dry_run they are said alone. A status.
int install_units(const Configuration& configuration, Service service, bool dry_run);

}  // namespace meterpipe::runner
