#include "sim/wire.hpp"

#include <charconv>

namespace meterpipe::sim {

std::optional<Wire> parse_wire(std::string_view text) {
  Wire wire;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, wire.baud);
  if (error != std::errc() || end - rest != 4 || rest[0] != '-') return std::nullopt;
  if (wire.baud < 50 || wire.baud > 4'000'000) return std::nullopt;
  const char data = rest[1], parity = rest[2], stop = rest[3];
  if (data < '5' || data > '8' || (stop != '1' && stop != '2')) return std::nullopt;
  if (parity != 'N' && parity != 'E' && parity != 'O') return std::nullopt;
  wire.bits = 1 + static_cast<std::uint32_t>(data - '0') + (parity == 'N' ? 0U : 1U) +
              static_cast<std::uint32_t>(stop - '0');
  return wire;
}

}  // namespace meterpipe::sim
