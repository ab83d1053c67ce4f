// The options of meter-sim --anonymise, and what they do.
#pragma once

#include <string>

#include "cli/options.hpp"

namespace meterpipe::tool {

struct AnonymiseOptions {
  std::string capture;
  std::string input = "auto";
  std::string new_keys;
};

void add_anonymise_options(cli::Options& options, AnonymiseOptions& anonymise);

// What it shares with playing a meter.
struct SharedOptions {
  std::string keys;
  bool insecure_key_file = false;
  std::uint64_t seed = 0;
  std::string output;
};

// Options that play a meter are usage errors beside --anonymise, as its own are without it.
void check_anonymise_options(const cli::Options& options);

int anonymise(const cli::Options& options, const AnonymiseOptions& anonymise,
              const SharedOptions& shared);

}  // namespace meterpipe::tool
