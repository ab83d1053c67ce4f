// lib/transport: M-Bus segments to messages.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "support/mbus.hpp"
#include "support/random.hpp"
#include "support/text.hpp"
#include "transport/receiver.hpp"
#include "unit/link/received.hpp"

namespace meterpipe::transport {

using test::hex;
using test::join;
using test::long_frame;
using test::receive;
using test::Received;

namespace {

// A segment with its payload as text, from the meter with this address.
ByteVector segment(int number, bool last, std::string_view text, std::uint8_t address = 0xff,
                   std::uint8_t stsap = 1) {
  return long_frame(0x53, address, static_cast<std::uint8_t>(number | (last ? 0x10 : 0)),
                    join(ByteVector{stsap, 0x67}, as_bytes(text)));
}

using Texts = std::vector<std::string>;
using Faults = std::vector<Fault>;

}  // namespace

TEST_CASE("one, two and sixteen segments") {
  CHECK(receive({segment(0, true, "whole")}).texts() == Texts{"whole"});
  const Received two = receive({segment(0, false, "he"), segment(1, true, "llo")});
  CHECK(two.texts() == Texts{"hello"});
  CHECK(two.messages[0].frames == 2);
  CHECK(two.messages[0].offset == 0);
  CHECK(two.faults().empty());

  std::vector<ByteVector> many;
  std::string text;
  for (int i = 0; i < 16; ++i) {
    text += static_cast<char>('a' + i);
    many.push_back(segment(i, i == 15, std::string(1, static_cast<char>('a' + i))));
  }
  CHECK(receive(many).texts() == Texts{text});
  CHECK(receive({segment(0, false, "a"), segment(1, false, "b"), segment(2, true, "c")}).texts() ==
        Texts{"abc"});
}

TEST_CASE("without STSAP and DTSAP: a ciphered APDU of the right length in their place") {
  const auto plain = [](int number, bool last, const ByteVector& data) {
    return long_frame(0x53, 0xff, static_cast<std::uint8_t>(number | (last ? 0x10 : 0)), data);
  };
  const ByteVector apdu = hex("db08 4b464d1020039534 0c 21 00000001 0102030405 0607");
  for (const auto& length : {"0c", "810c", "82000c"}) {
    CAPTURE(length);
    const ByteVector one =
        join(join(hex("db08 4b464d1020039534"), hex(length)), hex("21 00000001 0102030405 0607"));
    const Received whole = receive({plain(0, true, one), segment(0, true, "next")});
    REQUIRE(whole.messages.size() == 2);
    CHECK(whole.messages[0].bytes == one);
    CHECK(whole.messages[0].no_saps);
    CHECK(whole.texts()[1] == "next");
    CHECK_FALSE(whole.messages[1].no_saps);
  }
  const Bytes all = apdu;
  const auto part = [&](std::size_t from, std::size_t to) {
    return ByteVector(all.begin() + static_cast<std::ptrdiff_t>(from),
                      all.begin() + static_cast<std::ptrdiff_t>(to));
  };
  const Received two = receive({plain(0, false, part(0, 16)), plain(1, true, part(16, 23))});
  REQUIRE(two.messages.size() == 1);
  CHECK(two.messages[0].bytes == apdu);
  CHECK(two.faults().empty());
  // Another length, or no letters: those are the SAPs.
  for (ByteVector other : {join(apdu, hex("00")), part(0, 22)}) {
    const Received read = receive({plain(0, true, other)});
    REQUIRE(read.messages.size() == 1);
    CHECK(read.messages[0].bytes.size() == other.size() - 2);
    CHECK_FALSE(read.messages[0].no_saps);
  }
  ByteVector odd = apdu;
  odd[2] = 0x0f;
  CHECK(receive({plain(0, true, odd)}).messages[0].bytes.size() == apdu.size() - 2);
}

TEST_CASE("t1 t1 t2 t1 t2: two messages, whether the first is repeated or another") {
  const Received same =
      receive({segment(0, false, "a"), segment(0, false, "a"), segment(1, true, "b"),
               segment(0, false, "c"), segment(1, true, "d")});
  CHECK(same.texts() == Texts{"ab", "cd"});
  CHECK(same.messages[0].repeated_segment);
  CHECK_FALSE(same.messages[1].repeated_segment);
  CHECK(same.faults().empty());

  const Received other =
      receive({segment(0, false, "x"), segment(0, false, "a"), segment(1, true, "b"),
               segment(0, false, "c"), segment(1, true, "d")});
  CHECK(other.texts() == Texts{"ab", "cd"});
  CHECK(other.faults() == Faults{Fault::segment_missing});
  CHECK(other.errors[0].expected == 1);
}

TEST_CASE("a lost segment costs one message, never two") {
  // The second, the first, the one in the middle.
  const Received no_second =
      receive({segment(0, false, "a"), segment(0, false, "c"), segment(1, true, "d")});
  CHECK(no_second.texts() == Texts{"cd"});
  CHECK(no_second.faults() == Faults{Fault::segment_missing});

  const Received no_first =
      receive({segment(1, true, "b"), segment(0, false, "c"), segment(1, true, "d")});
  CHECK(no_first.texts() == Texts{"cd"});
  CHECK(no_first.faults() == Faults{Fault::segment_out_of_turn});

  const Received no_middle = receive({segment(0, false, "a"), segment(2, true, "c"),
                                      segment(0, false, "d"), segment(1, true, "e")});
  CHECK(no_middle.texts() == Texts{"de"});
  CHECK(no_middle.faults() == Faults{Fault::segment_out_of_turn});
  CHECK(no_middle.errors[0].expected == 1);
  CHECK(no_middle.errors[0].found == 2);

  const Received single = receive({segment(0, false, "a"), segment(0, true, "whole")});
  CHECK(single.texts() == Texts{"whole"});
  CHECK(single.faults() == Faults{Fault::segment_missing});
}

TEST_CASE("any set of lost frames costs the messages they belong to and no other") {
  test::Random random;
  INFO("seed ", test::seed());
  for (int round = 0; round < 500; ++round) {
    std::vector<ByteVector> frames;
    Texts complete;
    for (int message = 0; message < 8; ++message) {
      const int segments = static_cast<int>(random.between(1, 4));
      std::string text;
      bool lost = false;
      for (int i = 0; i < segments; ++i) {
        // Never twice the same text: a repeated segment is another matter.
        const std::string part = std::to_string(message) + '.' + std::to_string(i) + ' ';
        text += part;
        if (random.one_in(5)) {
          lost = true;
        } else {
          frames.push_back(segment(i, i == segments - 1, part));
        }
      }
      if (!lost) complete.push_back(text);
    }
    // Two halves of two messages could only be taken for one where the first's end and the
    // second's start are both lost: then the protocol itself cannot tell.
    const Received seen = receive(frames);
    for (const std::string& text : complete) {
      CAPTURE(text);
      const Texts got = seen.texts();
      REQUIRE(std::find(got.begin(), got.end(), text) != got.end());
    }
  }
}

TEST_CASE("a repeated segment counts once, the last one too") {
  const Received middle =
      receive({segment(0, false, "a"), segment(1, false, "b"), segment(1, false, "b"),
               segment(2, true, "c"), segment(2, true, "c"), segment(0, true, "d")});
  CHECK(middle.texts() == Texts{"abc", "d"});
  CHECK(middle.messages[0].repeated_segment);
  CHECK(middle.faults().empty());

  // The same number with other bytes is another message's.
  const Received other =
      receive({segment(0, false, "a"), segment(1, true, "b"), segment(1, true, "x")});
  CHECK(other.texts() == Texts{"ab"});
  CHECK(other.faults() == Faults{Fault::segment_out_of_turn});
}

TEST_CASE("meters on one line are kept apart") {
  const Received seen =
      receive({segment(0, false, "a", 1), segment(0, false, "A", 2), segment(0, false, "x", 1, 9),
               segment(1, true, "b", 1), segment(1, true, "B", 2), segment(1, true, "y", 1, 9)});
  CHECK(seen.texts() == Texts{"ab", "AB", "xy"});
  CHECK(seen.faults().empty());

  // More than are kept: the one that has been idle longest is given up, and said so.
  std::vector<ByteVector> many;
  for (std::uint8_t i = 0; i < 40; ++i) many.push_back(segment(0, false, "a", i));
  for (std::uint8_t i = 0; i < 40; ++i) many.push_back(segment(1, true, "b", i));
  const Received full = receive(many);
  CHECK(full.texts().size() == 32);
  CHECK(full.faults().size() == 16);
}

TEST_CASE("the end of one message and the beginning of the next are damaged: the rest is none") {
  const auto damaged = [](ByteVector frame) {
    frame[frame.size() - 3] ^= 1;
    return frame;
  };
  const ByteVector a0 = segment(0, false, "one, "), a1 = segment(1, true, "two"),
                   b0 = segment(0, false, "oNe, "), b1 = segment(1, true, "tWo");
  const Received mixed = receive({a0, damaged(a1), damaged(b0), b1, a0, a1});
  CHECK(mixed.texts() == Texts{"one, two"});
  CHECK(mixed.faults() == Faults{Fault::bad_checksum, Fault::bad_checksum, Fault::segment_missing});
  // One that is sent again, and noise, cost nothing.
  CHECK(receive({a0, damaged(a1), a1}).texts() == Texts{"one, two"});
  CHECK(receive({a0, hex("00ff55"), a1}).texts() == Texts{"one, two"});
  // A ciphered one has a length and a cipher that tell.
  const ByteVector head = hex("db08 4b464d1020039534 0c 21 00000001 01020304"),
                   rest = hex("05060708");
  const auto ciphered = [](int number, const ByteVector& data) {
    return long_frame(0x53, 0xff, static_cast<std::uint8_t>(number == 0 ? 0 : 0x11),
                      join(hex("0167"), data));
  };
  const ByteVector noise = hex("00112233445566778899aabbccddeeff00112233445566778899");
  CHECK(receive({ciphered(0, head), noise, ciphered(1, rest)}).messages.size() == 1);
}

TEST_CASE("an unfinished message ends at the gap with what was there") {
  const Received seen = receive({segment(0, false, "abc")});
  CHECK(seen.texts().empty());
  CHECK(seen.faults() == Faults{Fault::segment_missing});
  CHECK(seen.error_offsets == std::vector<std::uint64_t>{0});

  // And it does not come back with the next one's second half.
  Received after;
  Receiver receiver(after);
  receiver.push(segment(0, false, "abc"));
  receiver.end_of_message();
  receiver.push(segment(1, true, "def"));
  CHECK(after.texts().empty());
  CHECK(after.faults() == Faults{Fault::segment_missing, Fault::segment_out_of_turn});

  // The end of a frame is no end of a message.
  Received frame;
  Receiver second(frame);
  second.push(segment(0, false, "abc"));
  second.end_of_frame();
  second.push(segment(1, true, "def"));
  CHECK(frame.texts() == Texts{"abcdef"});
}

TEST_CASE("segments without an end are given up") {
  std::vector<ByteVector> frames;
  for (int i = 0; i < 16; ++i) frames.push_back(segment(i, false, std::to_string(i)));
  frames.push_back(segment(0, true, "next"));
  const Received seen = receive(frames);
  CHECK(seen.texts() == Texts{"next"});
  CHECK(seen.faults() == Faults{Fault::message_too_long});
}

TEST_CASE("what is no push is named") {
  const Received seen = receive({
      long_frame(0x53, 0xff, 0x20, hex("01 67 0f")),                     // CI beyond the segments
      long_frame(0x08, 0x05, 0x78, hex("0c 13")),                        // a heat meter
      hex("68 03 03 68 53 fe 50 a1 16"), hex("10 40 fe 3e 16"),          // link control
      long_frame(0x53, 0xff, 0x10, hex("01 67")),                        // no payload
      long_frame(0x73, 0xff, 0x10, join(hex("01 67"), as_bytes("ok"))),  // C 73 is allowed
  });
  CHECK(seen.texts() == Texts{"ok"});
  CHECK(seen.faults() == Faults{Fault::foreign_frame, Fault::short_segment});
  CHECK(seen.answers == 1);
  CHECK(seen.frames == 6);
}

TEST_CASE("messages carry their place and their quirks") {
  const ByteVector long_one =
      long_frame(0x53, 0xff, 0x00, join(hex("01 67"), ByteVector(252, 'z')));
  const Received seen =
      receive({hex("aa bb cc"), long_one, segment(1, true, "end"), segment(0, true, "next")});
  REQUIRE(seen.messages.size() == 2);
  CHECK(seen.messages[0].offset == 3);
  CHECK(seen.messages[0].length_overflow);
  CHECK(seen.messages[0].bytes.size() == 255);
  CHECK_FALSE(seen.messages[1].length_overflow);
  CHECK(seen.messages[1].offset == 3 + long_one.size() + segment(1, true, "end").size());
}

}  // namespace meterpipe::transport
