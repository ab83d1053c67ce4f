#include <doctest/doctest.h>

#include <string>

#include "base/hex.hpp"
#include "serial/assembler.hpp"
#include "support/links.hpp"

namespace meterpipe::serial {

namespace {

const std::string kFrame = "6806066853ff100167aa7416";

struct Got {
  std::string hex;
  std::string why;
  std::int64_t ts;
  std::uint64_t ms;
  std::vector<std::uint32_t> marked;
};

struct Bench {
  std::vector<Got> got;
  Assembler assembler{[this](const Burst& burst) {
    got.push_back(
        {to_hex(burst.bytes), std::string(burst.why), burst.first.wall, burst.ms, burst.marked});
  }};
  void push(std::string_view hex, std::int64_t ms = 0, std::vector<std::size_t> marked = {}) {
    assembler.push(*from_hex(hex), marked, {ms * 1000 + 7, ms * 1000});
  }
};

}  // namespace

TEST_CASE("a frame goes out with its last byte, stamped with its first") {
  Bench bench;
  const ByteVector frame = *from_hex(kFrame);
  for (std::size_t i = 0; i < frame.size(); ++i) {
    CHECK(bench.got.empty());
    bench.push(to_hex(Bytes(frame).subspan(i, 1)), 100 + 5 * static_cast<std::int64_t>(i));
  }
  REQUIRE(bench.got.size() == 1);
  CHECK(bench.got[0].hex == kFrame);
  CHECK(bench.got[0].why == "frame");
  CHECK(bench.got[0].ts == 100'007);
  CHECK(bench.got[0].ms == 55);
  CHECK(bench.assembler.pending() == 0);
}

TEST_CASE("two frames in one read are two records") {
  Bench bench;
  bench.push(kFrame + kFrame + "6806", 3);
  REQUIRE(bench.got.size() == 2);
  CHECK(bench.got[0].hex == kFrame);
  CHECK(bench.got[1].hex == kFrame);
  bench.assembler.end();
  REQUIRE(bench.got.size() == 3);
  CHECK(bench.got[2].hex == "6806");
  CHECK(bench.got[2].why == "eof");
}

TEST_CASE("a second frame has its own time") {
  Bench bench;
  bench.push(kFrame + kFrame.substr(0, 4), 10);
  bench.push(kFrame.substr(4), 90);
  REQUIRE(bench.got.size() == 2);
  CHECK(bench.got[1].ts == 10'007);
  CHECK(bench.got[1].ms == 80);
  bench.push(kFrame, 500);
  REQUIRE(bench.got.size() == 3);
  CHECK(bench.got[2].ts == 500'007);
  CHECK(bench.got[2].ms == 0);
}

TEST_CASE("noise goes out at a gap, noise before a frame with the frame") {
  Bench bench;
  bench.push("010203", 1);
  bench.assembler.gap();
  bench.push("0405" + kFrame, 400);
  bench.assembler.gap();  // nothing is left
  REQUIRE(bench.got.size() == 2);
  CHECK(bench.got[0].hex == "010203");
  CHECK(bench.got[0].why == "gap");
  CHECK(bench.got[1].hex == "0405" + kFrame);
  CHECK(bench.got[1].why == "frame");
}

TEST_CASE("a frame behind a false head comes out at the gap") {
  Bench bench;
  bench.push("68ffff6853" + kFrame + "99", 1);
  bench.assembler.gap();
  std::string all;
  bool frame = false;
  for (const Got& one : bench.got) {
    all += one.hex;
    frame |= one.why == "frame" && one.hex.ends_with(kFrame);
  }
  CHECK(all == "68ffff6853" + kFrame + "99");
  CHECK(frame);
}

TEST_CASE("what is no frame goes out at the size limit, nothing is lost") {
  Bench bench;
  constexpr std::size_t kLimit = Assembler::kLimit;
  const ByteVector noise(2 * kLimit + 1808, 0x55);
  bench.assembler.push(noise, {5, kLimit, 2 * kLimit + 1807}, {});
  bench.assembler.end();
  REQUIRE(bench.got.size() == 3);
  CHECK(bench.got[0].hex.size() == 2 * kLimit);
  CHECK(bench.got[0].why == "size");
  CHECK(bench.got[0].marked == std::vector<std::uint32_t>{5});
  CHECK(bench.got[1].why == "size");
  CHECK(bench.got[1].marked == std::vector<std::uint32_t>{0});
  CHECK(bench.got[2].hex.size() == 2 * 1808);
  CHECK(bench.got[2].why == "eof");
  CHECK(bench.got[2].marked == std::vector<std::uint32_t>{1807});
}

TEST_CASE("marks stay with their bytes") {
  Bench bench;
  bench.push(kFrame + "aabb", 0, {2, 12, 13});
  bench.push("cc", 1, {0});
  bench.assembler.gap();
  REQUIRE(bench.got.size() == 2);
  CHECK(bench.got[0].marked == std::vector<std::uint32_t>{2});
  CHECK(bench.got[1].marked == std::vector<std::uint32_t>{0, 1, 2});
}

TEST_CASE("cuts do not matter: the same bytes, and the same frames") {
  const ByteVector stream = *from_hex("1122" + kFrame + "e5" + "1040014116" + kFrame + "68");
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    Bench bench;
    bench.assembler.push(Bytes(stream).first(cut), {}, {});
    bench.assembler.push(Bytes(stream).subspan(cut), {}, {});
    bench.assembler.end();
    std::string all;
    std::size_t frames = 0;
    for (const Got& one : bench.got) {
      all += one.hex;
      frames += one.why == "frame" ? 1 : 0;
    }
    CAPTURE(cut);
    CHECK(all == to_hex(stream));
    CHECK(frames == 4);
  }
}

TEST_CASE("frames of any link end a record with their last byte") {
  test::Random random;
  INFO("seed ", test::seed());
  const ByteVector apdu = test::ciphered(random, 80);
  const ByteVector hdlc = test::hdlc_frame(test::llc(apdu));
  test::HdlcSettings more;
  more.segmented = true;
  const ByteVector segment = test::hdlc_frame(apdu, more);
  for (const ByteVector& frame :
       {hdlc, segment, test::p1_telegram(test::p1_lines(random)), test::wrapper_frame(apdu),
        test::llc(apdu), apdu, test::p1_telegram(test::p1_lines(random), false)}) {
    CAPTURE(to_hex(frame));
    Bench bench;
    bench.push(to_hex(frame), 1);
    bench.assembler.gap();  // the first one of those that nothing checks waits for this
    REQUIRE(bench.got.size() == 1);
    CHECK(bench.got[0].hex == to_hex(frame));
    bench.push(to_hex(Bytes(frame).first(frame.size() - 1)), 500);
    CHECK(bench.got.size() == 1);
    bench.push(to_hex(Bytes(frame).last(1)), 600);
    REQUIRE(bench.got.size() == 2);
    CHECK(bench.got[1].hex == to_hex(frame));
    CHECK(bench.got[1].why == "frame");
    CHECK(bench.got[1].ms == 100);
    CHECK(bench.assembler.pending() == 0);
  }
}

TEST_CASE("flags between HDLC frames stay with the frame behind them") {
  test::Random random;
  const ByteVector frame = test::hdlc_frame(random.bytes(30));
  Bench bench;
  bench.push(to_hex(frame) + "7e7e" + to_hex(frame), 1);
  REQUIRE(bench.got.size() == 2);
  CHECK(bench.got[0].hex == to_hex(frame));
  CHECK(bench.got[1].hex == "7e7e" + to_hex(frame));
}

}  // namespace meterpipe::serial
