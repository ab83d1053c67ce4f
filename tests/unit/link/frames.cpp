// lib/link: single frames of HDLC, the wrapper and P1, field by field and fault by fault.
#include <doctest/doctest.h>

#include "support/framed.hpp"
#include "support/links.hpp"
#include "support/mbus.hpp"

namespace meterpipe::link {

using namespace test;
namespace {

using Frames = std::vector<ByteVector>;
using Faults = std::vector<Fault>;

struct Keep : FrameSink {
  struct Fields {
    FrameKind kind;
    std::string destination, source, data;
    std::uint8_t control;
    std::uint32_t length;
    bool segmented;
    unsigned source_port, destination_port;
  };
  std::vector<Fields> seen;
  void on_frame(const Frame& frame) override {
    seen.push_back({frame.kind, to_hex(frame.destination), to_hex(frame.source), to_hex(frame.data),
                    frame.c, frame.length, frame.segmented, frame.source_port,
                    frame.destination_port});
  }
  void on_skipped(const Skipped&) override { FAIL("skipped"); }
};

Keep keep(const ByteVector& stream) {
  Keep keep;
  Framer framer;
  framer.push(stream, keep);
  framer.gap(keep);
  return keep;
}

}  // namespace

TEST_CASE("CRC-16: the published check values") {
  CHECK(crc16_x25(as_bytes("123456789")) == 0x906e);
  CHECK(crc16_arc(as_bytes("123456789")) == 0xbb3d);
  CHECK(crc16_arc(as_bytes("6789"), crc16_arc(as_bytes("12345"))) == 0xbb3d);
}

TEST_CASE("HDLC: addresses of one, two and four bytes, any control field, no information") {
  Random random;
  for (const char* destination : {"cf", "ceff", "00020023"}) {
    for (const char* source : {"03", "0223", "0002fe03"}) {
      for (const std::uint8_t control : hex("1303109300")) {
        for (const std::size_t size : {0, 1, 2, 200, 2000}) {
          HdlcSettings settings;
          settings.destination = hex(destination);
          settings.source = hex(source);
          settings.control = control;
          settings.segmented = random.one_in(2);
          const ByteVector data = random.bytes(size);
          const ByteVector frame = hdlc_frame(data, settings);
          const Keep got = keep(frame);
          REQUIRE(got.seen.size() == 1);
          CHECK(got.seen[0].kind == FrameKind::hdlc);
          CHECK(got.seen[0].destination == destination);
          CHECK(got.seen[0].source == source);
          CHECK(got.seen[0].control == control);
          CHECK(got.seen[0].segmented == settings.segmented);
          CHECK(got.seen[0].data == to_hex(data));
          CHECK(got.seen[0].length == frame.size() - 2);
        }
      }
    }
  }
  HdlcSettings three;
  three.destination = hex("020203");
  CHECK(framed(hdlc_frame(hex("aa"), three)).frames().empty());
}

TEST_CASE("HDLC: flags shared, doubled, in runs, and 7E inside") {
  const ByteVector body(150, 0x7e);
  HdlcSettings shared;
  shared.opening = false;
  const ByteVector one = hdlc_frame(body), two = hdlc_frame(hex("7ea0077e"));
  const ByteVector next = hdlc_frame(hex("7e010203"), shared);
  CHECK(framed(join(one, next, next, two)).frames() == Frames{one, next, next, two});
  const Framed filled = framed(join(hex("7e7e7e"), one, ByteVector(3000, 0x7e), two, hex("7e7e")));
  CHECK(filled.frames() == Frames{one, two});
  CHECK(filled.faults().empty());
  // A frame whose opening flag is missing stands behind nothing: noise.
  CHECK(framed(next).frames().empty());
}

TEST_CASE("HDLC: a frame without its closing flag is one if both checks fit") {
  HdlcSettings open;
  open.closing = false;
  const ByteVector cut = hdlc_frame(hex("010203"), open), next = hdlc_frame(hex("040506"));
  CHECK(framed(cut).frames() == Frames{cut});
  const Framed seen = framed(join(cut, hex("3e"), next));
  CHECK(seen.frames() == Frames{cut, next});
  CHECK(seen.faults() == Faults{Fault::noise});
}

TEST_CASE("HDLC: what is wrong is said") {
  const ByteVector good = hdlc_frame(llc(hex("0f0000000100020112abcd")));
  const ByteVector next = hdlc_frame(hex("040506"));
  for (std::size_t at = 0; at < good.size(); ++at) {
    ByteVector bad = good;
    bad[at] ^= 0x20;
    const Framed seen = framed(join(bad, next));
    CAPTURE(at);
    REQUIRE(seen.has(next));
    if (at == good.size() - 1) continue;  // the closing flag: the frame is whole without it
    REQUIRE(seen.frames().size() == 1);
    REQUIRE(seen.faults().size() == 1);
    const Fault fault = seen.faults()[0];
    if (at >= 3 && at <= 8) CHECK((fault == Fault::bad_hcs || fault == Fault::noise));
    if (at == 4 || at == 6 || at == 7) CHECK(fault == Fault::bad_hcs);
    if (at >= 9) CHECK(fault == Fault::bad_fcs);
  }
  ByteVector bad = good;
  bad[12] ^= 1;
  const Framed seen = framed(bad);
  REQUIRE(seen.events.size() == 1);
  CHECK(seen.events[0].why.found == (bad[bad.size() - 3] | bad[bad.size() - 2] << 8));
  CHECK(seen.events[0].why.expected == crc16_x25(Bytes(bad).subspan(1, bad.size() - 4)));

  for (std::size_t size = 9; size < good.size() - 2; ++size) {  // HCS is in, the end is missing
    const Framed cut = framed({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)});
    CHECK(cut.faults() == Faults{Fault::truncated_frame});
    CHECK(cut.events[0].why.expected == good.size());
    CHECK(cut.events[0].why.found == size);
  }
}

TEST_CASE("HDLC: without the check the length and the closing flag decide") {
  const LinkSettings unchecked{Link::automatic, false};
  ByteVector frame = hdlc_frame(llc(hex("0f0000000100020112abcd")));
  frame[frame.size() - 2] ^= 1;  // FCS
  frame[7] ^= 1;                 // HCS
  CHECK(framed(frame).frames().empty());
  CHECK(framed(frame, {}, unchecked).frames() == Frames{frame});
  frame.back() = 0x00;
  CHECK(framed(frame, {}, unchecked).frames().empty());
}

TEST_CASE("HDLC: a false header does not hold up what follows it") {
  const ByteVector next = hdlc_frame(hex("040506"));
  Framer framer;
  Framed seen;
  framer.push(join(hex("7ea7ff0103"), next), seen);
  CHECK(seen.frames() == Frames{next});
}

TEST_CASE("wrapper: ports, and an APDU as long as the header says") {
  Random random;
  const ByteVector apdu = notification(random, 5);
  const Keep got = keep(wrapper_frame(apdu, 20, 2));
  REQUIRE(got.seen.size() == 1);
  CHECK(got.seen[0].kind == FrameKind::wrapper);
  CHECK(got.seen[0].source_port == 20);
  CHECK(got.seen[0].destination_port == 2);
  CHECK(got.seen[0].data == to_hex(apdu));
  ByteVector version = wrapper_frame(apdu), port = wrapper_frame(apdu, 0);
  version[1] = 2;
  for (const ByteVector& bad : {version, port}) {
    for (const auto& one : framed(bad).events)
      CHECK((!one.is_frame || one.kind != FrameKind::wrapper));
  }
  // An APDU of unknown contents: taken where it stands alone, not behind noise.
  const ByteVector strange = wrapper_frame(hex("0f00000001001122334455"));
  CHECK(framed(strange).frames() == Frames{strange});
  CHECK(framed(join(hex("55"), strange)).frames().empty());
  const ByteVector whole = wrapper_frame(apdu);
  const Framed cut = framed({whole.begin(), whole.end() - 3});
  CHECK(cut.faults() == Faults{Fault::truncated_frame});
}

TEST_CASE("P1: with a CRC, without one, with LF alone") {
  const std::string lines = "0-0:1.0.0(210929114730S)\r\n1-0:1.8.0(000123.456*kWh)\r\n";
  const ByteVector with = p1_telegram(lines), without = p1_telegram(lines, false);
  std::string text(as_text(with));
  std::erase(text, '\r');
  const ByteVector dump = text_bytes(text);
  for (const ByteVector& telegram : {with, without, dump}) {
    const Framed seen = framed(join(telegram, telegram));
    CHECK(seen.frames() == Frames{telegram, telegram});
    CHECK(seen.events[0].kind == FrameKind::p1);
    CHECK(seen.events[0].data == telegram);
    // Without its last line's end at the end.
    const ByteVector shorter(telegram.begin(), telegram.end() - (telegram == dump ? 1 : 2));
    CHECK(framed(shorter).frames() == Frames{shorter});
  }
  Framer framer;
  Framed seen;
  framer.push(with, seen);  // the CRC proves it: nothing waits
  CHECK(seen.frames() == Frames{with});
}

TEST_CASE("P1: a wrong CRC, a missing end and a damaged line") {
  const std::string lines = "0-0:1.0.0(210929114730S)\r\n1-0:1.8.0(000123.456*kWh)\r\n";
  const ByteVector good = p1_telegram(lines), bare = p1_telegram(lines, false);
  ByteVector bad = good;
  bad[40] ^= 1;
  const Framed seen = framed(join(bad, good));
  CHECK(seen.frames() == Frames{good});
  CHECK(seen.faults() == Faults{Fault::bad_crc});
  for (const std::size_t size : {30, 50, 60}) {
    const ByteVector cut(good.begin(), good.begin() + size);
    const Framed both = framed(join(cut, good));
    CHECK(both.frames() == Frames{good});
    CHECK(both.faults() == Faults{Fault::truncated_telegram});
    CHECK(framed(cut).faults() == Faults{Fault::truncated_telegram});
  }
  ByteVector damaged = bare;
  damaged[50] = 0xff;
  CHECK(framed(damaged).frames() == Frames{damaged});
  const ByteVector endless = p1_telegram(std::string(40'000, 'x'), true);
  CHECK(framed(join(endless, good)).has(good));
}

}  // namespace meterpipe::link
