#include "readings/text.hpp"

#include <fmt/format.h>

#include "base/utf8.hpp"

namespace meterpipe::readings {

std::optional<std::string_view> text_of(const axdr::Node& node, Bytes bytes) {
  if (!is_string(node)) return std::nullopt;
  return text_of(bytes.subspan(node.offset, node.size));
}

std::optional<std::string_view> text_of(Bytes string) {
  std::string_view text = as_text(string);
  const bool zeros = !text.empty() && text[0] == '\0';
  while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) text.remove_suffix(1);
  if (text.empty() && zeros) return std::nullopt;     // NULs alone are a number of zeros
  if (!is_printable_utf8(text)) return std::nullopt;  // NULs inside are no padding
  return text;
}

std::string number_of_title(Bytes title) {
  constexpr std::uint32_t kMaxSerial = 9'999'999;
  if (title.size() != 8 || title[0] != 'K' || title[1] != 'F' || title[2] != 'M') return {};
  if (title[3] != 0x10) return {};
  const std::uint32_t serial =
      static_cast<std::uint32_t>(title[5] << 16 | title[6] << 8 | title[7]);
  if (serial > kMaxSerial) return {};
  return fmt::format("{:x}KFM{:x}{:02x}{:07}", title[3] >> 4, title[3] & 15, title[4], serial);
}

}  // namespace meterpipe::readings
