// Every fault on every meter it can be done to: reproducible, and a receiver finds just what the
// truth says and nothing before it.
#include <doctest/doctest.h>

#include <bit>
#include <map>
#include <memory>
#include <set>

#include "apdu/ciphered.hpp"
#include "apdu/notification.hpp"
#include "decode/reading_maker.hpp"
#include "sim/fault_check.hpp"
#include "sim/fault_line.hpp"
#include "sim/foreign.hpp"
#include "sim/hdlc.hpp"
#include "transport/receiver.hpp"

namespace meterpipe::sim {

namespace {

constexpr std::size_t kMessages = 5;
struct Received : transport::ReceiverSink {
  std::map<Fault, int> errors;
  std::vector<ByteVector> apdus;
  int frames = 0, answers = 0, resets = 0;
  void on_frame(const link::Frame& frame) override {
    ++frames;
    if (frame.kind == link::Kind::mbus_short && frame.c == 0x40 && frame.a == 0xf0) ++resets;
  }
  void on_message(const transport::Message& message) override { apdus.push_back(message.bytes); }
  void on_rsp_ud(const link::Frame&, const link::RspUd&) override { ++answers; }
  void on_error(const Error& error, std::uint64_t, Bytes) override { ++errors[error.fault]; }

  bool only(const std::set<Fault>& wanted) const {
    for (const auto& [fault, count] : errors) {
      if (wanted.count(fault) == 0) return false;
    }
    return true;
  }
};

struct Run {
  Settings settings;
  std::shared_ptr<Simulator> simulator;  // messages refer to its meter
  std::vector<Message> messages;
  std::vector<FaultNote> notes;
  std::vector<std::vector<Burst>> bursts;  // by message

  ByteVector stream() const {
    ByteVector all;
    for (const auto& some : bursts) {
      for (const Burst& burst : some) append(all, burst.bytes);
    }
    return all;
  }
  // Silence behind each message, as on a line.
  Received received(bool long_silence = false) const {
    Received sink;
    transport::Receiver receiver(sink);
    for (const auto& some : bursts) {
      for (const Burst& burst : some) receiver.push(burst.bytes);
      receiver.end_of_frame();
      if (long_silence) receiver.end_of_message();
    }
    receiver.end_of_message();
    return sink;
  }
  // No message as it was sent; without a check some bytes may look like one.
  bool none_arrived() const {
    // Where ends of messages are alike, the halves of two damaged ones may make one of them.
    const std::vector<ByteVector> apdus = received(true).apdus;
    return std::none_of(messages.begin(), messages.end(), [&](const Message& message) {
      return std::find(apdus.begin(), apdus.end(), message.apdu) != apdus.end();
    });
  }
  bool all_say(std::optional<doctor::Cause> cause) const {
    for (const FaultNote& note : notes) {
      if (note.any() && note.cause() != cause) return false;
    }
    return true;
  }
};

Settings settings_for(const Meter& meter, std::string_view faults, std::uint64_t seed = 1) {
  Settings settings;
  settings.meter = &meter;
  settings.seed = seed;
  settings.start = 1'782'000'000;  // 2026-06-21, in summer time
  settings.control = meter.control;
  settings.keys = own_keys(meter, meter.control.value_or(0));
  if (!faults.empty()) REQUIRE(add_faults(settings.faults, faults));
  return settings;
}

Run play(const Settings& settings, std::size_t count = kMessages) {
  Run run;
  run.settings = settings;
  run.simulator = std::make_shared<Simulator>(settings);
  FaultyLine line(settings.faults, *serial::parse_line_settings(settings.meter->line),
                  settings.seed);
  const LinkForm link = settings.link.value_or(settings.meter->link);
  for (std::size_t i = 0; i < count; ++i) {
    const auto made = run.simulator->next();
    REQUIRE(made);
    const Message& message = run.messages.emplace_back(**made);
    FaultNote note = message.fault;
    line.send(message, has_check(link, message), note, run.bursts.emplace_back());
    run.notes.push_back(note);
  }
  return run;
}

// Each meter that the fault can be done to.
template <class Check>
int for_meters(std::string_view faults, Check check) {
  int done = 0;
  for (const Meter& meter : meters()) {
    const Settings settings = settings_for(meter, faults, 3 + meter.title[7]);
    if (why_not(settings)) continue;
    CAPTURE(meter.name);
    CAPTURE(faults);
    check(play(settings));
    ++done;
  }
  CHECK(done > 0);
  return done;
}

Result<void> opened(const Run& run, const Message& message, ByteVector& plain,
                    const CipherKeys& keys) {
  const auto parsed = apdu::parse_ciphered(message.apdu);
  if (!parsed) return tl::unexpected(parsed.error());
  apdu::Key key(keys.ek, keys.ak, keys.broadcast, "");
  apdu::Key* list[]{&key};
  apdu::Security security = apdu::security_of(*parsed);
  REQUIRE(security.title.assign(run.settings.meter->title));
  const auto done = apdu::decipher(*parsed, list, apdu::AuthMode::check, security, plain);
  if (!done) return tl::unexpected(done.error());
  return {};
}

bool only_byte(const ByteVector& bytes, std::uint8_t level) {
  return !bytes.empty() && bytes == ByteVector(bytes.size(), level);
}
bool is_tagged(const Run& run) { return (run.settings.control.value_or(0) & 0x10) != 0; }

const std::set<Fault> kLost{Fault::segment_missing, Fault::segment_out_of_turn,
                            Fault::incomplete_chain};
const std::set<Fault> kLostBlocks{Fault::block_missing, Fault::block_out_of_turn};
const std::set<Fault> kChecks{Fault::bad_checksum, Fault::bad_fcs, Fault::bad_hcs, Fault::bad_crc};

}  // namespace

TEST_CASE("faults are read from text, with values in their ranges") {
  Faults faults;
  REQUIRE(add_faults(faults, "noise=0.25,clock=-120"));
  REQUIRE(add_faults(faults, "parity=seven"));
  CHECK(faults.list[0].kind == FaultKind::clock);  // by layers, not as given
  CHECK(faults.find(FaultKind::clock)->value == -120);
  CHECK(faults.find(FaultKind::noise)->value == 250'000);
  CHECK(faults.find(FaultKind::parity)->value == static_cast<int>(ParityFault::seven));
  for (const char* wrong :
       {"", "nois", "noise,", "noise=", "noise=0", "noise=1.1", "noise=0.1234567", "noise=-0.1",
        "bitflip=0", "bitflip=x", "clock=soon", "clock=315360001", "parity=", "parity=even",
        "silence=1", "cut=0.5,cut=0.6", "clock-zone=900", "wrong-baud=49", "garbled-key=none"}) {
    CAPTURE(wrong);
    Faults none;
    CHECK_FALSE(add_faults(none, wrong));
  }
  CHECK(parse_share("0.000001") == 1);
  CHECK(parse_share("1") == 1'000'000);
  for (const char* wrong : {"", ".", "2", "1.", "0.0", "+1", "1e-1"})
    CHECK_FALSE(parse_share(wrong));
}

TEST_CASE("a clock that is off by whole quarters of an hour is one of another zone") {
  using doctor::Cause;
  CHECK(cause_of_clock(59, true) == Cause::none);
  CHECK(cause_of_clock(-60, true) == Cause::clock_off);
  CHECK(cause_of_clock(-900, true) == Cause::clock_zone);
  CHECK(cause_of_clock(961, true) == Cause::clock_off);
  CHECK(cause_of_clock(850, true) == Cause::clock_zone);  // within a minute
  CHECK(cause_of_clock(3600, false) == std::nullopt);
  CHECK(cause_of_clock(1000, false) == Cause::clock_off);
  CHECK(cause_of_clock(-900, false) == Cause::clock_off);
  CHECK(cause_of_clock(14 * 3600, true) == Cause::clock_zone);
  CHECK(cause_of_clock(15 * 3600, true) == Cause::clock_off);
}

TEST_CASE("the first layer of several is what a reader must name") {
  FaultNote note;
  CHECK(note.cause() == doctor::Cause::none);
  note.add(FaultKind::clock);
  note.add(FaultKind::duplicate);
  CHECK(note.cause() == doctor::Cause::clock_off);
  note.add(FaultKind::wrong_key);
  CHECK(note.cause() == doctor::Cause::wrong_key);
  note.add(FaultKind::silence);
  CHECK(note.cause() == doctor::Cause::nothing_received);
  FaultNote dark;
  dark.add(FaultKind::duplicate);
  dark.add(FaultKind::bitflip, std::nullopt);
  CHECK_FALSE(dark.cause());
}

TEST_CASE("the same seed gives the same bytes, another seed others") {
  int runs = 0, impossible = 0;
  for (const FaultRow& row : fault_rows()) {
    for (const Meter& meter : meters()) {
      CAPTURE(row.name);
      CAPTURE(meter.name);
      const Settings settings = settings_for(meter, row.name, 11);
      if (why_not(settings)) {
        ++impossible;
        continue;
      }
      const Run one = play(settings, 3);
      REQUIRE(one.stream() == play(settings, 3).stream());
      // Two counters may stand still in three messages; what differs may lie behind the cut.
      const bool is_same =
          row.kind == FaultKind::cut || play(settings_for(meter, "", 11), 3).stream() ==
                                            play(settings_for(meter, "", 12), 3).stream();
      const bool is_level = row.kind == FaultKind::zeros || row.kind == FaultKind::ones ||
                            row.kind == FaultKind::silence;
      if (!is_level) {
        REQUIRE((is_same || one.stream() != play(settings_for(meter, row.name, 12), 3).stream()));
        REQUIRE(one.stream() != play(settings_for(meter, "", 11), 3).stream());
      }
      bool named = false;
      for (const FaultNote& note : one.notes) named |= note.any();
      REQUIRE(named);
      ++runs;
    }
  }
  MESSAGE(runs << " runs, " << impossible << " that the meter cannot have");
  CHECK(runs > 1000);
}

TEST_CASE("a share of the messages is touched, and the others are as ever") {
  for (const char* fault : {"checksum", "lost-segment", "bitflip=3", "zeros"}) {
    CAPTURE(fault);
    Settings settings = settings_for(*find_meter("kaifa-salzburg"), fault, 5);
    settings.faults.share_ppm = 250'000;
    const Run run = play(settings, 400);
    const Run clean = play(settings_for(*find_meter("kaifa-salzburg"), "", 5), 400);
    int touched = 0;
    for (std::size_t i = 0; i < 400; ++i) {
      if (run.notes[i].any()) ++touched;
      REQUIRE((run.bursts[i].size() == clean.bursts[i].size() &&
               run.bursts[i][0].bytes == clean.bursts[i][0].bytes &&
               run.bursts[i].back().bytes == clean.bursts[i].back().bytes) == !run.notes[i].any());
    }
    CHECK(touched > 60);
    CHECK(touched < 140);
  }
}

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

TEST_CASE("transport: what is lost is a segment or a block, and no half is taken for a whole") {
  int segmented = for_meters("lost-segment", [](const Run& run) {
    const Received got = run.received();
    CHECK(got.apdus.empty());
    CHECK_FALSE(got.errors.empty());
    CHECK(got.only(kLost));
  });
  CHECK(segmented >= 8);
  const int blocks = for_meters("lost-block", [](const Run& run) {
    const Received got = run.received();
    CHECK(got.apdus.empty());
    CHECK_FALSE(got.errors.empty());
    CHECK(got.only(kLostBlocks));
  });
  CHECK(blocks >= 5);
}

TEST_CASE("transport: without silence between them the halves of two messages make none") {
  for (std::uint64_t seed = 1; seed < 30; ++seed) {
    CAPTURE(seed);
    for (const char* fault : {"lost-segment", "reorder"}) {
      CAPTURE(fault);
      const Run run = play(settings_for(*find_meter("kaifa-salzburg"), fault, seed), 20);
      Received sink;
      transport::Receiver receiver(sink);
      receiver.push(run.stream());
      receiver.end_of_message();
      std::set<ByteVector> whole;
      for (std::size_t i = 0; i < run.messages.size(); ++i) {
        if (!run.notes[i].any()) whole.insert(run.messages[i].apdu);
      }
      CHECK(sink.apdus.size() == whole.size());
      for (const ByteVector& apdu : sink.apdus) REQUIRE(whole.count(apdu) == 1);
      CHECK(sink.only(kLost));
    }
  }
}

TEST_CASE("transport: blocks and segments of other sizes") {
  for (const char* fault : {"lost-block", "reorder", "duplicate"}) {
    for (const Link link : {Link::mbus, Link::hdlc, Link::wrapper}) {
      CAPTURE(fault);
      CAPTURE(static_cast<int>(link));
      Settings settings = settings_for(*find_meter("kaifa-salzburg"), fault, 4);
      settings.link = settings.meter->link;
      settings.link->link = link;
      settings.link->mbus.length = 60;
      settings.link->blocks.size = 99;
      REQUIRE_FALSE(why_not(settings));
      const Run run = play(settings);
      const Received got = run.received();
      if (std::string_view(fault) == "duplicate") {
        CHECK(got.errors.empty());
        CHECK(got.apdus.size() == kMessages);
        continue;
      }
      CHECK(got.apdus.empty());
      CHECK_FALSE(got.errors.empty());
      std::set<Fault> lost = kLostBlocks;
      lost.insert(kLost.begin(), kLost.end());
      CHECK(got.only(lost));
    }
  }
}

TEST_CASE("transport: frames that come twice do no harm") {
  for_meters("duplicate", [](const Run& run) {
    CHECK(run.all_say(doctor::Cause::none));
    const Received got = run.received();
    CHECK(got.errors.empty());
    std::set<ByteVector> sent;
    for (const Message& message : run.messages) sent.insert(message.apdu);
    CHECK(std::set<ByteVector>(got.apdus.begin(), got.apdus.end()) == sent);
  });
}

TEST_CASE("order: frames, else messages, are exchanged") {
  for_meters("reorder", [](const Run& run) {
    const Received got = run.received();
    if (run.messages[0].whole_frames > 1) {
      std::set<Fault> lost = kLostBlocks;
      lost.insert(kLost.begin(), kLost.end());
      CHECK(got.only(lost));
      CHECK_FALSE(got.errors.empty());
      return;
    }
    CHECK(got.errors.empty());
    CHECK(got.apdus.size() == kMessages);
    CHECK(run.messages[0].counter == run.messages[1].counter + 1);
    CHECK(run.notes[0].cause() == doctor::Cause::none);
    CHECK(run.notes[1].cause() == doctor::Cause::counter_backwards);
    for (std::size_t i = 1; i < kMessages; ++i) {
      CHECK(run.messages[i].sent == run.messages[i - 1].sent + run.settings.period);
    }
  });
}

TEST_CASE("counters: run down, or an older message comes again") {
  for_meters("counter-backwards", [](const Run& run) {
    CHECK(run.received().errors.empty());
    CHECK_FALSE(run.notes[0].any());
    for (std::size_t i = 1; i < kMessages; ++i) {
      CHECK(run.messages[i].counter < run.messages[i - 1].counter);
      CHECK(run.messages[i].utc > run.messages[i - 1].utc);
      CHECK(run.notes[i].cause() == doctor::Cause::counter_backwards);
      ByteVector plain;
      REQUIRE(opened(run, run.messages[i], plain, run.settings.keys));
    }
  });
  for_meters("replay", [](const Run& run) {
    int again = 0;
    std::set<ByteVector> before;
    for (std::size_t i = 0; i < kMessages; ++i) {
      CHECK(before.count(run.messages[i].apdu) == (run.notes[i].any() ? 1U : 0U));
      before.insert(run.messages[i].apdu);
      if (run.notes[i].any()) ++again;
      CHECK(run.messages[i].sent == run.messages[0].sent + 5 * static_cast<Seconds>(i));
    }
    CHECK(again >= 1);
    CHECK(run.all_say(doctor::Cause::counter_replay));
  });
}

TEST_CASE("checksum: nothing but the checks is wrong") {
  const int done = for_meters("checksum", [](const Run& run) {
    const Received got = run.received();
    CHECK(got.apdus.empty());
    CHECK_FALSE(got.errors.empty());
    CHECK(got.only(kChecks));
    const Run clean = play(settings_for(*run.settings.meter, "", run.settings.seed));
    for (std::size_t i = 0; i < kMessages; ++i) {
      std::uint64_t differ = 0;
      for (std::size_t f = 0; f < run.bursts[i].size(); ++f) {
        const ByteVector &a = run.bursts[i][f].bytes, &b = clean.bursts[i][f].bytes;
        REQUIRE(a.size() == b.size());
        for (std::size_t k = 0; k < a.size(); ++k) differ += a[k] != b[k] ? 1 : 0;
      }
      CHECK(run.notes[i].bytes() == differ);
    }
  });
  CHECK(done >= 40);
}

TEST_CASE("bitflip, drop-byte and cut damage what they say") {
  for_meters("bitflip=3", [](const Run& run) {
    const Run clean = play(settings_for(*run.settings.meter, "", run.settings.seed));
    int bits = 0;
    const ByteVector a = run.stream(), b = clean.stream();
    REQUIRE(a.size() == b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      bits += std::popcount(static_cast<unsigned>(a[i] ^ b[i]));
    }
    CHECK(bits == 3 * static_cast<int>(kMessages));
    const Received got = run.received();
    if (run.notes[0].cause() == doctor::Cause::checksum) {
      CHECK(run.none_arrived());
      for (const Fault lost : {Fault::segment_missing, Fault::segment_out_of_turn}) {
        if (got.errors.count(lost) != 0) CHECK(run.messages[0].whole_frames > 1);
      }
    }
    if (run.notes[0].cause() == doctor::Cause::tag_failed) {
      REQUIRE(got.apdus.size() == kMessages);
      for (std::size_t i = 0; i < kMessages; ++i) {
        Message damaged = run.messages[i];
        damaged.apdu = got.apdus[i];
        ByteVector plain;
        const auto done = opened(run, damaged, plain, run.settings.keys);
        REQUIRE_FALSE(done);
        CHECK(done.error().fault == Fault::tag_failed);
      }
    }
  });
  for (const char* fault : {"drop-byte=2", "cut"}) {
    for_meters(fault, [&](const Run& run) {
      const Run clean = play(settings_for(*run.settings.meter, "", run.settings.seed));
      for (std::size_t i = 0; i < kMessages; ++i) {
        std::uint64_t missing = 0;
        REQUIRE(run.bursts[i].size() == clean.bursts[i].size());
        for (std::size_t f = 0; f < run.bursts[i].size(); ++f) {
          missing += clean.bursts[i][f].bytes.size() - run.bursts[i][f].bytes.size();
        }
        CHECK(run.notes[i].bytes() == missing);
        if (std::string_view(fault) != "cut") CHECK(missing == 2 * run.bursts[i].size());
      }
      if (run.notes[0].cause() == doctor::Cause::cut_frames) CHECK(run.none_arrived());
    });
  }
}

TEST_CASE("other protocols are what they say, and no message of a meter") {
  for_meters("modbus", [](const Run& run) {
    CHECK(run.none_arrived());
    for (const auto& some : run.bursts) {
      for (const Burst& burst : some) {
        CHECK(crc_modbus(burst.bytes) == 0);  // over the frame with its CRC
        CHECK((burst.bytes[1] == 3 || burst.bytes[1] == 4));
      }
    }
  });
  for_meters("rsp-ud", [](const Run& run) {
    const Received got = run.received();
    CHECK(got.errors.empty());
    CHECK(got.answers == static_cast<int>(kMessages));
  });
  for_meters("oms", [](const Run& run) {
    const Received got = run.received();
    CHECK(got.only({Fault::foreign_frame}));
    CHECK(got.resets >= static_cast<int>(kMessages));
    CHECK(got.apdus.empty());
  });
  for_meters("sml", [](const Run& run) {
    CHECK(run.received().frames == 0);
    for (const auto& some : run.bursts) {
      const ByteVector& file = some[0].bytes;
      CHECK(file.size() % 4 == 0);
      const Bytes checked = Bytes(file).first(file.size() - 2);
      CHECK((file[file.size() - 2] | file.back() << 8) == crc_x25(checked));
    }
  });
  for_meters("dsmr", [](const Run& run) {
    CHECK(run.received().frames == 0);
    CHECK(as_text(run.bursts[0][0].bytes).find("1-0:1.8.1(") == 0);
  });
}

TEST_CASE("line: levels and parity") {
  for_meters("zeros", [](const Run& run) { CHECK(only_byte(run.stream(), 0x00)); });
  for_meters("ones", [](const Run& run) { CHECK(only_byte(run.stream(), 0xff)); });
  for_meters("silence", [](const Run& run) {
    CHECK(run.stream().empty());
    CHECK(run.all_say(doctor::Cause::nothing_received));
  });
  for_meters("parity", [](const Run& run) {
    const ByteVector clean =
        play(settings_for(*run.settings.meter, "", run.settings.seed)).stream();
    const ByteVector read = run.stream();
    REQUIRE(read.size() == clean.size());
    for (std::size_t i = 0; i < read.size(); ++i) {
      REQUIRE(read[i] == ((std::popcount(clean[i]) & 1) != 0 ? clean[i] : 0));
    }
  });
  for_meters("parity=seven", [](const Run& run) {
    for (const std::uint8_t byte : run.stream()) REQUIRE((std::popcount(byte) & 1) == 0);
  });
  for_meters("parity=marked", [](const Run& run) {
    CHECK(run.received().errors.empty());
    for (const auto& some : run.bursts) {
      for (const Burst& burst : some) REQUIRE(burst.marked.size() == burst.bytes.size());
    }
  });
}

TEST_CASE("line: of several faults only that is told which is left in the bytes") {
  const Meter& meter = *find_meter("e450-steiermark");
  const auto check = [&](const char* faults, std::vector<std::string_view> names,
                         doctor::Cause cause) {
    CAPTURE(faults);
    const Run run = play(settings_for(meter, faults, 5), 3);
    CHECK(run.all_say(cause));
    for (const FaultNote& note : run.notes) {
      CHECK(note.names() == names);
      CHECK_FALSE(note.bytes());
    }
    for (const auto& some : run.bursts) {
      for (const Burst& burst : some) CHECK(burst.marked.empty());
    }
  };
  using doctor::Cause;
  for (const char* parity : {"zeroed", "dropped", "seven", "marked"}) {
    const std::string more = std::string(",noise=0.5,parity=") + parity;
    check(("zeros" + more).c_str(), {"zeros"}, Cause::zeros_or_ones);
    check(("ones" + more).c_str(), {"ones"}, Cause::zeros_or_ones);
    check(("silence" + more).c_str(), {"silence"}, Cause::nothing_received);
  }
  check("zeros,ones", {"ones"}, Cause::zeros_or_ones);
  check("silence,ones,zeros,inverted", {"silence"}, Cause::nothing_received);
}

TEST_CASE("line: noise, by its share; of a few bytes it is a checksum") {
  for_meters("noise=0.5", [](const Run& run) {
    const auto size =
        play(settings_for(*run.settings.meter, "", run.settings.seed)).stream().size();
    std::uint64_t damaged = 0;
    for (const FaultNote& note : run.notes) damaged += *note.bytes();
    CHECK(damaged > size / 3);
    CHECK(damaged < size * 2 / 3);
    CHECK(run.none_arrived());
  });
  const Run run = play(settings_for(*find_meter("kaifa-salzburg"), "noise=0.004", 2), 60);
  std::set<std::optional<doctor::Cause>> causes;
  for (const FaultNote& note : run.notes) {
    causes.insert(note.cause());
    CHECK(note.cause() == (*note.bytes() == 0   ? doctor::Cause::none
                           : *note.bytes() <= 2 ? doctor::Cause::checksum
                                                : doctor::Cause::noise));
  }
  CHECK(causes.size() == 3);
}

TEST_CASE("line: another rate and inverted levels, as a UART samples them") {
  int marked = 0;
  for (const char* fault : {"wrong-baud", "wrong-baud=4800", "inverted"}) {
    for_meters(fault, [&](const Run& run) {
      CHECK(run.received().apdus.empty());
      for (const auto& some : run.bursts) {
        REQUIRE(some.size() == 1);
        marked += some[0].marked.empty() ? 0 : 1;
        // As long as the meter sends.
        std::uint64_t sent = 0;
        for (const ByteVector& frame : run.messages[0].frames) sent += frame.size();
        const auto line = *serial::parse_line_settings(run.settings.meter->line);
        CHECK(some[0].lasts < line.micros(sent) * 11 / 10 + 50'000);
        // A slow reader may have a byte or two of it all.
        if (std::string_view(fault) == "inverted" || line.baud == 2400) {
          CHECK(some[0].lasts > line.micros(sent) / 2);
        }
      }
    });
  }
  CHECK(marked > 100);
}

}  // namespace meterpipe::sim
