#include <doctest/doctest.h>

#include "base/hex.hpp"
#include "link/framer.hpp"
#include "sim/mbus.hpp"
#include "unit/sim/short_forms.hpp"

namespace meterpipe::sim {

using test::some_apdu;

namespace {

struct Collect : link::FrameSink {
  std::vector<std::uint32_t> lengths;
  ByteVector data;
  std::string controls;
  int overflows = 0, skipped = 0;
  void on_frame(const link::Frame& frame) override {
    lengths.push_back(frame.length);
    controls += to_hex(Bytes(&*frame.ci, 1));
    append(data, frame.data.subspan(2));
    overflows += frame.length_overflow ? 1 : 0;
  }
  void on_skipped(const link::Skipped&) override { ++skipped; }
};

Collect read_back(const std::vector<ByteVector>& frames) {
  Collect sink;
  link::Framer framer;
  for (const ByteVector& frame : frames) framer.push(frame, sink);
  framer.gap(sink);
  return sink;
}

std::vector<ByteVector> segments(std::size_t size, std::uint32_t length) {
  std::vector<ByteVector> frames;
  const MbusForm form{.length = length};
  REQUIRE(to_segments(form, some_apdu(size), frames));
  return frames;
}

}  // namespace

TEST_CASE("a long frame, byte by byte") {
  ByteVector out;
  add_long_frame(out, 0x53, 0xff, 0x10, *from_hex("0167aabb"));
  CHECK(to_hex(out) == "6807076853ff100167aabb2f16");
}

TEST_CASE("segments as the meters cut them") {
  struct Case {
    std::size_t apdu;
    std::uint32_t length;
    std::vector<std::uint32_t> lengths;
  };
  for (const Case& one : {Case{354, 250, {250, 0x72}},   // Kaifa, 16 elements
                          Case{260, 250, {250, 0x14}},   // Kaifa, EVN
                          Case{278, 250, {250, 0x26}},   // Kaifa, one phase
                          Case{260, 257, {257, 0x0d}}})  // T210-D
  {
    const auto frames = segments(one.apdu, one.length);
    const Collect read = read_back(frames);
    CHECK(read.lengths == one.lengths);
    CHECK(read.controls == "0011");
    CHECK(read.data == some_apdu(one.apdu));
    CHECK(read.overflows == (one.length > 255 ? 1 : 0));
    CHECK(read.skipped == 0);
  }
}

TEST_CASE("the T210-D's L of 257 is sent as 01") {
  const auto frames = segments(260, 257);
  CHECK(frames[0].size() == 263);
  CHECK(to_hex(Bytes(frames[0]).first(9)) == "6801016853ff000167");
  CHECK(to_hex(Bytes(frames[1]).first(9)) == "680d0d6853ff110167");
}

TEST_CASE("one segment alone is first and last; sixteen are the most") {
  CHECK(read_back(segments(20, 250)).controls == "10");
  CHECK(read_back(segments(245, 250)).controls == "10");
  CHECK(read_back(segments(246, 250)).controls == "0011");
  const Collect most = read_back(segments(16 * 245, 250));
  CHECK(most.controls == "000102030405060708090a0b0c0d0e1f");
  CHECK(most.data == some_apdu(16 * 245));
  std::vector<ByteVector> frames;
  const auto more = to_segments({}, some_apdu(16 * 245 + 1), frames);
  REQUIRE_FALSE(more);
  CHECK(more.error().fault == Fault::message_too_long);
  CHECK(more.error().found == 16 * 245 + 1);
}

}  // namespace meterpipe::sim
