// Healthy messages of all simulated meters, and what is wrong with their cipher, plaintext and
// layout. Keys, seeds and times are new in every run.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "apdu/ciphered.hpp"
#include "sim/axdr.hpp"
#include "unit/doctor/patients.hpp"

namespace meterpipe::test {

using doctor::Cause;
using doctor::Layer;
using doctor::State;

namespace {

constexpr std::int64_t kYear = 365 * 86400;

std::int64_t any_start(Random& random) {
  return kStart + static_cast<std::int64_t>(random.below(kYear));
}

}  // namespace

TEST_CASE("doctor: healthy meters are healthy") {
  Random random;
  INFO("seed ", seed());
  int judged = 0;
  for (const sim::Meter& meter : sim::meters()) {
    CAPTURE(meter.name);
    for (int round = 0; round < 3; ++round) {
      const std::uint8_t control = meter.control.value_or(0);
      const auto keys = random_keys(random, meter, control);
      const auto sent = messages_of(meter, meter.control, keys, random.bits(), any_start(random),
                                    12, static_cast<std::uint32_t>(1 + random.below(60)));
      const std::string line = !meter.control ? ""
                               : round == 0   ? key_line("*", keys.ek, keys.ak)
                                              : key_line(to_hex(meter.title), keys.ek, keys.ak);
      const Verdict verdict = judge(as_sent(sent, round != 1), line);
      INFO(verdict.text());
      for (const doctor::Finding& finding : verdict.findings) {
        CHECK(finding.state == State::ok);
        CHECK(finding.cause == Cause::none);
        CHECK(!finding.text.empty());
      }
      ++judged;
    }
  }
  MESSAGE(judged << " streams in order");
}

TEST_CASE("doctor: no key, a key that is not needed, a tag that is not checked") {
  Random random;
  INFO("seed ", seed());
  int no_key = 0, others = 0, not_needed = 0, unchecked = 0;
  for (const sim::Meter& meter : sim::meters()) {
    CAPTURE(meter.name);
    const std::uint8_t control = meter.control.value_or(0);
    const auto keys = random_keys(random, meter, control);
    const auto sent = as_sent(messages_of(meter, meter.control, keys, 1, kStart, 3));
    if (!meter.control) {
      const Verdict verdict = judge(sent, key_line("*", random.bytes(16)));
      CHECK(verdict.layer == Layer::none);
      CHECK(verdict.has_remark("key-not-needed"));
      ++not_needed;
      continue;
    }
    const Verdict none = judge(sent, "");
    INFO(none.text());
    CHECK(none.cause == Cause::no_key);
    CHECK(none.findings[2].state == State::not_reached);
    ++no_key;
    const std::size_t size = keys.ek.size();
    const Verdict foreign =
        judge(sent, key_line(to_hex(random.bytes(8)), random.bytes(size), random.bytes(size)));
    INFO(foreign.text());
    CHECK(foreign.cause == Cause::no_key);
    ++others;
    if ((control & apdu::kAuthenticated) != 0) {
      const Verdict untagged = judge(sent, key_line("*", keys.ek));
      CHECK(untagged.layer == Layer::none);
      CHECK(untagged.has_remark("tag-unchecked"));
      const Verdict required = judge(sent, key_line("*", keys.ek), "", apdu::AuthMode::require);
      CHECK(required.layer == Layer::key);
      ++unchecked;
    }
  }
  MESSAGE(no_key << " without a key, " << others << " with another's, " << not_needed
                 << " in need of none, " << unchecked << " without an authentication key");
}

TEST_CASE("doctor: titles") {
  Random random;
  INFO("seed ", seed());
  std::map<std::string, Hits> hits;
  for (const sim::Meter& meter : sim::meters()) {
    if (!meter.control) continue;
    CAPTURE(meter.name);
    const std::uint8_t control = *meter.control;
    const auto keys = random_keys(random, meter, control);
    const auto sent = messages_of(meter, control, keys, random.bits(), any_start(random), 4);
    const std::string real = to_hex(meter.title);
    const auto with_title = [&](Bytes title) {
      auto stream = as_sent(sent);
      for (Came& one : stream) {
        std::copy(title.begin(), title.end(), one.apdu.begin() + 2);
      }
      return stream;
    };
    const auto look = [&](const char* what, const std::vector<Came>& stream,
                          const std::string& line, const std::string& given = {}) {
      const Verdict verdict = judge(stream, line, given);
      INFO(what << "\n" << verdict.text());
      CHECK(verdict.cause == Cause::wrong_title);
      CHECK(verdict.text().find(to_hex(keys.ek)) == std::string::npos);
      hits[what].count(verdict, Cause::wrong_title);
    };
    // Sent is another title; the file has the real one.
    look("sent, file has the real one", with_title(random.bytes(8)),
         key_line(real, keys.ek, keys.ak));
    // One byte is wrong, and the file has none.
    ByteVector near(meter.title.begin(), meter.title.end());
    near[random.below(8)] ^= static_cast<std::uint8_t>(1 + random.below(255));
    look("one byte wrong", with_title(near), key_line("*", keys.ek, keys.ak));
    // The file has another title for the key.
    look("of the key file", as_sent(sent), key_line(to_hex(random.bytes(8)), keys.ek, keys.ak));
    // Half of the messages have the real one.
    auto mixed = with_title(random.bytes(8));
    mixed[0] = mixed[2] = as_sent(sent)[0];
    mixed[2].apdu = sent[2].apdu;
    look("of some messages", mixed, key_line("*", keys.ek, keys.ak));
    // An empty title: none is given, another is given.
    std::vector<Came> untitled;
    for (const Sent& one : sent) {
      ByteVector apdu;
      sim::Cipherer(control, keys)
          .add(apdu,
               {.title = meter.title, .counter = one.counter, .title_form = sim::TitleForm::empty},
               one.plain);
      untitled.push_back({apdu, "", "port"});
    }
    look("empty, none given", untitled, key_line("*", keys.ek, keys.ak));
    look("empty, another given", untitled, key_line("*", keys.ek, keys.ak), to_hex(near));
    CHECK(judge(untitled, key_line("*", keys.ek, keys.ak), real).layer == Layer::none);
  }
  for (const auto& [what, hit] : hits) {
    MESSAGE(what << ": layer " << hit.layer << ", cause " << hit.cause << " of " << hit.all);
  }
}

TEST_CASE("doctor: without a title of its own either the title or the key is wrong") {
  Random random;
  INFO("seed ", seed());
  for (const sim::Meter& meter : sim::meters()) {
    if (!meter.control) continue;
    CAPTURE(meter.name);
    const std::uint8_t control = *meter.control;
    const auto keys = random_keys(random, meter, control);
    const std::string real = to_hex(meter.title);
    const std::size_t size = keys.ek.size();
    std::vector<Came> untitled, odd;
    const std::size_t length = random.one_in(2) ? 7 : 16;
    for (const Sent& one : messages_of(meter, control, keys, random.bits(), any_start(random), 3)) {
      ByteVector apdu;
      sim::Cipherer(control, keys)
          .add(apdu,
               {.title = meter.title, .counter = one.counter, .title_form = sim::TitleForm::empty},
               one.plain);
      untitled.push_back({apdu, "", "port"});
      // A title of another length in place of the empty one.
      REQUIRE(apdu[1] == 0);
      apdu[1] = static_cast<std::uint8_t>(length);
      const ByteVector title = random.bytes(length);
      apdu.insert(apdu.begin() + 2, title.begin(), title.end());
      odd.push_back({apdu, "", "port"});
    }
    const std::string wrong = key_line(real, random.bytes(size), random.bytes(size));
    const std::string any = key_line("*", random.bytes(size), random.bytes(size));
    for (const Verdict& verdict : {judge(untitled, wrong), judge(untitled, any, real)}) {
      INFO(verdict.text());
      CHECK(verdict.cause == Cause::wrong_key);
      CHECK(verdict.key().confidence == doctest::Approx(0.6));
      CHECK(verdict.text().find("none was given") == std::string::npos);
      CHECK(verdict.key().text.find("title or key is wrong") != std::string::npos);
      CHECK(verdict.key().advice.find("title") != std::string::npos);
      CHECK(verdict.key().advice.find("key") != std::string::npos);
    }
    CHECK(judge(untitled, any).cause == Cause::wrong_title);
    const Verdict verdict = judge(odd, key_line("*", keys.ek, keys.ak));
    INFO(verdict.text());
    CHECK(verdict.cause == Cause::wrong_title);
    CHECK(verdict.text().find(std::to_string(length) + " bytes") != std::string::npos);
    CHECK(verdict.text().find("no system title") == std::string::npos);
  }
}

TEST_CASE("doctor: signatures are not tags, and random bytes need no key") {
  Random random;
  INFO("seed ", seed());
  const auto plain =
      messages_of(*sim::find_meter("kaifa-norway"), std::nullopt, {}, 1, kStart, 1)[0].plain;
  ByteVector sign{0xdf, 0x00, 0x08};
  append(sign, random.bytes(8));
  append(sign, ByteVector(3, 0));
  REQUIRE(plain.size() < 0x10000);
  sign.insert(sign.end(), {0x82, static_cast<std::uint8_t>(plain.size() >> 8),
                           static_cast<std::uint8_t>(plain.size())});
  append(sign, plain);
  sign.push_back(64);
  append(sign, random.bytes(64));
  const std::string line = key_line("*", random.bytes(16), random.bytes(16));
  const Verdict verdict = judge({{sign, "", "port"}}, line);
  INFO(verdict.text());
  CHECK(verdict.layer == Layer::none);
  CHECK(!verdict.has_remark("tag-unchecked"));
  CHECK(verdict.has_remark("signature-unchecked"));
  ByteVector noise = random.bytes(80);
  noise[0] = 0x55;
  const Verdict bad = judge({{noise, "", "port"}}, line);
  INFO(bad.text());
  CHECK(bad.cause == Cause::bad_apdu);
  CHECK(!bad.has_remark("key-not-needed"));
}

TEST_CASE("doctor: ciphers that nobody can open") {
  Random random;
  INFO("seed ", seed());
  Hits hits;
  for (const sim::Meter& meter : sim::meters()) {
    if (!meter.control) continue;
    CAPTURE(meter.name);
    const auto keys = random_keys(random, meter, *meter.control);
    const auto sent = messages_of(meter, *meter.control, keys, 1, kStart, 3);
    for (const unsigned change : {0x80U, 0x0fU, 0x07U, 0x03U}) {
      auto stream = as_sent(sent);
      const std::size_t at = sent[0].apdu.size() -
                             apdu::parse_ciphered(sent[0].apdu)->content.size() -
                             apdu::parse_ciphered(sent[0].apdu)->mac.size() - 5;
      for (Came& one : stream) {
        one.apdu[at] = static_cast<std::uint8_t>(change == 0x80 ? one.apdu[at] | change
                                                                : (one.apdu[at] & 0xf0) | change);
      }
      const Verdict verdict = judge(stream, key_line("*", keys.ek, keys.ak));
      INFO(verdict.text());
      CHECK(verdict.cause == Cause::unsupported_cipher);
      CHECK(verdict.findings[1].state == State::not_reached);
      hits.count(verdict, Cause::unsupported_cipher);
    }
  }
  MESSAGE("cause " << hits.cause << " of " << hits.all);
}

TEST_CASE("doctor: a plaintext that is no APDU") {
  Random random;
  INFO("seed ", seed());
  Hits hits;
  for (const sim::Meter& meter : sim::meters()) {
    CAPTURE(meter.name);
    const std::uint8_t control = meter.control.value_or(0);
    const auto keys = random_keys(random, meter, control);
    auto sent = messages_of(meter, meter.control, keys, random.bits(), any_start(random), 3);
    std::vector<Came> stream;
    for (Sent& one : sent) {
      if (one.plain[0] == '/') {
        one.plain.erase(one.plain.begin(), one.plain.begin() + 6);
      } else {
        one.plain.pop_back();
        if (random.one_in(2)) one.plain.resize(one.plain.size() - one.plain.size() / 4);
      }
      stream.push_back(
          {meter.control ? ciphered(meter, control, keys, one) : one.plain, "", "port"});
    }
    const Verdict verdict =
        judge(stream, meter.control ? key_line("*", keys.ek, keys.ak) : std::string());
    INFO(verdict.text());
    CHECK(verdict.cause == Cause::bad_apdu);
    hits.count(verdict, Cause::bad_apdu);
  }
  MESSAGE("layer " << hits.layer << ", cause " << hits.cause << " of " << hits.all);
}

TEST_CASE("doctor: a list that no profile knows is suspicious, with a profile to fill in") {
  Random random;
  INFO("seed ", seed());
  for (int round = 0; round < 20; ++round) {
    ByteVector plain = *from_hex(
        "0f00000001"
        "00");
    sim::DataWriter data(plain);
    const std::size_t count = 15 + random.below(20);
    data.structure(count);
    for (std::size_t i = 0; i < count; ++i) {
      if (random.one_in(2)) {
        data.double_long_unsigned(static_cast<std::uint32_t>(random.bits()));
      } else {
        data.long_unsigned(static_cast<std::uint16_t>(random.bits()));
      }
    }
    const Verdict verdict = judge({{plain, "", "port"}}, "");
    INFO(verdict.text());
    CHECK(verdict.layer == Layer::none);
    CHECK(verdict.layout().state == State::suspicious);
    CHECK(verdict.layout().cause == Cause::unknown_layout);
    CHECK(verdict.text().find("profile") != std::string::npos);
    bool suggested = false;
    for (const doctor::Fact& fact : verdict.layout().facts) {
      suggested |= fact.name == "suggested_profile";
    }
    CHECK(suggested);
  }
}

TEST_CASE("doctor: the worst of several meters decides") {
  Random random;
  INFO("seed ", seed());
  const sim::Meter& good = *sim::find_meter("kaifa-evn");
  const sim::Meter& bad = *sim::find_meter("e450-burgenland");
  const auto good_keys = random_keys(random, good, *good.control);
  const auto bad_keys = random_keys(random, bad, *bad.control);
  auto stream = as_sent(messages_of(good, good.control, good_keys, 1, kStart, 20));
  const auto more = as_sent(messages_of(bad, bad.control, bad_keys, 1, kStart, 4));
  stream.insert(stream.end(), more.begin(), more.end());
  const Verdict verdict = judge(stream, key_line(to_hex(good.title), good_keys.ek));
  INFO(verdict.text());
  CHECK(verdict.cause == Cause::no_key);
  CHECK(verdict.key().text.find("4 of 24") != std::string::npos);
}

TEST_CASE("doctor: nothing came") {
  const Verdict verdict = judge({}, "");
  for (const doctor::Finding& finding : verdict.findings) {
    CHECK(finding.state == State::not_reached);
  }
}

}  // namespace meterpipe::test
