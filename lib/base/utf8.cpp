#include "base/utf8.hpp"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/cpu.hpp"

namespace meterpipe {

std::size_t utf8_sequence(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return at + i < text.size() ? static_cast<std::uint8_t>(text[at + i]) : std::uint8_t{0};
  };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xc0) == 0x80; };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xc2) return 0;
  if (first < 0xe0) return follows(1) ? 2 : 0;
  if (first < 0xf0) {
    if (first == 0xe0 && byte(1) < 0xa0) return 0;
    if (first == 0xed && byte(1) > 0x9f) return 0;
    return follows(1) && follows(2) ? 3 : 0;
  }
  if (first > 0xf4) return 0;
  if (first == 0xf0 && byte(1) < 0x90) return 0;
  if (first == 0xf4 && byte(1) > 0x8f) return 0;
  return follows(1) && follows(2) && follows(3) ? 4 : 0;
}

#if defined(METERPIPE_NEON)
namespace {
// Takes off what it has looked at.
METERPIPE_NEON bool is_printable_ascii_neon(std::string_view& text) {
  uint8x16_t other = vdupq_n_u8(0);
  for (; text.size() >= 16; text.remove_prefix(16)) {
    const uint8x16_t part = vld1q_u8(reinterpret_cast<const std::uint8_t*>(text.data()));
    other = vorrq_u8(other, vcleq_u8(part, vdupq_n_u8(0x1f)));
    other = vorrq_u8(other, vcgeq_u8(part, vdupq_n_u8(0x7f)));
  }
  return lanes(other) == 0;
}
}  // namespace
#endif

std::string_view without_mark(std::string_view text) {
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  return text.starts_with(kMark) ? text.substr(kMark.size()) : text;
}

// Without a branch, so that it is done in wide steps.
bool is_printable_ascii(std::string_view text) {
#if defined(__SSE2__)
  __m128i other = _mm_setzero_si128();
  for (; text.size() >= 16; text.remove_prefix(16)) {
    const __m128i part = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data()));
    const __m128i low = _mm_cmplt_epi8(part, _mm_set1_epi8(0x20));  // with a sign: from 80 on, too
    other = _mm_or_si128(other, _mm_or_si128(low, _mm_cmpeq_epi8(part, _mm_set1_epi8(0x7f))));
  }
  if (_mm_movemask_epi8(other) != 0) return false;
#endif
#if defined(METERPIPE_NEON)
  if (kHasNeon && !is_printable_ascii_neon(text)) return false;
#endif
  unsigned other_byte = 0;
  for (const char c : text) other_byte |= static_cast<std::uint8_t>(c - 0x20) >= 0x5f ? 1U : 0U;
  return other_byte == 0;
}

bool is_deceptive(std::string_view sequence) {
  if (sequence == "\xd8\x9c" || sequence == "\xef\xbb\xbf") return true;
  if (sequence.size() != 3 || sequence[0] != '\xe2') return false;
  const auto second = static_cast<std::uint8_t>(sequence[1]);
  const auto third = static_cast<std::uint8_t>(sequence[2]);
  return (second == 0x80 && third >= 0x8b && third <= 0x8f) ||
         (second == 0x80 && third >= 0xa8 && third <= 0xae) ||
         (second == 0x81 && third >= 0xa0 && third <= 0xaf);
}

bool is_printable_utf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && text[at] >= 0x20 && text[at] < 0x7f) ++at;  // nearly always all of it
  while (at < text.size()) {
    const auto c = static_cast<std::uint8_t>(text[at]);
    if (c < 0x20 || c == 0x7f) return false;
    if (c < 0x80) {
      ++at;
      continue;
    }
    const std::size_t n = utf8_sequence(text, at);
    if (n == 0) return false;
    if (is_deceptive(text.substr(at, n))) return false;
    if (n == 2 && c == 0xc2 && static_cast<std::uint8_t>(text[at + 1]) < 0xa0) return false;  // C1
    at += n;
  }
  return true;
}

std::string printable_utf8(std::string_view text, std::string_view marked) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = std::max<std::size_t>(utf8_sequence(text, at), 1);
    const std::string_view one = text.substr(at, size);
    if (marked.find(one) != std::string_view::npos) result += '\\';
    if (is_printable_utf8(one)) {
      result += one;
    } else {
      for (const char c : one) result += fmt::format("\\x{:02x}", static_cast<std::uint8_t>(c));
    }
    at += size;
  }
  return result;
}

}  // namespace meterpipe
