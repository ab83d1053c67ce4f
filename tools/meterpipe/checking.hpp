// Whether all is there that a run needs: the file, the port, the keys, the broker. Where an
// operator's preset says what the line is, it listens for one message. Nothing is published.
#pragma once

#include "meterpipe/configuration.hpp"

namespace meterpipe::runner {

// A line for each on standard output; 0, or the status of the first that is broken.
int check(const Configuration& configuration);

}  // namespace meterpipe::runner
