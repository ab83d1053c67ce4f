#include "base/hex.hpp"

#include "base/cpu.hpp"

namespace meterpipe {
namespace {

constexpr std::array<char, 512> kPairs = [] {
  constexpr char digits[] = "0123456789abcdef";
  std::array<char, 512> table{};
  for (std::size_t i = 0; i < 256; ++i) {
    table[2 * i] = digits[i >> 4];
    table[2 * i + 1] = digits[i & 15];
  }
  return table;
}();

#if defined(__SSE2__)

__m128i repeat(int value) { return _mm_set1_epi8(static_cast<char>(value)); }

// 0..15 in each byte to '0'..'9', 'a'..'f'.
__m128i to_digits(__m128i nibbles) {
  const __m128i letters = _mm_cmpgt_epi8(nibbles, repeat(9));
  const __m128i digits = _mm_add_epi8(nibbles, repeat('0'));
  return _mm_add_epi8(digits, _mm_and_si128(letters, repeat('a' - '0' - 10)));
}

// 16 bytes to 32 digits.
void write_block(char* to, const std::uint8_t* from) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  const __m128i high = to_digits(_mm_and_si128(_mm_srli_epi16(bytes, 4), repeat(0x0f)));
  const __m128i low = to_digits(_mm_and_si128(bytes, repeat(0x0f)));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm_unpacklo_epi8(high, low));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to + 16), _mm_unpackhi_epi8(high, low));
}

// Digits of either case to 0..15; lanes that are no digit add ff to `bad`.
__m128i to_nibbles(__m128i digits, __m128i& bad) {
  const __m128i number = _mm_sub_epi8(digits, repeat('0'));
  const __m128i is_number = _mm_cmpeq_epi8(_mm_min_epu8(number, repeat(9)), number);
  const __m128i letter = _mm_sub_epi8(_mm_or_si128(digits, repeat(0x20)), repeat('a'));
  const __m128i is_letter = _mm_cmpeq_epi8(_mm_min_epu8(letter, repeat(5)), letter);
  bad = _mm_or_si128(bad, _mm_xor_si128(_mm_or_si128(is_number, is_letter), repeat(0xff)));
  return _mm_or_si128(_mm_and_si128(is_number, number),
                      _mm_and_si128(is_letter, _mm_add_epi8(letter, repeat(10))));
}

// In each 16-bit lane the first digit is the low byte: (first << 4 | second) as a 16-bit number.
__m128i join(__m128i nibbles) {
  const __m128i first = _mm_slli_epi16(_mm_and_si128(nibbles, _mm_set1_epi16(0x000f)), 4);
  return _mm_or_si128(first, _mm_srli_epi16(nibbles, 8));
}

// 32 digits to 16 bytes.
void read_block(std::uint8_t* to, const char* from, __m128i& bad) {
  const auto* in = reinterpret_cast<const __m128i*>(from);
  const __m128i left = join(to_nibbles(_mm_loadu_si128(in), bad));
  const __m128i right = join(to_nibbles(_mm_loadu_si128(in + 1), bad));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm_packus_epi16(left, right));
}

#endif

#if defined(__x86_64__)

// 32 digits to 16 bytes a step; false at a character that is no digit. Takes off what it has read.
METERPIPE_AVX2 bool read_blocks_avx2(std::uint8_t*& to, std::string_view& digits) {
  const __m256i nine = _mm256_set1_epi8(9), five = _mm256_set1_epi8(5);
  __m256i good = _mm256_set1_epi8(-1);
  while (digits.size() >= 32) {
    const __m256i text = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(digits.data()));
    const __m256i number = _mm256_sub_epi8(text, _mm256_set1_epi8('0'));
    const __m256i is_number = _mm256_cmpeq_epi8(_mm256_min_epu8(number, nine), number);
    const __m256i letter =
        _mm256_sub_epi8(_mm256_or_si256(text, _mm256_set1_epi8(0x20)), _mm256_set1_epi8('a'));
    const __m256i is_letter = _mm256_cmpeq_epi8(_mm256_min_epu8(letter, five), letter);
    good = _mm256_and_si256(good, _mm256_or_si256(is_number, is_letter));
    // The low four bits are the digit, for letters less nine.
    const __m256i nibbles = _mm256_add_epi8(_mm256_and_si256(text, _mm256_set1_epi8(0x0f)),
                                            _mm256_and_si256(is_letter, nine));
    const __m256i pairs = _mm256_maddubs_epi16(nibbles, _mm256_set1_epi16(0x0110));
    const __m256i packed = _mm256_packus_epi16(pairs, pairs);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to),
                     _mm256_castsi256_si128(_mm256_permute4x64_epi64(packed, 0x08)));
    to += 16;
    digits.remove_prefix(32);
  }
  return _mm256_movemask_epi8(good) == -1;
}

// 16 bytes to 32 digits a step.
METERPIPE_AVX2 void write_blocks_avx2(char*& to, Bytes& bytes) {
  const __m256i table = _mm256_setr_epi8('0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b',
                                         'c', 'd', 'e', 'f', '0', '1', '2', '3', '4', '5', '6', '7',
                                         '8', '9', 'a', 'b', 'c', 'd', 'e', 'f');
  while (bytes.size() >= 16) {
    const __m256i wide =
        _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes.data())));
    // High four bits into the low byte, low four bits into the high byte of each pair.
    const __m256i nibbles =
        _mm256_and_si256(_mm256_or_si256(_mm256_srli_epi16(wide, 4), _mm256_slli_epi16(wide, 8)),
                         _mm256_set1_epi8(0x0f));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm256_shuffle_epi8(table, nibbles));
    to += 32;
    bytes = bytes.subspan(16);
  }
}

#endif

#if defined(METERPIPE_NEON)

METERPIPE_NEON inline uint8x16_t to_digits(uint8x16_t nibbles) {
  const uint8x16_t letters = vcgtq_u8(nibbles, vdupq_n_u8(9));
  return vaddq_u8(vaddq_u8(nibbles, vdupq_n_u8('0')),
                  vandq_u8(letters, vdupq_n_u8('a' - '0' - 10)));
}

METERPIPE_NEON inline uint8x16_t to_nibbles(uint8x16_t text, uint8x16_t& good) {
  const uint8x16_t is_number = vcleq_u8(vsubq_u8(text, vdupq_n_u8('0')), vdupq_n_u8(9));
  const uint8x16_t letter = vsubq_u8(vorrq_u8(text, vdupq_n_u8(0x20)), vdupq_n_u8('a'));
  const uint8x16_t is_letter = vcleq_u8(letter, vdupq_n_u8(5));
  good = vandq_u8(good, vorrq_u8(is_number, is_letter));
  // The low four bits are the digit, for letters less nine.
  return vaddq_u8(vandq_u8(text, vdupq_n_u8(0x0f)), vandq_u8(is_letter, vdupq_n_u8(9)));
}

// 32 digits to 16 bytes a step, as the others: the loads take first and second digits apart.
METERPIPE_NEON bool read_blocks_neon(std::uint8_t*& to, std::string_view& digits) {
  uint8x16_t good = vdupq_n_u8(0xff);
  while (digits.size() >= 32) {
    const uint8x16x2_t text = vld2q_u8(reinterpret_cast<const std::uint8_t*>(digits.data()));
    const uint8x16_t first = to_nibbles(text.val[0], good);
    vst1q_u8(to, vorrq_u8(vshlq_n_u8(first, 4), to_nibbles(text.val[1], good)));
    to += 16;
    digits.remove_prefix(32);
  }
  return lanes(good) == ~std::uint64_t{0};
}

METERPIPE_NEON void write_blocks_neon(char*& to, Bytes& bytes) {
  while (bytes.size() >= 16) {
    const uint8x16_t block = vld1q_u8(bytes.data());
    const uint8x16x2_t text{
        {to_digits(vshrq_n_u8(block, 4)), to_digits(vandq_u8(block, vdupq_n_u8(0x0f)))}};
    vst2q_u8(reinterpret_cast<std::uint8_t*>(to), text);
    to += 32;
    bytes = bytes.subspan(16);
  }
}

#endif

bool read_hex(std::uint8_t* to, std::string_view digits) {
#if defined(__x86_64__)
  if (kHasAvx2 && !read_blocks_avx2(to, digits)) return false;
#endif
#if defined(__SSE2__)
  __m128i bad = _mm_setzero_si128();
  while (digits.size() >= 32) {
    read_block(to, digits.data(), bad);
    to += 16;
    digits.remove_prefix(32);
  }
  if (_mm_movemask_epi8(bad) != 0) return false;
#endif
#if defined(METERPIPE_NEON)
  if (kHasNeon && !read_blocks_neon(to, digits)) return false;
#endif
  return detail::read_hex_scalar(to, digits);
}

}  // namespace

namespace detail {

char* write_hex_scalar(char* to, Bytes bytes) {
  for (const std::uint8_t byte : bytes) {
    std::memcpy(to, &kPairs[2 * static_cast<std::size_t>(byte)], 2);
    to += 2;
  }
  return to;
}

bool read_hex_scalar(std::uint8_t* to, std::string_view digits) {
  int bad = 0;  // collected, not tested, in the loop: -1 in any digit makes it negative
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const int high = hex_digit(digits[i]);
    const int low = hex_digit(digits[i + 1]);
    bad |= high | low;
    *to++ =
        static_cast<std::uint8_t>(static_cast<unsigned>(high) << 4 | static_cast<unsigned>(low));
  }
  return bad >= 0;
}

}  // namespace detail

char* write_hex(char* to, Bytes bytes) {
#if defined(__x86_64__)
  if (kHasAvx2) write_blocks_avx2(to, bytes);
#endif
#if defined(__SSE2__)
  while (bytes.size() >= 16) {
    write_block(to, bytes.data());
    to += 32;
    bytes = bytes.subspan(16);
  }
#endif
#if defined(METERPIPE_NEON)
  if (kHasNeon) write_blocks_neon(to, bytes);
#endif
  return detail::write_hex_scalar(to, bytes);
}

void add_hex(Buffer& to, Bytes bytes) {
  write_hex(to.room(2 * bytes.size()), bytes);
  to.advance(2 * bytes.size());
}

std::string to_hex(Bytes bytes) {
  std::string text(2 * bytes.size(), '\0');
  write_hex(text.data(), bytes);
  return text;
}

bool append_hex(ByteVector& to, std::string_view digits) {
  if (digits.size() % 2 != 0) return false;
  const std::size_t start = to.size();
  to.resize(start + digits.size() / 2);
  if (read_hex(to.data() + start, digits)) return true;
  to.resize(start);
  return false;
}

std::optional<ByteVector> from_hex(std::string_view digits) {
  ByteVector bytes;
  if (!append_hex(bytes, digits)) return std::nullopt;
  return bytes;
}

}  // namespace meterpipe
