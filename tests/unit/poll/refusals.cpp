// Meters that answer otherwise than the standard has it, and a connection that does not come to be:
// each is told, and nothing is taken for done that was not.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include "bus_world.hpp"
#include "poll/meter_reader.hpp"
#include "poll/readdress.hpp"
#include "record/fault_text.hpp"

namespace meterpipe::poll {
namespace {

// One meter, at its primary address and selected, that does as it is told here.
struct Stubborn {
  std::string number = "44000260";  // as sent, the lowest byte first
  std::uint8_t primary = 5;
  std::string ci = "72";
  bool acknowledges = true;
  bool moves = true;
  bool more = false;  // telegrams follow
  std::function<void()> on_set;

  void attach(BusWorld& world) {
    world.may_write = true;
    world.answers = [this, &world](Bytes request, std::int64_t) {
      const std::string word = word_of(to_hex(request));
      if (word == "set") {
        if (moves) primary = request[9];
        if (on_set) on_set();
        if (acknowledges) world.stray = {0xe5};
        return;
      }
      if (word == "select") return world.stray.push_back(0xe5);
      const std::uint8_t to = request[2];
      if (to != primary && to != 0xfd) return;
      if (word.starts_with("nke")) return world.stray.push_back(0xe5);
      world.stray = answer();
    };
  }
  ByteVector answer() const {
    ByteVector body{0x08, primary};
    append(body, *from_hex(ci));
    if (ci == "72")
      append(body, *from_hex(number + "42041007"
                                      "01000000"));
    append(body, *from_hex("0c0627000000"));
    if (more) body.push_back(0x1f);
    const auto size = static_cast<std::uint8_t>(body.size());
    ByteVector frame{0x68, size, size, 0x68};
    append(frame, body);
    std::uint8_t sum = 0;
    for (const std::uint8_t byte : body) sum = static_cast<std::uint8_t>(sum + byte);
    frame.push_back(sum);
    frame.push_back(0x16);
    return frame;
  }
};

struct Change {
  BusWorld world{"1"};
  Stubborn meter;
  Bus bus = world.bus();
  Change() {
    meter.attach(world);
    REQUIRE(bus.open({}));
  }
  Readdressing of(const char* address) { return {bus, *parse_meter_address(address), 7}; }
};

std::string why(const tl::expected<void, std::string>& done) { return done ? "" : done.error(); }

}  // namespace

TEST_CASE("refusal: an answer of another meter than the selected one is a collision") {
  Change change;
  const auto read = [&change](const char* address) {
    return MeterReader(change.bus).read(*parse_meter_address(address), [](const Answer&) {});
  };
  CHECK(read("60020044").is_whole());
  const MeterReading other = read("60020045");
  REQUIRE(other.error);
  CHECK(record::code_of(other.error->fault) == "collision");
  CHECK(other.telegrams == 0);
}

TEST_CASE("refusal: a meter that acknowledges and gives no data is there") {
  BusWorld world("1");
  bool acknowledges_data = false;
  world.may_write = true;
  world.answers = [&](Bytes request, std::int64_t) {
    const std::string word = word_of(to_hex(request));
    if (!word.starts_with("data") || acknowledges_data) world.stray = {0xe5};
  };
  Bus bus = world.bus();
  REQUIRE(bus.open({}));
  for (const char* meter : {"5", "12345678", "5"}) {
    const MeterAddress address = *parse_meter_address(meter);
    const MeterReading none = MeterReader(bus).read(address, [](const Answer&) {});
    REQUIRE(none.error);
    CHECK(record::code_of(none.error->fault) == "no-answer");
    CHECK(text_of(address, none)
              .starts_with(fmt::format(
                  "meter {}: it acknowledges (E5), and no data came to 3 requests within 2000 ms "
                  "each: ",
                  meter)));
    acknowledges_data = true;
  }
}

TEST_CASE("refusal: noise on a bus of one meter is not said to be several without a doubt") {
  BusWorld world("1");
  world.may_write = true;
  world.answers = [&](Bytes request, std::int64_t) {
    if (word_of(to_hex(request)).starts_with("data")) world.stray = *from_hex("00ff3c41992e7d");
  };
  Bus bus = world.bus();
  REQUIRE(bus.open({}));
  const MeterAddress address = *parse_meter_address("5");
  const MeterReading none = MeterReader(bus).read(address, [](const Answer&) {});
  REQUIRE(none.error);
  CHECK(record::code_of(none.error->fault) == "collision");
  CHECK(text_of(address, none)
            .ends_with(" (7 bytes came and no whole answer: where there is but one meter it is "
                       "noise, another rate, or a converter that breaks off)"));
}

TEST_CASE("refusal: an answer that comes behind the next request is not the next telegram") {
  BusWorld world("1");
  std::vector<ByteVector> due{{}};  // the answer to each request comes with the one behind it
  int telegram = -1, fcb = -1;
  world.may_write = true;
  world.answers = [&](Bytes request, std::int64_t) {
    if (!word_of(to_hex(request)).starts_with("data")) return world.stray.push_back(0xe5);
    const int now = request[1] & 0x20;
    if (now != fcb) ++telegram;
    fcb = now;
    Stubborn meter;
    meter.number = fmt::format("{:02}000260", telegram);  // what tells telegrams apart here
    meter.more = telegram < 2;
    due.push_back(meter.answer());
    world.stray = due[due.size() - 2];
  };
  Bus bus = world.bus();
  REQUIRE(bus.open({}));
  std::vector<int> given;
  const MeterReading reading = MeterReader(bus).read(
      *parse_meter_address("5"),
      [&](const Answer& answer) { given.push_back(answer.bytes[link::kMbusData]); });
  CHECK(reading.is_whole());
  CHECK(given == std::vector<int>{0, 1, 2});
}

TEST_CASE("refusal: a meter that does not say who it is gets no new address") {
  Change change;
  change.meter.ci = "78";
  const auto name = change.of("5").look();
  REQUIRE_FALSE(name);
  CHECK(name.error() == "meter 5: it does not say who it is");
}

TEST_CASE("refusal: between the question and the answer another meter took the old address") {
  Change change;
  Readdressing one = change.of("5");
  REQUIRE(one.look());
  change.world.sent.clear();
  change.meter.number = "45000260";
  CHECK(why(one.write()) ==
        "meter 5 is 60020045-ABB-10-07 now, and was 60020044-ABB-10-07: nothing is changed");
  CHECK(std::ranges::count(words_of(change.world.sent), "set") == 0);
}

TEST_CASE(
    "refusal: the new address is not taken for given where nobody, or another, answers there") {
  {
    Change change;
    change.meter.moves = false;
    Readdressing one = change.of("5");
    REQUIRE(one.look());
    CHECK(why(one.write()) ==
          "meter 60020044-ABB-10-07 acknowledged the new address, and at 7 it does not answer: "
          "look with --scan secondary");
  }
  Change change;
  change.meter.acknowledges = false;
  change.meter.on_set = [&change] { change.meter.number = "45000260"; };
  Readdressing one = change.of("5");
  REQUIRE(one.look());
  CHECK(why(one.write()) ==
        "meter 60020044-ABB-10-07 did not acknowledge the new address, and at 7 is another one: "
        "look with --scan secondary");
}

TEST_CASE("refusal: a connection that stands late is waited for, one that never does is not") {
  BusWorld world("1");
  world.connects_at_us = world.now_us + 3 * kSecond;
  {
    Bus bus = world.bus();
    CHECK(bus.open({}));
    CHECK(world.now_us == world.connects_at_us);
  }
  world.connects_at_us = std::int64_t{1} << 60;
  const std::int64_t began_us = world.now_us;
  Bus bus = world.bus();
  const auto opened = bus.open({});
  REQUIRE_FALSE(opened);
  CHECK(opened.error().kind == serial::Trouble::Kind::missing);
  CHECK(opened.error().text.starts_with("fake: no answer within "));
  CHECK(world.now_us - began_us == serial::kOpenMs * 1000);
  // A signal ends it at once.
  world.stop_at_us = world.now_us;
  const std::int64_t stopped_us = world.now_us;
  CHECK_FALSE(bus.open({}));
  CHECK(world.now_us == stopped_us);
}

}  // namespace meterpipe::poll
