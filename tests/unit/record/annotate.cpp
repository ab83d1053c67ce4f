// lib/annotate: each byte of a message stands once and in order, whatever is sent; what is shown
// can be read again as a hex dump; no key, and nothing of a plaintext that is not proved.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "apdu/tags.hpp"
#include "base/utf8.hpp"
#include "record/input.hpp"
#include "support/apdu_random.hpp"
#include "support/capture.hpp"
#include "support/cipher.hpp"
#include "support/random.hpp"
#include "support/shown.hpp"
#include "support/text.hpp"
#include "views/fields.hpp"
#include "views/message.hpp"

namespace meterpipe::test {

namespace {

readings::ProfileSet builtin_profiles() {
  readings::ProfileSet set;
  set.use_builtin();
  return set;
}

Shown show(Bytes apdu, const cosem::NameFormat& format = {}) {
  static views::MessageWriter english(builtin_profiles(), {});
  views::MessageWriter other({}, format);
  record::ApduRecord record;
  record.head.src = "test";
  record.bytes.assign(apdu.begin(), apdu.end());
  Buffer out;
  const bool own = !format.pattern.empty() || format.language != cosem::Language::english;
  const bool good = (own ? other : english).write_plain(out, record);
  return taken_apart(std::string(out.view()), good);
}

// In a line as it stands, or in what goes on over several.
bool has(const Shown& shown, std::string_view text) {
  if (shown.text.find(text) != std::string::npos) return true;
  std::string flat;
  for (std::size_t at = 0; at < shown.text.size(); ++at) {
    if (shown.text.compare(at, 3, "\n# ") == 0) at = shown.text.find_first_not_of(' ', at + 2) - 1;
    flat += shown.text[at] == '#' ? ' ' : shown.text[at];
  }
  return flat.find(text) != std::string::npos;
}

// The property itself.
Shown check_whole(Bytes apdu) {
  Shown shown = show(apdu);
  CAPTURE(to_hex(apdu));
  if (apdu.empty()) {
    CHECK(shown.blocks.empty());
    return shown;
  }
  REQUIRE(shown.blocks.size() == 1);
  CHECK(to_hex(shown.blocks[0]) == to_hex(apdu));
  CHECK(shown.good == !(has(shown, "# ?? ") || has(shown, "  ?? line ")));
  return shown;
}

struct Keys final : apdu::KeySource {
  std::vector<apdu::Key*> keys;
  Choice keys_for(const apdu::Security&) override { return {keys, nullptr}; }
  void fitted(const apdu::Security&, bool, apdu::Key&) override {}
};

Shown show_opened(Bytes apdu, const std::vector<apdu::Key*>& keys,
                  apdu::AuthMode mode = apdu::AuthMode::check) {
  Keys source;
  source.keys = keys;
  apdu::Opener opener(source, mode, {});
  std::vector<apdu::Layer> layers;
  opener.keep_layers(&layers);
  record::ApduRecord record;
  record.bytes.assign(apdu.begin(), apdu.end());
  views::Opened opened;
  opened.mode = mode;
  ByteVector plain;
  const auto done = opener.open(record.bytes, opened.security, plain);
  if (!done) opened.error = done.error();
  if (done) CHECK(layers.back().plain == plain);
  opened.layers = layers;
  views::MessageWriter writer(builtin_profiles(), {});
  Buffer out;
  const bool good = writer.write_ciphered(out, record, opened);
  return taken_apart(std::string(out.view()), good);
}

ByteVector damaged(Random& random, ByteVector bytes) {
  switch (random.below(5)) {
    case 0: bytes.resize(random.below(bytes.size() + 1)); break;
    case 1: append(bytes, random.bytes(random.between(1, 20))); break;
    case 2:
      for (int i = 0; i < 3; ++i) bytes[random.below(bytes.size())] = random.byte();
      break;
    case 3:
      bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(random.below(bytes.size())));
      break;
    default: bytes[random.below(std::min<std::size_t>(bytes.size(), 8))] = random.byte();
  }
  return bytes;
}

const ByteVector kPush =
    hex("0f0017fa980c07ea0b160712000000ffc4000203020309060100200700ff12091002020fff1623020309060100"
        "010700"
        "ff060000016102020f00161b020309060100010800ff060014416002020f00161e");

}  // namespace

TEST_CASE("every alternative, whole and damaged: each byte once and in order") {
  test::RandomData data(test::seed());
  Random random;
  INFO("seed ", test::seed());
  std::size_t whole = 0, broken = 0, unread = 0;
  for (const apdu::ApduTag& tag : apdu::kApduTags) {
    for (int round = 0; round < 25; ++round) {
      test::ApduMaker maker(data);
      maker.apdu(tag.tag);
      const Shown shown = check_whole(maker.bytes);
      CAPTURE(to_hex(maker.bytes));
      CHECK((shown.good || has(shown, "too short for its authentication tag")));
      CHECK(has(shown, tag.name));
      ++whole;
      for (int i = 0; i < 3; ++i) {
        unread += check_whole(damaged(random, maker.bytes)).good ? 0 : 1;
        ++broken;
      }
    }
  }
  CHECK(unread > broken / 4);
  MESSAGE(whole, " APDUs, ", broken, " damaged ones, ", unread, " with unread bytes");
}

TEST_CASE("random bytes, nothing, and very many") {
  Random random;
  INFO("seed ", test::seed());
  for (int i = 0; i < 2000; ++i) check_whole(random.bytes(random.below(60)));
  check_whole({});
  ByteVector deep(3000, 0x02);
  for (std::size_t i = 1; i < deep.size(); i += 2) deep[i] = 1;
  check_whole(join(hex("0f0000000100"), deep));
  const ByteVector large = join(hex("0f00000001000983012000"), ByteVector(0x12000, 0xa5));
  CHECK(has(check_whole(large), "\n11ffb  a5"));
}

TEST_CASE("what is shown can be read again") {
  Random random;
  INFO("seed ", test::seed());
  check_read_again(check_whole(kPush));
  for (int i = 0; i < 300; ++i) check_read_again(check_whole(damaged(random, kPush)));
}

TEST_CASE("lines of a telegram of every length are read again") {
  for (std::size_t size = 1; size < 20; ++size) {
    for (const char* first : {"1", "a", "x"}) {
      const std::string text = "/ABC\r\n\r\n" + std::string(size, first[0]);
      check_read_again(check_whole(test::text_bytes(text)));
    }
  }
}

TEST_CASE("bcd shows its digits") {
  CHECK(has(check_whole(hex("0f00000001000202 0d45 0d07")), "bcd 45"));
}

TEST_CASE("what came out of a cipher and is neither an APDU nor a telegram") {
  Ciphering how;
  how.control = 0x30;  // without a tag the plaintext is the judge, and there is nothing to show
  apdu::Title title;
  title.assign(how.title);
  apdu::Key key(how.encryption, how.authentication, {}, "mine", title);
  // Of the first letters some are the tag of a ciphered service, some of none, some of a plain one.
  for (const char* start : {"EST5\\2", "KFM5\\2", "Ene5\\2"}) {
    const std::string text = std::string(start) + "53717584_A\r\n\r\n1-0:1.7.0(00353*W)\r\n!\r\n";
    const Shown shown = show_opened(test::cipher(how, test::text_bytes(text)), {&key});
    CAPTURE(shown.text);
    CHECK_FALSE(shown.good);
    CHECK(has(shown, "neither an APDU nor a telegram"));
    CHECK(has(shown, "1-0:1.7.0(00353*W)"));
    CHECK_FALSE(has(shown, "request"));
    CHECK_FALSE(has(shown, "framing"));
    CHECK(shown.blocks.back() == test::text_bytes(text));
    check_read_again(shown);
  }
}

TEST_CASE("a push, element by element") {
  const Shown shown = check_whole(kPush);
  CHECK(shown.good);
  for (const char* line :
       {"0000  0f                       data-notification\n",
        "0001  00 17 fa 98                long-invoke-id-and-priority: id 1571480, unconfirmed",
        "0006  07 ea 0b 16 07               date 2026-11-22, Sunday\n",
        "000f  ff c4                        deviation -60 min: local time is UTC+01:00\n",
        "0012  02 03                      structure of 3\n",
        "0016  09 06 01 00 20 07 00 ff        octet-string(6): 1-0:32.7.0 Voltage L1\n",
        "001e  12 09 10                       long-unsigned 2320 -> 232.0 V\n",
        "0023  0f ff                            integer -1: scaler, times 10^-1\n",
        "0025  16 23                            enum 35: unit V\n"}) {
    CAPTURE(line);
    CHECK(has(shown, line));
  }
  CHECK(has(show(kPush, {cosem::Language::german, ""}), "1-0:32.7.0 Spannung L1\n"));
}

TEST_CASE("places, profiles, oddities of single meters") {
  const Shown own = check_whole(hex("0f000000010002020904414231321200e6"));
  CHECK(has(own, "octet-string(4): \"AB12\", pos 0\n"));
  CHECK(has(own, "long-unsigned 230, pos 1\n"));
  const Shown wien = check_whole(hex(
      "0f0021ed98000209090c07ea0b160712000000ffc40006000052d80600000000060000008006000001f4060000"
      "0161060000000006000000000600000000"));
  CHECK(has(wien, "-> 353 W: 1-0:1.7.0 Active power import"));
  CHECK(has(wien, "(profile wiener-netze)"));
  const Shown swapped = check_whole(hex("0f0000000100020206090101000181ff0a0141"));
  CHECK(has(swapped, "sent as 06 09"));
  const Shown compact = check_whole(hex("0f0000000100130202121606 00e501022302"));
  CHECK(has(compact, "compact-array of 2"));
  CHECK(has(compact, "long-unsigned 547"));
  const Shown response = check_whole(hex("c401c1000600143b20"));
  CHECK(has(response, "double-long-unsigned 1325856, pos 0"));
  const Shown request = check_whole(hex("c001c100030100010800ff0200"));
  CHECK(has(request, "class-id: 3, register"));
  CHECK(has(request, "instance-id: 1-0:1.8.0 Active energy import"));
  CHECK(has(request, "access-selection: not sent"));
  const Shown text = check_whole(hex("0f000000010002010a06 41 0a 22 5c c3 7f"));
  CHECK(has(text, "visible-string(6): \"A\\x0a\\\"\\\\\\xc3\\x7f\""));
}

TEST_CASE("clock fields") {
  CHECK(views::clock_text(hex("07ea0b160712000000ffc400")) == "2026-11-22 18:00:00+01:00");
  CHECK(views::clock_text(hex("07ea0b160712000000ffc480")).find("contradict") != std::string::npos);
  const Shown shown = check_whole(hex("0f0000000100 0201 090c ffff fe fd ff 12 ff ff ff 8000 8b"));
  CHECK(
      has(shown, "date any year, month in which summer time begins, second last day, weekday not"));
  CHECK(has(shown, "time 18:--:--, hundredths not specified"));
  CHECK(has(shown, "deviation not specified"));
  CHECK(has(shown, "status: invalid, doubtful, invalid-status, daylight saving"));
}

TEST_CASE("a cut message: what is there, what is missing, and the rest as it is") {
  const Shown cut = check_whole(Bytes(kPush).first(31));
  CHECK(has(cut, "octet-string(6): 1-0:32.7.0 Voltage L1\n"));
  CHECK(has(cut, "# ?? bad-apdu: data end at byte 30"));
  CHECK(has(cut, "# ?? not read: 1 byte\n001e  12\n"));
  const Shown longer = check_whole(join(kPush, hex("aabbcc")));
  CHECK(has(longer, "enum 30: unit Wh\n# ?? trailing-bytes: 3 bytes left over behind byte 81"));
  CHECK(has(longer, "# ?? not read: 3 bytes\n0051  aa bb cc\n"));
  const ByteVector ciphered = test::cipher({}, kPush);
  const Shown header = check_whole(Bytes(ciphered).first(40));
  CHECK(has(header, "invocation counter 1234"));
  CHECK(has(header, ", cut\n"));
  CHECK(has(header, "# ?? truncated: APDU is cut"));
  // An association whose outer length says more than there is.
  const Shown aarq = check_whole(hex("601da109060760857405080101be10040e0100"));
  CHECK(has(aarq, "application-context-name: logical-name-referencing-no-ciphering"));
}

TEST_CASE("ciphered in every way: header, verdict, plaintext") {
  Random random;
  INFO("seed ", test::seed());
  std::size_t shown_count = 0;
  for (const std::uint8_t tag : hex("dbdcdd00")) {
    for (const std::uint8_t control : hex("20213031102232")) {
      Ciphering how;
      how.tag = tag;
      how.control = control;
      if ((control & 0x0f) == 2) {
        how.encryption = random.bytes(32);
        how.authentication = random.bytes(32);
      }
      if (tag == 0) how.own_title = how.title;
      if (tag == 0) how.title.clear();
      if (tag == 0xdd) how.transaction = hex("2a");
      apdu::Title title;
      title.assign(hex("4b464d1020000001"));
      apdu::Key right(how.encryption, how.authentication, {}, "mine", title);
      apdu::Key no_ak(how.encryption, {}, {}, "mine", title);
      apdu::Key wrong(random.bytes(how.encryption.size()), random.bytes(how.encryption.size()), {},
                      "other", title);
      const ByteVector apdu = test::cipher(how, kPush, random.one_in(2));
      CAPTURE(to_hex(apdu));
      const bool tagged = (control & 0x10) != 0, encrypted = (control & 0x20) != 0;

      const Shown good = show_opened(apdu, {&right});
      REQUIRE(good.blocks == std::vector<ByteVector>{apdu, kPush});
      CHECK(good.good);
      CHECK(has(good, tagged ? "authentication tag checked, fits" : "no authentication tag"));
      CHECK(has(good, "key mine"));
      CHECK(has(good, "-> 232.0 V"));
      check_read_again(good);
      ByteVector longer = apdu;
      longer.push_back(0);
      if (tag != 0)
        CHECK(has(show_opened(longer, {&right}),
                  "look at the framing: bytes of something else follow"));

      if (tagged && encrypted) {
        const Shown unproved = show_opened(apdu, {&no_ak});
        CHECK(unproved.blocks.size() == 2);
        CHECK(has(unproved, "not checked: the key line has no ak="));
        const Shown ignored = show_opened(apdu, {&right}, apdu::AuthMode::ignore);
        CHECK(has(ignored, "--auth ignore"));
        const Shown required = show_opened(apdu, {&no_ak}, apdu::AuthMode::require);
        CHECK(required.blocks == std::vector<ByteVector>{apdu});
        CHECK(has(required, "!! not-authenticated"));
      }
      if (encrypted) {
        for (const auto& keys : {std::vector<apdu::Key*>{}, std::vector<apdu::Key*>{&wrong}}) {
          const Shown bad = show_opened(apdu, keys);
          CHECK(bad.blocks == std::vector<ByteVector>{apdu});
          CHECK_FALSE(bad.good);
          CHECK(has(bad, "# !! "));
          CHECK_FALSE(has(bad, "232.0"));
        }
      }
      if (tagged) {
        ByteVector changed = apdu;
        changed.back() ^= 1;
        const Shown bad = show_opened(changed, {&right});
        CHECK(bad.blocks == std::vector<ByteVector>{changed});
        CHECK(has(bad, "12 bytes: does not fit"));
        CHECK(has(bad, "!! tag-failed"));
      }
      for (const ByteVector& key : {how.encryption, how.authentication}) {
        std::string digits = to_hex(key), seen;
        for (const char c : good.text) {
          if (c != ' ') seen += c;
        }
        CHECK(seen.find(digits) == std::string::npos);
      }
      ++shown_count;
    }
  }
  MESSAGE(shown_count, " ways");
}

TEST_CASE("services one in another, each a block of its own") {
  Ciphering how;
  apdu::Title title;
  title.assign(how.title);
  apdu::Key key(how.encryption, how.authentication, {}, "mine", title);
  const ByteVector inner = test::cipher(how, kPush);
  const ByteVector signature = hex("a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2");
  const ByteVector outer = test::sign(how, inner, signature);
  const Shown shown = show_opened(outer, {&key});
  CHECK(shown.blocks == std::vector<ByteVector>{outer, inner, kPush});
  CHECK(has(shown, "the signature is not checked"));
  CHECK(has(shown, "signature: 18 bytes"));
  check_read_again(shown);
  const Shown locked = show_opened(outer, {});
  CHECK(locked.blocks == std::vector<ByteVector>{outer, inner});
  CHECK(has(locked, "!! no-key"));
}

TEST_CASE("P1 telegrams, line by line") {
  const std::string telegram =
      "/XMX5LGBBFFB231299004\r\n\r\n0-0:1.0.0(261122180000W)\r\n1-0:1.8.0(014159934*Wh)"
      "\r\nrubbish\r\n"
      "!\r\n";
  const Shown shown = check_whole(as_bytes(telegram));
  CHECK(has(shown, "\"1-0:1.8.0(014159934*Wh)\"  Active energy import: 14159934 Wh"));
  CHECK(has(shown, "Clock: 2026-11-22T18:00:00"));
  CHECK(has(shown, "?? line 5 is no OBIS(value) line"));
  CHECK(has(check_whole(as_bytes(telegram.substr(0, 60))), "# ?? truncated"));
  Random random;
  for (int i = 0; i < 200; ++i) {
    ByteVector bytes = damaged(random, test::text_bytes(telegram));
    if (!bytes.empty()) bytes[0] = '/';
    const Shown one = show(bytes);
    if (!bytes.empty()) CHECK(one.blocks == std::vector<ByteVector>{bytes});
  }
}

TEST_CASE("captures of real meters: the plain APDUs that they hold") {
  const auto captures = test::load_captures(test::captures_folder());
  std::size_t apdus = 0;
  for (const test::Capture& capture : captures) {
    for (const test::Json& apdu : capture.expected["apdus"].elements()) {
      if (!apdu["plain"]) continue;
      CAPTURE(capture.id);
      const Shown shown = check_whole(hex(apdu["plain"].text()));
      if (capture.category == "valid") CHECK(shown.good);
      check_read_again(shown);
      ++apdus;
    }
  }
  MESSAGE(apdus, " APDUs of ", captures.size(), " captures");
}

}  // namespace meterpipe::test
