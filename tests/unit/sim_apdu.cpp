#include <doctest/doctest.h>

#include <stdexcept>

#include "apdu/ciphered.hpp"
#include "base/hex.hpp"
#include "sim/apdu.hpp"

using namespace meterpipe;
using namespace meterpipe::sim;

namespace {

std::string notification(TimeForm form) {
  ByteVector out;
  add_notification_head(out, {.invoke = 0x0017fa98,
                              .form = form,
                              .time = {0x07, 0xea, 3, 2, 1, 7, 0, 5, 0, 0xff, 0xc4, 0}});
  return to_hex(out);
}

// IEC 62056-5-3, the example of security control 10, 20 and 30.
const SystemTitle kTitle{0x4d, 0x4d, 0x4d, 0x00, 0x00, 0xbc, 0x61, 0x4e};
const CipherKeys kKeys{*from_hex("000102030405060708090a0b0c0d0e0f"),
                       *from_hex("d0d1d2d3d4d5d6d7d8d9dadbdcdddedf")};
const ByteVector kPlain = *from_hex("c0010000080000010000ff0200");

std::string ciphered(std::uint8_t control, unsigned width = 0) {
  ByteVector out;
  Cipherer(control, kKeys)
      .add(out, {.title = kTitle, .counter = 0x01234567, .length_width = width}, kPlain);
  return to_hex(out);
}

}  // namespace

TEST_CASE("a notification's head, with and without its date-time") {
  CHECK(notification(TimeForm::none) == "0f0017fa9800");
  CHECK(notification(TimeForm::plain) == "0f0017fa980c07ea03020107000500ffc400");
  CHECK(notification(TimeForm::tagged) == "0f0017fa98090c07ea03020107000500ffc400");
}

TEST_CASE("ciphering gives the standard's own example") {
  CHECK(ciphered(0x20) == "db084d4d4d0000bc614e122001234567411312ff935a47566827c467bc");
  CHECK(ciphered(0x30) ==
        "db084d4d4d0000bc614e1e3001234567411312ff935a47566827c467bc7d825c3be4a77c3fcc056b6b");
  CHECK(ciphered(0x10) ==
        "db084d4d4d0000bc614e1e1001234567c0010000080000010000ff020006725d910f9221d263877516");
}

TEST_CASE("the length field can be longer than it needs to be") {
  CHECK(ciphered(0x20, 1).substr(20, 6) == "811220");
  CHECK(ciphered(0x20, 2).substr(20, 8) == "82001220");
}

TEST_CASE("a control byte or a key that does not fit is refused") {
  for (const int control : {0x00, 0x01, 0x13, 0x23, 0x60, 0xa0, 0x40}) {
    CHECK_FALSE(is_known_control(static_cast<std::uint8_t>(control)));
  }
  CHECK_THROWS_AS(Cipherer(0x00, kKeys), std::invalid_argument);
  CHECK_THROWS_AS(Cipherer(0x32, kKeys), std::invalid_argument);
  CHECK_THROWS_AS(Cipherer(0x30, CipherKeys{kKeys.ek, {}}), std::invalid_argument);
}

TEST_CASE("what was ciphered deciphers, for every control byte") {
  for (const int value : {0x10, 0x20, 0x30, 0x11, 0x21, 0x31, 0x12, 0x22, 0x32}) {
    const auto control = static_cast<std::uint8_t>(value);
    CAPTURE(value);
    CHECK(is_known_control(control));
    const CipherKeys keys{ByteVector(key_length(control), 0x17),
                          ByteVector(key_length(control), 0x2a)};
    ByteVector plain = *from_hex("0f0000000100020112ffff");
    plain[6] = 0x02, plain[7] = 0x01;
    ByteVector apdu_bytes;
    Cipherer(control, keys).add(apdu_bytes, {.title = kTitle, .counter = 9}, plain);
    const auto parsed = apdu::parse_ciphered(apdu_bytes);
    REQUIRE(parsed);
    apdu::Key key(keys.ek, keys.ak, {}, "");
    apdu::Key* list[]{&key};
    apdu::Security security = apdu::security_of(*parsed);
    ByteVector read;
    CHECK(apdu::decipher(*parsed, list, apdu::AuthMode::check, security, read));
    CHECK(read == plain);
    CHECK(security.auth ==
          ((control & apdu::kAuthenticated) != 0 ? apdu::Auth::verified : apdu::Auth::none));
  }
}
