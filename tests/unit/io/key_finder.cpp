// lib/io: which keys a message is tried with, out of thousands, and which comes first.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "keys/key_finder.hpp"
#include "support/cipher.hpp"
#include "support/random.hpp"
#include "support/text.hpp"

namespace meterpipe::keys {

using apdu::AuthMode;
using apdu::Opener;
using apdu::Security;
using test::cipher;
using test::Ciphering;
using test::hex;

namespace {

struct Meter {
  ByteVector title, key, authentication;
};

std::vector<Meter> random_meters(test::Random& random, std::size_t count) {
  std::vector<Meter> meters(count);
  for (Meter& meter : meters) meter = {random.bytes(8), random.bytes(16), random.bytes(16)};
  return meters;
}

KeyRing ring_of(const std::vector<Meter>& meters, bool with_titles, bool with_ak = true) {
  std::string text;
  for (const Meter& meter : meters) {
    text += (with_titles ? to_hex(meter.title) : "*") + " " + to_hex(meter.key);
    text += with_ak ? " " + to_hex(meter.authentication) + "\n" : "\n";
  }
  std::vector<std::string> warnings;
  return KeyRing::parse(text, "keys", warnings);
}

ByteVector push(test::Random& random) {
  return test::join(hex("0f 00000001 00 09"), test::string_of(random.bytes(40)));
}

struct Sent {
  Ciphering how;
  ByteVector plain, apdu;
};

Sent send(test::Random& random, const Meter& meter, std::uint8_t control, bool titled) {
  Sent sent;
  sent.how.control = control;
  sent.how.own_title = meter.title;
  sent.how.title = titled ? meter.title : ByteVector();
  sent.how.encryption = meter.key;
  sent.how.authentication = meter.authentication;
  sent.how.counter = random.bytes(4);
  sent.plain = push(random);
  sent.apdu = cipher(sent.how, sent.plain);
  return sent;
}

// What is tried first for it, or nullptr.
const apdu::Key* first_for(KeyFinder& finder, const Sent& sent) {
  return finder.keys_for(security_of(*apdu::parse_ciphered(sent.apdu))).first;
}

}  // namespace

TEST_CASE("many keys: the right one, and from then on it first") {
  test::Random random;
  INFO("seed ", test::seed());
  for (const bool titled : {true, false}) {  // the message has a title
    for (const bool own : {true, false}) {   // the lines have one
      if (!titled && !own) continue;         // nothing to decipher with
      for (const std::uint8_t control : std::vector<std::uint8_t>{0x20, 0x30}) {
        CAPTURE(titled);
        CAPTURE(own);
        CAPTURE(int{control});
        const auto meters = random_meters(random, 300);
        const KeyRing ring = ring_of(meters, own, control == 0x30);
        KeyFinder finder(ring);
        Opener opener(finder, AuthMode::check, {});
        const bool list = !(titled && own);
        for (int round = 0; round < 40; ++round) {
          const std::size_t which = random.below(meters.size());
          const std::string source = "meter" + std::to_string(which);
          finder.set_source(source);
          for (int again = 0; again < 3; ++again) {
            const Sent sent = send(random, meters[which], control, titled);
            Security security;
            ByteVector plain;
            REQUIRE(opener.open(sent.apdu, security, plain).has_value());
            REQUIRE(plain == sent.plain);
            const std::string label = own          ? to_hex(meters[which].title)
                                      : which == 0 ? "*"
                                                   : "*#" + std::to_string(which + 1);
            REQUIRE(security.key == label);
            REQUIRE(to_hex(security.title) == to_hex(meters[which].title));
            REQUIRE(security.title_given == !titled);
            const Sent next = send(random, meters[which], control, titled);
            REQUIRE((first_for(finder, next) != nullptr) == list);
            if (list) REQUIRE(first_for(finder, next) == ring.entries()[which].key.get());
            // Another protection is another matter.
            const Sent other = send(random, meters[which], control ^ 0x11, titled);
            REQUIRE(first_for(finder, other) == nullptr);
          }
        }
        finder.set_source("elsewhere");
        if (!titled) REQUIRE(first_for(finder, send(random, meters[0], control, false)) == nullptr);
      }
    }
  }
}

TEST_CASE("what came first does not change which of two equal lines is named") {
  test::Random random;
  const Meter meter = random_meters(random, 1)[0];
  std::vector<std::string> warnings;
  const std::string key = to_hex(meter.key), ak = to_hex(meter.authentication);
  const KeyRing ring = KeyRing::parse(
      "label=plain ek=" + key + "\nlabel=other ek=" + ak + "\nlabel=both ek=" + key + " ak=" + ak,
      "keys", warnings);
  KeyFinder finder(ring);
  Opener check(finder, AuthMode::check, {}), require(finder, AuthMode::require, {});
  const auto label = [&](Opener& opener, std::uint8_t control) {
    const Sent sent = send(random, meter, control, true);
    Security security;
    ByteVector plain;
    const bool ok = opener.open(sent.apdu, security, plain).has_value();
    REQUIRE(ok);
    return std::string(security.key);
  };
  for (int round = 0; round < 20; ++round) {
    CHECK(label(check, 0x20) == "plain");
    CHECK(label(check, 0x30) == "plain");
  }
  CHECK(label(require, 0x30) == "both");
}

TEST_CASE("made-up titles do not fill the memory, and cost no key its place for long") {
  test::Random random;
  const auto meters = random_meters(random, 2);
  const KeyRing ring = ring_of(meters, false);
  KeyFinder finder(ring);
  Security security;
  for (int round = 0; round < 100000; ++round) {
    security.title.assign(random.bytes(8));
    finder.fitted(security, true, *ring.entries()[1].key);
  }
  CHECK(finder.remembered() <= 16384);
  CHECK(finder.remembered() > 0);
}

TEST_CASE("a title as an option gives it") {
  const auto title = [](std::string_view text) {
    const auto parsed = parse_title(text);
    return parsed ? to_hex(*parsed) : std::string("none");
  };
  for (const char* text : {"4b464d1020000001", "4B464D1020000001", "0x4b464d1020000001",
                           "4b 46 4d 10 20 00 00 01", "4b:46:4d:10:20:00:00:01",
                           "4b-46-4d-10-20-00-00-01", "4B464D10-20000001", " 4b464d1020000001 "}) {
    CAPTURE(text);
    CHECK(title(text) == "4b464d1020000001");
  }
  CHECK(title("ascii:KFM00001") == "4b464d3030303031");
  CHECK(title("ascii:        ") == "2020202020202020");
  for (const char* text : {"", "4b464d10200000", "4b464d102000000100", "4b464d102000000",
                           "KFM00001", "4 b464d1020000001", "ascii:", "ascii:KFM0001",
                           "ascii:KFM000001", "0x", "4b464d102000000g"}) {
    CAPTURE(text);
    CHECK(title(text) == "none");
  }
}

}  // namespace meterpipe::keys
