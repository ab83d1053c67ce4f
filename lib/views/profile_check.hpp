// Whether a profile makes of the messages in its file what the file says: its own tests.
#pragma once

#include <string>
#include <vector>

#include "readings/profile.hpp"

namespace meterpipe::views {

struct ProfileCheck {
  std::size_t tests = 0, values = 0;  // that were looked at
  std::vector<std::string> wrong;     // "line 14: 1-0:1.8.0 is 12 Wh, 13 Wh expected"
};

// The profile is named, as by --profile: it comes before all others that fit.
ProfileCheck check(const readings::Profile& profile);

}  // namespace meterpipe::views
