#include <doctest/doctest.h>

#include "base/hex.hpp"
#include "sim/blocks.hpp"
#include "sim/hdlc.hpp"
#include "sim/link.hpp"
#include "unit/sim/short_forms.hpp"

namespace meterpipe::sim {

using test::some_apdu;

namespace {

std::string frame(const HdlcForm& form, std::string_view information, bool segmented = false) {
  ByteVector out;
  add_hdlc_frame(out, form, *from_hex(information), segmented);
  return to_hex(out);
}

std::vector<std::string> hex_of(const std::vector<ByteVector>& frames) {
  std::vector<std::string> result;
  for (const ByteVector& one : frames) result.push_back(to_hex(one));
  return result;
}

std::vector<ByteVector> blocks_of(const BlockForm& form, Bytes apdu,
                                  std::vector<BlockPiece> pieces = {}) {
  std::vector<ByteVector> blocks;
  REQUIRE(to_blocks(form, apdu, pieces, blocks));
  return blocks;
}

}  // namespace

TEST_CASE("CRC-16/X.25 has its check value and its residue") {
  CHECK(crc_x25(as_bytes("123456789")) == 0x906e);
  ByteVector bytes = some_apdu(40);
  const std::uint16_t crc = crc_x25(bytes);
  bytes.push_back(static_cast<std::uint8_t>(crc));
  bytes.push_back(static_cast<std::uint8_t>(crc >> 8));
  CHECK(crc_x25(bytes) == (0xf0b8 ^ 0xffff));
}

TEST_CASE("an HDLC frame, byte by byte") {
  // Set-up and end of a connection, of the standard's own examples: no information, no HCS.
  CHECK(frame({.destination = {0x03}, .source = {0x21}, .control = 0x93}, "") ==
        "7ea0070321930f017e");
  CHECK(frame({.destination = {0x03}, .source = {0x21}, .control = 0x53}, "") ==
        "7ea00703215303c77e");
  // With information: length 0x0c counts format to FCS. Headers of real meters: their HCS.
  const std::string with = frame({.destination = {0xce, 0xff}, .source = {0x03}}, "e6e700aa");
  CHECK(with.substr(0, 8) == "7ea00ece");
  CHECK(with.substr(with.size() - 2) == "7e");
  CHECK(with.size() == 2 * (0x0e + 2));
}

TEST_CASE("addresses of 1, 2 and 4 bytes; the S bit; the control byte of a segment") {
  CHECK(frame({.destination = {0xcf}, .source = {0x00, 0x02, 0x00, 0x23}}, "00").substr(2, 16) ==
        "a00dcf0002002313");
  const HdlcForm form{.segment_control = 0x03};
  CHECK(frame(form, "00", true).substr(2, 12) == "a80bcf022303");
  CHECK(frame(form, "00", false).substr(2, 12) == "a00bcf022313");
  CHECK(longest_information({.destination = {0xcf}, .source = {0x02, 0x23}}) == 2047 - 10);
}

TEST_CASE("segments: LLC in the first one only, cut wherever they are full") {
  std::vector<ByteVector> frames;
  const HdlcForm form{.room = 20};
  REQUIRE(to_hdlc(form, some_apdu(50), frames));
  REQUIRE(frames.size() == 3);
  const std::size_t head = 1 + 8;
  CHECK(to_hex(Bytes(frames[0]).subspan(head, 5)) == "e6e7000001");
  CHECK(to_hex(Bytes(frames[1]).subspan(head, 2)) == "1112");
  CHECK(to_hex(Bytes(frames[2]).subspan(head, 2)) == "2526");
  CHECK(frames[0][1] == 0xa8);
  CHECK(frames[1][1] == 0xa8);
  CHECK(frames[2][1] == 0xa0);
  CHECK(frames[2].size() == head + 13 + 3);

  REQUIRE(to_hdlc(form, some_apdu(17), frames));  // fills one exactly
  CHECK(frames.size() == 1);
  REQUIRE(to_hdlc(form, some_apdu(18), frames));
  CHECK(frames.size() == 2);
  REQUIRE(to_hdlc({.room = 20, .llc = false}, some_apdu(20), frames));
  CHECK(frames.size() == 1);
  CHECK_FALSE(to_hdlc({.room = 3}, some_apdu(1), frames));
  CHECK_FALSE(to_hdlc({.room = 2038}, some_apdu(1), frames));
  REQUIRE(to_hdlc({.room = 2037}, some_apdu(2034), frames));
  CHECK(to_hex(Bytes(frames[0]).subspan(1, 2)) == "a7ff");
}

TEST_CASE("flags: each frame its own two, one between two frames, or more") {
  std::vector<ByteVector> frames;
  REQUIRE(to_hdlc({.room = 20, .flags = Flags::own}, some_apdu(30), frames));
  const auto own = hex_of(frames);
  CHECK(own[0].substr(0, 4) == "7ea8");
  CHECK(own[1].substr(0, 4) == "7ea0");
  REQUIRE(to_hdlc({.room = 20, .flags = Flags::shared}, some_apdu(30), frames));
  const auto shared = hex_of(frames);
  CHECK(shared[0] == own[0]);
  CHECK("7e" + shared[1] == own[1]);
  REQUIRE(to_hdlc({.room = 20, .flags = Flags::filled}, some_apdu(30), frames));
  const auto filled = hex_of(frames);
  CHECK(filled[0] == "7e7e" + own[0]);
  CHECK(filled[1] == "7e7e" + own[1]);
}

TEST_CASE("blocks: control, numbers from 1, length, and the LLC before the first one only") {
  const auto blocks = blocks_of({.size = 0x7a, .less_in_first = 3}, some_apdu(0x77 + 0x7a + 0x1f));
  REQUIRE(blocks.size() == 3);
  CHECK(to_hex(Bytes(blocks[0]).first(8)) == "e040000100007700");
  CHECK(to_hex(Bytes(blocks[1]).first(8)) == "e040000200007a77");
  CHECK(to_hex(Bytes(blocks[2]).first(8)) == "e0c0000300001ff1");
  std::vector<ByteVector> frames;
  REQUIRE(blocks_to_hdlc({.destination = {0xce, 0xff}, .source = {0x03}}, blocks, frames));
  CHECK(to_hex(Bytes(frames[0]).subspan(1, 2)) == "a08b");
  CHECK(to_hex(Bytes(frames[0]).subspan(9, 5)) == "e6e700e040");
  CHECK(to_hex(Bytes(frames[1]).subspan(9, 2)) == "e040");
  CHECK(to_hex(Bytes(frames[2]).subspan(1, 2)) == "a030");

  const auto other =
      blocks_of({.size = 200, .streaming = false, .window = 5, .acknowledged = 7}, some_apdu(200));
  REQUIRE(other.size() == 1);
  CHECK(to_hex(Bytes(other[0]).first(9)) == "e08500010007" + std::string("81c800"));
}

TEST_CASE("blocks cut no number, and strings anywhere, where that is asked for") {
  const auto sizes = [](const BlockForm& form, std::vector<BlockPiece> pieces) {
    std::vector<std::size_t> result;
    for (const ByteVector& block : blocks_of(form, some_apdu(60), std::move(pieces))) {
      result.push_back(block.size() - 7);
    }
    return result;
  };
  using Sizes = std::vector<std::size_t>;
  const std::vector<BlockPiece> pieces{{4, true}, {10, true}, {12, true}, {50, true}, {60, true}};
  CHECK(sizes({.size = 16}, pieces) == Sizes{12, 16, 16, 16});  // one is too long for any block
  CHECK(sizes({.size = 16, .free_behind = 5}, pieces) == Sizes{10, 2, 16, 16, 6, 10});
  CHECK(sizes({.size = 16, .free_behind = 5}, {{4, true}, {12, false}, {60, false}}) ==
        Sizes{16, 16, 16, 12});
  CHECK(sizes({.size = 16, .free_behind = 5}, {{4, true}, {14, false}, {15, true}, {60, false}}) ==
        Sizes{14, 16, 16, 14});

  // 02 03 array of two structures, octet-string, null
  const ByteVector apdu = *from_hex("ff0203010202011101020111020901aa00");
  const std::vector<BlockPiece> found = pieces_of(apdu, 1);
  REQUIRE(found.size() == 4);
  const std::vector<BlockPiece> expected{{9, true}, {13, true}, {16, false}, {17, true}};
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(found[i].end == expected[i].end);
    CHECK(found[i].whole == expected[i].whole);
  }
}

TEST_CASE("a block that is longer than a frame may be is refused") {
  std::vector<ByteVector> blocks(1, some_apdu(2000)), frames;
  const HdlcForm form{.destination = {0xce, 0xff}, .source = {0x03}};
  CHECK(blocks_to_hdlc(form, blocks, frames));
  blocks.push_back(some_apdu(2100));
  const auto refused = blocks_to_hdlc(form, blocks, frames);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().fault == Fault::message_too_long);
  CHECK(refused.error().found == 2100);
}

TEST_CASE("too many blocks, no room for one") {
  std::vector<ByteVector> blocks;
  CHECK(to_blocks({.size = 1}, some_apdu(65535), {}, blocks));
  CHECK(blocks.size() == 65535);
  CHECK_FALSE(to_blocks({.size = 1}, some_apdu(65536), {}, blocks));
  CHECK_FALSE(to_blocks({.size = 3, .less_in_first = 3}, some_apdu(9), {}, blocks));
}

TEST_CASE("the wrapper counts its APDU in 16 bits") {
  ByteVector out;
  REQUIRE(add_wpdu(out, {.source = 0x14, .destination = 2}, *from_hex("0f0000000000")));
  CHECK(to_hex(out) == "00010014000200060f0000000000");
  CHECK(add_wpdu(out, {}, some_apdu(65535)));
  CHECK_FALSE(add_wpdu(out, {}, some_apdu(65536)));
}

}  // namespace meterpipe::sim
