#include "base/sha256.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>

#include "base/cpu.hpp"

namespace meterpipe {
namespace {

constexpr std::size_t kShaBlock = 64;
using ShaState = std::array<std::uint32_t, 8>;

// 4.2.2: of the cube roots of the first 64 primes.
alignas(16) constexpr std::array<std::uint32_t, 64> kShaRounds{
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
// 5.3.3: of the square roots of the first 8.
constexpr ShaState kShaStart{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                             0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

std::uint32_t big_endian(const std::uint8_t* at) {
  return std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 |
         at[3];
}

void sha_blocks_by_hand(ShaState& state, const std::uint8_t* at, std::size_t blocks) {
  for (; blocks != 0; --blocks, at += kShaBlock) {
    std::array<std::uint32_t, 64> w;
    for (std::size_t i = 0; i < 16; ++i) w[i] = big_endian(at + 4 * i);
    for (std::size_t i = 16; i < 64; ++i) {
      const std::uint32_t x = w[i - 15], y = w[i - 2];
      w[i] = w[i - 16] + (std::rotr(x, 7) ^ std::rotr(x, 18) ^ x >> 3) + w[i - 7] +
             (std::rotr(y, 17) ^ std::rotr(y, 19) ^ y >> 10);
    }
    auto [a, b, c, d, e, f, g, h] = state;
    for (std::size_t i = 0; i < 64; ++i) {
      const std::uint32_t one = h + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) +
                                ((e & f) ^ (~e & g)) + kShaRounds[i] + w[i];
      const std::uint32_t two =
          (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      h = g;
      g = f;
      f = e;
      e = d + one;
      d = c;
      c = b;
      b = a;
      a = one + two;
    }
    const ShaState mixed{a, b, c, d, e, f, g, h};
    for (std::size_t i = 0; i < state.size(); ++i) state[i] += mixed[i];
  }
}

#if defined(__x86_64__)
// Two rounds an instruction; it wants the state as ABEF and CDGH.
METERPIPE_SHA void sha_blocks_by_processor(ShaState& state, const std::uint8_t* at,
                                           std::size_t blocks) {
  const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  auto* const kept = reinterpret_cast<__m128i*>(state.data());
  const __m128i cdab = _mm_shuffle_epi32(_mm_loadu_si128(kept), 0xb1);
  const __m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128(kept + 1), 0x1b);
  __m128i abef = _mm_alignr_epi8(cdab, efgh, 8), cdgh = _mm_blend_epi16(efgh, cdab, 0xf0);
  const auto* const rounds = reinterpret_cast<const __m128i*>(kShaRounds.data());
  for (; blocks != 0; --blocks, at += kShaBlock) {
    const __m128i abef_before = abef, cdgh_before = cdgh;
    __m128i w[4];
    const auto* const text = reinterpret_cast<const __m128i*>(at);
    for (int i = 0; i < 4; ++i) w[i] = _mm_shuffle_epi8(_mm_loadu_si128(text + i), swap);
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i) {
      __m128i& now = w[i % 4];
      if (i >= 4) {
        const __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(now, w[(i + 1) % 4]),
                                          _mm_alignr_epi8(w[(i + 3) % 4], w[(i + 2) % 4], 4));
        now = _mm_sha256msg2_epu32(sum, w[(i + 3) % 4]);
      }
      const __m128i keyed = _mm_add_epi32(now, _mm_load_si128(rounds + i));
      cdgh = _mm_sha256rnds2_epu32(cdgh, abef, keyed);
      abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(keyed, 0x0e));
    }
    abef = _mm_add_epi32(abef, abef_before);
    cdgh = _mm_add_epi32(cdgh, cdgh_before);
  }
  const __m128i feba = _mm_shuffle_epi32(abef, 0x1b), dchg = _mm_shuffle_epi32(cdgh, 0xb1);
  _mm_storeu_si128(kept, _mm_blend_epi16(feba, dchg, 0xf0));
  _mm_storeu_si128(kept + 1, _mm_alignr_epi8(dchg, feba, 8));
}
#endif

// 5.1.1: behind the text a 1, zeros, and its length in bits.
template <class Mix>
Sha256 sha256_with(Mix mix, Bytes bytes) {
  ShaState state = kShaStart;
  const std::size_t whole = bytes.size() / kShaBlock;
  mix(state, bytes.data(), whole);
  std::array<std::uint8_t, 2 * kShaBlock> tail{};
  const Bytes rest = bytes.subspan(whole * kShaBlock);
  std::ranges::copy(rest, tail.begin());
  tail[rest.size()] = 0x80;
  const std::size_t blocks = rest.size() + 9 > kShaBlock ? 2 : 1;
  for (std::size_t i = 0; i < 8; ++i) {
    tail[blocks * kShaBlock - 1 - i] =
        static_cast<std::uint8_t>(std::uint64_t{bytes.size()} * 8 >> 8 * i);
  }
  mix(state, tail.data(), blocks);
  Sha256 digest;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    digest[i] = static_cast<std::uint8_t>(state[i / 4] >> (24 - 8 * (i % 4)));
  }
  return digest;
}

}  // namespace

Sha256 sha256_by_hand(Bytes bytes) { return sha256_with(sha_blocks_by_hand, bytes); }

Sha256 sha256(Bytes bytes) {
#if defined(__x86_64__)
  if (has_sha()) return sha256_with(sha_blocks_by_processor, bytes);
#endif
  return sha256_by_hand(bytes);
}

}  // namespace meterpipe
