// A read-out on a simulated line with a simulated clock: what is said, when, at which rate.
#include <doctest/doctest.h>

#include <optional>

#include "base/hex.hpp"
#include "base/time.hpp"
#include "poll/read_out.hpp"
#include "sim/readout_line.hpp"
#include "support/text.hpp"

namespace meterpipe::poll {

namespace {

using AnswerKind = ReadOutAnswer::Kind;

constexpr std::int64_t kMs = 1000, kByteUs300 = 10 * 1'000'000 / 300;

// `text` behind STX with its BCC.
std::string block(std::string text) {
  text += "!\r\n\x03";
  char bcc = 0;
  for (const char c : text) bcc = static_cast<char>(bcc ^ c);
  return '\x02' + text + bcc;
}

const std::string kName = "/ISk5MT174-0002\r\n";
const std::string kValues = "1-0:1.8.0*255(0000502.853*kWh)\r\n1-0:2.8.0*255(0098697.318*kWh)\r\n";

struct HeadWorld {
  explicit HeadWorld(std::string answer = kName + block(kValues),
                     const sim::ReadOutFaults& faults = {})
      : text(std::move(answer)),
        meter([this] { return std::optional(ByteVector(text.begin(), text.end())); }, "12345678",
              faults) {}

  struct Said {
    std::string text;
    std::int64_t at_us;
    std::uint32_t baud;
  };

  class HeadPort final : public serial::Port {
   public:
    explicit HeadPort(HeadWorld& world) : world_(world) {}
    tl::expected<serial::Progress, serial::Trouble> open() override {
      world_.is_open = true;
      world_.line = kSignOnLine;
      return serial::Progress::opened;
    }
    pollfd waits_for() const override { return {-1, 0, 0}; }
    tl::expected<std::size_t, serial::Trouble> read(std::span<std::uint8_t> to) override {
      if (world_.is_gone) return serial::trouble(serial::Trouble::Kind::gone, "head: gone");
      const ByteVector there = world_.meter.take(world_.now_us, world_.line.baud);
      std::ranges::copy(there, to.begin());
      return there.size();
    }
    tl::expected<void, serial::Trouble> write(Bytes bytes) override {
      const std::int64_t end_us = world_.now_us + world_.line.micros(bytes.size());
      world_.said.push_back({std::string(as_text(bytes)), world_.now_us, world_.line.baud});
      world_.meter.hear(bytes, end_us, world_.line.baud);
      world_.busy_until_us = end_us;
      return {};
    }
    bool sets_rate() const override { return world_.sets_rate; }
    tl::expected<void, serial::Trouble> set(const serial::LineSettings& line) override {
      // What is not on the line yet would be sent at the new rate.
      if (world_.now_us < world_.busy_until_us) ++world_.set_too_early;
      if (world_.refuses_rate && line.baud != 300) {
        return serial::trouble(serial::Trouble::Kind::failed, "head: cannot set the line to {}",
                               line.baud);
      }
      world_.line = line;
      world_.set_at.push_back(world_.now_us);
      return {};
    }
    void close() override { world_.is_open = false; }
    const std::string& name() const override { return name_; }
    std::string source() const override { return name_; }

   private:
    HeadWorld& world_;
    std::string name_ = "head";
  };

  serial::World world() {
    serial::World made;
    made.wait = [this](serial::Port&, std::int64_t timeout_us) {
      const std::int64_t until_us = now_us + std::max<std::int64_t>(0, timeout_us);
      if (is_open && is_gone) return true;
      const auto due_us = meter.due_us();
      const bool is_ready = is_open && due_us && *due_us <= until_us;
      now_us = is_ready ? std::max(now_us, *due_us) : until_us;
      return is_ready;
    };
    made.now = [this] { return serial::Arrival{now_us, now_us}; };
    made.is_stopped = [this] { return now_us >= stop_at_us; };
    return made;
  }

  ReadOut head(const ReadOutOptions& options = {}) {
    return ReadOut(std::make_unique<HeadPort>(*this), world(), options);
  }
  ReadOutAnswer read(const ReadOutOptions& options = {}) {
    ReadOut one = head(options);
    REQUIRE(one.open());
    ReadOutAnswer answer = one.read();
    counts = one.counts();
    return answer;
  }

  std::string text;
  sim::ReadOutLine meter;
  serial::LineSettings line = kSignOnLine;
  std::int64_t now_us = 5 * kSecond, busy_until_us = 0;
  std::int64_t stop_at_us = std::int64_t{1} << 60;
  bool is_open = false, sets_rate = true, refuses_rate = false, is_gone = false;
  int set_too_early = 0;
  std::vector<Said> said;
  std::vector<std::int64_t> set_at;
  ReadOutCounts counts;
};

std::string text_of(const ReadOutAnswer& answer) { return std::string(as_text(answer.bytes)); }

}  // namespace

TEST_CASE("read-out: sign-on, acknowledgement, change of speed, all in their time") {
  HeadWorld world;
  const ReadOutAnswer answer = world.read();
  CHECK(answer.kind == AnswerKind::whole);
  CHECK(text_of(answer) == world.text);
  CHECK(answer.line.baud == 9600);
  CHECK(answer.line.data_bits == 7);
  CHECK(answer.stray == 0);
  REQUIRE(world.said.size() == 2);
  CHECK(world.said[0].text == "/?!\r\n");
  CHECK(world.said[1].text ==
        "\x06"
        "050\r\n");
  CHECK(world.said[0].baud == 300);
  CHECK(world.said[1].baud == 300);
  // The identification is over: sign-on, reaction, 17 bytes, each of ten bits at 300 baud. A meter
  // gives up 1.5 s behind it, and does not listen for 200 ms.
  const std::int64_t over_us = 5 * kSecond + 5 * kByteUs300 + 200 * kMs + 17 * kByteUs300;
  CHECK(world.said[1].at_us >= over_us + 200 * kMs);
  CHECK(world.said[1].at_us <= over_us + 1500 * kMs);
  // The acknowledgement is on the line in whole before the rate changes, and that is before the
  // meter begins, 200 ms behind it.
  REQUIRE(world.set_at.size() == 1);
  CHECK(world.set_too_early == 0);
  CHECK(world.set_at[0] - (world.said[1].at_us + 6 * kByteUs300) < 200 * kMs);
  // Asked again it signs on at 300 baud.
  ReadOut again = world.head();
  REQUIRE(again.open());
  CHECK(again.read().kind == AnswerKind::whole);
  CHECK(again.read().kind == AnswerKind::whole);
  CHECK(world.said.back().baud == 300);
  CHECK(world.said.size() == 6);
}

TEST_CASE("read-out: every speed, a device address, and whoever is not addressed is silent") {
  for (char z = '0'; z <= '6'; ++z) {
    HeadWorld world(std::string("/LGZ") + z + "ZMF100AC.M26\r\n" + block(kValues));
    const ReadOutAnswer answer = world.read({.address = "12345678"});
    CHECK(answer.kind == AnswerKind::whole);
    CHECK(answer.line.baud == 300U << (z - '0'));
    CHECK(world.said[0].text == "/?12345678!\r\n");
  }
  HeadWorld world;
  CHECK(world.read({.address = "87654321"}).kind == AnswerKind::silence);
  CHECK(world.said.size() == 3);
  CHECK(is_device_address("12 ab"));
  CHECK_FALSE(is_device_address("1!"));
  CHECK_FALSE(is_device_address("1\r\n"));
  CHECK_FALSE(is_device_address(std::string(33, '1')));
}

TEST_CASE("read-out: deaf, slow, echoing, with a wrong check character") {
  HeadWorld deaf({kName + block(kValues)}, {.deaf = 2});
  CHECK(deaf.read().kind == AnswerKind::whole);
  CHECK(deaf.counts.repeats == 2);
  HeadWorld slow({kName + block(kValues)}, {.is_slow = true});
  CHECK(slow.read().kind == AnswerKind::whole);
  HeadWorld echoing({kName + block(kValues)}, {.echo = true});
  const ReadOutAnswer answer = echoing.read();
  CHECK(text_of(answer) == echoing.text);
  CHECK(answer.stray == 0);
  CHECK(echoing.counts.echoed == 5 + 6);
  HeadWorld once({kName + block(kValues)}, {.broken = 1});
  CHECK(once.read().kind == AnswerKind::whole);
  CHECK(once.counts.repeats == 1);
  HeadWorld always({kName + block(kValues)}, {.broken = 100});
  const ReadOutAnswer wrong = always.read();
  CHECK(wrong.kind == AnswerKind::damaged);
  CHECK(wrong.bytes.size() == always.text.size());
}

TEST_CASE("read-out: where the rate cannot be set the meter is asked to stay at 300 baud") {
  HeadWorld world;
  world.sets_rate = false;
  const ReadOutAnswer answer = world.read();
  CHECK(answer.kind == AnswerKind::whole);
  CHECK(answer.line.baud == 300);
  CHECK(world.said[1].text ==
        "\x06"
        "000\r\n");
}

TEST_CASE(
    "read-out: a port that refuses the meter's rate is lost, and nothing is read at another") {
  HeadWorld world;
  world.refuses_rate = true;
  const ReadOutAnswer answer = world.read();
  CHECK(answer.kind == AnswerKind::lost);
  CHECK(as_text(answer.bytes).find("1.8.0") == std::string::npos);
  CHECK_FALSE(world.is_open);
}

TEST_CASE("read-out: a damaged block is no text without STX; a cut one is told") {
  // Without STX, as an old meter has it: silence behind its end ends it.
  HeadWorld without(kName + kValues + "!\r\n");
  CHECK(without.read().kind == AnswerKind::whole);
  std::string damaged = kName + block(kValues);
  damaged[kName.size()] = 'x';  // for STX
  HeadWorld lost(damaged);
  CHECK(lost.read().kind == AnswerKind::damaged);
  HeadWorld cut(kName + block(kValues).substr(0, 40));
  CHECK(cut.read().kind == AnswerKind::damaged);
  // Each bit of the block turned over: never a whole one.
  const std::string whole = block(kValues);
  int wrong = 0;
  for (std::size_t bit = 0; bit < whole.size() * 7; ++bit) {
    std::string text = whole;
    text[bit / 7] = static_cast<char>(text[bit / 7] ^ 1 << bit % 7);
    HeadWorld world(kName + text);
    if (world.read({.tries = 1}).kind == AnswerKind::whole) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("read-out: a port that goes, a signal, nobody there") {
  HeadWorld gone;
  ReadOut head = gone.head();
  REQUIRE(head.open());
  gone.is_gone = true;
  CHECK(head.read().kind == AnswerKind::lost);
  CHECK(head.trouble().text == "head: gone");
  HeadWorld stopped;
  stopped.stop_at_us = stopped.now_us + 300 * kMs;
  CHECK(stopped.read().kind == AnswerKind::stopped);
  HeadWorld silent({kName + block(kValues)}, {.deaf = 100});
  const std::int64_t began_us = silent.now_us;
  const ReadOutAnswer answer = silent.read();
  CHECK(answer.kind == AnswerKind::silence);
  CHECK(silent.now_us - began_us < 8 * kSecond);
  CHECK(poll::text_of(answer, {}).starts_with("read-out: no answer to 3 requests within 2000 ms"));
}

}  // namespace meterpipe::poll
