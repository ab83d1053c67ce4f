// Whether a broker is there and lets us in: connects, waits for its answer, and goes. Nothing is
// published.
#pragma once

#include <string>

#include "mqtt/session.hpp"

namespace meterpipe::mqtt {

struct Greeting {
  bool welcome = false;
  bool refused = false;  // about who we are, or a certificate: trying again is of no use
  std::string text;      // what is wrong
};

// Throws os::Fatal where a file cannot be read.
Greeting greet(const SessionSettings& settings, long long timeout_ms);

}  // namespace meterpipe::mqtt
