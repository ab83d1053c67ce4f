// How far a text goes without anything that JSON escapes or that needs a look: printable ASCII but
// quote and backslash.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/ascii.hpp"
#include "base/cpu.hpp"

namespace meterpipe::json {

namespace detail {
inline constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0x20; c < 0x7f; ++c) table[c] = c != '"' && c != '\\';
  return table;
}();
}  // namespace detail

inline bool is_plain(char c) { return detail::kPlain[static_cast<std::uint8_t>(c)]; }

#if defined(__x86_64__)
namespace detail {
// As far as it goes in steps of 32: what it gives may still be plain.
METERPIPE_AVX2 inline const char* skip_plain_avx2(const char* at, const char* end) {
  while (end - at >= 32) {
    const __m256i text = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
    // Signed: bytes of 80 and more are below 20 too.
    const __m256i low = _mm256_cmpgt_epi8(_mm256_set1_epi8(0x20), text);
    const __m256i special =
        _mm256_or_si256(_mm256_cmpeq_epi8(text, _mm256_set1_epi8('"')),
                        _mm256_or_si256(_mm256_cmpeq_epi8(text, _mm256_set1_epi8('\\')),
                                        _mm256_cmpeq_epi8(text, _mm256_set1_epi8(0x7f))));
    const int mask = _mm256_movemask_epi8(_mm256_or_si256(low, special));
    if (mask != 0) return at + __builtin_ctz(static_cast<unsigned>(mask));
    at += 32;
  }
  return at;
}
}  // namespace detail
#endif

#if defined(METERPIPE_NEON)
namespace detail {
// In steps of 16: what it gives may still be plain.
METERPIPE_NEON inline const char* skip_plain_neon(const char* at, const char* end) {
  for (; end - at >= 16; at += 16) {
    const uint8x16_t text = vld1q_u8(reinterpret_cast<const std::uint8_t*>(at));
    uint8x16_t special = vcltq_u8(text, vdupq_n_u8(0x20));
    special = vorrq_u8(special, vcgeq_u8(text, vdupq_n_u8(0x7f)));
    special = vorrq_u8(special, vceqq_u8(text, vdupq_n_u8('"')));
    special = vorrq_u8(special, vceqq_u8(text, vdupq_n_u8('\\')));
    const std::uint64_t mask = lanes(special);
    if (mask != 0) return at + __builtin_ctzll(mask) / 4;
  }
  return at;
}
}  // namespace detail
#endif

// The first character from `at` on that is not plain, or `end`. Most texts are short: the wide
// steps are for what goes on behind the first 32.
inline const char* skip_plain(const char* at, const char* end) {
#if defined(__SSE2__)
  const char* const start = at;
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
#if defined(__x86_64__)
    if (at - start == 32 && end - at >= 64 && kHasAvx2) at = detail::skip_plain_avx2(at, end);
#endif
  }
#endif
#if defined(METERPIPE_NEON)
  if (kHasNeon) at = detail::skip_plain_neon(at, end);
#endif
  while (at < end && is_plain(*at)) ++at;
  return at;
}

// Behind a number as this program writes them, without an exponent; nullptr: there is none.
inline const char* skip_number(const char* at, const char* end) {
  const auto digits = [&] {
    const char* const begin = at;
    while (at < end && is_digit(*at)) ++at;
    return at - begin;
  };
  if (at < end && *at == '-') ++at;
  const bool zero = at < end && *at == '0';
  const auto whole = digits();
  if (whole == 0 || (zero && whole > 1)) return nullptr;
  if (at < end && *at == '.') {
    ++at;
    if (digits() == 0) return nullptr;
  }
  return at;
}

}  // namespace meterpipe::json
