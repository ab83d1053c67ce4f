// Many meters of one make: the same but for number, title and keys.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sim/meter.hpp"

namespace meterpipe::sim {

// The meter so many numbers behind the one that is described, by the name `NAME-n`. It refers to
// the description and to this.
class NumberedMeter {
 public:
  // `number`: below 2^32; 0 is the meter itself, by its own name.
  NumberedMeter(const Meter& meter, std::uint64_t number);
  NumberedMeter(const NumberedMeter&) = delete;
  NumberedMeter& operator=(const NumberedMeter&) = delete;

  const Meter& meter() const { return meter_; }

 private:
  std::string name_, serial_, device_name_;
  Meter meter_;
};

}  // namespace meterpipe::sim
