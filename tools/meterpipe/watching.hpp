// The values live in the terminal, or as lines where there is none.
#pragma once

#include <string>

#include "meterpipe/configuration.hpp"

namespace meterpipe::runner {

// Until it is asked to end; the status. Beside a run, which holds the port, it reads `log`, where
// the run keeps what comes off the line; else it reads the port itself. It publishes nothing.
int watch(Configuration& configuration, const std::string& log);

}  // namespace meterpipe::runner
