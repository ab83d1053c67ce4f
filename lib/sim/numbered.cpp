#include "sim/numbered.hpp"

#include <span>

#include "base/ascii.hpp"
#include "sim/axdr.hpp"
#include "sim/wired.hpp"

namespace meterpipe::sim {
namespace {

// The number at a text's end, counted on in as many digits.
std::string counted_on(std::string_view text, std::uint64_t by) {
  std::string counted(text);
  for (std::size_t at = counted.size(); at > 0 && is_digit(counted[at - 1]) && by != 0; --at) {
    by += static_cast<std::uint64_t>(counted[at - 1] - '0');
    counted[at - 1] = static_cast<char>('0' + by % 10);
    by /= 10;
  }
  return counted;
}

}  // namespace

NumberedMeter::NumberedMeter(const Meter& meter, std::uint64_t number)
    : name_(meter.name),
      serial_(counted_on(meter.serial, number)),
      device_name_(counted_on(meter.device_name, number)),
      meter_(meter) {
  constexpr std::size_t kMakersPart = 3;  // of a title: letters
  if (number != 0) name_ += '-' + std::to_string(number);
  const auto its_number = std::span(meter_.title).subspan(kMakersPart);
  put_integer(its_number, integer_of(its_number) + number);
  if (meter.layout == Layout::records && number != 0) {
    meter_.title = numbered_address(meter.title, serial_);
  }
  meter_.name = name_;
  meter_.serial = serial_;
  meter_.device_name = device_name_;
}

}  // namespace meterpipe::sim
