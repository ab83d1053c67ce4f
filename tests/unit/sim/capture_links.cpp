// The encoders of links proved on captures of real meters, read in place as in captures.cpp:
// every HDLC frame, block and WPDU is taken apart by hand here and encoded again, byte for byte;
// and whole messages are built again from their plaintext, ciphered, cut into blocks and framed.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "axdr/tree.hpp"
#include "keys/keys.hpp"
#include "sim/apdu.hpp"
#include "sim/blocks.hpp"
#include "sim/hdlc.hpp"
#include "sim/link.hpp"
#include "sim/p1.hpp"
#include "support/capture.hpp"
#include "support/random_data.hpp"
#include "unit/sim/short_forms.hpp"

namespace meterpipe::test {

namespace fs = std::filesystem;

namespace {

sim::HdlcAddress address_at(Bytes bytes, std::size_t& at) {
  sim::HdlcAddress address{};
  do address.bytes[address.size++] = bytes[at];
  while ((bytes[at++] & 1) == 0);
  return address;
}

struct HdlcFrame {
  Bytes bytes;  // with its flags
  sim::HdlcForm form;
  Bytes information;
  bool segmented = false;
};

// The frame whose opening flag stands at `at`.
HdlcFrame frame_at(Bytes stream, std::size_t at) {
  HdlcFrame frame;
  const std::size_t length = (stream[at + 1] & 7U) << 8 | stream[at + 2];
  frame.bytes = stream.subspan(at, length + 2);
  frame.segmented = (stream[at + 1] & 8) != 0;
  std::size_t place = 3;
  frame.form.destination = address_at(frame.bytes, place);
  frame.form.source = address_at(frame.bytes, place);
  frame.form.control = frame.form.segment_control = frame.bytes[place];
  frame.information = frame.bytes.subspan(place + 3, frame.bytes.size() - place - 6);
  return frame;
}

std::vector<HdlcFrame> frames_of(const Capture& capture) {
  std::vector<HdlcFrame> frames;
  for (std::size_t at = 0; at < capture.bytes.size(); at += frames.back().bytes.size()) {
    frames.push_back(frame_at(capture.bytes, at));
  }
  return frames;
}

bool has_llc(Bytes information) { return information.size() > 3 && information[0] == 0xe6; }
Bytes behind_llc(Bytes information) {
  return has_llc(information) ? information.subspan(3) : information;
}

// The ciphered APDU of this plaintext, where `apdu` is one that can be made again.
std::optional<ByteVector> sent_again(const Capture& capture, Bytes plain, Bytes apdu) {
  std::vector<std::string> warnings;
  const keys::KeyRing ring = keys::KeyRing::parse(capture.keys, capture.id, warnings);
  if (ring.empty() || apdu[0] != 0xdb) return std::nullopt;
  const unsigned width = apdu[10] < 0x80 ? 0 : apdu[10] & 0x7f;
  const Bytes behind = apdu.subspan(11 + width);
  const keys::KeyRing::Entry& key = ring.entries().front();
  if ((behind[0] & 0x10) != 0 && key.authentication.empty()) return std::nullopt;
  ByteVector out;
  sim::Cipherer(behind[0], {not_secret(key.encryption), not_secret(key.authentication), {}})
      .add(out,
           {.title = block<8>(apdu.subspan(2, 8)),
            .counter = number<std::uint32_t>(behind.subspan(1, 4)),
            .length_width = width},
           plain);
  return out;
}

struct Counts {
  int frames = 0, blocks = 0, messages = 0, wpdus = 0, telegrams = 0;
};

// Frames `from` to `to` are one message: what its plaintext gives, ciphered, cut and framed again.
void message_again(const Capture& capture, const std::vector<HdlcFrame>& frames, std::size_t from,
                   std::size_t to, Bytes plain, Counts& counts) {
  const bool in_blocks = behind_llc(frames[from].information)[0] == 0xe0;
  ByteVector sent;
  for (std::size_t i = from; i < to; ++i) {
    const Bytes data = behind_llc(frames[i].information);
    append(sent, in_blocks ? data.subspan(7) : data);
  }
  ByteVector apdu(plain.begin(), plain.end());
  const bool ciphered = sent[0] == 0xdb;
  if (ciphered) {
    const auto again = sent_again(capture, plain, sent);
    if (!again) return;
    apdu = *again;
  }
  sim::HdlcForm form = frames[from].form;
  std::vector<ByteVector> encoded;
  if (in_blocks) {
    sim::BlockForm block_form;
    std::vector<sim::BlockPiece> pieces;
    if (ciphered) {
      const std::uint32_t first = frames[from].information[3 + 6];
      block_form.size = to - from > 1 ? frames[from + 1].information[6] : first;
      block_form.less_in_first = block_form.size - first;
    } else {
      block_form.size = 0x7a;  // the most that a block of these meters ever held
      block_form.free_behind = 6;
      block_form.less_in_first = 3;
      pieces = sim::pieces_of(apdu, body_of(apdu));
    }
    std::vector<ByteVector> blocks;
    REQUIRE(sim::to_blocks(block_form, apdu, pieces, blocks));
    REQUIRE(sim::blocks_to_hdlc(form, blocks, encoded));
  } else {
    form.room = static_cast<std::uint32_t>(frames[from].information.size());
    form.control = frames[to - 1].form.control;
    REQUIRE(sim::to_hdlc(form, apdu, encoded));
  }
  REQUIRE(encoded.size() == to - from);
  for (std::size_t i = from; i < to; ++i) {
    CHECK(to_hex(encoded[i - from]) == to_hex(frames[i].bytes));
  }
  ++counts.messages;
}

void hdlc_again(const Capture& capture, Counts& counts) {
  const std::vector<HdlcFrame> frames = frames_of(capture);
  const bool good = capture.category != "valid-badfcs";
  for (const HdlcFrame& frame : frames) {
    ByteVector again;
    sim::add_hdlc_frame(again, frame.form, frame.information, frame.segmented);
    const std::size_t size = good ? again.size() : again.size() - 3;  // the FCS was mistyped
    CHECK(to_hex(Bytes(again).first(size)) == to_hex(frame.bytes.first(size)));
    ++counts.frames;
    const Bytes data = behind_llc(frame.information);
    if (data[0] != 0xe0) continue;
    const Bytes inside = data.subspan(7);
    std::vector<ByteVector> blocks;
    REQUIRE(sim::to_blocks({.size = static_cast<std::uint32_t>(inside.size()),
                            .window = static_cast<std::uint8_t>(data[1] & 0x3f)},
                           inside, {}, blocks));
    blocks[0][3] = data[3];  // alone it would be number 1 and the last
    if ((data[1] & 0x80) == 0) blocks[0][1] &= 0x7f;
    CHECK(to_hex(blocks[0]) == to_hex(data));
    ++counts.blocks;
  }
  if (!good || capture.category == "negative") return;
  // Messages begin with an LLC; one that is cut off by the next is no message.
  std::size_t reading = 0;
  const auto apdus = capture.expected["apdus"].elements();
  for (std::size_t from = 0; from < frames.size();) {
    std::size_t to = from + 1;
    while (to < frames.size() && !has_llc(frames[to].information)) ++to;
    const HdlcFrame& last = frames[to - 1];
    const Bytes data = behind_llc(last.information);
    const bool whole = !last.segmented && (data[0] != 0xe0 || (data[1] & 0x80) != 0);
    if (whole && reading < apdus.size()) {
      const Json plain = apdus[reading++]["plain"];
      if (plain) message_again(capture, frames, from, to, *from_hex(plain.text()), counts);
    }
    from = to;
  }
}

void telegram_again(Bytes plain, Counts& counts) {
  const std::string_view text = as_text(plain);
  std::size_t at = text.find("\r\n\r\n");
  REQUIRE(at != std::string_view::npos);
  sim::Telegram telegram(text.substr(1, at - 1));
  for (at += 4; text[at] != '!';) {
    const std::size_t end = text.find("\r\n", at), values = text.find('(', at);
    telegram.line(text.substr(at, values - at), text.substr(values, end - values));
    at = end + 2;
  }
  CHECK(telegram.finish(text.size() - at > 3) == text);
  ++counts.telegrams;
}

}  // namespace

TEST_CASE("real frames, blocks and messages, encoded again, are the same bytes") {
  if (!fs::exists(captures_folder())) {
    MESSAGE("skipped: no captures (METERPIPE_CAPTURES names their folder); 0 frames checked");
    return;
  }
  Counts counts;
  for (const Capture& capture : load_captures(captures_folder())) {
    CAPTURE(capture.id);
    if (capture.transport == "hdlc") hdlc_again(capture, counts);
    if (capture.transport == "wpdu-wrapper") {
      const Bytes bytes(capture.bytes);
      ByteVector again;
      REQUIRE(sim::add_wpdu(again,
                            {.source = number<std::uint16_t>(bytes.subspan(2, 2)),
                             .destination = number<std::uint16_t>(bytes.subspan(4, 2))},
                            bytes.subspan(8)));
      CHECK(to_hex(again) == to_hex(bytes));
      ++counts.wpdus;
    }
    for (const Json& apdu : capture.expected["apdus"].elements()) {
      if (!apdu["plain"]) continue;
      const ByteVector plain = *from_hex(apdu["plain"].text());
      if (plain[0] == '/') telegram_again(plain, counts);
    }
  }
  MESSAGE("encoded again: " << counts.frames << " HDLC frames, " << counts.blocks << " blocks, "
                            << counts.messages << " messages over HDLC, " << counts.wpdus
                            << " WPDUs, " << counts.telegrams << " P1 telegrams");
  CHECK(counts.frames >= 50);
  CHECK(counts.blocks >= 25);
  CHECK(counts.messages >= 18);
  CHECK(counts.wpdus >= 8);
  CHECK(counts.telegrams >= 1);
}

}  // namespace meterpipe::test
