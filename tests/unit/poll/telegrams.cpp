// Whether more telegrams follow: records walked by their lengths.
#include "poll/more_follows.hpp"

#include <doctest/doctest.h>

#include "support/random.hpp"
#include "support/text.hpp"

namespace meterpipe::poll {

using namespace test;

TEST_CASE("more telegrams: DIF 1F where a record would begin, and nowhere else") {
  const ByteVector head = hex("78563412 2d2c 1b 04 05 00 0000");
  const auto more = [&](std::string_view records) {
    return more_follows(0x72, join(head, hex(records)));
  };
  CHECK(more("1f"));
  CHECK(more("1f aabbcc"));
  CHECK(more("0c06 78563412 1f"));
  CHECK(more("2f2f 0c06 78563412 2f 1f"));
  CHECK_FALSE(more(""));
  CHECK_FALSE(more("0c06 7856341f"));
  CHECK_FALSE(more("0f 1f"));
  CHECK_FALSE(more("0c06 7856 1f"));          // cut
  CHECK_FALSE(more("02 1f 1f1f"));            // a VIF, and data
  CHECK(more("8c8001 06 78563412 1f"));       // DIFEs
  CHECK(more("02 fd48 d209 1f"));             // an extension table
  CHECK(more("02 fc 03 485225 74 d411 1f"));  // a unit as text, VIFEs behind it
  CHECK(more("02 fc 74 03 485225 d411 1f"));  // and before it
  CHECK(more("02 7c 03 485225 d411 1f"));
  CHECK(more("0d78 03 414243 1f"));  // text of variable length
  CHECK(more("0d78 c2 1234 1f"));
  CHECK(more("0d78 d2 1234 1f"));
  CHECK(more("0d78 e3 1f1f1f 1f"));
  CHECK(more("0d78 f0 00112233445566778899aabbccddeeff 1f"));
  CHECK_FALSE(more("0d78 f7 1f"));
  CHECK_FALSE(more("8c8080808080808080808080 06 78563412 1f"));  // eleven DIFEs
  CHECK(more_follows(0x7a, hex("05000000 01 06 aa 1f")));
  CHECK(more_follows(0x78, hex("01 06 aa 1f")));
  CHECK_FALSE(more_follows(0x70, hex("1f")));
  CHECK_FALSE(more_follows(0x73, join(head, hex("1f"))));
}

TEST_CASE("more telegrams: what is ciphered is not looked into") {
  // Mode 5, one block; its bytes look like a record of another length.
  const ByteVector head = hex("78563412 2d2c 1b 04 05 00 1005");
  const ByteVector block = hex("1f1f1f1f 1f1f1f1f 1f1f1f1f 1f1f1f1f");
  CHECK_FALSE(more_follows(0x72, join(head, block)));
  CHECK(more_follows(0x72, join(head, block, hex("1f"))));
  // A field that holds anything: SPX (b627, mode 7 by the book), and more blocks than there are.
  const ByteVector junk = hex("78563412 2d2c 1b 04 05 00 b627");
  CHECK(more_follows(0x72, join(junk, hex("0c06 78563412 1f"))));
  CHECK(more_follows(0x72, join(head, hex("0c06 78563412 1f"))));
}

TEST_CASE("more telegrams: the one before, once more, is none") {
  const auto is_next = [](std::uint8_t ci, std::string_view before, std::string_view now) {
    return !is_again(ci, hex(now), ci, hex(before));
  };
  const std::string head = "78563412 2d2c 1b 04";
  const auto of_long = [&](const std::string& before, const std::string& now) {
    return is_next(0x72, head + "05 00 0000" + before, head + "06 00 0000" + now);
  };
  CHECK_FALSE(of_long("0c06 78563412 1f", "0c06 78563412 1f"));
  CHECK_FALSE(is_next(0x7a, "05 00 0000 0c06 78563412 1f", "06 00 0000 0c06 78563412 1f"));
  CHECK_FALSE(is_next(0x90, "02 0000 7a 05 00 0000 0c06 78563412 1f",
                      "02 0000 7a 06 00 0000 0c06 78563412 1f"));
  CHECK_FALSE(is_next(0x78, "0c06 78563412 1f", "0c06 78563412 1f"));
  CHECK(is_next(0x78, "0c06 78563412 1f", "0c06 79563412 1f"));
  CHECK(is_again(0x72, hex("01"), 0x72, hex("01")) == false);
  CHECK_FALSE(is_again(0x7a, hex("05000000"), 0x78, hex("05000000")));
  // The clock goes on, and a power; or a load profile has other values.
  const std::string fixed = "0c78 78563412 0c06 01000000 0c14 02000000";
  CHECK_FALSE(of_long(fixed + "046d 050d5d3b 022b 0102 1f", fixed + "046d 060d5d3b 022b 0302 1f"));
  CHECK(of_long(fixed + "046d 050d5d3b 1f", fixed + "446d 050d5d3b 1f"));
  CHECK(of_long("0c78 78563412 0206 0100 0206 0200 1f", "0c78 78563412 0206 0300 0206 0400 1f"));
  CHECK(of_long("0c78 78563412 0206 0100 1f", "0c78 78563412 0206 0300 1f"));
}

TEST_CASE("more telegrams: any bytes, cut anywhere, have an answer") {
  Random random;
  INFO("seed ", seed());
  int yes = 0;
  for (int round = 0; round < 20000; ++round) {
    const ByteVector bytes = random.bytes(random.below(64));
    const std::uint8_t ci = random.one_in(2) ? 0x78 : 0x72;
    yes += more_follows(ci, bytes) ? 1 : 0;
  }
  CHECK(yes > 0);
  CHECK(yes < 10000);
}

}  // namespace meterpipe::poll
