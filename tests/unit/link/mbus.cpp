// lib/link: M-Bus frames in a stream that starts anywhere and has noise in it.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "link/framer.hpp"
#include "link/mbus.hpp"
#include "link/rsp_ud.hpp"
#include "support/framed.hpp"
#include "support/mbus.hpp"
#include "support/random.hpp"
#include "support/text.hpp"

namespace meterpipe::link {

using test::every_byte;
using test::Framed;
using test::framed;
using test::hex;
using test::join;
using test::long_frame;

namespace {

using Frames = std::vector<ByteVector>;

// A stream of good and broken frames, noise and false headers.
ByteVector random_mbus_stream(test::Random& random) {
  ByteVector stream;
  const std::uint64_t parts = random.between(1, 6);
  for (std::uint64_t i = 0; i < parts; ++i) {
    switch (random.below(9)) {
      case 0: append(stream, random.bytes(random.below(40))); break;
      case 1: {  // cut
        ByteVector frame = long_frame(0x53, 0xff, 0, random.bytes(random.below(60)));
        frame.resize(random.below(frame.size()));
        append(stream, frame);
        break;
      }
      case 2: {  // one bit wrong
        ByteVector frame = long_frame(0x53, 0xff, 0, random.bytes(random.below(60)));
        frame[random.below(frame.size())] ^= static_cast<std::uint8_t>(1 << random.below(8));
        append(stream, frame);
        break;
      }
      case 3: append(stream, hex("68 ff ff 68")); break;
      case 4: append(stream, ByteVector(random.below(12), 0x68)); break;
      case 5:
        append(stream, hex("e5"));
        append(stream, hex("10 5b fe 59 16"));
        break;
      case 6:
        append(stream,
               long_frame(0x53, 0xff, 0, random.bytes(random.between(253, 254))));  // L overflow
        break;
      default: append(stream, long_frame(0x53, 0xff, 0x10, random.bytes(random.below(250))));
    }
  }
  return stream;
}

}  // namespace

TEST_CASE("long, control, short frame and acknowledge") {
  const ByteVector data = hex("00 67 68 16 e5");
  const ByteVector stream =
      join(hex("e5"), hex("10 40 fe 3e 16"), hex("68 03 03 68 53 fe 50 a1 16"),
           long_frame(0x53, 0xff, 0x10, data));
  struct Kinds : Framed {
    std::vector<Frame> seen;
    void on_frame(const Frame& frame) override {
      Framed::on_frame(frame);
      seen.push_back(frame);
      if (frame.kind == FrameKind::mbus_long && frame.length > 3) {
        CHECK(frame.data.size() == 5);
        CHECK(to_hex(frame.data) == "00676816e5");
      }
    }
  } sink;
  Framer framer;
  framer.push(stream, sink);
  REQUIRE(sink.seen.size() == 4);
  CHECK(sink.seen[0].kind == FrameKind::mbus_ack);
  CHECK(sink.seen[1].kind == FrameKind::mbus_short);
  CHECK(sink.seen[1].c == 0x40);
  CHECK(sink.seen[1].a == 0xfe);
  CHECK(sink.seen[2].kind == FrameKind::mbus_long);
  CHECK(sink.seen[2].length == 3);
  CHECK(sink.seen[3].ci == 0x10);
  CHECK(sink.seen[3].length == 8);
  CHECK(framer.pending() == 0);
}

TEST_CASE("every cut of a stream gives the same, and no byte is lost") {
  test::Random random;
  INFO("seed ", test::seed());
  for (int round = 0; round < 400; ++round) {
    const ByteVector stream = random_mbus_stream(random);
    CAPTURE(to_hex(stream));
    const Framed whole = framed(stream);
    REQUIRE(whole.all() == stream);
    REQUIRE(framed(stream, every_byte(stream.size())).events == whole.events);
    for (int i = 0; i < 8 && !stream.empty(); ++i) {
      std::vector<std::size_t> cuts;
      for (std::size_t at = 0; (at += random.between(1, 80)) < stream.size();) cuts.push_back(at);
      REQUIRE(framed(stream, cuts).events == whole.events);
    }
  }
}

TEST_CASE("a single cut at every place gives the same") {
  test::Random random;
  INFO("seed ", test::seed());
  for (int round = 0; round < 20; ++round) {
    const ByteVector stream = random_mbus_stream(random);
    const Framed whole = framed(stream);
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
      REQUIRE(framed(stream, {cut}).events == whole.events);
    }
  }
}

TEST_CASE("good frames are found whatever stands around them") {
  test::Random random;
  INFO("seed ", test::seed());
  for (int round = 0; round < 300; ++round) {
    const ByteVector frame = long_frame(0x53, 0xff, 0x10, random.bytes(random.between(3, 240)));
    ByteVector noise = random.bytes(random.below(100));
    ByteVector behind = random.bytes(random.below(100));
    const Framed seen = framed(join(noise, frame, behind));
    CAPTURE(to_hex(join(noise, frame, behind)));
    bool found = false;
    for (const auto& one : seen.frames()) found |= one == frame;
    REQUIRE(found);
  }
}

TEST_CASE("long noise is reported in pieces, and what follows it is found") {
  test::Random random;
  INFO("seed ", test::seed());
  const ByteVector frame = long_frame(0x53, 0xff, 0x10, random.bytes(40));
  for (const std::size_t size : {1023, 1024, 1025, 9000, 40000}) {
    const ByteVector stream = join(ByteVector(size, 0x55), frame, ByteVector(3, 0x55));
    const Framed seen = framed(stream);
    CHECK(seen.all() == stream);
    CHECK(seen.frames() == Frames{frame});
    for (const Fault why : seen.faults()) CHECK(why == Fault::noise);
  }
}

TEST_CASE("L sent modulo 256") {
  for (const std::size_t length : {256, 257, 258, 300, 511}) {
    CAPTURE(length);
    const ByteVector frame = long_frame(0x53, 0xff, 0x00, ByteVector(length - 3, 0x41));
    CHECK(frame.size() == length + 6);
    CHECK(frame[1] == (length & 0xff));
    const ByteVector second = long_frame(0x53, 0xff, 0x11, hex("01 67 aa"));
    const Framed seen = framed(join(frame, second));
    REQUIRE(seen.events.size() == 2);
    CHECK(seen.events[0].overflow);
    CHECK(seen.events[0].length == length);
    CHECK(seen.events[1].bytes == second);
    CHECK_FALSE(seen.events[1].overflow);
  }
}

TEST_CASE("an overflown frame with a wrong checksum is an error, the next frame is found") {
  ByteVector frame = long_frame(0x53, 0xff, 0x00, ByteVector(254, 0x41));
  frame[100] ^= 1;
  const ByteVector second = long_frame(0x53, 0xff, 0x11, hex("01 67 aa"));
  const Framed seen = framed(join(frame, second));
  CHECK(seen.frames() == Frames{second});
  CHECK(seen.faults() == std::vector<Fault>{Fault::bad_checksum});
}

TEST_CASE("frames inside a candidate are passed on as they come and end it") {
  const ByteVector inner = long_frame(0x53, 0xff, 0x10, hex("01 67 0f 11 22 33"));
  for (const char* head : {"68 01 01 68", "68 00 00 68", "68 02 02 68"}) {
    Framer framer;
    Framed seen;
    framer.push(hex(head), seen);
    framer.push(inner, seen);
    CHECK(seen.frames() == Frames{inner});  // not only after 263 bytes
    CHECK(seen.faults() == std::vector<Fault>{Fault::noise});
  }
}

TEST_CASE("a false 68 FF FF 68 costs no frame") {
  const ByteVector one = long_frame(0x53, 0xff, 0x00, hex("01 67 0f 11 22 33"));
  const ByteVector two = long_frame(0x53, 0xff, 0x11, hex("01 67 0f 44 55 66"));
  Framer framer;
  Framed seen;
  framer.push(join(hex("68 ff ff 68"), one, two), seen);
  framer.gap(seen);  // silence: it never was a frame
  CHECK(seen.frames() == Frames{one, two});
  CHECK(seen.events[0].bytes == hex("68 ff ff 68"));

  const Framed later = framed(join(hex("68 ff ff 68"), one, two, one, two, ByteVector(300, 0)));
  CHECK(later.frames() == Frames{one, two, one, two});
}

TEST_CASE("two broken frames in a row are two errors") {
  ByteVector one = long_frame(0x53, 0xff, 0x00, hex("01 67 0f 11 22 33"));
  ByteVector two = long_frame(0x53, 0xff, 0x11, hex("01 67 0f 44 55"));
  const ByteVector good = long_frame(0x53, 0xff, 0x10, hex("01 67 0f 99"));
  one[9] ^= 4;
  two[9] ^= 4;
  const Framed seen = framed(join(one, two, good));
  REQUIRE(seen.events.size() == 3);
  CHECK(seen.events[0].bytes == one);
  CHECK(seen.events[1].bytes == two);
  CHECK(seen.events[2].bytes == good);
  CHECK(seen.faults() == std::vector<Fault>{Fault::bad_checksum, Fault::bad_checksum});
}

TEST_CASE("a bad checksum names both sums") {
  ByteVector frame = long_frame(0x53, 0xff, 0x10, hex("01 67 0f"));
  frame[frame.size() - 2] = static_cast<std::uint8_t>(frame[frame.size() - 2] + 1);
  struct Why : Framed {
    Error why{};
    void on_skipped(const Skipped& skipped) override { why = skipped.why; }
  } sink;
  Framer framer;
  framer.push(join(hex("aa bb"), frame), sink);
  framer.gap(sink);
  CHECK(sink.why.fault == Fault::bad_checksum);
  CHECK(sink.why.offset == 2);
  CHECK(sink.why.found == sink.why.expected + 1);
}

TEST_CASE("a cut frame is truncated, with what it needs and what is there") {
  const ByteVector frame = long_frame(0x53, 0xff, 0x10, ByteVector(50, 1));
  struct Why : Framed {
    Error why{};
    void on_skipped(const Skipped& skipped) override { why = skipped.why; }
  };
  for (std::size_t size = 4; size < frame.size(); ++size) {
    Why sink;
    Framer framer;
    framer.push(Bytes(frame).first(size), sink);
    framer.gap(sink);
    CAPTURE(size);
    CHECK(sink.why.fault == Fault::truncated_frame);
    CHECK(sink.why.expected == frame.size());
    CHECK(sink.why.found == size);
  }
}

TEST_CASE("68h in the payload is payload") {
  test::Random random;
  INFO("seed ", test::seed());
  const ByteVector inner = long_frame(0x53, 0xff, 0x10, hex("01 67 0f 11"));
  for (const ByteVector& payload :
       {ByteVector(200, 0x68), join(hex("01 67"), inner, hex("68 68 68 16 16")),
        join(hex("01 67 68 ff ff 68"), random.bytes(30))}) {
    const ByteVector frame = long_frame(0x53, 0xff, 0x10, payload);
    CHECK(framed(frame).frames() == Frames{frame});
  }
}

TEST_CASE("E5 in noise is noise") {
  const Framed seen = framed(hex("aa e5 e5 bb"));
  CHECK(seen.frames().empty());
  CHECK(seen.events.size() == 1);
}

TEST_CASE("the answer of a heat meter is named") {
  const ByteVector bytes =
      long_frame(0x08, 0x05, 0x72, hex("78 56 34 12 2d 2c 1b 04 05 00 00 00 0c 78 56"));
  struct Take : FrameSink {
    std::optional<RspUd> answer;
    void on_frame(const Frame& frame) override { answer = read_rsp_ud(frame); }
    void on_skipped(const Skipped&) override {}
  };
  const auto read = [](const ByteVector& frame) {
    Take take;
    Framer framer;
    framer.push(frame, take);
    return take.answer;
  };
  const auto answer = read(bytes);
  REQUIRE(answer);
  CHECK(answer->id == "12345678");
  CHECK(answer->manufacturer == "KAM");
  CHECK(answer->version == 0x1b);
  CHECK(answer->medium == "heat");
  CHECK(answer->access == 5);

  // High byte first.
  const auto ordered =
      read(long_frame(0x28, 5, 0x76, hex("12 34 56 78 2c 2d 1b 07 05 00 00 00 aa")));
  REQUIRE(ordered);
  CHECK(ordered->id == "12345678");
  CHECK(ordered->manufacturer == "KAM");
  CHECK(ordered->medium == "water");

  // Fixed structure: medium in the upper pairs of the unit bytes; 10 is gas here, not cooling.
  const auto fixed = read(long_frame(0x18, 5, 0x73, hex("78 56 34 12 0a 00 c0 05 01 02 03 04")));
  REQUIRE(fixed);
  CHECK(fixed->id == "12345678");
  CHECK(fixed->medium == "gas");
  const auto second = read(long_frame(0x18, 5, 0x73, hex("78 56 34 12 0a 00 80 85 01 02 03 04")));
  REQUIRE(second);
  CHECK(second->medium == "gas");

  const auto brief = read(long_frame(0x38, 5, 0x7a, hex("2a 01 00 00 0c")));
  REQUIRE(brief);
  CHECK(brief->access == 0x2a);
  CHECK(brief->status == 1);
  CHECK(brief->id.empty());
  const auto bare = read(long_frame(0x08, 5, 0x78, hex("0c 13")));
  REQUIRE(bare);
  CHECK_FALSE(bare->has_header);

  // Too short for the header, or no answer at all.
  CHECK_FALSE(read(long_frame(0x08, 5, 0x72, hex("78 56 34 12 2d 2c 1b 04 05 00 00"))));
  CHECK_FALSE(read(long_frame(0x08, 5, 0x73, hex("78 56 34 12 2d 2c 1b"))));
  CHECK_FALSE(read(long_frame(0x08, 5, 0x7a, hex("2a 01 00"))));
  CHECK_FALSE(read(long_frame(0x53, 5, 0x72, ByteVector(20, 0))));
  CHECK_FALSE(read(long_frame(0x08, 5, 0x51, ByteVector(20, 0))));
}

}  // namespace meterpipe::link
