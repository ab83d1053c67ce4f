#include <doctest/doctest.h>

#include "base/hex.hpp"
#include "serial/parmrk.hpp"

namespace meterpipe::test {

using serial::Unmarker;

namespace {

struct Seen {
  ByteVector bytes;
  std::vector<std::size_t> marked;
  bool operator==(const Seen&) const = default;
};

Seen unmark(Bytes escaped, std::size_t cut) {
  Seen seen;
  Unmarker unmarker;
  unmarker.push(escaped.first(cut), seen.bytes, seen.marked);
  unmarker.push(escaped.subspan(cut), seen.bytes, seen.marked);
  unmarker.finish(seen.bytes);
  return seen;
}

void check(std::string_view escaped, std::string_view bytes, std::vector<std::size_t> marked) {
  const ByteVector in = *from_hex(escaped);
  const Seen expected{*from_hex(bytes), std::move(marked)};
  for (std::size_t cut = 0; cut <= in.size(); ++cut) {
    CAPTURE(escaped);
    CAPTURE(cut);
    CHECK(unmark(in, cut) == expected);
  }
}

}  // namespace

TEST_CASE("PARMRK is undone, cut anywhere") {
  check("", "", {});
  check("6806066853ffff1001", "6806066853ff1001", {});
  check("ff0041", "41", {0});              // a bad byte
  check("68ff004116", "684116", {1});      // in the middle
  check("ff0000", "00", {0});              // a break
  check("ff00ff", "ff", {0});              // a bad byte FF
  check("ffffff00ffffff", "ffffff", {1});  // good FF, bad FF, good FF
  check("ff0001ff0002ff0003", "010203", {0, 1, 2});
  check("ffff00", "ff00", {});  // what a pty makes of FF 00: two good bytes
  check("ffff00ff0041ffff", "ff0041ff", {2});
}

TEST_CASE("what PARMRK cannot make loses no byte") {
  check("ff41", "ff41", {});
  check("68ff", "68ff", {});  // half an escape at the end
  check("68ff00", "68ff00", {});
}

TEST_CASE("every byte value, good and bad, at every cut in three") {
  for (int value = 0; value < 256; ++value) {
    const auto byte = static_cast<std::uint8_t>(value);
    ByteVector escaped{0x68, byte};
    if (byte == 0xff) escaped.push_back(0xff);
    append(escaped, ByteVector{0xff, 0x00, byte, 0x16});
    const Seen expected{{0x68, byte, byte, 0x16}, {2}};
    for (std::size_t a = 0; a <= escaped.size(); ++a) {
      for (std::size_t b = a; b <= escaped.size(); ++b) {
        Seen seen;
        Unmarker unmarker;
        unmarker.push(Bytes(escaped).first(a), seen.bytes, seen.marked);
        unmarker.push(Bytes(escaped).subspan(a, b - a), seen.bytes, seen.marked);
        unmarker.push(Bytes(escaped).subspan(b), seen.bytes, seen.marked);
        unmarker.finish(seen.bytes);
        REQUIRE(seen == expected);
      }
    }
  }
}

}  // namespace meterpipe::test
