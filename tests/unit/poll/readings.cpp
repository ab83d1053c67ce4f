// A meter read on a simulated bus: FCB, repeats, telegrams, and how it fails.
#include <doctest/doctest.h>

#include "bus_world.hpp"
#include "poll/meter_reader.hpp"
#include "record/fault_text.hpp"
#include "support/text.hpp"

namespace meterpipe::poll {

using Words = std::vector<std::string>;

namespace {

struct Read {
  MeterReading reading;
  std::vector<ByteVector> telegrams;
};

Read read(Bus& bus, std::string_view meter) {
  const MeterAddress address = *parse_meter_address(meter);
  REQUIRE(bus.open(address.baud));
  Read result;
  result.reading = MeterReader(bus).read(
      address, [&](const Answer& answer) { result.telegrams.push_back(answer.bytes); });
  return result;
}

Read read(BusWorld& world, std::string_view meter, BusOptions options = {}) {
  Bus bus = world.bus(options);
  Read result = read(bus, meter);
  CHECK(world.foreign == 0);
  return result;
}

std::string code(const Read& one) {
  return one.reading.error ? std::string(record::code_of(one.reading.error->fault)) : "";
}

}  // namespace

TEST_CASE("reading: by primary address, one telegram and three, the FCB toggled from 7B on") {
  BusWorld world("1,2,3");
  const Read one = read(world, "1");
  CHECK(one.reading.is_whole());
  CHECK(one.telegrams.size() == 1);
  CHECK(words_of(world.sent) == Words{"nke 01", "data 01 7b"});
  world.sent.clear();
  const Read three = read(world, "3");
  CHECK(three.reading.is_whole());
  CHECK(three.reading.telegrams == 3);
  CHECK(words_of(world.sent) == Words{"nke 03", "data 03 7b", "data 03 5b", "data 03 7b"});
  CHECK(to_string(*three.reading.identity) == "60030045-ABB-20-02");
  // Each is another one, and the last does not say that more follow.
  CHECK(three.telegrams[0] != three.telegrams[1]);
  CHECK(three.telegrams[1] != three.telegrams[2]);
  CHECK(three.telegrams[1][three.telegrams[1].size() - 3] == 0x1f);
  CHECK(three.telegrams[2][three.telegrams[2].size() - 3] != 0x1f);
}

TEST_CASE("reading: by secondary address, selected and left alone again") {
  BusWorld world("1,2,3");
  const Read three = read(world, "60030045");
  CHECK(three.reading.telegrams == 3);
  CHECK(words_of(world.sent) ==
        Words{"nke fd", "select", "data fd 7b", "data fd 5b", "data fd 7b", "nke fd"});
  CHECK(read(world, "6003FFFF").reading.telegrams == 3);
  CHECK(read(world, "60030045-ABB-20-02").reading.telegrams == 3);
  CHECK(code(read(world, "60030045-ABB-21-02")) == "no-answer");
  CHECK(code(read(world, "60030046")) == "no-answer");
}

TEST_CASE(
    "reading: what another master left behind is not read: SND_NKE to the meter's own address") {
  BusWorld world("3");
  Bus bus = world.bus();
  REQUIRE(bus.open({}));
  const Read first = read(bus, "3");
  // A master that stopped behind the first telegram, with FCB 1.
  bus.ask_acknowledge(*from_hex("1040034316"), 2'000'000);
  REQUIRE(bus.ask_data(*from_hex("107b037e16"), 3, 2'000'000).kind == Answer::Kind::data);
  for (int n = 0; n < 3; ++n) {
    const Read again = read(bus, "3");
    REQUIRE(again.reading.telegrams == 3);
    for (std::size_t i = 0; i < 3; ++i) {  // but for the access number
      CHECK(again.telegrams[i].size() == first.telegrams[i].size());
      CHECK(same(Bytes(again.telegrams[i]).subspan(19, 10),
                 Bytes(first.telegrams[i]).subspan(19, 10)));
    }
  }
}

TEST_CASE("reading: two repeats with the same FCB, then the error that names the meter") {
  BusWorld world("1");
  const std::int64_t began_us = world.now_us;
  const Read none = read(world, "5");
  CHECK(code(none) == "no-answer");
  CHECK(words_of(world.sent) ==
        Words{"nke 05", "nke 05", "nke 05", "data 05 7b", "data 05 7b", "data 05 7b"});
  CHECK(world.now_us - began_us < 13 * kSecond);
  CHECK(world.now_us - began_us >= 12 * kSecond);
  CHECK(text_of(*parse_meter_address("5"), none.reading) ==
        "meter 5: no answer to 3 requests within 2000 ms each: is it on this bus, at this address "
        "and rate, and has it power?");
  world.sent.clear();
  BusOptions options;
  options.timeout_us = 500'000;
  options.tries = 5;
  CHECK(text_of(*parse_meter_address("12345678"), read(world, "12345678", options).reading)
            .starts_with("meter 12345678: no answer to 5 requests within 500 ms each"));
  CHECK(words_of(world.sent) ==
        Words{"nke fd", "select", "select", "select", "select", "select", "nke fd"});
}

TEST_CASE("reading: an answer from another address is told as one") {
  const auto said = [](const std::vector<std::uint8_t>& from, std::string_view body) {
    BusWorld world("1");
    std::size_t n = 0;
    world.answers = [&](Bytes request, std::int64_t) {
      if (request[1] == 0x40) return;  // SND_NKE
      const std::uint8_t a = from[n++ % from.size()];
      if (a == 0xff) return;
      ByteVector frame{0x08, a};
      append(frame, *from_hex(body));
      std::uint8_t sum = 0;
      for (const std::uint8_t byte : frame) sum = static_cast<std::uint8_t>(sum + byte);
      const auto size = static_cast<std::uint8_t>(frame.size());
      frame.insert(frame.begin(), {0x68, size, size, 0x68});
      append(frame, ByteVector{sum, 0x16});
      world.stray = frame;
    };
    const Read none = read(world, "5");
    CHECK(code(none) == "no-answer");
    return text_of(*parse_meter_address("5"), none.reading);
  };
  constexpr std::string_view kLong = "72785634122d2c1b0405000000", kBare = "780c0678563412";
  CHECK(said({6}, kLong) ==
        "meter 5: no answer to 3 requests from it, but from address 6 (number "
        "12345678-KAM-1b-04) each time: ask for 6 if that is the meter; else another master reads "
        "this bus at the same time, and only one may");
  CHECK(
      said({6}, kBare)
          .starts_with(
              "meter 5: no answer to 3 requests from it, but from address 6 each time: ask for 6"));
  // One that came once was late.
  CHECK(said({6, 0xff}, kLong).starts_with("meter 5: no answer to 3 requests within 2000 ms each"));
}

TEST_CASE("reading: a meter that is hard of hearing gives each telegram once") {
  BusWorld world("3/deaf");
  const Read three = read(world, "3");
  CHECK(three.reading.is_whole());
  CHECK(three.reading.telegrams == 3);
  CHECK(words_of(world.sent) == Words{"nke 03", "nke 03", "nke 03", "data 03 7b", "data 03 7b",
                                      "data 03 7b", "data 03 5b", "data 03 5b", "data 03 5b",
                                      "data 03 7b", "data 03 7b", "data 03 7b"});
}

TEST_CASE(
    "reading: a meter that gives no E5 to SND_NKE is read all the same, and waited for once") {
  BusWorld world("1");
  world.answers = [&](Bytes request, std::int64_t end_us) {
    if (request[1] != 0x40) world.line.hear(request, end_us, 2400);
  };
  Bus bus = world.bus();
  REQUIRE(bus.open({}));
  MeterReader reader(bus);
  const auto ignore = [](const Answer&) {};
  CHECK(reader.read(*parse_meter_address("1"), ignore).is_whole());
  CHECK(words_of(world.sent) == Words{"nke 01", "nke 01", "nke 01", "data 01 7b"});
  world.sent.clear();
  CHECK(reader.read(*parse_meter_address("1"), ignore).is_whole());
  CHECK(words_of(world.sent) == Words{"nke 01", "data 01 7b"});
}

TEST_CASE("reading: a repeat whose answer was lost gives the same telegram, not the next one") {
  // The first answer to each FCB gets a byte that is wrong.
  BusWorld world("3");
  std::string before;
  world.answers = [&](Bytes request, std::int64_t end_us) {
    const std::string hex = to_hex(request);
    const bool is_first = hex != before;
    before = hex;
    world.line.hear(request, end_us, 2400);
    if (is_first && request[1] != 0x40) {
      (void)world.line.take(end_us + 500 * 1000);  // lost on the way
    }
  };
  const Read three = read(world, "3");
  CHECK(three.reading.telegrams == 3);
  CHECK(words_of(world.sent) == Words{"nke 03", "data 03 7b", "data 03 7b", "data 03 5b",
                                      "data 03 5b", "data 03 7b", "data 03 7b"});
}

TEST_CASE("reading: late meters within the timeout, not beyond it") {
  BusWorld world("1/late,3/late");
  CHECK(read(world, "1").reading.is_whole());
  CHECK(read(world, "3").reading.telegrams == 3);
  CHECK(read(world, "60030045").reading.telegrams == 3);
  BusOptions hasty;
  hasty.timeout_us = 300'000;
  hasty.tries = 1;
  BusWorld other("1/late");
  CHECK(code(read(other, "1", hasty)) == "no-answer");
}

TEST_CASE("reading: a meter that does not heed the FCB ends with one telegram and an error") {
  BusWorld world("3/wrong-fcb");
  const Read stuck = read(world, "3");
  CHECK(stuck.telegrams.size() == 1);
  CHECK(code(stuck) == "segment-lost");
  CHECK(text_of(*parse_meter_address("3"), stuck.reading) ==
        "meter 3: telegram 2 never came, an earlier one came again: the meter does not heed the "
        "FCB");
  CHECK(words_of(world.sent) == Words{"nke 03", "data 03 7b", "data 03 5b"});
}

TEST_CASE("reading: telegrams have an end") {
  sim::BusSettings settings = *sim::parse_bus("1", 1);
  settings.slaves[0].telegrams = 200;
  BusWorld world(settings);
  const Read endless = read(world, "1");
  CHECK(endless.telegrams.size() == kMostTelegrams);
  CHECK(code(endless) == "segment-lost");
  settings.slaves[0].telegrams = kMostTelegrams;
  BusWorld just(settings);
  CHECK(read(just, "1").reading.is_whole());
}

TEST_CASE("reading: two meters at one address are a collision, each by its number is none") {
  BusWorld world("5/collision,6");
  const Read both = read(world, "5");
  CHECK(both.telegrams.empty());
  CHECK(code(both) == "collision");
  CHECK(text_of(*parse_meter_address("5"), both.reading)
            .starts_with("meter 5: several meters answer at a time (3 requests)"));
  CHECK(read(world, "60050047").reading.is_whole());
  CHECK(read(world, "70051047").reading.is_whole());
  // A wildcard that stands for both.
  CHECK(code(read(world, "FFFFFFFF")) == "collision");
  CHECK(read(world, "6").reading.is_whole());
}

TEST_CASE("reading: an echo and a noisy line do no harm") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    BusWorld world("1,2,3/deaf,4,echo,noise", seed);
    for (const char* meter : {"1", "2", "4", "60030045", "60010043"}) {
      CAPTURE(seed);
      CAPTURE(meter);
      const Read one = read(world, meter);
      CHECK((one.reading.is_whole() || code(one) == "no-answer" || code(one) == "collision"));
    }
  }
  int whole = 0;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    BusWorld world("1,2,3,echo,noise", seed);
    whole += read(world, "3").reading.is_whole() ? 1 : 0;
    whole += read(world, "60020044").reading.is_whole() ? 1 : 0;
  }
  CHECK(whole >= 97);
}

TEST_CASE("reading: a rate of its own") {
  BusWorld world("1,2@300,3");
  Bus bus = world.bus();
  CHECK(read(bus, "1").reading.is_whole());
  CHECK(read(bus, "2@300").reading.is_whole());
  CHECK(bus.line().baud == 300);
  CHECK(read(bus, "3").reading.telegrams == 3);
  CHECK(bus.line().baud == 2400);
  CHECK(world.openings == 3);
  CHECK(code(read(bus, "2")) == "no-answer");
}

TEST_CASE("reading: the line goes away, a signal comes") {
  BusWorld world("3");
  world.gone_from_us = world.now_us + 1'500'000;
  const Read lost = read(world, "3");
  CHECK(lost.reading.is_lost);
  CHECK_FALSE(lost.reading.is_whole());
  BusWorld other("1");
  other.stop_at_us = other.now_us + 7'000'000;
  const Read stopped = read(other, "5");
  CHECK(stopped.reading.is_stopped);
  CHECK_FALSE(stopped.reading.error);
}

}  // namespace meterpipe::poll
