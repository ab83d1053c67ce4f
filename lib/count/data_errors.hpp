// Says what comes down the pipe in place of readings: a line for each kind of error record, with
// what to do about it, at the first one and then each time their number has doubled. A service that
// gets nothing but errors would else say "connected" and nothing more, for ever.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "flow/observer.hpp"

namespace meterpipe::count {

class DataErrors : public flow::Observer {
 public:
  void error(record::Line& line, state::Meter& meter) override;

 private:
  static constexpr std::size_t kMostKinds = 64;

  std::map<std::string, std::uint64_t, std::less<>> counts_;  // by code
};

}  // namespace meterpipe::count
