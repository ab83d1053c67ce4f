// The keys of all simulated meters, so that what they send can be opened.
#pragma once

#include <string>

#include "keys/keys.hpp"
#include "support/anonymised.hpp"

namespace meterpipe::fuzz {

inline const std::string& key_lines() {
  static const std::string lines = [] {
    std::string all;
    for (const sim::Meter& meter : sim::meters())
      all += test::key_line(test::settings_of(meter, 1));
    return all;
  }();
  return lines;
}

}  // namespace meterpipe::fuzz
