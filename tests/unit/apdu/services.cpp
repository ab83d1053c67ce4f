// lib/apdu: every ciphering and signing service, one in another, with every key and none.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "apdu/open.hpp"
#include "apdu/tags.hpp"
#include "support/cipher.hpp"
#include "support/random.hpp"
#include "support/text.hpp"

namespace meterpipe::apdu {

using test::cipher;
using test::Ciphering;
using test::flipped;
using test::hex;
using test::join;
using test::Random;
using test::sign;

namespace {

// Keys in a list: those of the title, else those of others, which then do not fit.
struct List final : KeySource {
  std::vector<Key*> keys, chosen;
  Choice keys_for(const Security& security) override {
    chosen.clear();
    for (Key* key : keys) {
      if (to_hex(key->title()) == to_hex(security.title)) chosen.push_back(key);
    }
    return {chosen.empty() ? keys : chosen, nullptr};
  }
  void fitted(const Security&, bool, Key&) override {}
};

struct Opened {
  bool ok = false;
  Error error{Fault::noise};
  Security security;
  ByteVector plain;
};

Opened opened(Bytes apdu, const std::vector<Key*>& keys, AuthMode mode = AuthMode::check,
              Bytes given = {}) {
  List list;
  list.keys = keys;
  Title title;
  title.assign(given);
  // A copy of just its size: a read beyond it is seen by a sanitizer.
  const std::vector<std::uint8_t> exact(apdu.begin(), apdu.end());
  Opened outcome;
  const auto done = Opener(list, mode, title).open(exact, outcome.security, outcome.plain);
  outcome.ok = done.has_value();
  if (!done) outcome.error = done.error();
  if (!done) REQUIRE(outcome.plain.empty());
  return outcome;
}

Title title_of(Bytes bytes) {
  Title title;
  title.assign(bytes);
  return title;
}

// A data-notification of any size.
ByteVector random_push(Random& random) {
  const ByteVector text = random.bytes(random.below(random.one_in(4) ? 400 : 60));
  return join(ByteVector(1, 0x0f), random.bytes(4), ByteVector{0x00, 0x09}, test::string_of(text));
}

// Every tag of a ciphering, and 00 for the DB that was left out.
std::vector<std::uint8_t> ciphering_tags() {
  std::vector<std::uint8_t> tags{0};
  for (const ApduTag& tag : kApduTags) {
    if (tag.family == Family::glo_service || tag.family == Family::ded_service ||
        tag.family == Family::general_cipher || tag.tag == kGeneralCiphering) {
      tags.push_back(tag.tag);
    }
  }
  return tags;
}

struct Message {
  Ciphering how;
  ByteVector broadcast;  // the broadcast key; `how.encryption` is the one that was used
  bool sends_title = false;
  bool broadcasts = false;
  ByteVector unicast;

  // The line of a key file.
  Key key(bool with_ak = true) const {
    return Key(unicast, with_ak ? how.authentication : ByteVector(), broadcast, "house",
               title_of(how.own_title));
  }
};

Message random_message(Random& random, std::uint8_t tag, std::uint8_t control) {
  Message message;
  Ciphering& how = message.how;
  how.tag = tag;
  how.control = control;
  const std::size_t size = (control & 0x0f) == 2 ? 32 : 16;
  message.unicast = random.bytes(size);
  message.broadcast = random.bytes(size);
  how.authentication = random.bytes(size);
  how.counter = random.bytes(4);
  how.own_title = random.bytes(8);
  message.broadcasts = (control & kBroadcast) != 0;
  const bool can_send =
      tag == kGeneralGloCiphering || tag == kGeneralDedCiphering || tag == kGeneralCiphering;
  message.sends_title = can_send && !random.one_in(4);
  how.title = message.sends_title ? how.own_title : ByteVector();
  if (tag == kGeneralCiphering) {
    const auto any = [&](std::size_t most) { return random.bytes(random.below(most + 1)); };
    how.transaction = any(random.one_in(5) ? 140 : 9);
    how.recipient = random.one_in(2) ? random.bytes(8) : ByteVector();
    how.date_time = random.one_in(2) ? random.bytes(12) : ByteVector();
    how.other = any(20);
    switch (random.below(3)) {
      case 0: how.key_info = {0}; break;
      case 1: how.key_info = {1, 0, 0}; break;
      default:
        how.key_info = {1, 0, 1};
        message.broadcasts = true;
        break;
    }
  }
  how.encryption = message.broadcasts ? message.broadcast : message.unicast;
  return message;
}

}  // namespace

TEST_CASE("a round trip of every service, suite, protection and key") {
  Random random;
  INFO("seed ", test::seed());
  int rounds = 0;
  for (const std::uint8_t tag : ciphering_tags()) {
    for (int control = 0; control < 0x80; ++control) {
      if ((control & 0x0f) > 2) continue;
      if (tag == 0 && (control & 0x30) == 0) continue;  // not told from anything
      CAPTURE(int{tag});
      CAPTURE(control);
      const Message message = random_message(random, tag, static_cast<std::uint8_t>(control));
      const ByteVector plain = random_push(random);
      const ByteVector apdu = cipher(message.how, plain, tag == 0 && random.one_in(2));
      const bool encrypted = (control & kEncrypted) != 0;
      const bool tagged = (control & kAuthenticated) != 0;
      const Auth unchecked = tagged ? Auth::unverified : encrypted ? Auth::none : Auth::plain;
      REQUIRE(is_ciphered(apdu));
      Key key = message.key(), without = message.key(false);
      Key other(random.bytes(key.size()), random.bytes(key.size()), random.bytes(key.size()),
                "other", title_of(random.bytes(8)));

      // The key; behind another; with a title from outside where none was sent.
      for (const Bytes given : {Bytes(), Bytes(message.how.own_title)}) {
        Opened outcome = opened(apdu, {&key}, AuthMode::check, given);
        if (!encrypted && !tagged) {
          REQUIRE(outcome.error.fault == Fault::unprotected);
          continue;
        }
        REQUIRE(outcome.ok);
        REQUIRE(outcome.plain == plain);
        REQUIRE(outcome.security.auth == (tagged ? Auth::verified : unchecked));
        REQUIRE(outcome.security.control == control);
        REQUIRE(to_hex(message.how.counter) ==
                to_hex(ByteVector{static_cast<std::uint8_t>(outcome.security.counter >> 24),
                                  static_cast<std::uint8_t>(outcome.security.counter >> 16),
                                  static_cast<std::uint8_t>(outcome.security.counter >> 8),
                                  static_cast<std::uint8_t>(outcome.security.counter)}));
        REQUIRE(outcome.security.service ==
                find_apdu_tag(tag == 0 ? kGeneralGloCiphering : tag)->name);
        REQUIRE(outcome.security.inside.empty());
        REQUIRE(outcome.security.key == "house");
        REQUIRE(to_hex(outcome.security.title) == to_hex(message.how.own_title));
        REQUIRE(outcome.security.title_given == !message.sends_title);
        if (encrypted) {
          REQUIRE(opened(apdu, {&other, &key}, AuthMode::check, given).plain == plain);
          outcome = opened(apdu, {&other}, AuthMode::check, given);
          REQUIRE_FALSE(outcome.ok);
          const bool known = message.sends_title || !given.empty();
          // One wrong key in some thousands gives what begins like an APDU.
          if (!tagged || outcome.error.fault != Fault::tag_failed) {
            REQUIRE(outcome.error.fault == (known ? Fault::wrong_key : Fault::no_title));
          }
        }
      }
      const auto fault = [&](AuthMode mode, Key& with) {
        const Opened outcome = opened(apdu, {&with}, mode);
        return outcome.ok ? Fault::noise : outcome.error.fault;
      };
      if ((control & kEncrypted) != 0) {
        REQUIRE(opened(apdu, {&without}).plain == plain);
        REQUIRE(opened(apdu, {&without}).security.auth == unchecked);
      } else {  // anybody can write it
        REQUIRE(fault(AuthMode::check, without) == Fault::unprotected);
        REQUIRE(opened(apdu, {&without}, AuthMode::ignore).plain == plain);
      }
      REQUIRE(opened(apdu, {&key}, AuthMode::ignore).security.auth == unchecked);
      REQUIRE(fault(AuthMode::require, key) == (tagged ? Fault::noise : Fault::not_authenticated));
      REQUIRE(fault(AuthMode::require, without) == Fault::not_authenticated);
      const Opened keyless = opened(apdu, {}, AuthMode::check, message.how.own_title);
      REQUIRE_FALSE(keyless.ok);
      REQUIRE(keyless.error.fault == (encrypted ? Fault::no_key : Fault::unprotected));
      // A key for each of two uses: the other one is not taken.
      if (message.broadcasts && encrypted) {
        Key half(message.unicast, message.how.authentication, {}, "half",
                 title_of(message.how.own_title));
        REQUIRE(opened(apdu, {&half}, AuthMode::check, message.how.own_title).error.fault ==
                Fault::broadcast_key);
      }
      ++rounds;
    }
  }
  CHECK(rounds > 800);
}

TEST_CASE("a changed bit anywhere in an authenticated message gives no APDU") {
  Random random;
  INFO("seed ", test::seed());
  std::size_t bits = 0;
  for (const int tag : {0xdb, 0xdc, 0xdd, 0xc8, 0x00}) {
    for (const int control : {0x30, 0x11, 0x32, 0x12, 0x71}) {
      CAPTURE(tag);
      CAPTURE(control);
      Message message = random_message(random, static_cast<std::uint8_t>(tag),
                                       static_cast<std::uint8_t>(control));
      const ByteVector plain = join(hex("0f 00000001 00 09"), test::string_of(random.bytes(20)));
      const ByteVector apdu = cipher(message.how, plain);
      Key key = message.key();
      // The tag itself, and key-info, are not among what is authenticated.
      const auto parsed = parse_ciphered(apdu);
      REQUIRE(parsed.has_value());
      std::size_t skip_from = 0, skip_to = tag == 0 ? 0 : 8;
      if (tag == 0xdd) {
        skip_from = static_cast<std::size_t>(parsed->protected_header.data() - apdu.data()) +
                    parsed->protected_header.size();
        skip_to = skip_from + message.how.key_info.size();
      }
      for (std::size_t bit = tag == 0 ? 0 : 8; bit < apdu.size() * 8; ++bit) {
        if (tag == 0xdd && bit / 8 >= skip_from && bit / 8 < skip_to) continue;
        CAPTURE(bit);
        const ByteVector changed = flipped(apdu, bit);
        if (!is_ciphered(changed)) continue;  // 00 and what no longer fits it
        const Opened outcome = opened(changed, {&key}, AuthMode::check,
                                      message.sends_title ? Bytes() : Bytes(message.how.own_title));
        // What is not encrypted can be read where SC asks for a key that is not there: unverified.
        if (outcome.ok) {
          REQUIRE(bit / 8 ==
                  static_cast<std::size_t>(parsed->counter_bytes.data() - apdu.data()) - 1);
          REQUIRE((control & kEncrypted) == 0);
          REQUIRE(outcome.security.auth == Auth::unverified);
          REQUIRE(outcome.security.key.empty());
        }
        REQUIRE_FALSE(opened(changed, {&key}, AuthMode::require, message.how.own_title).ok);
        ++bits;
      }
    }
  }
  CHECK(bits > 10000);
}

TEST_CASE("agreed and wrapped keys, suites that are none, compression: said by name") {
  Random random;
  Message message = random_message(random, kGeneralCiphering, 0x30);
  Key key = message.key();
  const ByteVector plain = random_push(random);
  const auto fault = [&](std::uint8_t tag, std::uint8_t control, ByteVector key_info) {
    message.how.tag = tag;
    message.how.control = control;
    message.how.key_info = std::move(key_info);
    const Opened outcome = opened(cipher(message.how, plain), {&key});
    CHECK(outcome.security.service == find_apdu_tag(tag)->name);
    CHECK(outcome.security.counter != 0);
    return outcome.ok ? Error{Fault::noise} : outcome.error;
  };
  message.how.counter = hex("00000007");
  CHECK(fault(0xdd, 0x30, hex("01 01 00 18 000102030405060708090a0b0c0d0e0f1011121314151617"))
            .fault == Fault::key_agreement);
  CHECK(fault(0xdd, 0x30, hex("01 02 01 02 02 aabb")).fault == Fault::key_agreement);
  CHECK(fault(0xdd, 0x30, hex("01 02 01 02 02 aabb")).found == 2);
  for (const int tag : {0xdb, 0xdc, 0xdd, 0xc8, 0x21, 0xd7}) {
    CAPTURE(tag);
    CHECK(fault(static_cast<std::uint8_t>(tag), 0xb0, hex("00")).fault == Fault::compressed);
    for (const int suite : {3, 7, 15}) {
      const auto control = static_cast<std::uint8_t>(0x30 | suite);
      CHECK(fault(static_cast<std::uint8_t>(tag), control, hex("00")).fault ==
            Fault::unsupported_suite);
      CHECK(fault(static_cast<std::uint8_t>(tag), control, hex("00")).found == control);
    }
  }
  // Key info that cannot be.
  for (const char* text : {"02", "01 03", "01 00 02", "ff"}) {
    message.how.key_info = hex(text);
    message.how.control = 0x30;
    message.how.tag = 0xdd;
    CHECK(opened(cipher(message.how, plain), {&key}).error.fault == Fault::bad_key_info);
  }
}

TEST_CASE("a signed APDU is passed on, its signature kept and not believed") {
  Random random;
  INFO("seed ", test::seed());
  Message message = random_message(random, kGeneralGloCiphering, 0x30);
  message.how.title = message.how.own_title;
  const ByteVector plain = random_push(random), signature = random.bytes(64);
  Opened outcome = opened(sign(message.how, plain, signature), {});
  REQUIRE(outcome.ok);
  CHECK(outcome.plain == plain);
  CHECK(outcome.security.service == "general-signing");
  CHECK(outcome.security.auth == Auth::unverified);
  CHECK(outcome.security.signature == signature);
  CHECK_FALSE(outcome.security.has_control);
  CHECK(to_hex(outcome.security.title) == to_hex(message.how.title));
  CHECK(opened(sign(message.how, plain, signature), {}, AuthMode::require).error.fault ==
        Fault::not_authenticated);
  CHECK(opened(sign(message.how, hex("ff ff"), signature), {}).error.fault == Fault::not_dlms);
  CHECK(opened(sign(message.how, {}, signature), {}).error.fault == Fault::truncated_apdu);
  CHECK(opened(join(sign(message.how, plain, signature), hex("00")), {}).error.fault ==
        Fault::trailing_bytes);

  // The title of what is inside comes from its originator.
  Ciphering inner = message.how;
  inner.tag = 0xcc;
  inner.title = {};
  inner.encryption = message.unicast;
  Key key = message.key();
  for (const AuthMode mode : {AuthMode::check, AuthMode::require}) {
    outcome = opened(sign(message.how, cipher(inner, plain), signature), {&key}, mode);
    REQUIRE(outcome.ok);
    CHECK(outcome.plain == plain);
    CHECK(outcome.security.service == "general-signing");
    CHECK(outcome.security.inside == "glo-get-response");
    CHECK(outcome.security.auth == Auth::verified);  // by the tag inside
    CHECK(outcome.security.has_control);
    CHECK(outcome.security.control == 0x30);
    CHECK_FALSE(outcome.security.title_given);
    CHECK(outcome.security.signature == signature);
  }
  inner.control = 0x20;
  outcome = opened(sign(message.how, cipher(inner, plain), signature), {&key});
  CHECK(outcome.security.auth == Auth::unverified);
}

TEST_CASE("services one in another: what proves one proves what is in it") {
  Random random;
  INFO("seed ", test::seed());
  int verified = 0, deep = 0;
  for (int round = 0; round < 3000; ++round) {
    const auto depth = static_cast<int>(random.between(1, kDeepestService + 1));
    std::vector<std::unique_ptr<Key>> keys;
    std::vector<Key*> list;
    const ByteVector plain = random_push(random);
    ByteVector apdu = plain;
    Auth want = Auth::plain;
    std::string_view outermost, innermost;
    bool all_checked = true, is_protected = false;
    for (int i = 0; i < depth; ++i) {
      // From the inside out.
      constexpr std::array<std::uint8_t, 4> kTags{0xdb, 0xdc, 0xdd, 0xdf};
      constexpr std::array<std::uint8_t, 4> kControls{0x00, 0x10, 0x20, 0x30};
      const std::uint8_t tag = kTags[random.below(4)];
      Message message = random_message(random, tag, kControls[random.below(4)]);
      message.how.title = message.how.own_title;
      if (tag == 0xdf) {
        apdu = sign(message.how, apdu, random.bytes(random.below(70)));
        want = std::max(want, Auth::unverified);
        is_protected = true;
      } else {
        apdu = cipher(message.how, apdu);
        const bool with_ak = !random.one_in(3);
        keys.push_back(std::make_unique<Key>(message.key(with_ak)));
        list.push_back(keys.back().get());
        const bool tagged = (message.how.control & kAuthenticated) != 0;
        is_protected |= (message.how.control & kEncrypted) != 0;
        all_checked &= !tagged || with_ak;
        want = std::max(
            want, tagged && with_ak ? Auth::verified : trust_without_check(message.how.control));
      }
      outermost = find_apdu_tag(tag)->name;
      if (i == 0) innermost = outermost;
    }
    CAPTURE(to_hex(apdu));
    Opened outcome = opened(apdu, list);
    if (depth > kDeepestService) {
      REQUIRE_FALSE(outcome.ok);
      REQUIRE(outcome.error.fault == Fault::too_deep);
      ++deep;
      continue;
    }
    if (!is_protected && want != Auth::verified) {
      REQUIRE(outcome.error.fault == Fault::unprotected);
      continue;
    }
    REQUIRE(outcome.ok);
    REQUIRE(outcome.plain == plain);
    REQUIRE(outcome.security.auth == want);
    REQUIRE(outcome.security.service == outermost);
    REQUIRE(outcome.security.inside == (depth > 1 ? innermost : std::string_view()));
    outcome = opened(apdu, list, AuthMode::require);
    REQUIRE(outcome.ok == (want == Auth::verified));
    if (!outcome.ok) REQUIRE(outcome.error.fault == Fault::not_authenticated);
    verified += want == Auth::verified;
  }
  CHECK(verified > 300);
  CHECK(deep > 300);
}

TEST_CASE("the DB that was left out: taken for one only where everything fits") {
  Random random;
  Message message = random_message(random, 0, 0x30);
  const ByteVector plain = random_push(random);
  const ByteVector apdu = cipher(message.how, plain, true);
  CHECK(apdu[0] == 0);
  CHECK(apdu[1] == 0x82);
  CHECK(is_ciphered(apdu));
  CHECK_FALSE(is_ciphered(join(apdu, hex("00"))));
  CHECK_FALSE(is_ciphered(Bytes(apdu).first(apdu.size() - 1)));
  for (const int control : {0x00, 0x0f, 0x33, 0x80, 0xb0}) {
    ByteVector other = apdu;
    other[4] = static_cast<std::uint8_t>(control);
    CHECK_FALSE(is_ciphered(other));
  }
  CHECK_FALSE(is_ciphered(hex("00")));
  CHECK_FALSE(is_ciphered(hex("00 05 30 00000000")));  // no room for a tag
  CHECK(is_ciphered(hex("00 05 20 00000000")));
  // With the DB it is the same message.
  Key key = message.key();
  CHECK(opened(join(hex("db"), apdu), {&key}).plain == plain);
  CHECK(opened(apdu, {&key}).plain == plain);
}

TEST_CASE("without a title and a tag, each key is tried with its own title") {
  Random random;
  INFO("seed ", test::seed());
  std::vector<Message> messages;
  std::vector<std::unique_ptr<Key>> keys;
  std::vector<Key*> list;
  for (int i = 0; i < 50; ++i) {
    messages.push_back(random_message(random, 0xdb, 0x20));
    messages.back().how.title = {};
    keys.push_back(std::make_unique<Key>(messages.back().key()));
    list.push_back(keys.back().get());
  }
  for (const Message& message : messages) {
    const ByteVector plain = random_push(random);
    const Opened outcome = opened(cipher(message.how, plain), list);
    REQUIRE(outcome.ok);
    REQUIRE(outcome.plain == plain);
    REQUIRE(to_hex(outcome.security.title) == to_hex(message.how.own_title));
    REQUIRE(outcome.security.title_given);
  }
  // A title of its own is not overruled.
  Message titled = messages[0];
  titled.how.title = titled.how.own_title;
  const ByteVector plain = random_push(random);
  const Opened outcome =
      opened(cipher(titled.how, plain), list, AuthMode::check, messages[1].how.own_title);
  CHECK(outcome.plain == plain);
  CHECK_FALSE(outcome.security.title_given);
}

TEST_CASE("what counts for an APDU without a tag") {
  const auto telegram = [](std::string_view text) { return test::text_bytes(text); };
  const std::string body = "/ABC5\\253833635_A\r\n\r\n1-0:1.8.0(000123.456*kWh)\r\n";
  CHECK(makes_sense(telegram(body + "!ABCD\r\n")));
  CHECK(makes_sense(telegram(body + "!\r\n")));
  CHECK(makes_sense(telegram(body + "!")));
  CHECK(makes_sense(join(telegram(body + "!0a1B\r\n"), hex("0000"))));
  CHECK(makes_sense(telegram("/KFM5x\r\n0-0:96.13.0(Z\xc3\xa4hler, no. 5!)\r\n!ABCD\r\n")));
  CHECK(makes_sense(telegram("/KFM5x\r\n\t1-0:1.8.0(1)\r\n!ABCD\r\n")));
  CHECK_FALSE(makes_sense(telegram(body)));
  CHECK_FALSE(makes_sense(telegram("/ABC5 no line of its own !ABCD\r\n")));
  CHECK_FALSE(makes_sense(telegram(body + "!ABCDE\r\n")));
  CHECK_FALSE(
      makes_sense(telegram("/\x01"
                           "BC5\r\n!ABCD\r\n")));
  CHECK_FALSE(makes_sense(telegram("/ABC5\x02\r\n!ABCD\r\n")));
  CHECK_FALSE(makes_sense(telegram("/ABC5\xff\xfe\xfd\r\n!ABCD\r\n")));
  CHECK(makes_sense(hex("0f 00000001 00 11 05")));
  CHECK_FALSE(makes_sense(hex("0f 00000001 00 11 05 00")));
  CHECK_FALSE(makes_sense({}));
  // A length byte alone is no proof.
  CHECK_FALSE(makes_sense(hex("db 00 05 20 00000001")));
  CHECK(makes_sense(hex("db 08 4b464d1020000001 05 20 00000001")));
  CHECK_FALSE(makes_sense(hex("c8 05 20 00000001")));
  CHECK_FALSE(makes_sense(hex("60 02 0000")));

  // Under a tag that fits, a telegram with damaged letters passes as it is.
  Ciphering how;
  how.control = 0x30;
  const ByteVector damaged = telegram("/ABC5\x02\xff\xff\xff\r\n!AB");
  Key key(how.encryption, how.authentication, {}, "house");
  const Opened outcome = opened(cipher(how, damaged), {&key});
  CHECK(outcome.plain == damaged);
  CHECK(outcome.security.auth == Auth::verified);
  Key without(how.encryption, {}, {}, "house");
  CHECK(opened(cipher(how, damaged), {&without}).error.fault == Fault::wrong_key);
}

TEST_CASE("a wrong key gives an APDU by chance once in hundreds of thousands") {
  Random random;
  INFO("seed ", test::seed());
  int passed = 0;
  constexpr int kRounds = 1'000'000;
  for (int round = 0; round < kRounds; ++round) {
    ByteVector bytes(random.between(12, 200));
    for (std::size_t i = 0; i < bytes.size(); i += 8) {
      const std::uint64_t word = random.bits();
      for (std::size_t k = i; k < std::min(i + 8, bytes.size()); ++k) {
        bytes[k] = static_cast<std::uint8_t>(word >> 8 * (k - i));
      }
    }
    passed += makes_sense(bytes);
  }
  CHECK(passed <= kRounds / 100'000);
}

TEST_CASE("random bytes behind every tag do no harm") {
  Random random;
  INFO("seed ", test::seed());
  Message message = random_message(random, 0xdb, 0x30);
  Key key = message.key(), no_ak = message.key(false);
  std::vector<std::uint8_t> tags = ciphering_tags();
  tags.push_back(kGeneralSigning);
  int tried = 0;
  for (int round = 0; round < 40000; ++round) {
    ByteVector bytes;
    if (random.one_in(2)) {
      bytes = join(ByteVector(1, tags[random.below(tags.size())]),
                   random.bytes(random.below(random.one_in(3) ? 200 : 24)));
      for (std::uint8_t& byte : bytes) {
        if (&byte != bytes.data() && random.one_in(4))
          byte = static_cast<std::uint8_t>(random.below(12));
      }
    } else {
      // One that is right, cut or changed somewhere.
      const Message one = random_message(random, tags[random.below(tags.size() - 1)],
                                         static_cast<std::uint8_t>(random.below(0x40)));
      bytes = cipher(one.how, random_push(random));
      if (random.one_in(3)) bytes = sign(one.how, bytes, random.bytes(8));
      if (random.one_in(2)) bytes.resize(random.below(bytes.size()) + 1);
      if (random.one_in(2)) bytes[random.below(bytes.size())] = random.byte();
    }
    const std::vector<std::uint8_t> exact(bytes.begin(), bytes.end());
    static_cast<void>(parse_ciphered(exact));
    static_cast<void>(glimpse(exact));
    if (!is_ciphered(exact)) continue;
    ++tried;
    opened(exact, {&no_ak, &key}, static_cast<AuthMode>(random.below(3)),
           random.one_in(2) ? Bytes(message.how.own_title) : Bytes());
  }
  CHECK(tried > 15000);
}

TEST_CASE("who and when is told of a message that is cut") {
  Random random;
  INFO("seed ", test::seed());
  for (const int tag : {0xdb, 0xdc, 0xdd, 0xc8, 0x21}) {
    Message message = random_message(random, static_cast<std::uint8_t>(tag), 0x30);
    const ByteVector apdu = cipher(message.how, random_push(random));
    const auto parsed = parse_ciphered(apdu);
    REQUIRE(parsed.has_value());
    const auto head = static_cast<std::size_t>(parsed->content.data() - apdu.data());
    for (std::size_t size = 1; size < apdu.size(); ++size) {
      const auto seen = glimpse(Bytes(apdu).first(size));
      REQUIRE(seen.has_value() == (size >= head));
      REQUIRE(parse_ciphered(Bytes(apdu).first(size)).error().fault == Fault::truncated_apdu);
      if (!seen) continue;
      REQUIRE(to_hex(seen->title) == to_hex(message.how.title));
      REQUIRE(seen->counter == parsed->counter);
      REQUIRE(seen->control == 0x30);
    }
  }
}

}  // namespace meterpipe::apdu
