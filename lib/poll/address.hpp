// How a meter on an M-Bus is named (EN 13757-2, -3):
//
//   5                     primary address, 0 to 250; 0 is what a meter has that was given none
//   12345678              secondary address: the identification number, F for any digit
//   12345678-KAM-1b-04    and the manufacturer, version and medium (hex); * or nothing for any.
//                         A manufacturer that is no three letters: four hex digits
//   123456782D2C1B04      the same as libmbus prints it: the manufacturer's bytes as they are sent
//   5@300                 any of them with a baud rate of its own
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "base/bytes.hpp"

namespace meterpipe::poll {

inline constexpr std::uint8_t kLastPrimary = 250;
inline constexpr std::uint8_t kSelected = 0xfd;  // the meter that was selected by its secondary one

// As it is sent: identification number (BCD, low byte first), manufacturer (low byte first),
// version, medium. A digit F of the number, and FF in the rest, stand for any.
struct SecondaryAddress {
  std::array<std::uint8_t, 8> bytes{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

  bool operator==(const SecondaryAddress&) const = default;
  // The digits of the number from the highest, 0 to 15; 15 stands for any.
  std::uint8_t digit(std::size_t index) const;
  void set_digit(std::size_t index, std::uint8_t digit);
  bool has_wildcards() const;
};
inline constexpr std::size_t kDigits = 8;

// Whether `mask` stands for `meter`, too. What a meter does not say of itself (FF) fits anything.
bool matches(const SecondaryAddress& mask, const SecondaryAddress& meter);

struct MeterAddress {
  std::optional<std::uint8_t> primary;
  SecondaryAddress secondary;  // where there is no primary one
  std::optional<std::uint32_t> baud;

  // Who is spoken to: the primary address, or whoever is selected.
  std::uint8_t link() const { return primary.value_or(kSelected); }
};

// The address, or what is wrong with the text.
tl::expected<MeterAddress, std::string> parse_meter_address(std::string_view text);
std::string to_string(const SecondaryAddress& address);
std::string to_string(const MeterAddress& address);

// Of whom an answer is: the whole address (CI 72, 76), the number alone (CI 73), or nothing.
std::optional<SecondaryAddress> identity_of(std::uint8_t ci, Bytes data);

}  // namespace meterpipe::poll
