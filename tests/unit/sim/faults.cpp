// Which faults there are, what they are called and that they are reproducible.
#include "unit/sim/fault_run.hpp"

namespace meterpipe::fault_test {

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
      const SimSettings settings = settings_for(meter, row.name, 11);
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
    SimSettings settings = settings_for(*find_meter("kaifa-salzburg"), fault, 5);
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

}  // namespace meterpipe::fault_test
