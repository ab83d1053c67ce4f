// lib/transport: HDLC segments, block transfers, and all links through one receiver.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "apdu/tags.hpp"
#include "support/links.hpp"
#include "support/mbus.hpp"
#include "transport/receiver.hpp"
#include "unit/link/received.hpp"

namespace meterpipe::transport {

using namespace test;
namespace {

using Apdus = std::vector<ByteVector>;
using Faults = std::vector<Fault>;
using Parts = std::vector<ByteVector>;

// An APDU in HDLC segments of at most `size` bytes of information.
Parts segments(const ByteVector& apdu, std::size_t size, const HdlcSettings& like = {}) {
  const ByteVector all = llc(apdu);
  Parts parts;
  for (std::size_t at = 0; at < all.size(); at += size) {
    const std::size_t n = std::min(size, all.size() - at);
    HdlcSettings settings = like;
    settings.segmented = at + n < all.size();
    parts.push_back(hdlc_frame(Bytes(all).subspan(at, n), settings));
  }
  return parts;
}

Parts blocks(const ByteVector& apdu, std::size_t size) {
  Parts parts;
  for (std::size_t at = 0; at < apdu.size(); at += size) {
    const std::size_t n = std::min(size, apdu.size() - at);
    parts.push_back(block(static_cast<unsigned>(parts.size() + 1), at + n == apdu.size(),
                          Bytes(apdu).subspan(at, n)));
  }
  return parts;
}

// Blocks in HDLC frames, LLC in the first one alone.
Parts in_hdlc(const Parts& parts, const HdlcSettings& settings = {}) {
  Parts out;
  for (const ByteVector& one : parts) {
    out.push_back(hdlc_frame(out.empty() ? llc(one) : one, settings));
  }
  return out;
}

Parts operator+(Parts a, const Parts& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}
Parts without(Parts parts, std::size_t which) {
  parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(which));
  return parts;
}
ByteVector joined(const Parts& parts) {
  ByteVector all;
  for (const ByteVector& one : parts) append(all, one);
  return all;
}

}  // namespace

TEST_CASE("HDLC segments of any size make the APDU") {
  Random random;
  INFO("seed ", seed());
  for (int round = 0; round < 100; ++round) {
    const ByteVector apdu = random.one_in(2) ? ciphered(random, random.between(20, 400))
                                             : notification(random, random.between(10, 90));
    const Parts parts = segments(apdu, random.between(4, 200));
    const Received seen = receive(parts);
    REQUIRE(seen.apdus() == Apdus{apdu});
    CHECK(seen.messages[0].frames == parts.size());
    CHECK(seen.messages[0].link == "hdlc");
    CHECK(seen.errors.empty());
  }
}

TEST_CASE("a lost HDLC segment costs its message and no other") {
  Random random;
  INFO("seed ", seed());
  for (int round = 0; round < 200; ++round) {
    const ByteVector one = ciphered(random, random.between(100, 300));
    const ByteVector two = notification(random, random.between(30, 90));
    const ByteVector three = ciphered(random, 100);
    const Parts first = segments(one, 60), second = segments(two, 40), third = segments(three, 50);
    CHECK(receive(first + without(second, random.below(second.size())) + third).apdus() ==
          Apdus{one, three});
    CHECK(receive(without(first, random.below(first.size())) + second + third).apdus() ==
          Apdus{two, three});
    const Received last = receive(first + second + without(third, random.below(third.size())));
    CHECK(last.apdus() == Apdus{one, two});
    CHECK_FALSE(last.errors.empty());
  }
}

TEST_CASE(
    "HDLC: a segment that begins like an LLC header by chance costs its message and no other") {
  Random random;
  INFO("seed ", seed());
  constexpr std::size_t kSize = 60;
  for (const char* header : {"e6e700", "e6e600"}) {
    for (std::size_t segment = 1; segment < 4; ++segment) {
      const ByteVector before = ciphered(random, 100), next = ciphered(random, 100);
      ByteVector apdu = ciphered(random, 200);
      std::ranges::copy(join(hex(header), hex("00")),
                        apdu.begin() + static_cast<std::ptrdiff_t>(segment * kSize - 3));
      const Parts parts = segments(apdu, kSize);
      REQUIRE(parts.size() == 4);
      const Received seen = receive(segments(before, kSize) + parts + segments(next, kSize));
      REQUIRE(seen.apdus().size() >= 2);
      CHECK(seen.apdus().front() == before);
      CHECK(seen.apdus().back() == next);
      REQUIRE_FALSE(seen.faults().empty());
      CHECK(seen.faults()[0] == Fault::segment_missing);
      for (const ByteVector& one : seen.apdus()) {
        CHECK((one == before || one == next || !apdu::tells_itself(one[0])));
      }
    }
  }
}

TEST_CASE("HDLC: what is wrong with a chain is said once") {
  Random random;
  const ByteVector apdu = ciphered(random, 200), next = ciphered(random, 20);
  const Parts chain = segments(apdu, 100), whole = segments(next, 200);
  REQUIRE(chain.size() == 3);
  CHECK(receive(without(chain, 0) + whole).faults() ==
        Faults{Fault::segment_out_of_turn, Fault::segment_out_of_turn});
  CHECK(receive(without(chain, 1) + whole).faults() == Faults{Fault::incomplete_chain});
  CHECK(receive(without(chain, 2) + whole).faults() == Faults{Fault::segment_missing});
  CHECK(receive(without(chain, 2)).faults() == Faults{Fault::segment_missing});
  CHECK(receive(without(chain, 2) + chain + whole).apdus() == Apdus{apdu, next});
}

TEST_CASE("HDLC: a chain in which a segment was damaged is lost, whatever the rest of it makes") {
  Random random;
  // Without its second segment this is a list of four elements all the same: an entry, 03 3E, 02 0F
  // 00 …, an entry.
  const ByteVector apdu =
      hex("0f 00000001 00 01 04 02 03 09 06 0100040800ff 12 005b 02 02 0f 01 16 23"
          "02 03 09 06 0100020700ff 12 02e9 02 02 0f 01 16 23"
          "02 03 09 06 0100010700ff 12 033e 02 02 0f 00 16 1e"
          "02 03 09 06 0100020700ff 12 0754 02 02 0f 00 16 23");
  const ByteVector next = notification(random, 20), secret = ciphered(random, 100);
  const Parts chain = segments(apdu, 30), whole = segments(next, 200);
  REQUIRE(receive(without(chain, 1)).apdus().size() == 1);  // nothing tells
  const auto with = [](Parts parts, std::size_t which, std::size_t at) {
    ByteVector& one = parts[which];
    one[at < one.size() ? at : one.size() - 5] ^= 1;
    return parts;
  };
  constexpr std::size_t kLast = 1000, kHeader = 6;
  CHECK(receive(with(chain, 1, kLast) + whole).apdus() == Apdus{next});
  CHECK(receive(with(chain, 1, kLast) + whole).faults() ==
        Faults{Fault::bad_fcs, Fault::incomplete_chain});
  CHECK(receive(with(chain, 1, kHeader) + whole).faults() ==
        Faults{Fault::bad_hcs, Fault::incomplete_chain});
  CHECK(receive(chain + with(chain, 1, kLast) + chain).apdus() == Apdus{apdu, apdu});
  // Of another meter, by a header that is good; a few bytes of noise; what has a length.
  HdlcSettings other;
  other.source = hex("0423");
  const auto between = [](const Parts& parts, const ByteVector& bytes) {
    return Parts{parts[0], bytes} + without(parts, 0);
  };
  const ByteVector foreign = with(segments(apdu, 30, other), 1, kLast)[1];
  CHECK(receive(between(chain, foreign) + whole).apdus() == Apdus{apdu, next});
  CHECK(receive(between(chain, hex("0102030405"))).apdus() == Apdus{apdu});
  CHECK(receive(between(segments(secret, 30), with(chain, 1, kHeader)[1])).apdus() ==
        Apdus{secret});
  // Numbers that go on say that no segment was lost.
  Parts counted = chain;
  for (std::size_t i = 0; i < chain.size(); ++i) {
    HdlcSettings settings;
    settings.control = static_cast<std::uint8_t>(i << 1);
    settings.segmented = i + 1 < chain.size();
    const ByteVector all = llc(apdu);
    counted[i] = hdlc_frame(
        Bytes(all).subspan(30 * i, std::min<std::size_t>(30, all.size() - 30 * i)), settings);
  }
  CHECK(receive(between(counted, with(chain, 1, kHeader)[1])).apdus() == Apdus{apdu});
}

TEST_CASE("HDLC: meters on one line are told apart by their addresses") {
  Random random;
  HdlcSettings other;
  other.source = hex("0423");
  const ByteVector one = ciphered(random, 200), two = ciphered(random, 200);
  const Parts a = segments(one, 80), b = segments(two, 80, other);
  Parts mixed;
  for (std::size_t i = 0; i < a.size(); ++i) mixed = mixed + Parts{a[i], b[i]};
  const Received seen = receive(mixed);
  CHECK(seen.apdus() == Apdus{one, two});
  CHECK(seen.errors.empty());
  // More senders than there is room for: what is pushed out is said to be lost.
  Parts many;
  for (std::uint8_t i = 0; i < 9; ++i) {
    other.source = {0x04, static_cast<std::uint8_t>(2 * i + 1)};
    many.push_back(segments(one, 80, other)[0]);
  }
  CHECK(receive(many).faults() == Faults(9, Fault::segment_missing));
}

TEST_CASE("HDLC: I frames that count, and a segment that comes twice") {
  Random random;
  const ByteVector apdu = ciphered(random, 290);
  Parts parts = segments(apdu, 80);
  REQUIRE(parts.size() == 4);
  const ByteVector all = llc(apdu);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    HdlcSettings settings;
    settings.control = static_cast<std::uint8_t>(i << 1);
    settings.segmented = i + 1 < parts.size();
    parts[i] = hdlc_frame(
        Bytes(all).subspan(i * 80, std::min<std::size_t>(80, all.size() - i * 80)), settings);
  }
  CHECK(receive(parts).apdus() == Apdus{apdu});
  const Received twice = receive({parts[0], parts[1], parts[1], parts[2], parts[3]});
  CHECK(twice.apdus() == Apdus{apdu});
  CHECK(twice.messages[0].repeated_segment);
  CHECK(receive(without(parts, 1)).faults() ==
        Faults{Fault::segment_out_of_turn, Fault::segment_out_of_turn});
}

TEST_CASE("HDLC: frames of the link itself are no error") {
  HdlcSettings snrm, receive_ready;
  snrm.control = 0x93;
  receive_ready.control = 0x31;
  const Received seen = receive({hdlc_frame({}, snrm), hdlc_frame(hex("818014050200"), snrm),
                                 hdlc_frame({}, receive_ready), hdlc_frame({})});
  CHECK(seen.frames == 4);
  CHECK(seen.messages.empty());
  CHECK(seen.errors.empty());
}

TEST_CASE("HDLC: a chain without end is dropped, and memory with it") {
  Random random;
  HdlcSettings more;
  more.segmented = true;
  Parts parts{hdlc_frame(llc(hex("db08")), more)};
  for (int i = 0; i < 40; ++i) parts.push_back(hdlc_frame(random.bytes(2000), more));
  const ByteVector next = ciphered(random, 20);
  const Received seen = receive(parts + segments(next, 200));
  CHECK(seen.apdus() == Apdus{next});
  REQUIRE_FALSE(seen.errors.empty());
  CHECK(seen.errors[0].fault == Fault::transfer_too_long);
}

TEST_CASE("block transfer on every link") {
  Random random;
  INFO("seed ", seed());
  for (int round = 0; round < 60; ++round) {
    const ByteVector apdu = random.one_in(2) ? ciphered(random, random.between(100, 600))
                                             : notification(random, random.between(40, 120));
    const Parts parts = blocks(apdu, random.between(20, 120));
    Parts wrapped, bare = parts, mbus;
    for (const ByteVector& one : parts) {
      wrapped.push_back(wrapper_frame(one));
      mbus.push_back(long_frame(0x53, 0xff, 0x10, join(hex("0167"), one)));
    }
    for (const auto& [link, stream] : {std::pair{"hdlc", in_hdlc(parts)},
                                       {"wrapper", wrapped},
                                       {"none", bare},
                                       {"mbus", mbus}}) {
      CAPTURE(link);
      CAPTURE(to_hex(joined(stream)));
      const Received seen = receive({joined(stream)});
      REQUIRE(seen.apdus() == Apdus{apdu});
      CHECK(seen.messages[0].link == link);
      CHECK(seen.messages[0].frames == parts.size());
      CHECK(seen.errors.empty());
    }
  }
}

TEST_CASE("a lost block costs its message and no other, a repeated one nothing") {
  Random random;
  INFO("seed ", seed());
  for (int round = 0; round < 100; ++round) {
    const ByteVector one = ciphered(random, 300), two = ciphered(random, 300);
    const Parts a = in_hdlc(blocks(one, 90)), b = in_hdlc(blocks(two, 90));
    const std::size_t lost = random.below(a.size());
    const Received seen = receive(without(a, lost) + b);
    CHECK(seen.apdus() == Apdus{two});
    CHECK_FALSE(seen.errors.empty());
    Parts twice = a;
    twice.insert(twice.begin() + static_cast<std::ptrdiff_t>(lost), a[lost]);
    const Received repeated = receive(twice + b);
    REQUIRE(repeated.apdus() == Apdus{one, two});
    // The last one is known to be repeated only when its message is gone.
    CHECK(repeated.messages[0].repeated_block == (lost + 1 != a.size()));
    CHECK(repeated.errors.empty());
  }
  const Parts a = in_hdlc(blocks(ciphered(random, 300), 90));
  CHECK(receive({a[0], a[1]}).faults() == Faults{Fault::block_missing});
  CHECK(receive({a[0], a[2]}).faults() == Faults{Fault::block_out_of_turn});
  CHECK(receive({a[0], a[1], a[0]}).faults() == Faults{Fault::block_missing, Fault::block_missing});
}

TEST_CASE("a block of another length than it says, and blocks without an end") {
  Random random;
  const Parts one = blocks(ciphered(random, 60), 100);
  const auto changed = [&one](int by) {
    ByteVector block = one[0];
    block.resize(static_cast<std::size_t>(static_cast<int>(block.size()) + by));
    return receive(in_hdlc({block}));
  };
  CHECK(changed(0).messages.size() == 1);
  CHECK(changed(1).faults() == Faults{Fault::trailing_bytes});
  CHECK(changed(-1).faults() == Faults{Fault::truncated_apdu});
  // What follows of the one that is too long is not told again; the next is whole.
  const ByteVector next = ciphered(random, 60);
  const Received seen =
      receive(in_hdlc(blocks(random.bytes(80'000), 1500)) + in_hdlc(blocks(next, 100)));
  CHECK(seen.faults() == Faults{Fault::transfer_too_long});
  CHECK(seen.apdus() == Apdus{next});
}

TEST_CASE("one damaged byte costs one message on any link") {
  Random random;
  INFO("seed ", seed());
  for (int round = 0; round < 200; ++round) {
    Apdus apdus{ciphered(random, 200), ciphered(random, 200), ciphered(random, 200)};
    const auto carry = [&](const ByteVector& apdu) {
      switch (round % 3) {
        case 0: return joined(segments(apdu, 70));
        case 1: return joined(in_hdlc(blocks(apdu, 70)));
        default: return joined(segments(apdu, 400));
      }
    };
    ByteVector damaged = carry(apdus[1]);
    damaged[random.below(damaged.size())] ^= static_cast<std::uint8_t>(1 << random.below(8));
    const Received seen = receive({carry(apdus[0]), damaged, carry(apdus[2])});
    REQUIRE(seen.messages.size() >= 2);
    CHECK(seen.messages.front().bytes == apdus[0]);
    CHECK(seen.messages.back().bytes == apdus[2]);
    if (seen.messages.size() == 3) CHECK(seen.messages[1].bytes == apdus[1]);
  }
}

TEST_CASE("a log of all links, a heat meter among them") {
  Random random;
  const ByteVector apdu = ciphered(random, 100), body = notification(random, 20);
  const ByteVector telegram = p1_telegram(p1_lines(random));
  const ByteVector heat =
      long_frame(0x08, 0x05, 0x72, hex("78 56 34 12 2d 2c 1b 04 05 00 00 00 0c 78 56"));
  const ByteVector mbus = long_frame(0x53, 0xff, 0x10, join(hex("0167"), apdu));
  const Received seen =
      receive({joined({llc(body), apdu, mbus, heat, hdlc_frame(llc(body)), wrapper_frame(apdu),
                       heat, telegram, mbus, hdlc_frame(llc(apdu))})});
  CHECK(seen.errors.empty());
  CHECK(seen.answers == 2);
  std::vector<std::string> links;
  for (const Message& one : seen.messages) links.emplace_back(one.link);
  CHECK(links ==
        std::vector<std::string>{"llc", "none", "mbus", "hdlc", "wrapper", "p1", "mbus", "hdlc"});
  CHECK(seen.apdus() == Apdus{body, apdu, apdu, body, apdu, telegram, apdu, apdu});
}

TEST_CASE("an HDLC frame as the payload of an M-Bus frame") {
  Random random;
  const ByteVector apdu = ciphered(random, 60);
  const ByteVector frame = long_frame(0x53, 0xff, 0x10, join(hex("0167"), hdlc_frame(llc(apdu))));
  const Received seen = receive({frame});
  CHECK(seen.apdus() == Apdus{apdu});
  CHECK(seen.messages[0].link == "hdlc");

  // Its checksum fits, so that the one that is wrong was wrong when it was put in.
  for (const std::size_t at : {std::size_t{1}, std::size_t{7}, std::size_t{20}}) {
    ByteVector inner = hdlc_frame(llc(apdu));
    inner[at] ^= 0x01;
    const Received damaged =
        receive({long_frame(0x53, 0xff, 0x10, join(hex("0167"), inner)), frame});
    CHECK(damaged.apdus() == Apdus{apdu});
    CHECK(damaged.faults() == Faults{at == 20 ? Fault::bad_fcs : Fault::bad_hcs});
  }
  const ByteVector all = hdlc_frame(llc(apdu));
  const ByteVector cut(all.begin(), all.end() - 3);
  const Received in_parts = receive(
      {long_frame(0x53, 0xff, 0x00, join(hex("0167"), ByteVector(cut.begin(), cut.begin() + 40))),
       long_frame(0x53, 0xff, 0x11, join(hex("0167"), ByteVector(cut.begin() + 40, cut.end())))});
  CHECK(in_parts.messages.empty());
  CHECK(in_parts.faults() == Faults{Fault::truncated_frame});
}

}  // namespace meterpipe::transport
