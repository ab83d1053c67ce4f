// lib/apdu: GCM, the ciphered APDU in every form, pushes, the walk.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "apdu/ciphered.hpp"
#include "apdu/digest.hpp"
#include "apdu/gcm.hpp"
#include "apdu/notification.hpp"
#include "apdu/tags.hpp"
#include "apdu/walk.hpp"
#include "support/cipher.hpp"
#include "support/random.hpp"
#include "support/text.hpp"

namespace meterpipe::apdu {

using test::cipher;
using test::Ciphering;
using test::flipped;
using test::hex;
using test::join;

namespace {

const ByteVector kPlain =
    hex("0f 80000123 0c 07ea0b16 07 12 00 00 00 ffc4 00 02 02 09 06 0100010800ff 06 00143b20");
const ByteVector kLongKey = hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
const ByteVector kLongAk = hex("f00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");

struct Deciphered {
  bool ok = false;
  Fault fault = Fault::noise;
  Auth auth = Auth::unknown;
  std::string key;
  ByteVector plain;
};

Deciphered deciphered(Bytes apdu, std::vector<Key*> keys, AuthMode mode = AuthMode::check) {
  Deciphered outcome;
  const auto parsed = parse_ciphered(apdu);
  if (!parsed) {
    outcome.fault = parsed.error().fault;
    return outcome;
  }
  Security security = security_of(*parsed);
  const auto done = decipher(*parsed, keys, mode, security, outcome.plain);
  outcome.ok = done.has_value();
  if (!done) outcome.fault = done.error().fault;
  outcome.auth = security.auth;
  outcome.key = security.key;
  if (!done) CHECK(outcome.plain.empty());
  return outcome;
}

Key key_of(const Ciphering& how, bool with_ak, ByteVector broadcast = {}) {
  return Key(how.encryption, with_ak ? how.authentication : ByteVector(), std::move(broadcast),
             "house");
}

}  // namespace

TEST_CASE("GCM: the test cases of its specification") {
  struct Vector {
    const char *key, *iv, *aad, *plain, *ciphertext, *tag;
  };
  // McGrew and Viega, test cases 1 to 4 (AES-128), 13 to 16 (AES-256); tags cut to 12 bytes.
  const char* const kP =
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449"
      "a6b525b16aedf5aa0de657ba637b391aafd255";
  const char* const kC128 =
      "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac"
      "84aa051ba30b396a0aac973d58e091473f5985";
  const char* const kC256 =
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056"
      "828838c5f61e6393ba7a0abcc9f662898015ad";
  const std::string p60 = std::string(kP).substr(0, 120);
  const std::string c60_128 = std::string(kC128).substr(0, 120);
  const std::string c60_256 = std::string(kC256).substr(0, 120);
  const char* const kAad = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
  const char* const kKey = "feffe9928665731c6d6a8f9467308308";
  const char* const kKey256 = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
  const char* const kIv = "cafebabefacedbaddecaf888";
  const char* const k0 = "00000000000000000000000000000000";
  const char* const k0256 = "0000000000000000000000000000000000000000000000000000000000000000";
  const char* const kIv0 = "000000000000000000000000";
  for (const Vector& one : {
           Vector{k0, kIv0, "", "", "", "58e2fccefa7e3061367f1d57"},
           Vector{k0, kIv0, "", k0, "0388dace60b6a392f328c2b971b2fe78", "ab6e47d42cec13bdf53a67b2"},
           Vector{kKey, kIv, "", kP, kC128, "4d5c2af327cd64a62cf35abd"},
           Vector{kKey, kIv, kAad, p60.c_str(), c60_128.c_str(), "5bc94fbc3221a5db94fae95a"},
           Vector{k0256, kIv0, "", "", "", "530f8afbc74536b9a963b4f1"},
           Vector{k0256, kIv0, "", k0, "cea7403d4d606b6e074ec5d3baf39d18",
                  "d0d1c8a799996bf0265b98b5"},
           Vector{kKey256, kIv, "", kP, kC256, "b094dac5d93471bdec1a5022"},
           Vector{kKey256, kIv, kAad, p60.c_str(), c60_256.c_str(), "76fc6ece0f4e1768cddf8853"},
       }) {
    CAPTURE(one.tag);
    Gcm gcm(hex(one.key));
    const ByteVector iv = hex(one.iv), aad = hex(one.aad);
    ByteVector ciphertext, tag, plain;
    gcm.encrypt(iv, aad, hex(one.plain), ciphertext, tag);
    CHECK(to_hex(ciphertext) == one.ciphertext);
    CHECK(to_hex(tag) == one.tag);
    CHECK(gcm.decrypt_verified(iv, aad, ciphertext, tag, plain));
    CHECK(to_hex(plain) == one.plain);
    plain.clear();
    gcm.decrypt(iv, ciphertext, plain);
    CHECK(to_hex(plain) == one.plain);
  }
  CHECK_THROWS(Gcm(ByteVector(24, 0)));
}

TEST_CASE("GCM: a changed bit anywhere fails the tag, and the next message is none the worse") {
  test::Random random;
  INFO("seed ", test::seed());
  Gcm gcm(random.bytes(16));
  for (int round = 0; round < 60; ++round) {
    const ByteVector iv = random.bytes(12), aad = random.bytes(17),
                     text = random.bytes(random.between(1, 40));
    ByteVector ciphertext, tag, plain;
    gcm.encrypt(iv, aad, text, ciphertext, tag);
    REQUIRE(gcm.decrypt_verified(iv, aad, ciphertext, tag, plain));
    REQUIRE(plain == text);
    const auto bit = [&](const ByteVector& in) { return random.below(in.size() * 8); };
    for (int i = 0; i < 10; ++i) {
      REQUIRE_FALSE(
          gcm.decrypt_verified(iv, aad, flipped(ciphertext, bit(ciphertext)), tag, plain));
      REQUIRE_FALSE(gcm.decrypt_verified(iv, aad, ciphertext, flipped(tag, bit(tag)), plain));
      REQUIRE_FALSE(gcm.decrypt_verified(iv, flipped(aad, bit(aad)), ciphertext, tag, plain));
      REQUIRE_FALSE(gcm.decrypt_verified(flipped(iv, bit(iv)), aad, ciphertext, tag, plain));
      gcm.decrypt(iv, ciphertext, plain);
      REQUIRE(plain == text);
    }
    REQUIRE(gcm.decrypt_verified(iv, aad, ciphertext, tag, plain));
  }
}

TEST_CASE("every security control, with and without the authentication key") {
  for (const int control : {0x20, 0x21, 0x30, 0x31, 0x10, 0x11, 0x00}) {
    CAPTURE(control);
    Ciphering how;
    how.control = static_cast<std::uint8_t>(control);
    const ByteVector apdu = cipher(how, kPlain);
    CHECK(is_ciphered(apdu));
    Key with = key_of(how, true), without = key_of(how, false);
    const bool tagged = (control & 0x10) != 0, encrypted = (control & 0x20) != 0;
    const Auth unchecked = tagged ? Auth::unverified : encrypted ? Auth::none : Auth::plain;

    Deciphered outcome = deciphered(apdu, {&with});
    CHECK(outcome.ok);
    CHECK(outcome.plain == kPlain);
    CHECK(outcome.auth == (tagged ? Auth::verified : unchecked));
    CHECK(outcome.key == (control == 0 ? "" : "house"));

    outcome = deciphered(apdu, {&without});
    CHECK(outcome.plain == kPlain);
    CHECK(outcome.auth == unchecked);

    outcome = deciphered(apdu, {&with}, AuthMode::ignore);
    CHECK(outcome.plain == kPlain);
    CHECK(outcome.auth == unchecked);

    outcome = deciphered(apdu, {&with}, AuthMode::require);
    CHECK(outcome.ok == tagged);
    if (!tagged) CHECK(outcome.fault == Fault::not_authenticated);
    outcome = deciphered(apdu, {&without}, AuthMode::require);
    CHECK(outcome.fault == Fault::not_authenticated);
    // The key that can check it may stand behind one that cannot.
    outcome = deciphered(apdu, {&without, &with}, AuthMode::require);
    CHECK(outcome.ok == tagged);

    // Without a key only what is not enciphered can be read.
    outcome = deciphered(apdu, {});
    CHECK(outcome.ok == !encrypted);
    if (encrypted) {
      CHECK(outcome.fault == Fault::no_key);
    } else {
      CHECK(outcome.plain == kPlain);
      CHECK(outcome.auth == unchecked);
      CHECK(deciphered(apdu, {}, AuthMode::require).fault == Fault::not_authenticated);
    }
  }
}

TEST_CASE("suite 2 is AES-256 and wants keys of 64 digits") {
  for (const int control : {0x22, 0x32, 0x12}) {
    CAPTURE(control);
    Ciphering how;
    how.encryption = kLongKey;
    how.authentication = kLongAk;
    how.control = static_cast<std::uint8_t>(control);
    const ByteVector apdu = cipher(how, kPlain);
    Key key = key_of(how, true);
    Deciphered outcome = deciphered(apdu, {&key});
    CHECK(outcome.plain == kPlain);
    CHECK(outcome.auth == (control == 0x22 ? Auth::none : Auth::verified));
    Key brief = key_of(Ciphering(), true);
    outcome = deciphered(apdu, {&brief});
    if (control != 0x12) CHECK(outcome.fault == Fault::key_size);
    CHECK(deciphered(apdu, {&brief, &key}).plain == kPlain);
  }
  Ciphering how;
  how.control = 0x23;
  Key key = key_of(how, false);
  CHECK(deciphered(cipher(how, kPlain), {&key}).fault == Fault::unsupported_suite);
}

TEST_CASE("a changed bit is an error and gives no APDU") {
  test::Random random;
  INFO("seed ", test::seed());
  for (const int control : {0x30, 0x31, 0x10}) {
    Ciphering how;
    how.control = static_cast<std::uint8_t>(control);
    const ByteVector apdu = cipher(how, kPlain);
    Key key = key_of(how, true);
    const auto content =
        static_cast<std::size_t>(parse_ciphered(apdu)->content.data() - apdu.data());
    for (std::size_t bit = content * 8; bit < apdu.size() * 8; ++bit) {
      const Deciphered outcome = deciphered(flipped(apdu, bit), {&key});
      REQUIRE_FALSE(outcome.ok);
      REQUIRE((outcome.fault == Fault::tag_failed || outcome.fault == Fault::wrong_key));
      // Behind its beginning the plaintext still tells that the key is right.
      if (bit > (content + 20) * 8) REQUIRE(outcome.fault == Fault::tag_failed);
    }
    // The wrong authentication key: the tag does not fit. The wrong encryption key: it is wrong.
    Ciphering other = how;
    other.authentication[3] ^= 1;
    Key wrong_ak = key_of(other, true);
    CHECK(deciphered(apdu, {&wrong_ak}).fault == Fault::tag_failed);
  }
}

TEST_CASE("a wrong key is told by the plaintext") {
  test::Random random;
  INFO("seed ", test::seed());
  for (int round = 0; round < 2000; ++round) {
    Ciphering how;
    how.control = random.one_in(2) ? 0x20 : 0x30;
    how.counter = random.bytes(4);
    const ByteVector apdu = cipher(how, kPlain);
    Ciphering other = how;
    other.encryption[random.below(16)] ^= static_cast<std::uint8_t>(1 << random.below(8));
    Key wrong = key_of(other, how.control == 0x30);
    const Deciphered outcome = deciphered(apdu, {&wrong});
    REQUIRE_FALSE(outcome.ok);
    Key right = key_of(how, false);
    REQUIRE(deciphered(apdu, {&wrong, &right}).plain == kPlain);
  }
  Ciphering how;
  Ciphering other;
  other.encryption[0] ^= 1;
  Key wrong = key_of(other, false);
  CHECK(deciphered(cipher(how, kPlain), {&wrong}).fault == Fault::wrong_key);
  // The right key and a body that does not end with the APDU: no values.
  Key right = key_of(how, false);
  CHECK(deciphered(cipher(how, join(kPlain, hex("00"))), {&right}).fault == Fault::wrong_key);
}

TEST_CASE("broadcast and compressed messages") {
  Ciphering how;
  const ByteVector broadcast = hex("0f0e0d0c0b0a09080706050403020100");
  Ciphering by_broadcast = how;
  by_broadcast.encryption = broadcast;
  by_broadcast.control = 0x60;
  const ByteVector apdu = cipher(by_broadcast, kPlain);
  Key without = key_of(how, false), with = key_of(how, false, broadcast);
  CHECK(deciphered(apdu, {&without}).fault == Fault::broadcast_key);
  CHECK(deciphered(apdu, {&with}).plain == kPlain);
  CHECK(deciphered(apdu, {}).fault == Fault::no_key);

  how.control = 0xa0;
  CHECK(deciphered(cipher(how, kPlain), {&without}).fault == Fault::compressed);
}

TEST_CASE("a P1 telegram inside is as good as an APDU") {
  const ByteVector telegram =
      test::text_bytes("/KFM5KAIFA-METER\r\n\r\n1-0:1.8.0(000123.456*kWh)\r\n!ABCD\r\n");
  Ciphering how;
  Key key = key_of(how, false);
  CHECK(deciphered(cipher(how, telegram), {&key}).plain == telegram);
  CHECK_FALSE(deciphered(cipher(how, test::text_bytes("/no end of it at all")), {&key}).ok);
}

TEST_CASE("length fields: short, long, and the non-minimal 82 00 E7") {
  const ByteVector title = hex("4b464d1020000001"), head = hex("20 00000001");
  const auto with_length = [&](const ByteVector& length, std::size_t content) {
    return join(hex("db 08"), title, length, head, ByteVector(content, 0xaa));
  };
  for (const auto& [length, content] : std::vector<std::pair<ByteVector, std::size_t>>{
           {hex("4d"), 0x48},
           {hex("7f"), 0x7a},
           {hex("81 9b"), 0x96},
           {hex("81 f8"), 0xf3},
           {hex("82 01 55"), 0x150},
           {hex("82 00 e7"), 0xe2},
           {hex("84 00 00 00 4d"), 0x48},
       }) {
    const ByteVector apdu = with_length(length, content);
    const auto parsed = parse_ciphered(apdu);
    REQUIRE(parsed.has_value());
    CHECK(parsed->content.size() == content);
    CHECK(parsed->counter == 1);
    CHECK(to_hex(parsed->title) == "4b464d1020000001");
  }
}

TEST_CASE("a ciphered APDU that is cut, too long or wrongly made") {
  Ciphering how;
  how.control = 0x30;
  const ByteVector apdu = cipher(how, kPlain);
  for (std::size_t size = 0; size < apdu.size(); ++size) {
    const auto parsed = parse_ciphered(Bytes(apdu).first(size));
    REQUIRE_FALSE(parsed.has_value());
    if (size > 0) REQUIRE(parsed.error().fault == Fault::truncated_apdu);
    // Who and when can be told as soon as it is there.
    const auto seen = glimpse(Bytes(apdu).first(size));
    REQUIRE(seen.has_value() == (size >= 16));
    if (seen) {
      REQUIRE(to_hex(seen->title) == "4b464d1020000001");
      REQUIRE(seen->counter == 1234);
      REQUIRE(seen->control == 0x30);
    }
  }
  const auto longer = parse_ciphered(join(apdu, hex("00 00")));
  REQUIRE_FALSE(longer.has_value());
  CHECK(longer.error().fault == Fault::trailing_bytes);
  CHECK(longer.error().found == 2);

  const auto fault = [](std::string_view text) {
    const auto parsed = parse_ciphered(hex(text));
    return parsed ? Fault::noise : parsed.error().fault;
  };
  CHECK(fault("db 07 4b464d10200000 06 20 00000001 aa") == Fault::bad_title);
  CHECK(fault("db 09 4b464d102000000100 06 20 00000001 aa") == Fault::bad_title);
  CHECK(fault("db 08 4b464d1020000001 04 20 000000") == Fault::bad_length);
  CHECK(fault("db 08 4b464d1020000001 06 30 00000001 aa") ==
        Fault::bad_length);  // no room for a tag
  CHECK(fault("db 08 4b464d1020000001 84 ff ff ff ff 20 00000001") == Fault::truncated_apdu);
  CHECK(fault("db 08 4b464d1020000001 85 00 00 00 00 06 20 00000001 aa") == Fault::bad_length);
  CHECK(is_ciphered(hex("c8 05 20 00000001")));
  CHECK_FALSE(is_ciphered(hex("0f")));
  CHECK_FALSE(is_ciphered(hex("e0")));
  CHECK_FALSE(is_ciphered({}));
  CHECK_FALSE(glimpse(hex("0f 00")).has_value());

  // An empty title is legal; without one there is no IV.
  const ByteVector untitled = hex("db 00 06 20 00000001 aa");
  REQUIRE(parse_ciphered(untitled).has_value());
  Key key = key_of(how, false);
  CHECK(deciphered(untitled, {&key}).fault == Fault::no_title);
}

TEST_CASE("random ciphered APDUs do no harm") {
  test::Random random;
  INFO("seed ", test::seed());
  Ciphering how;
  Key key = key_of(how, true);
  for (int round = 0; round < 20000; ++round) {
    ByteVector bytes = join(hex("db 08 4b464d1020000001"), random.bytes(random.below(60)));
    if (random.one_in(3)) bytes = random.bytes(random.below(60));
    if (bytes.size() > 10) bytes[10] = static_cast<std::uint8_t>(bytes.size() - 11);
    deciphered(bytes, {&key});
    static_cast<void>(glimpse(bytes));
  }
}

TEST_CASE("data-notification: with a time, without, and with the tag that does not belong there") {
  axdr::Nodes nodes;
  auto header = parse_notification(kPlain, nodes);
  REQUIRE(header.has_value());
  CHECK(header->invoke() == 0x123);
  CHECK(header->invoke_and_priority == 0x80000123);
  CHECK(header->date_time.size() == 12);
  CHECK_FALSE(header->tagged_time);
  CHECK(nodes.size() == 3);

  header = parse_notification(hex("0f 40000000 00 11 05"), nodes);
  REQUIRE(header.has_value());
  CHECK(header->date_time.empty());
  CHECK(header->body == 6);

  const ByteVector tagged = hex("0f 40000000 09 0c 07e4021d0617103200800000 12 0001");
  header = parse_notification(tagged, nodes);
  REQUIRE(header.has_value());
  CHECK(header->tagged_time);
  CHECK(header->date_time.size() == 12);
  CHECK(nodes.size() == 1);

  const auto fault = [&](std::string_view text) {
    const auto parsed = parse_notification(hex(text), nodes);
    return parsed ? Fault::noise : parsed.error().fault;
  };
  CHECK(fault("0f 40000000 05 11 05") == Fault::bad_date_time);
  CHECK(fault("0f 40000000 00") == Fault::truncated_data);
  CHECK(fault("0f 400000") == Fault::truncated_apdu);
  CHECK(fault("0f 40000000 0c 07e4021d") == Fault::truncated_apdu);
  CHECK(fault("0f 40000000 00 11 05 00") == Fault::trailing_bytes);
  CHECK(fault("") == Fault::truncated_apdu);
  CHECK(fault("c4 01 00") == Fault::not_dlms);
  for (std::size_t size = 0; size < kPlain.size(); ++size) {
    CHECK_FALSE(is_plausible(Bytes(kPlain).first(size)));
  }
  CHECK(is_plausible(kPlain));
}

TEST_CASE("event-notification") {
  axdr::Nodes nodes;
  const ByteVector untimed = hex("c2 00 0003 0100010800ff 02 06 00000005");
  const auto plain = parse_notification(untimed, nodes);
  REQUIRE(plain.has_value());
  CHECK(plain->has_descriptor);
  CHECK(plain->descriptor.interface_class == 3);
  CHECK(to_hex(plain->descriptor.name) == "0100010800ff");
  CHECK(plain->descriptor.attribute == 2);
  const ByteVector timed =
      hex("c2 01 0c 07ea0b160712000000ffc400 0003 0100010800ff 02 06 00000005");
  const auto with_time = parse_notification(timed, nodes);
  REQUIRE(with_time.has_value());
  CHECK(with_time->date_time.size() == 12);
  for (std::size_t size = 0; size < timed.size(); ++size) {
    CHECK_FALSE(parse_notification(Bytes(timed).first(size), nodes).has_value());
  }
  CHECK_FALSE(parse_notification(hex("c2 02 0003 0100010800ff 02 06 00000005"), nodes).has_value());
}

TEST_CASE("the walk opens and closes in turn, and says nothing of what it cannot read") {
  struct Shape : Visitor {
    std::string text;
    int depth = 0;
    void open(std::string_view name, std::optional<std::uint32_t> count) override {
      text += std::string(name) + (count ? "[" + std::to_string(*count) + "]" : "") + "(";
      ++depth;
    }
    void close(std::string_view) override {
      text += ")";
      --depth;
    }
    void leaf(const Leaf& leaf, Bytes) override {
      text += std::string(leaf.name) + (leaf.is_unit ? "!" : "") + " ";
    }
  };
  Shape shape;
  REQUIRE(walk(hex("0f 00000001 00 02 02 01 01 11 05 02 02 0f ff 16 23"), shape).has_value());
  CHECK(shape.text ==
        "data-notification(long-invoke-id-and-priority date-time notification-body(data-value("
        "structure[2](array[1](unsigned )structure[2](integer enum! )))))");
  CHECK(shape.depth == 0);
  Shape event;
  REQUIRE(walk(hex("c2 00 0003 0100010800ff 02 06 00000005"), event).has_value());
  CHECK(event.text ==
        "event-notification-request(cosem-attribute-descriptor(class-id instance-id attribute-id "
        ")attribute-value(double-long-unsigned ))");
  Shape nothing;
  CHECK_FALSE(walk(hex("0f 00000001 00 02 05 01"), nothing).has_value());
  CHECK_FALSE(walk(hex("db 08 00"), nothing).has_value());
  CHECK_FALSE(walk(hex("e0 00"), nothing).has_value());
  CHECK(nothing.text.empty());
  Shape ciphered;
  REQUIRE(walk(cipher(Ciphering(), kPlain), ciphered).has_value());
  CHECK(ciphered.text == "general-glo-ciphering(system-title ciphered-content )");
}

TEST_CASE("the digest is the beginning of SHA-256") {
  CHECK(short_digest(test::text_bytes("abc")) == "ba7816bf8f01cfea");
  CHECK(short_digest({}) == "e3b0c44298fc1c14");
}

}  // namespace meterpipe::apdu
