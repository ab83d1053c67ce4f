// What a serial line is set to, as a value: `2400-8E1`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace meterpipe::serial {

enum class Parity : char { none = 'N', even = 'E', odd = 'O' };

struct LineSettings {
  std::uint32_t baud = 2400;  // EN 13757-2: 2400 baud, 8 data bits, even parity, 1 stop bit
  int data_bits = 8;          // 5 to 8
  Parity parity = Parity::even;
  int stop_bits = 1;  // 1 or 2

  // Start bit, data, parity, stop: what one character takes on the line.
  int bits_per_character() const {
    return 1 + data_bits + (parity == Parity::none ? 0 : 1) + stop_bits;
  }
  // How long so many bytes take one behind the other.
  std::int64_t micros(std::uint64_t bytes) const {
    return static_cast<std::int64_t>(bytes * static_cast<std::uint64_t>(bits_per_character()) *
                                     1'000'000 / baud);
  }
  bool operator==(const LineSettings&) const = default;
};

// The settings, or what is wrong with the text.
tl::expected<LineSettings, std::string> parse_line_settings(std::string_view text);
std::string to_string(const LineSettings& settings);

// Drivers round a rate to what their clock gives: up to 2 % are within what a line bears.
bool is_same_rate(std::uint32_t wanted, std::uint32_t got);

// Silence after which what is unfinished will not be finished.
int gap_ms(const LineSettings& settings, int slack_ms);

}  // namespace meterpipe::serial
