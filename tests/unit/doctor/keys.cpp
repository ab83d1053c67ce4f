// Keys that are wrong, exchanged or mistyped: all ciphering meters, each with keys of the test's
// own. What was done to a key is done here, independently of how the doctor undoes it.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>

#include "doctor/key_search.hpp"
#include "doctor/key_variants.hpp"
#include "support/cpu_time.hpp"
#include "support/text.hpp"
#include "unit/doctor/patients.hpp"

namespace meterpipe::test {

using doctor::Cause;
using doctor::Layer;
using doctor::State;

namespace {

using Garble = std::function<std::string(std::string)>;  // of a key's digits

std::string other_digit(Random& random, char digit) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  char other = digit;
  while (other == digit) other = kDigits[random.below(16)];
  return std::string(1, other);
}

std::map<std::string, Garble> garblings(Random& random) {
  std::map<std::string, Garble> list;
  list["halves"] = [](std::string key) {
    return key.substr(key.size() / 2) + key.substr(0, key.size() / 2);
  };
  const auto reversed_groups = [](std::size_t digits, bool inside) {
    return [=](const std::string& key) {
      std::string out;
      for (std::size_t i = 0; i < key.size(); i += digits) {
        std::string group;
        for (std::size_t b = 0; b < digits; b += 2) {
          group = inside ? key.substr(i + b, 2) + group : group + key.substr(i + b, 2);
        }
        out = inside ? out + group : group + out;
      }
      return out;
    };
  };
  list["bytes reversed"] = reversed_groups(2, false);
  list["words of 4 reversed inside"] = reversed_groups(8, true);
  list["words of 2 reversed inside"] = reversed_groups(4, true);
  list["words of 4 reversed"] = reversed_groups(8, false);
  list["digits reversed"] = [](std::string key) {
    std::reverse(key.begin(), key.end());
    return key;
  };
  list["nibbles"] = [](std::string key) {
    for (std::size_t i = 0; i < key.size(); i += 2) std::swap(key[i], key[i + 1]);
    return key;
  };
  list["one digit"] = [&](std::string key) {
    const std::size_t at = random.below(key.size());
    return key.replace(at, 1, other_digit(random, key[at]));
  };
  list["neighbours exchanged"] = [&](std::string key) {
    std::size_t at = random.below(key.size() - 1);
    while (key[at] == key[at + 1]) at = (at + 1) % (key.size() - 1);
    std::swap(key[at], key[at + 1]);
    return key;
  };
  list["digit left out"] = [&](std::string key) {
    return key.erase(random.below(key.size()), 1) + other_digit(random, 'x');
  };
  list["digit twice"] = [&](std::string key) {
    const std::size_t at = random.below(key.size());
    key.insert(at, 1, key[at]);
    key.pop_back();
    return key;
  };
  return list;
}

struct Patient {
  const sim::Meter& meter;
  std::uint8_t control;
  sim::CipherKeys keys;
  std::vector<Came> stream{};

  bool has_tag() const { return (control & apdu::kAuthenticated) != 0; }
};

// Each meter as it is, and one of them in all forms of ciphering.
void for_each_patient(Random& random, const std::function<void(const Patient&)>& look) {
  const auto one = [&](const sim::Meter& meter, std::uint8_t control) {
    const auto keys = random_keys(random, meter, control);
    const auto sent = messages_of(meter, control, keys, random.bits(), kStart, 3);
    CAPTURE(meter.name);
    CAPTURE(int{control});
    look({meter, control, keys, as_sent(sent)});
  };
  for (const sim::Meter& meter : sim::meters()) {
    if (meter.control) one(meter, *meter.control);
  }
  constexpr std::array<std::uint8_t, 8> kControls{0x20, 0x21, 0x22, 0x30, 0x31, 0x32, 0x10, 0x12};
  for (const std::uint8_t control : kControls) {
    one(*sim::find_meter("kaifa-evn"), control);
  }
}

// No key may be read off a report: no run of 10 digits of it.
bool leaks(const std::string& text, Bytes key) {
  const std::string digits = to_hex(key);
  for (std::size_t i = 0; i + 10 <= digits.size(); ++i) {
    if (text.find(digits.substr(i, 10)) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("doctor: garbled keys") {
  Random random;
  INFO("seed ", seed());
  std::map<std::string, Hits> hits;
  int leaked = 0;
  for (const auto& [what, garble] : garblings(random)) {
    for_each_patient(random, [&](const Patient& patient) {
      const std::string title = to_hex(patient.meter.title);
      const ByteVector ek = *from_hex(garble(to_hex(patient.keys.ek)));
      const ByteVector ak = *from_hex(garble(to_hex(patient.keys.ak)));
      const auto look = [&](const std::string& kind, const std::string& line) {
        const Verdict verdict = judge(patient.stream, line);
        INFO(what << " " << kind << "\n" << verdict.text());
        CHECK(verdict.cause == Cause::garbled_key);
        hits[what].count(verdict, Cause::garbled_key);
        if (leaks(verdict.text(), patient.keys.ek) || leaks(verdict.text(), patient.keys.ak)) {
          ++leaked;
        }
      };
      if (ek == patient.keys.ek || ak == patient.keys.ak) return;
      if (!patient.has_tag()) return look("EK alone", key_line("*", ek));
      const bool enciphered = (patient.control & apdu::kEncrypted) != 0;
      switch (random.below(enciphered ? 4 : 2)) {
        case 0: return look("EK", key_line(title, ek, patient.keys.ak));
        case 1: return look("AK", key_line("*", patient.keys.ek, ak));
        case 2: return look("both", key_line("*", ek, ak));
        default: return look("exchanged too", key_line("*", patient.keys.ak, ek));
      }
    });
  }
  for (const auto& [what, hit] : hits) {
    MESSAGE(what << ": layer " << hit.layer << ", cause " << hit.cause << " of " << hit.all);
  }
  CHECK(leaked == 0);
}

TEST_CASE("doctor: keys exchanged, wrong, of another line") {
  Random random;
  INFO("seed ", seed());
  std::map<std::string, Hits> hits;
  for_each_patient(random, [&](const Patient& patient) {
    const std::string title = to_hex(patient.meter.title);
    const sim::CipherKeys& keys = patient.keys;
    const auto look = [&](const char* what, const std::string& line, Cause cause) {
      const Verdict verdict = judge(patient.stream, line);
      INFO(what << "\n" << verdict.text());
      CHECK(verdict.layer == Layer::key);
      CHECK(verdict.cause == cause);
      CHECK(!leaks(verdict.text(), keys.ek));
      CHECK(!leaks(verdict.text(), keys.ak));
      hits[what].count(verdict, cause);
    };
    const ByteVector foreign = random.bytes(keys.ek.size());
    const ByteVector second = random.bytes(keys.ek.size());
    look("exchanged", key_line("*", keys.ak, keys.ek), Cause::swapped_keys);
    look("exchanged, with title", key_line(title, keys.ak, keys.ek), Cause::swapped_keys);
    const bool enciphered = (patient.control & apdu::kEncrypted) != 0;
    look("wrong", key_line("*", foreign, second),
         enciphered ? Cause::wrong_key : Cause::tag_failed);
    if (enciphered) look("wrong EK", key_line(title, foreign), Cause::wrong_key);
    if (patient.has_tag()) look("wrong AK", key_line(title, keys.ek, foreign), Cause::tag_failed);
    look("another line's",
         key_line(title, foreign, second) + key_line(to_hex(random.bytes(8)), keys.ek, keys.ak),
         Cause::garbled_key);
    // The ASCII codes of the digits, a line of suite 2; or the long key's text as digits.
    if (keys.ek.size() == 16 && enciphered) {
      const std::string text = to_hex(keys.ek);
      look("ASCII codes", key_line("*", as_bytes(text)), Cause::garbled_key);
    }
  });
  for (const auto& [what, hit] : hits) {
    MESSAGE(what << ": layer " << hit.layer << ", cause " << hit.cause << " of " << hit.all);
  }
}

TEST_CASE("doctor: text that was taken for hex digits") {
  Random random;
  INFO("seed ", seed());
  const sim::Meter& meter = *sim::find_meter("kaifa-evn");
  for (int round = 0; round < 10; ++round) {
    const ByteVector typed = random.bytes(16);
    std::string text = to_hex(typed);
    if (round % 2 == 0) std::transform(text.begin(), text.end(), text.begin(), ::toupper);
    sim::CipherKeys keys{ByteVector(text.begin(), text.end()), random.bytes(32), {}};
    const auto stream = as_sent(messages_of(meter, 0x22, keys, 1, kStart, 2));
    const Verdict verdict = judge(stream, key_line("*", typed));
    INFO(verdict.text());
    CHECK(verdict.cause == Cause::garbled_key);
  }
  // A key that was given as characters, in capitals.
  const std::string letters = "HpODO2mPUP3x3L33";
  std::string capitals = letters;
  std::transform(capitals.begin(), capitals.end(), capitals.begin(), ::toupper);
  sim::CipherKeys keys{ByteVector(letters.begin(), letters.end()), random.bytes(16), {}};
  const auto stream = as_sent(messages_of(meter, 0x20, keys, 1, kStart, 2));
  CHECK(judge(stream, key_line("*", as_bytes(letters))).layer == Layer::none);
  CHECK(judge(stream, key_line("*", as_bytes(capitals))).cause == Cause::garbled_key);
}

TEST_CASE("doctor: some messages fail, others of the same title do not") {
  Random random;
  INFO("seed ", seed());
  Hits tags, changed;
  for (const sim::Meter& meter : sim::meters()) {
    if (!meter.control) continue;
    CAPTURE(meter.name);
    const auto keys = random_keys(random, meter, *meter.control);
    auto stream = as_sent(messages_of(meter, meter.control, keys, random.bits(), kStart, 20));
    const bool has_tag = (*meter.control & apdu::kAuthenticated) != 0;
    for (const std::size_t at : {3U, 11U}) {
      // Of a tag, or in a tagless message's text.
      ByteVector& apdu = stream[at].apdu;
      apdu[apdu.size() - 1 - random.below(12)] ^= static_cast<std::uint8_t>(1 + random.below(255));
    }
    const Verdict verdict = judge(stream, key_line("*", keys.ek, keys.ak));
    INFO(verdict.text());
    if (has_tag) {
      CHECK(verdict.cause == Cause::tag_failed);
      CHECK(verdict.text().find("2 of 20") != std::string::npos);
      CHECK(verdict.text().find("18 of this title") != std::string::npos);
    } else {
      CHECK((verdict.layer == Layer::none || verdict.cause == Cause::bad_apdu));
    }
    // Garbage among good ones.
    for (const std::size_t at : {4U, 5U, 6U}) {
      sim::CipherKeys other = random_keys(random, meter, *meter.control);
      stream[at].apdu =
          as_sent(messages_of(meter, meter.control, other, 1, kStart + 20, 1))[0].apdu;
    }
    CHECK(judge(stream, key_line("*", keys.ek, keys.ak)).cause == Cause::wrong_key);
  }
}

TEST_CASE("doctor: variants of a key are many enough and not too many") {
  Random random;
  for (const std::size_t size : {16U, 32U}) {
    const ByteVector key = random.bytes(size), other = random.bytes(size);
    std::size_t count = 0, same = 0;
    doctor::each_variant(key, other, size, [&](Bytes variant, const doctor::Says& says) {
      ++count;
      same += ByteVector(variant.begin(), variant.end()) == key ? 1 : 0;
      CHECK(variant.size() == size);
      CHECK(!says().empty());
      return false;
    });
    CHECK(same == 0);
    CHECK(count > 30 * size);
    CHECK(count <= (size == 16 ? 3400 : 12000));
    MESSAGE(count << " variants of a key of " << size << " bytes");
  }
}

namespace {

ByteVector ciphered_as(std::uint8_t control, const sim::CipherKeys& keys, Bytes title,
                       const Sent& sent, Bytes plain) {
  ByteVector out;
  sim::CipherHead head{.counter = sent.counter};
  std::copy(title.begin(), title.end(), head.title.begin());
  sim::Cipherer(control, keys).add(out, head, plain);
  return out;
}

// Values of single attributes, as 18 bytes of a get-response.
std::vector<Came> short_answers(Random& random, std::uint8_t control, const sim::CipherKeys& keys,
                                std::size_t count) {
  const ByteVector title = random.bytes(8);
  std::vector<Came> stream;
  for (std::uint32_t i = 0; i < count; ++i) {
    ByteVector plain{0xc4, 0x01, 0x81, 0x00, 0x09, 0x0c};
    append(plain, random.bytes(12));
    Sent sent;
    sent.counter = 1000 + i;
    stream.push_back({ciphered_as(control, keys, title, sent, plain), "", "port"});
  }
  return stream;
}

}  // namespace

TEST_CASE("doctor: a wrong authentication key is no wrong title") {
  Random random;
  INFO("seed ", seed());
  const sim::Meter& meter = *sim::find_meter("kaifa-evn");
  for (const char* digits : {"4b464d1111223344", "4b464d4dab214d4b", "4b464d10104d464b",
                             "5341474141414141", "4b4b4b4b4b4b4b4b", "4b464d1020304050"}) {
    CAPTURE(digits);
    const ByteVector title = *from_hex(digits);
    for (const auto control : std::initializer_list<std::uint8_t>{0x30, 0x31, 0x10}) {
      CAPTURE(int{control});
      const auto keys = random_keys(random, meter, control);
      std::vector<Came> stream;
      for (const Sent& sent : messages_of(meter, control, keys, random.bits(), kStart, 3)) {
        stream.push_back({ciphered_as(control, keys, title, sent, sent.plain), "", "port"});
      }
      for (const std::string& whose : {std::string("*"), std::string(digits)}) {
        const Verdict verdict = judge(stream, key_line(whose, keys.ek, random.bytes(16)));
        INFO(verdict.text());
        CHECK(verdict.cause == Cause::tag_failed);
      }
    }
  }
}

TEST_CASE("doctor: short messages under a wrong key are no proof of another one") {
  Random random;
  INFO("seed ", seed());
  for (int round = 0; round < 6; ++round) {
    const sim::CipherKeys keys{random.bytes(16), random.bytes(16), {}};
    const auto stream = short_answers(random, 0x20, keys, 8);
    std::string lines;
    for (int i = 0; i < 4; ++i) lines += key_line("*", random.bytes(16), random.bytes(16));
    const Verdict wrong = judge(stream, lines);
    INFO(wrong.text());
    CHECK(wrong.layer == Layer::key);
    CHECK(wrong.cause == Cause::wrong_key);
    // Together they prove the right one.
    ByteVector digit = keys.ek;
    digit[random.below(16)] ^= 0x07;
    const Verdict garbled = judge(stream, lines + key_line("*", digit));
    INFO(garbled.text());
    CHECK(garbled.cause == Cause::garbled_key);
    // Also if some were changed on the way.
    auto damaged = stream;
    for (const std::size_t at : {1U, 4U}) damaged[at].apdu[17] ^= 0x55;
    CHECK(judge(damaged, key_line("*", digit)).cause == Cause::garbled_key);
  }
}

TEST_CASE("doctor: no key is tried on what has no shape, or is signed and plain") {
  const ByteVector push = test::hex("0f00000001 00 02 01 06 00000001");
  ByteVector sign = test::hex("df 00 08 4b464d1020000001 00 00 00");
  sign.push_back(static_cast<std::uint8_t>(push.size()));
  append(sign, push);
  append(sign, test::hex("02 a0a1"));
  CHECK_FALSE(doctor::KeyTrial::of(sign));
  for (int depth = 0; depth < 5; ++depth) {  // and so on, one in another
    ByteVector outer = test::hex("df 00 08 4b464d1020000001 00 00 00 81");
    outer.push_back(static_cast<std::uint8_t>(sign.size()));
    append(outer, sign);
    append(outer, test::hex("02 a0a1"));
    sign = outer;
    CHECK_FALSE(doctor::KeyTrial::of(sign));
  }
  CHECK_FALSE(doctor::KeyTrial::of(push));
  CHECK_FALSE(doctor::KeyTrial::of(test::hex("db08")));
}

TEST_CASE("doctor: the broadcast key is called by its name") {
  Random random;
  INFO("seed ", seed());
  const sim::Meter& meter = *sim::find_meter("kaifa-evn");
  for (const auto control : std::initializer_list<std::uint8_t>{0x60, 0x70, 0x72}) {
    CAPTURE(int{control});
    const auto keys = random_keys(random, meter, control);
    const auto stream = as_sent(messages_of(meter, control, keys, random.bits(), kStart, 3));
    const auto line = [&](Bytes broadcast) {
      std::string text = "title=* ek=" + to_hex(keys.ek) + " ak=" + to_hex(keys.ak);
      return text + (broadcast.empty() ? "" : " broadcast=" + to_hex(broadcast)) + "\n";
    };
    REQUIRE(judge(stream, line(keys.broadcast)).layer == Layer::none);
    ByteVector digit = keys.broadcast;
    digit[random.below(digit.size())] ^= 0x30;
    const Verdict garbled = judge(stream, line(digit));
    INFO(garbled.text());
    CHECK(garbled.cause == Cause::garbled_key);
    CHECK(garbled.key().text.find("the broadcast key of the line") != std::string::npos);
    CHECK(garbled.text().find("encryption key") == std::string::npos);
    CHECK(garbled.key().advice.find("broadcast=") != std::string::npos);
    const Verdict missing = judge(stream, line({}));
    INFO(missing.text());
    CHECK(missing.cause == Cause::no_key);
    CHECK(missing.key().advice.find("the broadcast key") != std::string::npos);
    CHECK(missing.key().advice.find("broadcast=") != std::string::npos);
    const Verdict none = judge(stream, "");
    CHECK(none.key().advice.find("the broadcast key") != std::string::npos);
    const Verdict wrong = judge(stream, line(random.bytes(digit.size())));
    INFO(wrong.text());
    CHECK(wrong.cause == Cause::wrong_key);
    CHECK(wrong.key().text.find("broadcast key") != std::string::npos);
    CHECK(wrong.key().advice.find("broadcast=") != std::string::npos);
  }
}

TEST_CASE("doctor: both keys garbled alike, where only a tag can tell") {
  Random random;
  INFO("seed ", seed());
  const sim::Meter& meter = *sim::find_meter("kaifa-evn");
  auto list = garblings(random);
  for (const char* what : {"one digit", "neighbours exchanged", "digit left out", "digit twice"}) {
    list.erase(what);
  }
  for (const auto control : std::initializer_list<std::uint8_t>{0x10, 0x11, 0x12, 0x30}) {
    CAPTURE(int{control});
    const auto keys = random_keys(random, meter, control);
    const auto stream = as_sent(messages_of(meter, control, keys, random.bits(), kStart, 2));
    for (const auto& [what, garble] : list) {
      CAPTURE(what);
      const ByteVector ek = *from_hex(garble(to_hex(keys.ek)));
      const ByteVector ak = *from_hex(garble(to_hex(keys.ak)));
      const Verdict verdict = judge(stream, key_line("*", ek, ak));
      INFO(verdict.text());
      CHECK(verdict.cause == Cause::garbled_key);
      CHECK(verdict.key().text.find("both keys") != std::string::npos);
      CHECK(verdict.key().text.find("the tag fits then") != std::string::npos);
      CHECK(judge(stream, key_line("*", ak, ek)).cause == Cause::garbled_key);
    }
    if (control == 0x30) continue;
    // Either key may be wrong, and nothing was deciphered.
    for (const bool ek : {true, false}) {
      const std::size_t size = keys.ek.size();
      const Verdict verdict = judge(stream, ek ? key_line("*", random.bytes(size), keys.ak)
                                               : key_line("*", keys.ek, random.bytes(size)));
      INFO(verdict.text());
      CHECK(verdict.cause == Cause::tag_failed);
      CHECK(verdict.key().text.find("decipher") == std::string::npos);
      CHECK(verdict.key().advice.find("EK (GUEK) or AK (GAK)") != std::string::npos);
      CHECK(verdict.key().advice.find("dlms-decrypt --auth ignore") != std::string::npos);
    }
  }
}

TEST_CASE("doctor: control characters of a label do not reach the terminal") {
  Random random;
  const sim::Meter& meter = *sim::find_meter("kaifa-evn");
  const auto keys = random_keys(random, meter, 0x20);
  const auto stream = as_sent(messages_of(meter, 0x20, keys, 1, kStart, 2));
  ByteVector digit = keys.ek;
  digit[3] ^= 0x01;
  for (const std::string label : {"a\x1b[31mb", "a\x07", "a\xc2\x9b", "a\x7f"}) {
    const std::string text =
        judge(stream, "title=* ek=" + to_hex(digit) + " label=" + label + "\n").key().text;
    CHECK(text.find(label) == std::string::npos);
    CHECK(text.find("\"a\\x") != std::string::npos);
    for (const char c : text) CHECK((c >= 0x20 && c < 0x7f));
  }
  const Verdict plain = judge(stream, "title=* ek=" + to_hex(digit) +
                                          " label=K\xc3\xbc"
                                          "che\n");
  CHECK(plain.key().text.find("K\xc3\xbc"
                              "che") != std::string::npos);
}

TEST_CASE("doctor: a message that no line fits costs little") {
  Random random;
  const sim::Meter& meter = *sim::find_meter("kaifa-evn");
  std::string lines;
  for (int i = 0; i < 3000; ++i) lines += key_line("*", random.bytes(16));
  const auto keys = random_keys(random, meter, 0x20);
  const auto sent = as_sent(messages_of(meter, 0x20, keys, 1, kStart, 1000));
  const auto time_of = [&](std::size_t count) {
    Verdict verdict;
    const double took = test::cpu_time([&] {
      verdict = judge({sent.begin(), sent.begin() + static_cast<std::ptrdiff_t>(count)}, lines);
    });
    CHECK(verdict.cause == Cause::wrong_key);
    // All but what makes the head of a message by chance.
    std::size_t failing = 0;
    REQUIRE(std::sscanf(verdict.key().text.c_str(), "%zu of", &failing) == 1);
    CHECK(failing + 3 >= count);
    return took;
  };
  const double few = time_of(20), many = time_of(1000);
  MESSAGE("20 messages: ", few, " s, 1000: ", many, " s");
  CHECK(many < 10 * few);  // fifty times if the lines were tried on each
  // The line that fitted goes on being tried.
  auto stream = as_sent(messages_of(meter, 0x20, keys, 1, kStart, 60));
  for (std::size_t at = 5; at < 50; ++at) {
    stream[at].apdu =
        as_sent(messages_of(meter, 0x20, random_keys(random, meter, 0x20), 1, kStart, 1))[0].apdu;
  }
  const Verdict verdict = judge(stream, lines + key_line("*", keys.ek));
  INFO(verdict.text());
  CHECK(verdict.key().text.find("45 of 60") == 0);
}

}  // namespace meterpipe::test
