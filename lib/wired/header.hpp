// The head of what a wired M-Bus meter says (EN 13757-3, 5 and 6): which meter, and how it is.
//
//   CI 72, 76   ID(4) MAN(2) VER MED ACC STATUS CONFIG(2)   long; 76 with the high byte first
//   CI 5B       the same, from a meter that is the master of its line (Siemens TD-351x, "AMIS")
//   CI 7A, 5A   ACC STATUS CONFIG(2)                        short: who it is the link must know
//   CI 73, 77   ID(4) ACC STATUS UNIT UNIT COUNT(4) COUNT(4)   fixed structure; 77 high byte first
//   CI 78       nothing
//   CI 90       an authentication layer (afl.hpp), then one of these
//   CI 70, 71   an application error, an alarm: one byte or none
//
// Real meters: an id may hold hex digits; a manufacturer of 0000 is none; the config field of old
// ones holds anything.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace meterpipe::wired {

enum class HeaderForm : std::uint8_t { long_form, short_form, fixed, none, error, alarm };

struct Header {
  HeaderForm form = HeaderForm::none;
  bool high_first = false;
  std::string id;            // 8 digits, or empty; letters where the meter sends no BCD
  std::string manufacturer;  // three letters, or empty
  std::uint8_t version = 0;
  std::uint8_t medium = 0;
  std::uint8_t access = 0;
  std::size_t access_at = 0;  // where it stands behind CI
  std::uint8_t status = 0;
  std::uint16_t config = 0;
  // Manufacturer, id, version, medium, as sent with the low byte first: names the meter to a
  // cipher.
  std::array<std::uint8_t, 8> title{};
  std::size_t size = 0;  // of it in the data behind CI

  bool has_address() const { return form == HeaderForm::long_form; }
  bool has_access() const { return form <= HeaderForm::fixed; }
  // Bits 12 to 8 of the config field, and how many blocks of 16 bytes mode 5 ciphered.
  std::uint8_t mode() const { return config >> 8 & 0x1f; }
  std::uint8_t blocks() const { return config >> 4 & 0x0f; }
};

// Whether a long frame with these fields is a message of a meter: an answer, or what one that is
// the master sends.
bool is_meter_message(std::uint8_t c, std::uint8_t ci);

// `data` stands behind CI. Nothing for another CI, and where it is too short.
std::optional<Header> parse_header(std::uint8_t ci, Bytes data);

// Whether `data`, behind the header, must be deciphered first. The config field says so; that of
// old meters holds anything, and AMIS ciphers whatever it says.
bool is_ciphered(const Header& header, std::uint8_t ci, Bytes data);

// "heat", "cold-water"; "unknown" for a number that is not in the list.
// What the short form leaves out, of a meter that somebody else knows: its number and title.
void name(Header& header, Bytes title);

std::string_view medium_name(std::uint8_t medium);

// "busy", "application-error" or "alarm", then "power-low", "permanent-error", "temporary-error",
// "bit-5" to "bit-7". Of the fixed structure the first three say something else and are none.
std::vector<std::string_view> status_names(const Header& header);

// What application error `code` says, or empty.
std::string_view application_error(std::uint8_t code);

}  // namespace meterpipe::wired
