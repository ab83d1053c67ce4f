// lib/io: the key file, every form and every error with its column; no key in a message.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "keys/keys.hpp"
#include "os/status.hpp"
#include "support/random.hpp"
#include "support/text.hpp"

namespace meterpipe::keys {

using namespace os;

using test::hex;

namespace {

const std::string kKey = "36c66639e48a8ca4d6bc8b282a793bbb";
const std::string kOther = "5fe96639e48a8ca4d6bc8b282a793b01";
const std::string kLong = kKey + kOther;
const std::string kTitle = "4b464d1020000001";

KeyRing parse(const std::string& text, std::vector<std::string>* warnings = nullptr) {
  std::vector<std::string> unused;
  return KeyRing::parse(text, "keys", warnings == nullptr ? unused : *warnings);
}

std::string error_of(const std::string& text) {
  try {
    parse(text);
  } catch (const Fatal& fatal) {
    CHECK(fatal.status() == kConfig);
    return fatal.what();
  }
  return "";
}

// "keys:LINE: column COLUMN: " and words of the message.
void check_error(const std::string& text, int line, int column, const std::string& words) {
  CAPTURE(text);
  const std::string message = error_of(text);
  CAPTURE(message);
  CHECK(message.starts_with("keys:" + std::to_string(line) + ": column " + std::to_string(column) +
                            ": "));
  CHECK(message.find(words) != std::string::npos);
}

std::string grouped(const std::string& digits, const std::string& between) {
  std::string text;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    if (i != 0) text += between;
    text += digits.substr(i, 2);
  }
  return text;
}

}  // namespace

TEST_CASE("short names of keys, and the blanks, quotes and dashes of a letter or a web page") {
  for (const std::string& text :
       {"EK: " + kKey, "EK=" + kKey, "EK = " + kKey, "EK " + kKey, "ek: " + kKey, "Key: " + kKey,
        "key=" + kKey, "key = \"" + kKey + "\"", kKey + "\xc2\xa0", "\xe2\x80\x8b" + kKey,
        "\xe2\x80\x9c" + kKey + "\xe2\x80\x9d", "\xc2\xab" + kKey + "\xc2\xbb",
        grouped(kKey, "\xc2\xa0"), grouped(kKey, "\xe2\x80\x93"), "Key:\xc2\xa0" + kKey}) {
    CAPTURE(text);
    const KeyRing ring = parse(text + "\n");
    REQUIRE(ring.size() == 1);
    CHECK(ring.entries()[0].title == "*");
    CHECK(to_hex(ring.entries()[0].encryption) == kKey);
  }
  for (const std::string& text :
       {"EK: " + kKey + "\nAK: " + kOther, "AK=" + kOther + "\r\nEK=" + kKey,
        "EK=" + kKey + " AK=" + kOther, "AK " + kOther + "\nEK " + kKey}) {
    CAPTURE(text);
    const KeyRing ring = parse(text + "\n");
    REQUIRE(ring.size() == 1);
    CHECK(to_hex(ring.entries()[0].encryption) == kKey);
    CHECK(to_hex(ring.entries()[0].authentication) == kOther);
  }
  check_error("EK=" + kKey + " ek=" + kKey, 1, 37, "ek= stands twice");
}

TEST_CASE("every form of a key") {
  std::string upper = kKey;
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  for (const std::string& text : {kKey,
                                  upper,
                                  "0x" + kKey,
                                  "0X" + kKey,
                                  grouped(kKey, "-"),
                                  grouped(kKey, ":"),
                                  grouped(kKey, " "),
                                  grouped(kKey, "  "),
                                  "  " + kKey + "  ",
                                  kKey + "\r",
                                  "\t" + kKey,
                                  kKey + " # mine",
                                  kKey + "#mine",
                                  kKey + "#a=b",
                                  kKey + " # a=b",
                                  "* " + kKey,
                                  "ek=" + kKey,
                                  "ek=" + grouped(kKey, " "),
                                  "title=* ek=" + kKey,
                                  "\xef\xbb\xbf" + kKey,
                                  "# first\n\n   \n" + kKey + "\n",
                                  "label=house ek=" + kKey,
                                  "label=\"my house\" ek=" + kKey}) {
    CAPTURE(text);
    const KeyRing ring = parse(text);
    REQUIRE(ring.size() == 1);
    CHECK(ring.entries()[0].title == "*");
    CHECK(to_hex(ring.entries()[0].encryption) == kKey);
    CHECK(ring.entries()[0].authentication.empty());
  }
  const KeyRing ascii = parse("ascii:HpO=O2m #UP3x3L3");
  CHECK(as_text(ascii.entries()[0].encryption) == "HpO=O2m #UP3x3L3");
  CHECK(parse("").empty());
  CHECK(parse("# nothing\n\n").empty());
}

TEST_CASE("titles, two keys, named fields in any order, suite 2") {
  for (const std::string& text :
       {kTitle + " " + kKey + " " + kOther, "4B464D10-20000001 " + kKey + " " + kOther,
        grouped(kTitle, " ") + "  0x" + kKey + " " + kOther,
        "title=" + kTitle + " ek=" + kKey + " ak=" + kOther,
        "ak=" + kOther + " label=h ek=" + kKey + " title=" + grouped(kTitle, ":")}) {
    CAPTURE(text);
    const KeyRing ring = parse(text);
    REQUIRE(ring.size() == 1);
    CHECK(ring.entries()[0].title == kTitle);
    CHECK(to_hex(ring.entries()[0].encryption) == kKey);
    CHECK(to_hex(ring.entries()[0].authentication) == kOther);
  }
  const KeyRing suite2 = parse(kLong + " " + kLong);
  CHECK(suite2.entries()[0].key->size() == 32);
  const KeyRing broadcast = parse("ek=" + kKey + " broadcast=" + kOther);
  CHECK(to_hex(broadcast.entries()[0].broadcast) == kOther);
  CHECK(broadcast.entries()[0].key->has_broadcast());
  const KeyRing groups = parse(grouped(kKey, "-") + " " + grouped(kOther, ":"));
  CHECK(to_hex(groups.entries()[0].authentication) == kOther);
}

TEST_CASE("an exact title beats *, several * are tried in order") {
  const KeyRing ring = parse("* " + kKey + "\nlabel=two ek=" + kOther + "\n" + kTitle + " " +
                             kOther + "\ntitle=" + kTitle + " ek=" + kKey + " label=second\n");
  const auto exact = ring.keys_for(hex(kTitle));
  REQUIRE(exact.size() == 2);
  CHECK(exact[0]->label() == kTitle);
  CHECK(exact[1]->label() == "second");
  const auto any = ring.keys_for(hex("4b464d1020000002"));
  REQUIRE(any.size() == 2);
  CHECK(any[0]->label() == "*");
  CHECK(any[1]->label() == "two");
  const KeyRing third = parse(kKey + "\nlabel=two ek=" + kOther + "\n* " + kOther);
  CHECK(third.keys_for({})[2]->label() == "*#3");
  CHECK(third.titled().empty());
  REQUIRE(ring.titled().size() == 2);
  CHECK(to_hex(ring.titled()[0]->title()) == kTitle);
  CHECK(ring.keys_for({}).size() == 2);
  CHECK(parse(kTitle + " " + kKey).keys_for(hex("4b464d1020000002")).empty());
}

TEST_CASE("errors name line, column and what was expected") {
  check_error("\n# x\n36c6G639e48a8ca4d6bc8b282a793bbb", 3, 5, "'G' is no hex digit");
  check_error("  " + kKey +
                  " 5fe9\x01"
                  "639e48a8ca4d6bc8b282a793b01",
              1, 40, "byte 01");
  check_error(kKey.substr(1), 1, 32, "31 of 32 digits, one is missing");
  check_error(kKey + "0", 1, 34, "33 of 32 digits, one is too many");
  check_error(kKey.substr(0, 29), 1, 30, "odd number");
  check_error(kKey.substr(0, 31) + "O", 1, 32, "'O' is no hex digit (the letter O: is it a zero?)");
  check_error(kKey.substr(2), 1, 1, "32 hex digits (64 in suite 2), 30 are here");
  check_error(kKey + "00", 1, 1, "34 are here");
  check_error(kTitle, 1, 17, "encryption key is missing");
  check_error("*", 1, 2, "encryption key is missing");
  check_error(kTitle + " " + kTitle, 1, 18, "16 are here");
  check_error(kKey + " " + kTitle, 1, 34, "16 are here");
  check_error(kKey + " " + kOther + " " + kKey, 1, 67, "third key");
  check_error(grouped(kLong, " "), 1, 1, "32 groups of two digits");
  check_error("ek=" + grouped(kLong, " "), 1, 4, "32 groups of two digits");
  check_error(grouped(kKey, " ") + " 01", 1, 1, "17 groups");
  check_error("0x", 1, 1, "0 are here");
  for (const char* key : {"NsZmOeSKjKTWvIsoKnk7AQ==", "\"NsZmOeSKjKTWvIsoKnk7AQ==\""}) {
    check_error(key, 1, 1, "a key in base64: its 32 hex digits are wanted");
    check_error("ek=" + std::string(key), 1, 4, "a key in base64");
    check_error(kKey + " " + key, 1, 34, "a key in base64");
  }
  check_error("ascii:HpODO2mPUP3x3L3", 1, 7, "15 are here");
  check_error("ascii:HpODO2mPUP3x3L33x", 1, 23, "exactly 16");
  check_error("title=4b464d10 ek=" + kKey, 1, 7, "16 hex digits, 8 are here");
  check_error("12345678 " + kKey, 1, 1, "");  // an M-Bus meter's number stands behind title= alone
  check_error("titel=" + kTitle + " ek=" + kKey, 1, 1,
              "known: title, ek, ak, broadcast, auth, label");
  check_error("title=" + kTitle, 1, 23, "no encryption key");
  check_error("ek=" + kKey + " ek=" + kOther, 1, 37, "ek= stands twice");
  check_error("ek=" + kKey + " label=\"house", 1, 43, "never ends");
  check_error("label=a ak=" + kOther, 1, 44, "no encryption key");
  check_error(kKey + " " + kLong, 1, 98, "both must be of one suite");
  check_error("ek=" + kLong + " broadcast=" + kKey, 1, 111, "both must be of one suite");
  CHECK(error_of("ek=" + kKey + " " + kOther).find("do not mix") != std::string::npos);
  CHECK(error_of(kKey + " ak=" + kOther).find("do not mix") != std::string::npos);
}

TEST_CASE("keys as they are sent and written down") {
  std::string fours;
  for (std::size_t at = 0; at < kKey.size(); at += 4) fours += kKey.substr(at, 4) + " ";
  for (const std::string& text :
       {"0x" + grouped(kKey, ", 0x"), "0x" + grouped(kKey, " 0x"), grouped(kKey, "."),
        grouped(kKey, ", "), "\"" + kKey + "\"", "'" + kKey + "'", "ek=\"" + kKey + "\"",
        "ek=" + grouped(kKey, "."), fours, "{ 0x" + grouped(kKey, ", 0x") + " };",
        "Encryption Key: " + kKey, "Encryption Key:\n\n" + kKey + "\n", "GUEK: " + kKey,
        "Schl\xc3\xbcssel: " + kKey, "Schluessel\n" + kKey,
        "Encyrption Key\r\n" + grouped(kKey, " ") + "\r\n"}) {
    CAPTURE(text);
    const KeyRing ring = parse(text);
    REQUIRE(ring.size() == 1);
    CHECK(ring.entries()[0].title == "*");
    CHECK(to_hex(ring.entries()[0].encryption) == kKey);
  }
  const KeyRing letter =
      parse("Authentication Key:\n" + kOther + "\nEncyrption Key:\n" + kKey + "\n");
  REQUIRE(letter.size() == 1);
  CHECK(to_hex(letter.entries()[0].encryption) == kKey);
  CHECK(to_hex(letter.entries()[0].authentication) == kOther);
  CHECK(error_of("Authentication Key: " + kOther + "\nEncryption Key: " + kLong) ==
        "keys:2: keys of different lengths: both must be of one suite");
  // A letter stands beside lines of the other ways.
  CHECK(parse("Encryption Key: " + kKey + "\n" + kTitle + " " + kOther + "\n").size() == 2);
  CHECK(error_of("Authentication Key: " + kOther).find("no encryption key") != std::string::npos);
  CHECK(error_of("Encryption Key:\n").find("is missing") != std::string::npos);
  CHECK(error_of("Encryption Key:\n" + kKey.substr(1)).find("31 of 32") != std::string::npos);
  CHECK(error_of("{\n  decryption: { key: \"" + kKey + "\" }\n}\n").find("a configuration") !=
        std::string::npos);
  for (const std::string& yaml :
       {"dlms_meter:\n  decryption_key: \"" + kKey + "\"\n", "decryption_key: " + kKey + "\n",
        "# mine\n\nsmartmeter:\r\n  key: " + kKey + "\r\n"}) {
    CHECK(error_of(yaml).find("a configuration (JSON, JSON5, YAML)") != std::string::npos);
  }
  CHECK(parse("key:\n" + kKey + "\n").size() == 1);
  CHECK(error_of("ab: " + kKey).find("a configuration") == std::string::npos);
  // Halves of a key may be a title and a part of one.
  CHECK_FALSE(error_of(kKey.substr(0, 16) + " " + kKey.substr(16)).empty());
}

TEST_CASE("no key stands in any message") {
  test::Random random;
  INFO("seed ", test::seed());
  int errors = 0;
  for (int round = 0; round < 5000; ++round) {
    const std::string key = to_hex(random.bytes(16)), other = to_hex(random.bytes(16));
    std::string text = random.one_in(2) ? kTitle + " " + key + " " + other
                                        : "ek=" + key + " ak=" + other + " label=house";
    for (std::uint64_t i = random.between(1, 2); i > 0; --i) {
      const std::size_t at = random.below(text.size());
      constexpr std::string_view kOdd = "gx= #\"0-:";
      random.one_in(2) ? text.erase(at, 1) : text.insert(at, 1, kOdd[random.below(kOdd.size())]);
    }
    std::vector<std::string> said;
    std::string message;
    try {
      KeyRing::parse(text, "keys", said);
    } catch (const Fatal& fatal) {
      message = fatal.what();
      ++errors;
    }
    for (const std::string& one : said) message += one;
    for (std::size_t at = 0; at + 6 <= 32; ++at) {
      CAPTURE(text);
      REQUIRE(message.find(key.substr(at, 6)) == std::string::npos);
      REQUIRE(message.find(other.substr(at, 6)) == std::string::npos);
    }
  }
  CHECK(errors > 1000);
}

TEST_CASE("what may be a mistake is warned about") {
  std::vector<std::string> warnings;
  parse(kKey + " " + kKey, &warnings);
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0] == "keys:1: EK and AK are the same");
  for (const char* sample : {"00000000000000000000000000000000", "000102030405060708090a0b0c0d0e0f",
                             "00112233445566778899aabbccddeeff", "ffffffffffffffffffffffffffffffff",
                             "d0d1d2d3d4d5d6d7d8d9dadbdcdddedf"}) {
    CAPTURE(sample);
    warnings.clear();
    parse(std::string("\n") + sample, &warnings);
    REQUIRE(warnings.size() == 1);
    CHECK(warnings[0].starts_with("keys:2: the encryption key is a sample"));
  }
  warnings.clear();
  parse(kKey + " " + kOther, &warnings);
  CHECK(warnings.empty());
}

}  // namespace meterpipe::keys
