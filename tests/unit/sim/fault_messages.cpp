// What faults do to a message before it is framed: its time, its layout, its data, its cipher.
#include <algorithm>
#include <set>

#include "apdu/notification.hpp"
#include "decode/reading_maker.hpp"
#include "unit/sim/fault_run.hpp"

namespace meterpipe::fault_test {

namespace {

bool is_tagged(const Run& run) { return (run.settings.control.value_or(0) & 0x10) != 0; }

}  // namespace

TEST_CASE("clock: the message is right but for its time") {
  const int done = for_meters("clock=-7200", [](const Run& run) {
    const bool zoned = says_deviation(*run.settings.meter);
    CHECK(run.all_say(zoned ? std::optional(doctor::Cause::clock_zone) : std::nullopt));
    CHECK(to_iso(run.messages[0].values.time) == "2026-06-21T00:00:00+02:00");
    const Received got = run.received();
    CHECK(got.errors.empty());
    CHECK(got.apdus.size() == kMessages);
  });
  CHECK(done > 40);
  for_meters("clock-zone=-7", [](const Run& run) {
    CHECK(run.all_say(doctor::Cause::clock_off));
    CHECK(to_iso(run.messages[0].values.time) == "2026-06-21T02:00:00+02:07");
  });
}

TEST_CASE("layout: the message parses, and no profile fits it") {
  readings::ProfileSet profiles;
  profiles.use_builtin();
  decode::ReadingMaker maker(profiles, {});
  for_meters("layout", [&](const Run& run) {
    const Received got = run.received();
    CHECK(got.errors.empty());
    CHECK(got.apdus.size() == kMessages);
    for (const Message& message : run.messages) {
      record::ApduRecord record;
      record.bytes = message.plain;
      const auto reading = maker.make(record, apdu::Auth::verified);
      REQUIRE(reading);
      CHECK(maker.choice().profile == nullptr);
      // Behind the two that say nothing another value stands first.
      const std::vector<Item> items = items_by_place(*run.settings.meter);
      if (items.size() > 1) CHECK(message.meter->items[2].obis != items[0].obis);
    }
  });
}

TEST_CASE("bad-apdu: the tag verifies and the data do not parse") {
  for_meters("bad-apdu", [](const Run& run) {
    const Received got = run.received();
    CHECK(got.errors.empty());
    CHECK(got.apdus.size() == kMessages);
    for (const Message& message : run.messages) {
      axdr::Nodes nodes;
      CHECK_FALSE(apdu::makes_sense(message.plain));
      CHECK_FALSE(apdu::parse_notification(message.plain, nodes));
      if (is_tagged(run)) {
        ByteVector plain;
        REQUIRE(opened(run, message, plain, run.settings.keys));
        CHECK(plain == message.plain);
      }
      if (message.meter->layout != Layout::telegram) CHECK(apdu::parse_header(message.plain));
    }
  });
}

TEST_CASE("keys: frames and headers are right, and the printed key does not fit") {
  for (const char* fault :
       {"wrong-key", "swap-keys", "garbled-key", "garbled-key=halves", "garbled-key=reversed",
        "garbled-key=transposed", "garbled-key=nibbles", "wrong-ak", "wrong-tag"}) {
    const bool tag_only =
        std::string_view(fault) == "wrong-ak" || std::string_view(fault) == "wrong-tag";
    for_meters(fault, [&](const Run& run) {
      const Received got = run.received();
      CHECK(got.errors.empty());
      REQUIRE(got.apdus.size() == kMessages);
      const CipherKeys real = faulty_keys(run.settings.faults, run.settings.keys,
                                          *run.settings.control, run.settings.seed);
      for (std::size_t i = 0; i < kMessages; ++i) {
        const Message& message = run.messages[i];
        CHECK(apdu::parse_ciphered(got.apdus[i])->counter == message.counter);
        ByteVector plain;
        const auto done = opened(run, message, plain, run.settings.keys);
        REQUIRE_FALSE(done);
        CHECK((done.error().fault == Fault::tag_failed ||
               (!tag_only && done.error().fault == Fault::wrong_key)));
        if (tag_only) CHECK(done.error().fault == Fault::tag_failed);
        if (std::string_view(fault) == "wrong-tag") continue;
        REQUIRE(opened(run, message, plain, real));
        CHECK(plain == message.plain);
      }
    });
  }
}

TEST_CASE("a garbled key is the printed one, typed wrong") {
  const Meter& meter = *find_meter("e450-burgenland");
  const CipherKeys keys = own_keys(meter, 0x30);
  const auto real = [&](std::string_view fault, std::uint64_t seed) {
    Faults faults;
    REQUIRE(add_faults(faults, fault));
    const CipherKeys changed = faulty_keys(faults, keys, 0x30, seed);
    CHECK(changed.ak == keys.ak);
    return changed.ek;
  };
  std::set<ByteVector> seen;
  for (std::uint64_t seed = 1; seed < 40; ++seed) {
    int digits = 0;
    const ByteVector one = real("garbled-key=digit", seed);
    for (std::size_t i = 0; i < 16; ++i) {
      digits += ((one[i] ^ keys.ek[i]) & 0xf0) != 0 ? 1 : 0;
      digits += ((one[i] ^ keys.ek[i]) & 0x0f) != 0 ? 1 : 0;
    }
    CHECK(digits == 1);
    seen.insert(one);
    std::string a = to_hex(real("garbled-key=transposed", seed)), b = to_hex(keys.ek);
    CHECK(a != b);
    const std::size_t at =
        static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin()).first - a.begin());
    std::swap(a[at], a[at + 1]);
    CHECK(a == b);
  }
  CHECK(seen.size() > 30);
  ByteVector back = real("garbled-key=reversed", 1);
  std::reverse(back.begin(), back.end());
  CHECK(back == keys.ek);
  const ByteVector halves = real("garbled-key=halves", 1);
  CHECK(std::equal(halves.begin(), halves.begin() + 8, keys.ek.begin() + 8));
  CHECK(std::equal(halves.begin() + 8, halves.end(), keys.ek.begin()));
}

TEST_CASE("cipher: the title, the suite and the compression bit") {
  for_meters("wrong-title", [](const Run& run) {
    for (const Message& message : run.messages) {
      const auto parsed = apdu::parse_ciphered(message.apdu);
      REQUIRE(parsed);
      CHECK(to_hex(parsed->title) == to_hex(message.title));
      CHECK(message.title != run.settings.meter->title);
      CHECK(std::equal(message.title.begin(), message.title.begin() + 5,
                       run.settings.meter->title.begin()));
      ByteVector plain;  // with the right one
      REQUIRE(opened(run, message, plain, run.settings.keys));
      CHECK(plain == message.plain);
    }
  });
  for (const char* fault : {"suite", "compressed"}) {
    for_meters(fault, [](const Run& run) {
      for (const Message& message : run.messages) {
        CHECK(apdu::parse_ciphered(message.apdu)->control == *message.control);
        ByteVector plain;
        const auto done = opened(run, message, plain, run.settings.keys);
        REQUIRE_FALSE(done);
        CHECK((done.error().fault == Fault::unsupported_suite ||
               done.error().fault == Fault::compressed));
      }
      CHECK(run.received().errors.empty());
    });
  }
}

}  // namespace meterpipe::fault_test
