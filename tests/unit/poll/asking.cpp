// One request on a simulated line: what is an answer, and what is told apart from it.
#include <doctest/doctest.h>

#include "bus_world.hpp"
#include "poll/requests.hpp"
#include "support/mbus.hpp"
#include "support/random.hpp"
#include "support/text.hpp"

namespace meterpipe::poll {

using namespace test;
using Kind = Answer::Kind;

namespace {

constexpr std::int64_t kTimeoutUs = 2'000'000;

// A world in which each request is followed by these bytes, each piece so long behind its end.
struct Piece {
  std::int64_t after_us;
  ByteVector bytes;
};

// The answers of a script, in place of meters.
struct Script {
  explicit Script(std::vector<Piece> pieces) : pieces_(std::move(pieces)), world("1@38400") {}

  Answer ask(bool wants_data, std::uint8_t from = 5) {
    Bus bus = bus_of();
    const ByteVector request = wants_data ? give_data(from, true) : begin_anew(from);
    return wants_data ? bus.ask_data(request, from, kTimeoutUs)
                      : bus.ask_acknowledge(request, kTimeoutUs);
  }
  Bus bus_of() {
    Bus bus([this](const serial::LineSettings&) { return std::make_unique<ScriptPort>(*this); },
            clock(), {});
    REQUIRE(bus.open({}));
    return bus;
  }

  class ScriptPort final : public serial::Port {
   public:
    explicit ScriptPort(Script& script) : script_(script) {}
    tl::expected<serial::Progress, serial::Trouble> open() override {
      return serial::Progress::opened;
    }
    pollfd waits_for() const override { return {-1, 0, 0}; }
    tl::expected<std::size_t, serial::Trouble> read(std::span<std::uint8_t> to) override {
      if (script_.due.empty()) return 0U;
      const ByteVector bytes = script_.due.front().bytes;
      script_.due.erase(script_.due.begin());
      std::ranges::copy(bytes, to.begin());
      return bytes.size();
    }
    tl::expected<void, serial::Trouble> write(Bytes bytes) override {
      script_.world.sent.push_back(to_hex(bytes));
      const std::int64_t end_us =
          script_.world.now_us + serial::LineSettings{}.micros(bytes.size());
      for (Piece piece : script_.pieces_) {
        piece.after_us += end_us;
        script_.due.push_back(piece);
      }
      return {};
    }
    void close() override {}
    const std::string& name() const override { return name_; }
    std::string source() const override { return name_; }
    bool marks_errors() const override { return script_.marks; }

   private:
    Script& script_;
    std::string name_ = "script";
  };

  serial::World clock() {
    serial::World made = world.world();
    made.wait = [this](serial::Port&, std::int64_t timeout_us) {
      const std::int64_t until_us = world.now_us + std::max<std::int64_t>(0, timeout_us);
      const bool is_ready = !due.empty() && due.front().after_us <= until_us;
      world.now_us = is_ready ? std::max(world.now_us, due.front().after_us) : until_us;
      return is_ready;
    };
    return made;
  }

  std::vector<Piece> pieces_;
  std::vector<Piece> due;
  BusWorld world;
  bool marks = false;
};

ByteVector answer_of(std::uint8_t a, std::uint8_t c = 0x08) {
  return long_frame(c, a, 0x72, hex("78563412 2d2c 1b 04 05 00 0000 0c06 78563412"));
}
const ByteVector kE5 = hex("e5");

}  // namespace

TEST_CASE("asking: an acknowledgement, data, silence") {
  CHECK(Script({{60'000, kE5}}).ask(false).kind == Kind::acknowledge);
  for (const std::uint8_t c : hex("08182838")) {
    Script script({{60'000, answer_of(5, c)}});
    const Answer answer = script.ask(true);
    CHECK(answer.kind == Kind::data);
    CHECK(answer.bytes == answer_of(5, c));
    CHECK(answer.a() == 5);
    CHECK(answer.ci() == 0x72);
    CHECK(answer.data().size() == 18);
    CHECK(answer.stray == 0);
  }
  for (const bool wants_data : {false, true}) {
    Script script({});
    const std::int64_t began_us = script.world.now_us;
    CHECK(script.ask(wants_data).kind == Kind::silence);
    // The timeout, behind the time of the request's five bytes.
    CHECK(script.world.now_us - began_us == kTimeoutUs + serial::LineSettings{}.micros(5));
  }
}

TEST_CASE("asking: an answer that begins within the time is heard to its end, a later one is not") {
  // The time is reckoned from the end of the request.
  CHECK(Script({{kTimeoutUs, kE5}}).ask(false).kind == Kind::acknowledge);
  CHECK(Script({{kTimeoutUs + 1, kE5}}).ask(false).kind == Kind::silence);
  const ByteVector whole = answer_of(5);
  const ByteVector first(whole.begin(), whole.begin() + 9), rest(whole.begin() + 9, whole.end());
  CHECK(Script({{kTimeoutUs - 1000, first}, {kTimeoutUs + 200'000, rest}}).ask(true).kind ==
        Kind::data);
  const Answer slow = Script({{60'000, first}, {160'000, rest}}).ask(true);
  CHECK(slow.kind == Kind::data);
  CHECK(slow.ms == 100);
  // A pause that ends a frame.
  const Answer torn = Script({{60'000, first}, {700'000, rest}}).ask(true);
  CHECK(torn.kind == Kind::noise);
  CHECK(torn.stray == whole.size());
}

TEST_CASE("asking: exactly what was sent is dropped, once, and before all else") {
  const ByteVector request = give_data(5, true), answer = answer_of(5);
  for (const auto& pieces : std::vector<std::vector<Piece>>{
           {{1000, request}, {60'000, answer}},
           {{1000, join(request, answer)}},
           {{1000, {request[0]}},
            {2000, {request[1], request[2]}},
            {3000, join(Bytes(request).subspan(3), Bytes(answer).first(5))},
            {4000, ByteVector(answer.begin() + 5, answer.end())}}}) {
    Script script(pieces);
    const Answer heard = script.ask(true);
    CHECK(heard.kind == Kind::data);
    CHECK(heard.bytes == answer);
    CHECK(heard.stray == 0);
  }
  // An echo and nothing else is silence: no meter, no noise.
  Script alone({{1000, request}});
  Bus bus = alone.bus_of();
  const Answer silent = bus.ask_data(request, 5, kTimeoutUs);
  CHECK(silent.kind == Kind::silence);
  CHECK(bus.counts().echoed == 5);
  CHECK(bus.counts().stray == 0);
  // Twice is one too many; changed or cut it is none; behind noise it is another master's.
  CHECK(Script({{1000, join(request, request)}}).ask(true).stray == 5);
  CHECK(Script({{1000, flipped(request, 20)}}).ask(true).stray == 5);
  CHECK(Script({{1000, ByteVector(request.begin(), request.end() - 1)}}).ask(true).stray == 4);
  CHECK(Script({{1000, join(hex("00"), request)}}).ask(true).kind == Kind::noise);
  // E5 is no echo of anything.
  CHECK(Script({{1000, join(begin_anew(5), kE5)}}).ask(false).kind == Kind::acknowledge);
}

TEST_CASE("asking: noise, several and the answers of others are none of them the answer") {
  CHECK(Script({{60'000, hex("00")}}).ask(true).kind == Kind::noise);
  CHECK(Script({{60'000, hex("fffefd")}}).ask(false).kind == Kind::noise);
  CHECK(Script({{60'000, hex("e5e5")}}).ask(false).kind == Kind::several);
  CHECK(Script({{60'000, kE5}, {200'000, kE5}}).ask(false).kind == Kind::several);
  CHECK(Script({{60'000, join(answer_of(5), answer_of(5))}}).ask(true).kind == Kind::several);
  const Answer other = Script({{60'000, answer_of(6)}}).ask(true);
  CHECK(other.kind == Kind::silence);
  REQUIRE(other.others.size() == 1);
  CHECK(other.others.front() == answer_of(6));
  // Another's, and then the right one.
  const Answer both = Script({{60'000, answer_of(6)}, {900'000, answer_of(5)}}).ask(true);
  CHECK(both.kind == Kind::data);
  CHECK(both.others.size() == 1);
  // An acknowledgement is no answer to who asks for data, data none to who asks for one.
  CHECK(Script({{60'000, kE5}}).ask(true).kind == Kind::silence);
  const Answer late = Script({{60'000, answer_of(5)}}).ask(false);
  CHECK(late.kind == Kind::silence);
  CHECK(late.others.size() == 1);
  // Noise does not hide what comes behind it.
  const Answer behind = Script({{10'000, hex("00ff")}, {1'500'000, answer_of(5)}}).ask(true);
  CHECK(behind.kind == Kind::data);
  CHECK(behind.stray == 2);
  // Nor noise that looks like the head of a long frame.
  CHECK(Script({{10'000, hex("68f0f068")}, {1'500'000, answer_of(5)}}).ask(true).kind ==
        Kind::data);
}

TEST_CASE("asking: a request of another master is none of ours, and no answer") {
  const Answer answer = Script({{60'000, give_data(9, true)}}).ask(true);
  CHECK(answer.kind == Kind::noise);
  CHECK(answer.stray == 5);
}

TEST_CASE("asking: bits turned over in an answer never make another one") {
  Random random;
  INFO("seed ", seed());
  const ByteVector whole = answer_of(5);
  int data = 0;
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    data += Script({{60'000, flipped(whole, bit)}}).ask(true).kind == Kind::data ? 1 : 0;
  }
  for (int round = 0; round < 300; ++round) {
    const ByteVector bytes = random.bytes(random.between(1, 300));
    data += Script({{60'000, bytes}}).ask(true).kind == Kind::data ? 1 : 0;
  }
  CHECK(data == 0);
}

TEST_CASE("asking: noise without end does not hold it for ever") {
  std::vector<Piece> pieces;
  for (int i = 0; i < 1000; ++i) pieces.push_back({i * 50'000, hex("55")});
  Script script(pieces);
  const std::int64_t began_us = script.world.now_us;
  CHECK(script.ask(true).kind == Kind::noise);
  CHECK(script.world.now_us - began_us < 6 * kSecond);
}

TEST_CASE("asking: what waits before a request is late, and told") {
  Script script({{60'000, answer_of(5)}});
  Bus bus = script.bus_of();
  script.due.push_back({0, answer_of(4)});
  const Answer answer = bus.ask_data(give_data(5, true), 5, kTimeoutUs);
  CHECK(answer.kind == Kind::data);
  CHECK(answer.bytes == answer_of(5));
  REQUIRE(answer.others.size() == 1);
  CHECK(answer.others.front()[5] == 4);
  script.due.push_back({0, kE5});
  script.pieces_.clear();
  CHECK(bus.ask_acknowledge(begin_anew(5), kTimeoutUs).kind == Kind::silence);
}

TEST_CASE("asking: a damaged E5 is none; a frame keeps the places of its damaged bytes") {
  Script ack({{60'000, hex("ff00e5")}});
  ack.marks = true;
  CHECK(ack.ask(false).kind == Kind::noise);
  ByteVector escaped = answer_of(5);
  escaped.insert(escaped.begin() + 7, {0xff, 0x00});
  Script data({{60'000, escaped}});
  data.marks = true;
  const Answer answer = data.ask(true);
  CHECK(answer.kind == Kind::data);
  CHECK(answer.marked == std::vector<std::uint32_t>{7});
}

}  // namespace meterpipe::poll
