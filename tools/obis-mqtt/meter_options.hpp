// How many meters are known at once.
#pragma once

#include <cstddef>
#include <cstdint>

#include <fmt/format.h>

#include "cli/options.hpp"
#include "state/meters.hpp"

namespace meterpipe::tool {

class MeterOptions {
 public:
  void add_to(cli::Options& options) {
    options.number("--meters", most_, "N",
                   fmt::format("know so many meters at most, then forget (default {})", most_));
  }
  // Usage errors are thrown here.
  std::size_t most() const {
    if (most_ == 0 || most_ > 10'000'000) cli::usage_error("--meters: 1 to 10000000");
    return static_cast<std::size_t>(most_);
  }

 private:
  std::uint64_t most_ = state::Meters::kMost;
};

}  // namespace meterpipe::tool
