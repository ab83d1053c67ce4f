// What is done in steps of 16 and 32 bytes where the processor can, against a byte at a time; and
// numbers of 127 bits against the compiler's own, where it has them.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "base/ascii.hpp"
#include "base/hex.hpp"
#include "base/utf8.hpp"
#include "base/wide.hpp"
#include "json/plain.hpp"
#include "support/random.hpp"

namespace meterpipe::test {

TEST_CASE("one byte among plain ones, at any place of any length, whatever it is") {
  for (std::size_t size = 0; size < 100; ++size) {
    const std::string plain(size, 'm');
    REQUIRE(json::skip_plain(plain.data(), plain.data() + size) == plain.data() + size);
    REQUIRE(is_printable_ascii(plain));
    for (std::size_t at = 0; at < size; ++at) {
      std::string text = plain;
      for (int byte = 0; byte < 256; ++byte) {
        text[at] = static_cast<char>(byte);
        const bool is_printable = byte >= 0x20 && byte < 0x7f;
        if (is_printable_ascii(text) != is_printable) FAIL(size, ' ', at, ' ', byte);
        const std::size_t stop = json::is_plain(text[at]) ? size : at;
        if (json::skip_plain(text.data(), text.data() + size) != text.data() + stop) {
          FAIL(size, ' ', at, ' ', byte);
        }
      }
    }
  }
}

TEST_CASE(
    "hex of any byte at any place is what a digit at a time gives, and no other character is "
    "read") {
  for (std::size_t size = 1; size < 70; ++size) {
    ByteVector bytes(size, 0x5a);
    std::string by_hand(2 * size, '\0');
    for (int byte = 0; byte < 256; ++byte) {
      const std::size_t at = static_cast<std::size_t>(byte) % size;
      bytes[at] = static_cast<std::uint8_t>(byte);
      detail::write_hex_scalar(by_hand.data(), bytes);
      const std::string digits = to_hex(bytes);
      REQUIRE(digits == by_hand);
      REQUIRE(from_hex(digits) == bytes);
      for (const std::size_t place : {2 * at, 2 * at + 1}) {
        std::string other = digits;
        other[place] = static_cast<char>(byte);
        if (from_hex(other).has_value() != (hex_digit(other[place]) >= 0)) {
          FAIL(size, ' ', place, ' ', byte);
        }
      }
    }
  }
}

TEST_CASE("a sum of 127 bits: its halves, its tenfold, its parts, and where it ends") {
  Wide sum(7, true);
  CHECK(sum.high_half() == -1);
  CHECK(sum.low_half() == ~std::uint64_t{0} - 6);
  REQUIRE(sum.add(Wide(7, false)));
  CHECK_FALSE(sum.is_negative());
  CHECK(sum.high_half() == 0);
  CHECK(sum.low_half() == 0);

  // 1, 10, … 10^38 fit into 127 bits, 10^39 does not.
  Wide power(1, false);
  for (int i = 0; i < 38; ++i) REQUIRE(power.times_ten());
  CHECK(power.high_half() == 0x4b3b4ca85a86c47a);
  CHECK(power.low_half() == 0x098a224000000000);
  Wide twice = power;
  CHECK_FALSE(twice.add(power));
  CHECK_FALSE(power.times_ten());

  const auto parts = Wide::of_halves(9, 1).divided_by(10);
  REQUIRE(parts);
  CHECK(parts->whole == 16602069666338596454ULL);  // (9 * 2^64 + 1) / 10
  CHECK(parts->rest == 5);
  CHECK_FALSE(Wide::of_halves(10, 0).divided_by(10));
}

#if defined(__SIZEOF_INT128__)
TEST_CASE("a sum of 127 bits is what the compiler's own is") {
  __extension__ typedef __int128 Native;
  const auto native = [](const Wide& wide) {
    return static_cast<Native>(wide.high_half()) * (Native{1} << 64) + Native{wide.low_half()};
  };
  Random random;
  INFO("seed ", seed());
  for (int i = 0; i < 3000; ++i) {
    const std::uint64_t shift = random.below(64);
    Wide wide = Wide::of_halves(static_cast<std::int64_t>(random.bits()) >> shift,
                                random.one_in(8) ? 0 : random.bits() >> random.below(64));
    Native want = native(wide);
    REQUIRE(native(Wide::of_halves(wide.high_half(), wide.low_half())) == want);
    REQUIRE(wide.is_negative() == (want < 0));
    const std::uint64_t other = random.bits() >> random.below(64);
    const bool negative = random.one_in(2);
    const bool fits =
        !__builtin_add_overflow(want, negative ? -Native{other} : Native{other}, &want);
    REQUIRE(wide.add(Wide(other, negative)) == fits);
    if (!fits) continue;
    REQUIRE(native(wide) == want);
    const std::uint64_t divisor = (random.bits() >> (16 + random.below(48))) + 1;
    const Native magnitude = want < 0 ? -want : want;
    const auto parts = wide.divided_by(divisor);
    REQUIRE(parts.has_value() == (magnitude / divisor < Native{1} << 64));
    if (parts) {
      REQUIRE(Native{parts->whole} == magnitude / divisor);
      REQUIRE(Native{parts->rest} == magnitude % divisor);
    }
    const bool holds = !__builtin_mul_overflow(want, Native{10}, &want);
    REQUIRE(wide.times_ten() == holds);
    if (holds) REQUIRE(native(wide) == want);
  }
}
#endif

}  // namespace meterpipe::test
