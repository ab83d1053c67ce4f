// Which readings are believed.
#pragma once

#include <cstdint>
#include <string>

#include "cli/options.hpp"
#include "judge/plausibility.hpp"

namespace meterpipe::tool {

class CheckOptions {
 public:
  void add_to(cli::Options& options);
  // Usage errors are thrown here.
  judge::PlausibilitySettings settings() const;

 private:
  bool check_ = true;
  std::string power_limit_ = "1MW", clock_limit_ = "1d";
  std::uint64_t accept_after_ = 3;
};

}  // namespace meterpipe::tool
