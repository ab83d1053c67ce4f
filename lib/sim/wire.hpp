// How long bytes take on an asynchronous line: 2400-8E1 is 11 bits a byte, 218 bytes a second.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace meterpipe::sim {

struct Wire {
  std::uint32_t baud = 2400;
  std::uint32_t bits = 11;  // a start bit, data bits, parity, stop bits

  std::int64_t micros(std::uint64_t bytes) const {
    return static_cast<std::int64_t>(bytes * bits * 1'000'000 / baud);
  }
};

// wire = baud "-" ("5" … "8") ("N" | "E" | "O") ("1" | "2")
//   2400-8E1   115200-8N1   300-7E1
std::optional<Wire> parse_wire(std::string_view text);

}  // namespace meterpipe::sim
