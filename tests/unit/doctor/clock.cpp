// Clocks that are wrong, counters that repeat or fall: found where the data can tell, and not where
// a meter only does what meters do.
#include <doctest/doctest.h>

#include <algorithm>

#include "doctor/sequence_evidence.hpp"
#include "unit/doctor/patients.hpp"

namespace meterpipe::test {

using doctor::Cause;
using doctor::Layer;
using doctor::State;

namespace {

struct Setup {
  const sim::Meter& meter;
  std::string keys;
  std::vector<Sent> sent;
};

Setup set_up(Random& random, const sim::Meter& meter, std::size_t count, std::uint32_t period = 5) {
  const auto keys = random_keys(random, meter, meter.control.value_or(0));
  return {
      meter, meter.control ? key_line("*", keys.ek, keys.ak) : "",
      messages_of(meter, meter.control, keys, random.bits(),
                  kStart + static_cast<std::int64_t>(random.below(300 * 86400)), count, period)};
}

// Whether its messages carry a time, and one with a zone.
enum class Time { none, local, zoned };
Time time_of(const Setup& setup) {
  auto stream = as_sent(setup.sent, true);
  const Verdict verdict = judge(stream, setup.keys);
  REQUIRE(verdict.layer == Layer::none);
  if (verdict.clock().text.find("no time") != std::string::npos) return Time::none;
  return verdict.has_remark("no-zone") ? Time::local : Time::zoned;
}

std::vector<Came> off_by(const Setup& setup, std::int64_t seconds) {
  auto stream = as_sent(setup.sent);
  for (std::size_t i = 0; i < stream.size(); ++i) {
    stream[i].ts = ts_at(setup.sent[i].utc - seconds);
  }
  return stream;
}

}  // namespace

TEST_CASE("doctor: clocks") {
  Random random;
  INFO("seed ", seed());
  Hits zone, off;
  int near = 0, timeless = 0;
  for (const sim::Meter& meter : sim::meters()) {
    CAPTURE(meter.name);
    const Setup setup = set_up(random, meter, 5);
    const Time time = time_of(setup);
    timeless += time == Time::none ? 1 : 0;
    const std::int64_t sign = random.one_in(2) ? 1 : -1;
    {
      const auto slow = sign * static_cast<std::int64_t>(random.below(55));
      const Verdict verdict = judge(off_by(setup, slow), setup.keys);
      CHECK(verdict.clock().state == State::ok);
      ++near;
    }
    if (time == Time::none) continue;
    // A zone in use on either side.
    const auto quarters =
        (time == Time::zoned ? 900 : 1800) *
        static_cast<std::int64_t>(random.between(1, time == Time::zoned ? 48 : 24));
    const auto rest = static_cast<std::int64_t>(random.between(70, 830));
    const Verdict shifted = judge(off_by(setup, sign * quarters), setup.keys);
    INFO(shifted.text());
    if (time == Time::zoned) {
      CHECK(shifted.cause == Cause::clock_zone);
      zone.count(shifted, Cause::clock_zone);
    } else {
      CHECK(shifted.layer == Layer::none);  // some zone explains it
    }
    const Verdict wrong = judge(off_by(setup, sign * (quarters + rest)), setup.keys);
    INFO(wrong.text());
    CHECK(wrong.clock().cause == Cause::clock_off);
    if (time == Time::zoned) {  // else it may be a little beside a likely zone
      CHECK(wrong.cause == Cause::clock_off);
      off.count(wrong, Cause::clock_off);
    }
    const Verdict days = judge(off_by(setup, sign * (quarters + 86400 * 40)), setup.keys);
    CHECK(days.cause == Cause::clock_off);
    off.count(days, Cause::clock_off);
    const Verdict little = judge(off_by(setup, sign * 150), setup.keys);
    CHECK(little.clock().state == State::suspicious);
    CHECK(little.clock().cause == Cause::clock_off);
  }
  MESSAGE("clock-zone " << zone.cause << " of " << zone.all << ", clock-off " << off.cause << " of "
                        << off.all << "; in order " << near << ", without a time " << timeless);
  CHECK(zone.all > 20);
}

TEST_CASE("doctor: one late message does not make a clock wrong") {
  Random random;
  const Setup setup = set_up(random, *sim::find_meter("kaifa-evn"), 9);
  auto stream = off_by(setup, 0);
  stream[4].ts = ts_at(setup.sent[4].utc + 4000);
  CHECK(judge(stream, setup.keys).layer == Layer::none);
}

TEST_CASE("doctor: a clock that jumps") {
  Random random;
  INFO("seed ", seed());
  Hits hits;
  for (const sim::Meter& meter : sim::meters()) {
    CAPTURE(meter.name);
    const Setup setup = set_up(random, meter, 14);
    if (time_of(setup) != Time::zoned) continue;
    for (const std::int64_t by : {-7200, 1000, 86400 * 30, -5000}) {
      auto stream = off_by(setup, 0);
      for (const std::size_t at : {2U, 6U, 7U, 12U}) stream[at].ts = ts_at(setup.sent[at].utc - by);
      const Verdict verdict = judge(stream, setup.keys);
      INFO(verdict.text());
      const Cause cause = by % 900 == 0 && by < 86400 ? Cause::clock_zone : Cause::clock_off;
      CHECK(verdict.cause == cause);
      hits.count(verdict, cause);
    }
  }
  MESSAGE("cause " << hits.cause << " of " << hits.all);
}

TEST_CASE("doctor: a clock that names no zone is held against the zones in use") {
  Random random;
  const auto judged = [&](std::int64_t off) {
    doctor::ClockEvidence evidence;
    for (std::int64_t i = 0; i < 6; ++i) {
      doctor::MeterTime time;
      time.seconds = kStart + 60 * i + off + static_cast<std::int64_t>(random.below(50));
      evidence.add("m", time, (kStart + 60 * i) * 1'000'000);
    }
    return evidence.judge();
  };
  for (std::int64_t quarter = -60; quarter <= 60; ++quarter) {
    CAPTURE(quarter);
    const bool odd = quarter == 23 || quarter == 35 || quarter == 51;  // 5:45, 8:45, 12:45
    const bool in_use = (quarter % 2 == 0 && quarter >= -48 && quarter <= 56) || odd;
    const doctor::Finding finding = judged(quarter * 900);
    CHECK(finding.state == (in_use ? State::ok : State::broken));
    CHECK(finding.cause == (in_use ? Cause::none : Cause::clock_off));
  }
  CHECK(judged(7200 + 150).state == State::suspicious);
  CHECK(judged(7200 + 700).state == State::broken);
}

TEST_CASE("doctor: summer time begins and ends for clocks without a zone") {
  Random random;
  INFO("seed ", seed());
  // 2026-03-29 and 2026-10-25, 01:00 UTC
  int judged = 0;
  for (const std::int64_t change : {1'774'746'000, 1'792'890'000}) {
    for (const std::size_t before : {3U, 10U, 17U}) {
      CAPTURE(change);
      CAPTURE(before);
      doctor::ClockEvidence evidence;
      for (std::size_t i = 0; i < 20; ++i) {
        const std::int64_t utc =
            change + 300 * (static_cast<std::int64_t>(i) - static_cast<std::int64_t>(before));
        const bool summer = (utc >= change) == (change < 1'780'000'000);
        doctor::MeterTime time;
        time.seconds =
            utc + 3600 + (summer ? 3600 : 0) - static_cast<std::int64_t>(random.below(9));
        evidence.add("m", time, utc * 1'000'000);
      }
      const doctor::Finding finding = evidence.judge();
      CHECK(finding.state == State::ok);
      CHECK(finding.cause == Cause::none);
      bool told = false;
      for (const doctor::Remark& remark : finding.remarks) told |= remark.code == "clock-hour";
      CHECK(told);
    }
    for (const sim::Meter& meter : sim::meters()) {
      CAPTURE(meter.name);
      const auto keys = random_keys(random, meter, meter.control.value_or(0));
      const auto sent =
          messages_of(meter, meter.control, keys, random.bits(), change - 590, 20, 60);
      const Verdict verdict =
          judge(as_sent(sent, true), meter.control ? key_line("*", keys.ek, keys.ak) : "");
      INFO(verdict.text());
      CHECK(verdict.clock().state == State::ok);
      judged += verdict.has_remark("clock-hour") ? 1 : 0;
    }
  }
  CHECK(judged > 0);
}

TEST_CASE("doctor: a clock that was set once is suspicious, and the odd times are named") {
  Random random;
  INFO("seed ", seed());
  const auto judged = [&](std::size_t wrong_from, std::size_t wrong_to, std::int64_t off) {
    doctor::ClockEvidence evidence;
    for (std::size_t i = 0; i < 20; ++i) {
      const std::int64_t utc = kStart + 60 * static_cast<std::int64_t>(i);
      doctor::MeterTime time;
      time.zoned = true;
      time.seconds = utc - 2 + (i >= wrong_from && i < wrong_to ? off : 0);
      evidence.add("m", time, utc * 1'000'000);
    }
    return evidence.judge();
  };
  for (const std::int64_t off : {70, -70, 290, -7200, 4000}) {
    CAPTURE(off);
    for (const std::size_t step : {4U, 10U, 16U}) {
      const std::string before = std::to_string(step) + " of 20";
      const std::string behind = std::to_string(20 - step) + " of 20";
      const doctor::Finding was_set = judged(0, step, off);
      CHECK(was_set.state == State::suspicious);
      CHECK(was_set.text.find(before) == 0);
      const doctor::Finding went_wrong = judged(step, 20, off);
      CHECK(went_wrong.state == State::suspicious);
      CHECK(went_wrong.text.find(behind) == 0);
    }
    // There and back again.
    const doctor::Finding twice = judged(5, 17, off);
    CHECK(twice.state == (std::abs(off) < 300 ? State::suspicious : State::broken));
    CHECK(twice.text.find("12 of 20") == 0);
    for (const doctor::Fact& fact : twice.facts) {
      if (fact.name == "clock_offset_s") {
        CHECK(std::get<std::int64_t>(fact.value) == off - 2);
      }
    }
  }
}

TEST_CASE("doctor: counters and times that repeat or fall") {
  Random random;
  INFO("seed ", seed());
  Hits replay, backwards;
  int repeated = 0, not_judged = 0;
  for (const sim::Meter& meter : sim::meters()) {
    CAPTURE(meter.name);
    const Setup setup = set_up(random, meter, 12);
    const bool timed = setup.meter.control || time_of(setup) != Time::none;
    const bool invoked = !timed && setup.meter.counts_invoke;
    const bool told = timed || invoked;
    const auto good = as_sent(setup.sent);
    {
      auto twice = good;
      twice.insert(twice.begin() + 4, twice[3]);
      const Verdict verdict = judge(twice, setup.keys);
      CHECK(verdict.layer == Layer::none);
      if (told) CHECK(verdict.has_remark("repeated"));
      ++repeated;
    }
    auto again = good;
    const std::size_t from = random.below(4);
    again.insert(again.begin() + 8, {again[from], again[from + 1]});
    const Verdict played = judge(again, setup.keys);
    INFO(played.text());
    auto reversed = good;
    std::reverse(reversed.begin(), reversed.end());
    const Verdict back = judge(reversed, setup.keys);
    INFO(back.text());
    auto swapped = good;
    std::swap(swapped[5], swapped[6]);
    const Verdict one = judge(swapped, setup.keys);
    INFO(one.text());
    if (!told) {
      for (const Verdict& verdict : {played, back, one}) CHECK(verdict.layer == Layer::none);
      ++not_judged;
      continue;
    }
    CHECK(played.cause == Cause::counter_replay);
    replay.count(played, Cause::counter_replay);
    // A local clock may go back by an hour.
    const bool autumn = !setup.meter.control && time_of(setup) == Time::local;
    if (autumn) continue;
    // An id that never counts up may be one that is drawn by lot.
    CHECK(back.cause == (invoked ? Cause::none : Cause::counter_backwards));
    CHECK(one.cause == Cause::counter_backwards);
    if (!invoked) backwards.count(back, Cause::counter_backwards);
    backwards.count(one, Cause::counter_backwards);
  }
  MESSAGE("counter-replay " << replay.cause << " of " << replay.all << ", counter-backwards "
                            << backwards.cause << " of " << backwards.all << "; sent again "
                            << repeated << ", not to be told " << not_judged);
}

TEST_CASE("doctor: a counter that begins anew, and one that comes to its end") {
  Random random;
  INFO("seed ", seed());
  const auto judged = [&](const std::vector<std::uint32_t>& counters) {
    doctor::SequenceEvidence evidence;
    for (const std::uint32_t counter : counters) evidence.counted("m", random.bytes(40), counter);
    doctor::Finding finding;
    evidence.judge(finding);
    return finding;
  };
  std::vector<std::uint32_t> restart;
  for (std::uint32_t i = 0; i < 10; ++i) restart.push_back(4'000'000 + i);
  for (std::uint32_t i = 0; i < 10; ++i) restart.push_back(1 + i);
  CHECK(judged(restart).state == State::suspicious);
  CHECK(judged(restart).cause == Cause::counter_backwards);
  restart.push_back(4'000'020);  // it was none: another message came between
  CHECK(judged(restart).state == State::broken);
  std::vector<std::uint32_t> wrap;
  for (std::uint32_t i = 0; i < 20; ++i) wrap.push_back(0xfffffff6u + i);
  CHECK(judged(wrap).state == State::ok);
  CHECK(judged({5, 5, 5}).state == State::ok);  // it stands: a remark
  CHECK(judged({5, 5, 5}).remarks.size() == 1);
  CHECK(judged({9, 8}).state == State::broken);
  CHECK(judged({9, 8}).text == "the counter went backwards once in 2 messages");
}

TEST_CASE("doctor: memory for messages has an end") {
  Random random;
  doctor::SequenceEvidence evidence;
  const ByteVector first = random.bytes(40);
  evidence.counted("m", first, 1);
  for (std::uint32_t i = 2; i < 6000; ++i) evidence.counted("m", random.bytes(40), i);
  for (int i = 0; i < 500; ++i) evidence.counted("m" + std::to_string(i), random.bytes(40), 1);
  doctor::Finding before;
  evidence.judge(before);
  CHECK(before.state == State::ok);
  // Forgotten as a message, known by its counter.
  evidence.counted("m", first, 1);
  doctor::Finding after;
  evidence.judge(after);
  CHECK(after.cause == Cause::counter_backwards);
}

}  // namespace meterpipe::test
