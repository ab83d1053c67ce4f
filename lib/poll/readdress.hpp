// Gives a meter another primary address: the one thing that is ever changed in a meter.
#pragma once

#include <string>

#include <tl/expected.hpp>

#include "poll/address.hpp"
#include "poll/bus.hpp"

namespace meterpipe::poll {

class Readdressing {
 public:
  Readdressing(Bus& bus, const MeterAddress& meter, std::uint8_t primary)
      : bus_(bus), meter_(meter), primary_(primary) {}

  // Reads the meter, and asks whether somebody has the new address: nothing is changed. How the
  // meter is called, or why it cannot be done.
  tl::expected<std::string, std::string> look();
  // Behind look(): writes, and reads the meter at its new address. Why it was not done, or may not
  // have been.
  tl::expected<void, std::string> write();

 private:
  tl::expected<SecondaryAddress, std::string> who(const MeterAddress& address, bool stays);

  Bus& bus_;
  MeterAddress meter_;
  std::uint8_t primary_;
  SecondaryAddress identity_;
};

}  // namespace meterpipe::poll
