// What faults do to frames: segments and blocks, their order, their checks, their bytes. A receiver
// finds just what the truth says and nothing before it.
#include <bit>

#include "sim/hdlc.hpp"
#include "unit/sim/fault_run.hpp"

namespace meterpipe::fault_test {

namespace {

const std::set<Fault> kLost{Fault::segment_missing, Fault::segment_out_of_turn,
                            Fault::incomplete_chain};
const std::set<Fault> kLostBlocks{Fault::block_missing, Fault::block_out_of_turn};
const std::set<Fault> kChecks{Fault::bad_checksum, Fault::bad_fcs, Fault::bad_hcs, Fault::bad_crc};

}  // namespace

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
      SimSettings settings = settings_for(*find_meter("kaifa-salzburg"), fault, 4);
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

}  // namespace meterpipe::fault_test
