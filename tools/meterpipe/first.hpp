// The first look at a meter: which port, which line, one message, its values; or what is wrong.
#pragma once

#include <string>

#include "config/operators.hpp"

namespace meterpipe::runner {

struct FirstLook {
  std::string port;  // empty: the only one that there is
  std::string keys;  // a file; empty: none, and a key is asked for where one is needed
  std::string line;  // empty: that of the operator, or it is found out
  const config::Operator* preset = nullptr;
  long long timeout_ms = 0;
};

// A status: 0 with values, that of the doctor else.
int first(FirstLook look);

}  // namespace meterpipe::runner
