// Options that say nothing without, or beside, another one: usage errors, not silence.
#pragma once

#include <string>

#include "cli/options.hpp"

namespace meterpipe::tool {

inline void check_ineffective(const cli::Options& options, bool checks) {
  struct Needs {
    const char *option, *other;
  };
  for (const Needs& one :
       {Needs{"--topic-replacement", "--topic-invalid"}, Needs{"--spool-size", "--spool"},
        Needs{"--spool-age", "--spool"}, Needs{"--spool-sync", "--spool"}}) {
    // A preset may give an expression.
    const bool by_preset = std::string(one.other) == "--topic-invalid" && options.given("--preset");
    if (options.given(one.option) && !options.given(one.other) && !by_preset) {
      cli::usage_error(std::string(one.option) + " says nothing without " + one.other);
    }
  }
  for (const char* const option : {"--power-limit", "--clock-limit", "--accept-after"}) {
    if (!checks && options.given(option)) {
      cli::usage_error(std::string(option) + " and --no-check exclude each other");
    }
  }
}

}  // namespace meterpipe::tool
