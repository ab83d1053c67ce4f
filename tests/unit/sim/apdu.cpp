#include <doctest/doctest.h>

#include <stdexcept>

#include "apdu/ciphered.hpp"
#include "base/hex.hpp"
#include "sim/apdu.hpp"

namespace meterpipe::sim {

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
                       *from_hex("d0d1d2d3d4d5d6d7d8d9dadbdcdddedf"),
                       {}};
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
  for (const int control : {0x00, 0x01, 0x13, 0x23, 0xa0, 0x40, 0xf0}) {
    CHECK_FALSE(is_known_control(static_cast<std::uint8_t>(control)));
  }
  CHECK_THROWS_AS(Cipherer(0x00, kKeys), std::invalid_argument);
  CHECK_THROWS_AS(Cipherer(0x32, kKeys), std::invalid_argument);
  CHECK_THROWS_AS(Cipherer(0x30, CipherKeys{kKeys.ek, {}, {}}), std::invalid_argument);
  CHECK_THROWS_AS(Cipherer(0x70, kKeys), std::invalid_argument);  // no broadcast key
}

TEST_CASE("what was ciphered deciphers, for every control byte") {
  for (const int value : {0x10, 0x20, 0x30, 0x11, 0x21, 0x31, 0x12, 0x22, 0x32}) {
    const auto control = static_cast<std::uint8_t>(value);
    CAPTURE(value);
    CHECK(is_known_control(control));
    const CipherKeys keys{
        ByteVector(key_length(control), 0x17), ByteVector(key_length(control), 0x2a), {}};
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

TEST_CASE("an event's head, with and without its time") {
  ByteVector out;
  add_event_head(
      out,
      {.timed = false, .interface_class = 0x4e2c, .name = {0, 0, 128, 0, 12, 255}, .attribute = 3});
  CHECK(to_hex(out) == "c2004e2c000080000cff03");
  out.clear();
  add_event_head(out, {.time = {0x07, 0xea, 3, 2, 1, 7, 0, 5, 0, 0xff, 0xc4, 0},
                       .interface_class = 1,
                       .name = {0, 0, 96, 11, 0, 255},
                       .attribute = 2});
  CHECK(to_hex(out) == "c2010c07ea03020107000500ffc400000100" + std::string("00600b00ff02"));
}

TEST_CASE("other services cipher the same content under another head") {
  const auto with = [](const CipherHead& more, std::uint8_t control = 0x30) {
    CipherHead head = more;
    head.title = kTitle;
    head.counter = 0x01234567;
    ByteVector out;
    Cipherer(control, kKeys).add(out, head, kPlain);
    return to_hex(out);
  };
  const std::string content = "1e3001234567411312ff935a47566827c467bc7d825c3be4a77c3fcc056b6b";
  CHECK(with({.tag = 0xdc}) == "dc084d4d4d0000bc614e" + content);
  CHECK(with({.tag = 0xc8}) == "c8" + content);  // glo-get-request, as the standard has it
  CHECK(with({.tag = 0xd0}) == "d0" + content);
  CHECK(with({.title_form = TitleForm::empty}) == "db00" + content);
  CHECK(with({.title_form = TitleForm::untagged}) == "00" + content);
  CHECK(glo_tag(0xc0) == 0xc8);
  CHECK(ded_tag(0xc0) == 0xd0);
  CHECK(glo_tag(1) == 0x21);
  CHECK(ded_tag(24) == 88);
  CHECK_FALSE(glo_tag(0x0f));
}

TEST_CASE("general-ciphering: its strings stand in the head and in the AAD") {
  CipherHead head{.title = kTitle, .counter = 0x01234567, .tag = 0xdd};
  head.general = {.transaction_id = *from_hex("0102030405060708"),
                  .recipient = *from_hex("4d4d4d0000000001"),
                  .date_time = {},
                  .other_information = *from_hex("aabb"),
                  .key_info = true};
  const std::string strings =
      "080102030405060708"
      "084d4d4d0000bc614e"
      "084d4d4d0000000001"
      "00"
      "02aabb";
  ByteVector out;
  Cipherer(0x30, kKeys).add(out, head, kPlain);
  const std::string text = to_hex(out);
  // The ciphertext is that of the same nonce; the tag has the strings in it.
  const std::string start = "dd" + strings + "010000" + "1e3001234567411312ff935a47566827c467bc";
  REQUIRE(text.substr(0, start.size()) == start);
  apdu::Gcm gcm(kKeys.ek);
  ByteVector plain;
  const ByteVector aad = *from_hex("30d0d1d2d3d4d5d6d7d8d9dadbdcdddedf" + strings);
  const Bytes all(out);
  CHECK(gcm.decrypt_verified(*from_hex("4d4d4d0000bc614e01234567"), aad,
                             all.subspan(all.size() - 25, 13), all.last(12), plain));
  CHECK(plain == kPlain);

  head.general.key_info = false;
  out.clear();
  Cipherer(0x20, kKeys).add(out, head, kPlain);
  CHECK(to_hex(out) == "dd" + strings + "00" + "122001234567411312ff935a47566827c467bc");
}

TEST_CASE("the broadcast bit takes the broadcast key") {
  const CipherKeys keys{ByteVector(16, 0), kKeys.ak, kKeys.ek};
  ByteVector out;
  Cipherer(0x60, keys).add(out, {.title = kTitle, .counter = 0x01234567}, kPlain);
  CHECK(to_hex(out) == "db084d4d4d0000bc614e126001234567411312ff935a47566827c467bc");
}

}  // namespace meterpipe::sim
