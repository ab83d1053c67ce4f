// Which bytes of a message are an identity, what they become, and that nothing else changes.
#include <algorithm>
#include <map>

#include "readings/text.hpp"
#include "share/identity_finder.hpp"
#include "share/new_identity.hpp"
#include "share/recipher.hpp"
#include "support/anonymised.hpp"
#include "support/text.hpp"

namespace meterpipe::test {

TEST_CASE("a text to the consumer keeps its length and nothing else") {
  // 0-0:96.13.0 "Call Mr Smith", 1-0:1.8.0 = 7
  const ByteVector apdu = join(hex("0f00000001 00 0202 0202 0906 0000600d00ff 090d"),
                               as_bytes("Call Mr Smith"), hex("0202 0906 0100010800ff 0600000007"));
  Rings rings("");
  const share::Anonymised out = made(to_hex(apdu) + "\n", rings, 5);
  CHECK(out.text.find(to_hex(as_bytes("xxxxxxxxxxxxx"))) != std::string::npos);
  CHECK(out.text.find("0600000007") != std::string::npos);
  CHECK(out.text.size() == 2 * apdu.size() + 1);
}

namespace {

// A notification of pairs; `pairs` in hex.
ByteVector push_of(const std::vector<ByteVector>& pairs) {
  ByteVector apdu = hex("0f0000000100 02");
  apdu.push_back(static_cast<std::uint8_t>(pairs.size()));
  for (const ByteVector& one : pairs) append(apdu, one);
  return apdu;
}
// 02 02 09 06 CODE value
ByteVector pair(std::string_view code, Bytes value) {
  return join(hex("02020906"), hex(std::string(code)), value);
}
ByteVector text_value(std::string_view text) {
  ByteVector value{0x0a, static_cast<std::uint8_t>(text.size())};
  append(value, as_bytes(text));
  return value;
}
ByteVector anonymised(Bytes apdu, std::uint64_t seed) {
  Rings rings("");
  const share::Anonymised out = made(to_hex(apdu) + "\n", rings, seed);
  const auto bytes = from_hex(std::string_view(out.text).substr(0, out.text.size() - 1));
  REQUIRE(bytes);
  REQUIRE(bytes->size() == apdu.size());
  return *bytes;
}
bool same_at(Bytes a, Bytes b, std::size_t from, std::size_t size) {
  return std::equal(a.begin() + from, a.begin() + from + size, b.begin() + from);
}

}  // namespace

TEST_CASE("a name as short as a value changes no value and no header") {
  // An id whose bytes, digits or integer stand as a register, an invoke id, a counter, too.
  for (const char* id : {"0904 00000161", "0904 0f000000", "0905 0000000161", "0906 000000000161",
                         "0a08 3030303030333533", "0a07 31323334353637", "06 0012d687"}) {
    const ByteVector name = pair("0001600100ff", hex(id));
    const ByteVector power = join(hex("0203 0906 0100010700ff 06 00000161 0202 0f00 161b"));
    const ByteVector same = pair("0100010800ff", hex("06 0012d687"));
    const ByteVector wide = pair("0100020800ff", hex("15 0000000000000161"));
    const ByteVector apdu = push_of({name, power, same, wide});
    const std::size_t from = 8, size = name.size() - 10;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      const ByteVector now = anonymised(apdu, seed);
      CAPTURE(to_hex(now));
      CHECK(same_at(now, apdu, 0, from + 10));
      CHECK(same_at(now, apdu, from + 10 + size, apdu.size() - from - 10 - size));
      CHECK_FALSE(same_at(now, apdu, from + 10, size));
    }
  }
}

TEST_CASE("a name of any type becomes another of its type") {
  const ByteVector power = hex("0203 0906 0100010700ff 06 00000161 0202 0f00 161b");
  for (const char* value : {"05 00bc614e",
                            "05 7fffffff",
                            "05 80bc614e",
                            "10 3039",
                            "12 ffff",
                            "14 0000000000bc614e",
                            "15 00000000ffffffff",
                            "15 fffffffffffffffe",
                            "04 20 00bc614e",
                            "0108 1101 1102 1103 1104 1105 1106 1107 1108",
                            "0104 12 04d2 12 162e 12 0001 12 0002",
                            "0202 06 00bc614e 06 0012d687",
                            "0104 0d12 0d34 0d56 0d78",
                            "1311 08 0102030405060708",
                            "1306 08 00bc614e 0012d687",
                            "17 4b3c614e",
                            "18 4167891234567890",
                            "0908 3132333435363738",
                            "0c08 3132333435363738",
                            "0903 010203",
                            "0f 78"}) {
    const ByteVector name = pair("0001600100ff", hex(value));
    const ByteVector apdu = push_of({name, power});
    share::IdentityFinder finder;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      const ByteVector now = anonymised(apdu, seed);
      CAPTURE(to_hex(now));
      CHECK_FALSE(now == apdu);
      const std::size_t kept = 8 + 10;
      CHECK(same_at(now, apdu, 0, kept + 1));
      CHECK(same_at(now, apdu, 8 + name.size(), power.size()));
      // Tags, lengths, everything but the name's own bytes.
      const auto finds = finder.find(apdu);
      REQUIRE(finds);
      CHECK_FALSE(finder.difference(apdu, now, *finds));
    }
  }
}

TEST_CASE("numbers in strings of codes that measure nothing, and by place") {
  struct Case {
    const char *code, *text;
    bool goes;
  };
  for (const Case& one : {Case{"00005e3100ff", "AT0010000000000000001000012345678", true},
                          {"0000603201ff", "Muster 99887766", true},
                          {"0100600900ff", "20261122", false},  // of a log entry, 1-0:96.9.0
                          {"0000600107ff", "MT174-12345", false},
                          {"0100000200ff", "12345.67890", false},
                          {"0000600e00ff", "00012345", false},
                          {"0000616100ff", "0000012345", false},
                          {"0000190900ff", "list 12345", false},
                          {"0100010800ff", "00012345.678", false},
                          {"0000603202ff", "2026-11-22 18:00:00", false},
                          {"0000603202ff", "Muster 9988", false}}) {
    CAPTURE(one.text);
    const ByteVector apdu = push_of({pair(one.code, text_value(one.text)),
                                     hex("0203 0906 0100010700ff 06 00000161 0202 0f00 161b")});
    const ByteVector now = anonymised(apdu, 5);
    CHECK((now != apdu) == one.goes);
    if (one.goes && std::string_view(one.text).starts_with("Muster")) CHECK(holds(now, "Muster "));
  }
  // By place: an address goes, a code and a time stay.
  const ByteVector mac =
      hex("0f0000000100 0204 0906 001122334455 0906 0100010700ff 0600000161"
          "090c 07ea0b16071200 00ffffc400");
  const ByteVector now = anonymised(mac, 5);
  CHECK_FALSE(same_at(now, mac, 10, 6));
  CHECK(same_at(now, mac, 16, mac.size() - 16));
}

TEST_CASE("a serial is found in its other forms, but not in what is measured") {
  const auto as_text_at = [](Bytes apdu, std::size_t from, std::size_t size) {
    return std::string(as_text(apdu.subspan(from, size)));
  };
  const ByteVector serial = pair("0000600100ff", text_value("LGZ0012345678"));
  const ByteVector apdu = push_of(
      {serial, hex("0201 06 00bc614e"), hex("0201 15 0000000000bc614e"), hex("0201 0904 12345678"),
       hex("0201 0904 78563412"), hex("0201 090a 30303132333435363738"),
       hex("0201 0a08 3132333435363738"), hex("0201 06 12345678"), hex("0201 06 78563412"),
       hex("0201 06 4e61bc00"), hex("0201 0904 00bc614e"), hex("0201 0905 004e61bc00"),
       pair("0100010800ff", hex("06 00bc614e")), pair("0100020800ff", hex("0904 12345678"))});
  const std::size_t from = 8 + 10 + 2;
  CHECK(as_text_at(apdu, from, 13) == "LGZ0012345678");
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const ByteVector now = anonymised(apdu, seed);
    CAPTURE(to_hex(now));
    CHECK(as_text_at(now, from, 5) == "LGZ00");
    const std::string digits = as_text_at(now, from + 5, 8);
    const std::string number = to_hex(from_hex(digits).value());
    CHECK(digits != "12345678");
    std::string rest = to_hex(Bytes(now).subspan(from + 13));
    const auto integer = std::stoull(digits);
    char word[17];
    std::snprintf(word, sizeof word, "%08llx", integer);
    ByteVector low_first = from_hex(digits).value();
    std::reverse(low_first.begin(), low_first.end());
    ByteVector binary = from_hex(word).value();
    std::reverse(binary.begin(), binary.end());
    const std::string swapped = to_hex(binary);
    const std::string wanted =
        "020106" + std::string(word) + "02011500000000" + word + "02010904" + number + "02010904" +
        to_hex(low_first) + "0201090a3030" + to_hex(as_bytes(digits)) + "02010a08" +
        to_hex(as_bytes(digits)) + "020106" + number + "020106" + to_hex(low_first) + "020106" +
        swapped + "02010904" + word + "0201090500" + swapped + "020209060100010800ff0600bc614e" +
        "020209060100020800ff090412345678";
    CHECK(rest == wanted);
  }
  // Points between the digits.
  const ByteVector dotted =
      push_of({pair("0000600100ff", text_value("12.345.678")), hex("0201 06 00bc614e"),
               pair("0100010800ff", hex("06 00bc614e"))});
  const ByteVector now = anonymised(dotted, 3);
  CHECK_FALSE(same_at(now, dotted, 8 + 10 + 2 + 10 + 3, 4));
  CHECK(same_at(now, dotted, dotted.size() - 4, 4));
}

TEST_CASE("a request that names a meter names the new one") {
  const ByteVector push = push_of({pair("0000600100ff", text_value("LGZ0012345678"))});
  const ByteVector request =
      join(hex("c001c1 0007 0100630100ff 02 01 01 0a0d"), as_bytes("LGZ0012345678"));
  Rings rings("");
  const share::Anonymised out = made(to_hex(push) + "\n" + to_hex(request) + "\n", rings, 3);
  CHECK(out.plain == 2);
  const std::size_t end = out.text.find('\n');
  const std::string name = out.text.substr(end - 26, 26);
  CHECK(name != to_hex(as_bytes("LGZ0012345678")));
  CHECK(out.text.substr(out.text.size() - 27, 26) == name);
  CHECK(out.text.substr(end + 1, 30) == to_hex(request).substr(0, 30));
}

TEST_CASE("in what cannot be read nothing is found, and why is told") {
  share::IdentityFinder finder;
  const auto cut = finder.find(hex("0f00000001 00 02 02 09 06 0000"));
  REQUIRE_FALSE(cut);
  CHECK(cut.error().fault == Fault::truncated_data);
  CHECK(finder.find(hex("0f00000001 00 02 01 06 00000001")));
}

TEST_CASE("what is signed and no APDU is not taken for one") {
  Rings rings("");
  share::Recipherer recipherer(rings.old_keys());
  share::Identities identities;
  const auto never = [](std::span<std::uint8_t>) -> Result<void> {
    FAIL("nothing plain is in it");
    return {};
  };
  CHECK_FALSE(recipherer.open(hex("df 00 08 4b464d1020000001 00 00 00 05 5102030405 02 a0a1"),
                              identities, never));
}

TEST_CASE("what differs from before is named") {
  const ByteVector name = pair("0001600100ff", hex("0904 00000161"));
  ByteVector apdu = hex("0f00000001 0c 07ea0b160712000000ffc400 0202");
  append(apdu, name);
  append(apdu, hex("0203 0906 0100010700ff 06 00000161 0202 0f00 161b"));
  share::IdentityFinder finder;
  const auto finds = finder.find(apdu);
  REQUIRE(finds);
  std::map<std::string, int> told;
  for (std::size_t i = 1; i < apdu.size(); ++i) {
    ByteVector other = apdu;
    other[i] ^= 0x04;
    const auto what = finder.difference(apdu, other, *finds);
    const bool in_name = i >= 20 + 12 && i < 20 + 12 + 4;
    CAPTURE(i);
    if (in_name) CHECK_FALSE(what);
    if (what) ++told[*what];
    if (!in_name && i > 5) CHECK(what);
  }
  CHECK(told["its time"] > 0);
  CHECK(told["1-0:1.7.0"] >= 4);
  CHECK(told["its invoke id"] >= 3);
}

TEST_CASE("new values are of the old one's kind") {
  share::Dice dice(1);
  const auto kind = [](std::uint8_t c) {
    return std::isdigit(c) ? '0' : std::isupper(c) ? 'A' : std::islower(c) ? 'a' : char(c);
  };
  for (const std::string_view old :
       {"1KFM0200234804", "LGZ1030655933512", "181220002177", "E0043007052870318", "aB-12_x"}) {
    for (int i = 0; i < 50; ++i) {
      const ByteVector now = share::disguised(as_bytes(old), dice);
      REQUIRE(now.size() == old.size());
      CHECK(as_text(now) != old);
      for (std::size_t k = 0; k < now.size(); ++k) {
        CHECK(kind(now[k]) == kind(static_cast<std::uint8_t>(old[k])));
      }
    }
  }
  // Digits of an integer stay one of as many bytes, with its sign.
  for (const std::uint64_t most :
       {127ULL, 255ULL, 32767ULL, 65535ULL, 2147483647ULL, 4294967295ULL, 9223372036854775807ULL}) {
    const std::string old = std::to_string(most);
    for (int i = 0; i < 50; ++i) {
      const ByteVector now = share::disguised(as_bytes(old), dice);
      CHECK(as_text(now) != old);
      CHECK(std::stoull(std::string(as_text(now))) <= most);
    }
  }
  CHECK(as_text(share::disguised(as_bytes("1KFM0200234804"), dice)).starts_with("1KFM"));
  for (const char* old : {"4b464d1020039534", "4b464d6750000881", "4c475a6774206295"}) {
    const ByteVector title = hex(old);
    for (int i = 0; i < 200; ++i) {
      const apdu::Title now = share::new_title(title, dice);
      REQUIRE(now.size() == 8);
      CHECK(std::equal(title.begin(), title.begin() + 4, Bytes(now).begin()));
      CHECK(readings::number_of_title(now).empty() == readings::number_of_title(title).empty());
      CHECK_FALSE(std::equal(title.begin(), title.end(), Bytes(now).begin()));
    }
  }
}

}  // namespace meterpipe::test
