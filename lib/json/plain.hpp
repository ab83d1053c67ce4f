// How far a text goes without anything that JSON escapes or that needs a look: printable ASCII but
// quote and backslash.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace meterpipe::json {

namespace detail {
inline constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0x20; c < 0x7f; ++c) table[c] = c != '"' && c != '\\';
  return table;
}();
}  // namespace detail

inline bool is_plain(char c) { return detail::kPlain[static_cast<std::uint8_t>(c)]; }

// The first character from `at` on that is not plain, or `end`.
inline const char* skip_plain(const char* at, const char* end) {
#if defined(__SSE2__)
  while (end - at >= 16) {
    const __m128i text = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    // Signed: bytes of 80 and more are below 20 too.
    const __m128i low = _mm_cmplt_epi8(text, _mm_set1_epi8(0x20));
    const __m128i special = _mm_or_si128(_mm_cmpeq_epi8(text, _mm_set1_epi8('"')),
                                         _mm_or_si128(_mm_cmpeq_epi8(text, _mm_set1_epi8('\\')),
                                                      _mm_cmpeq_epi8(text, _mm_set1_epi8(0x7f))));
    const int mask = _mm_movemask_epi8(_mm_or_si128(low, special));
    if (mask != 0) return at + __builtin_ctz(static_cast<unsigned>(mask));
    at += 16;
  }
#endif
  while (at < end && is_plain(*at)) ++at;
  return at;
}

}  // namespace meterpipe::json
