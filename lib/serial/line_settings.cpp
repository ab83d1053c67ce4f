#include "serial/line_settings.hpp"

#include <charconv>

#include <fmt/format.h>

namespace meterpipe::serial {
namespace {

constexpr std::uint32_t kSlowest = 50;
constexpr std::uint32_t kFastest = 4'000'000;

}  // namespace

// settings = baud "-" data parity stop
//   2400-8E1   9600-8N1   300-7E1
tl::expected<LineSettings, std::string> parse_line_settings(std::string_view text) {
  const auto wrong = [&](std::string_view why) {
    return tl::unexpected(fmt::format("'{}': {}", text, why));
  };
  LineSettings settings;
  const char* const end = text.data() + text.size();
  const auto [after, error] = std::from_chars(text.data(), end, settings.baud);
  if (error == std::errc::result_out_of_range) return wrong("no line is that fast");
  if (error != std::errc()) return wrong("no baud rate; expected a form such as 2400-8E1");
  std::string_view rest(after, static_cast<std::size_t>(end - after));
  if (rest.empty() || rest[0] != '-') {
    return wrong("expected '-' and data bits, parity, stop bits behind the baud rate: 2400-8E1");
  }
  if (settings.baud < kSlowest || settings.baud > kFastest) {
    return wrong(
        fmt::format("baud rate {} is not within {} to {}", settings.baud, kSlowest, kFastest));
  }
  rest.remove_prefix(1);
  if (rest.empty() || rest[0] < '5' || rest[0] > '8')
    return wrong("data bits must be 5, 6, 7 or 8");
  settings.data_bits = rest[0] - '0';
  rest.remove_prefix(1);
  const char letter = rest.empty() ? '\0' : static_cast<char>(rest[0] & ~0x20);  // upper case
  if (letter != 'N' && letter != 'E' && letter != 'O') {
    return wrong("parity must be N (none), E (even) or O (odd)");
  }
  settings.parity = static_cast<Parity>(letter);
  rest.remove_prefix(1);
  if (rest == "1.5" || rest == "1,5") {
    return wrong("1.5 stop bits cannot be set on Linux; no meter needs them: use 1 or 2");
  }
  if (rest != "1" && rest != "2") return wrong("stop bits must be 1 or 2");
  settings.stop_bits = rest[0] - '0';
  return settings;
}

std::string to_string(const LineSettings& settings) {
  return fmt::format("{}-{}{}{}", settings.baud, settings.data_bits,
                     static_cast<char>(settings.parity), settings.stop_bits);
}

bool is_same_rate(std::uint32_t wanted, std::uint32_t got) {
  const std::uint32_t off = wanted > got ? wanted - got : got - wanted;
  return std::uint64_t{off} * 50 <= wanted;
}

// IEC 60870-5-1 (FT1.2, which EN 13757-2 takes over) allows no pause inside a frame and calls 33
// bit times of idle line an interval. The rest belongs to what lies between the line and this
// program (Port::slack_ms). Too short would end a good frame in its middle; too long only delays
// noise, since a whole frame never waits for this.
int gap_ms(const LineSettings& settings, int slack_ms) {
  constexpr std::uint32_t kIdleBits = 33;
  return slack_ms + static_cast<int>((kIdleBits * 1000 + settings.baud - 1) / settings.baud);
}

}  // namespace meterpipe::serial
