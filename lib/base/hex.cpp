#include "base/hex.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

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

bool read_hex(std::uint8_t* to, std::string_view digits) {
#if defined(__SSE2__)
  __m128i bad = _mm_setzero_si128();
  while (digits.size() >= 32) {
    read_block(to, digits.data(), bad);
    to += 16;
    digits.remove_prefix(32);
  }
  if (_mm_movemask_epi8(bad) != 0) return false;
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
#if defined(__SSE2__)
  while (bytes.size() >= 16) {
    write_block(to, bytes.data());
    to += 32;
    bytes = bytes.subspan(16);
  }
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
