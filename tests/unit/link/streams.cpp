// lib/link: streams of every link, alone and mixed, with noise, damage and cuts.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "apdu/tags.hpp"
#include "link/heads.hpp"
#include "support/cpu_time.hpp"
#include "support/framed.hpp"
#include "support/links.hpp"
#include "support/mbus.hpp"

namespace meterpipe::link {

using namespace test;
namespace {

using Frames = std::vector<ByteVector>;

// Random bytes hold the head of a weak link's frame now and then, with a length that fits, and then
// another reading is as good: one stream in some 100,000. One may be so, two are none by chance.
class ButForChance {
 public:
  ~ButForChance() {
    INFO(text_);
    CHECK(unlikes_ <= 1);
  }
  void require(bool holds, std::string_view what, Bytes stream) {
    if (holds) return;
    ++unlikes_;
    text_ += fmt::format("{}: {}\n", what, to_hex(stream));
  }

 private:
  std::string text_ = "not as it should be:\n";
  int unlikes_ = 0;
};

ByteVector random_apdu(Random& random) {
  return random.one_in(2) ? ciphered(random, random.between(1, 300))
                          : notification(random, random.between(1, 60));
}

// A whole frame of a link that this number stands for.
constexpr std::uint64_t kLinks = 8;
ByteVector random_frame(Random& random, std::uint64_t which) {
  switch (which) {
    case 0:
      return long_frame(0x53, 0xff, 0x10,
                        join(hex("0167"), ciphered(random, random.between(1, 200))));
    case 1: return hdlc_frame(llc(random_apdu(random)));
    case 2: {
      HdlcSettings settings;
      settings.segmented = random.one_in(2);
      settings.source = random.one_in(2) ? hex("00020023") : hex("03");
      settings.control = random.one_in(2) ? 0x03 : 0x10;
      return hdlc_frame(random.bytes(random.between(1, 400)), settings);
    }
    case 3: return wrapper_frame(random_apdu(random));
    case 4: return llc(random_apdu(random));
    case 5: return random_apdu(random);
    case 6: return p1_telegram(p1_lines(random), false);
    default: return p1_telegram(p1_lines(random));
  }
}
bool is_strong(std::uint64_t which) { return which < 3 || which == 7; }
bool has_no_link(std::uint64_t which) { return which == 4 || which == 5; }

ByteVector random_stream(Random& random) {
  ByteVector stream;
  for (std::uint64_t parts = random.between(1, 7); parts != 0; --parts) {
    ByteVector part = random_frame(random, random.below(kLinks));
    switch (random.below(8)) {
      case 0: part.resize(random.below(part.size())); break;
      case 1:
        part[random.below(part.size())] ^= static_cast<std::uint8_t>(1 << random.below(8));
        break;
      case 2: part = random.bytes(random.below(60)); break;
      case 3: {
        const ByteVector heads[] = {hex("68ffff68"),     hex("7ea7ff"),     hex("7e7e7e7e"),
                                    hex("000100010001"), hex("db08"),       hex("e6e700"),
                                    hex("0f00000000"),   hex("2f4d545035"), hex("e5105bfe5916")};
        part = heads[random.below(std::size(heads))];
        break;
      }
      default: break;
    }
    append(stream, part);
  }
  return stream;
}

}  // namespace

TEST_CASE("mixed links: every cut of a stream gives the same, and no byte is lost") {
  Random random;
  INFO("seed ", seed());
  for (int round = 0; round < 200; ++round) {
    const ByteVector stream = random_stream(random);
    LinkSettings settings;
    if (random.one_in(2)) settings.link = static_cast<Link>(random.below(7));
    settings.check_fcs = !random.one_in(4);
    CAPTURE(to_hex(stream));
    CAPTURE(static_cast<int>(settings.link));
    const Framed whole = framed(stream, {}, settings);
    for (int i = 0; i < 6; ++i) {
      std::vector<std::size_t> cuts =
          i == 0 ? every_byte(stream.size()) : std::vector<std::size_t>();
      for (std::size_t at = 0; i != 0 && (at += random.between(1, 200)) < stream.size();) {
        cuts.push_back(at);
      }
      const Framed cut = framed(stream, cuts, settings);
      REQUIRE(cut.events == whole.events);
      REQUIRE(cut.all() == stream);
    }
  }
}

TEST_CASE("what seemed to be an APDU around a frame says nothing of the bytes behind that frame") {
  // DB 08 title 67 …, of 112 bytes; from byte 7 on a frame; behind it an APDU in no frame.
  const ByteVector stream =
      hex("53ff000167db08680d0d6853ff11016711e903c35b37a3f6b61653ff01696ed6012e322ea1f2"
          "320f0083fa6900020101000006e0690002e082012e322e000006e082012e322e82012e322e00"
          "0006e082012e322e322e000006e082012e322e82012e322e000006e082012e322e2e000006e0"
          "82012e322e");
  const Framed whole = framed(stream);
  CHECK(whole.faults() == std::vector<Fault>{Fault::noise, Fault::unframed_apdu});
  for (std::size_t cut = 1; cut < stream.size(); ++cut) {
    CAPTURE(cut);
    CHECK(framed(stream, {cut}).events == whole.events);
  }
}

TEST_CASE("frames of any links one behind the other are all found, without an error") {
  Random random;
  INFO("seed ", seed());
  ButForChance found;
  for (int round = 0; round < 300; ++round) {
    Frames expected;
    ByteVector stream;
    bool is_checked = false;
    for (std::uint64_t n = random.between(1, 8); n != 0; --n) {
      const std::uint64_t which = random.below(kLinks);
      if (is_checked && has_no_link(which)) continue;
      is_checked |= is_strong(which);
      expected.push_back(random_frame(random, which));
      append(stream, expected.back());
    }
    const Framed seen = framed(stream);
    found.require(seen.frames() == expected && seen.faults().empty(), "joined", stream);
  }
}

TEST_CASE("behind a frame with a check an APDU without a frame is noise, and the noise says so") {
  Random random;
  INFO("seed ", seed());
  for (int round = 0; round < 200; ++round) {
    const std::uint64_t which = random.below(2) == 0 ? 4 : 5;
    const std::uint64_t strong = std::array<std::uint64_t, 4>{0, 1, 2, 7}[random.below(4)];
    const ByteVector one = random_frame(random, strong), two = random_frame(random, strong);
    ByteVector apdu = which == 4 ? llc(ciphered(random, 60)) : ciphered(random, 60);
    std::replace(apdu.begin(), apdu.end(), std::uint8_t{'/'}, std::uint8_t{'.'});
    CAPTURE(to_hex(apdu));
    for (const bool in_lines : {false, true}) {
      Framer framer;
      Framed seen;
      for (const ByteVector& part : {one, apdu, two}) {
        framer.push(part, seen);
        if (in_lines) framer.mark(seen);
      }
      framer.gap(seen);
      REQUIRE(framer.has_checked());
      REQUIRE(seen.frames() == Frames{one, two});
      CAPTURE(strong);
      CAPTURE(in_lines);
      REQUIRE(seen.faults() == std::vector<Fault>{Fault::unframed_apdu});
      CHECK(seen.events[1].why.found == apdu.size());
      CHECK(seen.events[1].why.expected == (which == 4 ? 1 : 0));
    }
    // The one link that was asked for knows no others.
    const LinkSettings only{which == 4 ? Link::llc : Link::none, true};
    Framer framer(only);
    Framed seen;
    for (const ByteVector& part : {one, apdu, two}) {
      framer.push(part, seen);
      framer.gap(seen);
    }
    REQUIRE(seen.has(apdu));
  }
}

TEST_CASE("bytes that a line adds to each message do not hide it") {
  Random random;
  INFO("seed ", seed());
  ButForChance found;
  for (int round = 0; round < 300; ++round) {
    const std::uint64_t which = random.below(3);  // wrapper, LLC, bare
    const bool is_plain = random.one_in(2);
    const auto message = [&] {
      const ByteVector apdu = is_plain ? notification(random, random.between(1, 60))
                                       : ciphered(random, random.between(1, 300));
      return which == 0 ? wrapper_frame(apdu) : which == 1 ? llc(apdu) : apdu;
    };
    ByteVector fcs = random.bytes(2);  // not the end of a frame, nor the beginning of one
    for (std::uint8_t& byte : fcs) byte = 0x80 | (byte & 0x3f);
    for (const ByteVector& added : {hex("0d0a"), hex("00"), hex("0a"), hex("0000"), fcs}) {
      const Frames sent{message(), message(), message(), message()};
      std::string unlike;
      for (const std::string between : {"nothing", "mark", "gap"}) {
        Framer framer;
        Framed seen;
        for (const ByteVector& one : sent) {
          framer.push(join(one, added), seen);
          if (between == "mark") framer.mark(seen);
          if (between == "gap") framer.gap(seen);
        }
        framer.gap(seen);
        const bool all_are_noise = seen.faults() == std::vector<Fault>(4, Fault::noise);
        if (seen.frames() != sent || !all_are_noise) unlike += between + " between ";
      }
      found.require(unlike.empty(),
                    fmt::format("link {}, {}, {} added", which, unlike, to_hex(added)),
                    join(sent[0], added, sent[1], added, sent[2], added, sent[3]));
    }
  }
}

TEST_CASE("an APDU in a damaged or cut frame is not bare, be it the first one that comes") {
  Random random;
  INFO("seed ", seed());
  for (int round = 0; round < 100; ++round) {
    const bool is_plain = random.one_in(2);
    const ByteVector apdu = is_plain ? notification(random, random.between(10, 60))
                                     : ciphered(random, random.between(10, 200));
    HdlcSettings addresses;
    addresses.source = random.one_in(2) ? hex("00020023") : hex("03");
    for (const ByteVector& frame : {hdlc_frame(llc(apdu), addresses),
                                    long_frame(0x53, 0xff, 0x10, join(hex("0167"), apdu))}) {
      const std::size_t end = frame[0] == 0x68 ? 2 : 3;
      for (std::size_t cut = 1; cut <= end; ++cut) {  // the APDU is whole
        const ByteVector part(frame.begin(), frame.end() - static_cast<std::ptrdiff_t>(cut));
        // But for the flag, or for an FCS that the next frame's flag can belong to.
        const bool shares =
            cut == 1 || frame[frame.size() - 2] == 0x7e || frame[frame.size() - 3] == 0x7e;
        if (frame[0] == 0x7e && shares) continue;
        CAPTURE(to_hex(part));
        REQUIRE(framed(part).frames().empty());
        REQUIRE(framed(join(part, frame)).frames() == Frames{frame});
      }
      for (std::size_t at = 0; at + 1 < frame.size(); ++at) {
        ByteVector damaged = frame;
        damaged[at] ^= static_cast<std::uint8_t>(1 << random.below(8));
        CAPTURE(to_hex(damaged));
        REQUIRE(framed(damaged).frames().empty());
        REQUIRE(framed(join(damaged, frame)).frames() == Frames{frame});
      }
    }
  }
}

TEST_CASE("noise before, between and behind hides no frame that proves itself") {
  Random random;
  INFO("seed ", seed());
  for (int round = 0; round < 600; ++round) {
    const std::uint64_t which = random.below(kLinks);
    if (!is_strong(which)) continue;
    const ByteVector one = random_frame(random, which), two = random_frame(random, which);
    const ByteVector stream =
        join(random.bytes(random.below(300)), one, random.bytes(random.below(300)), two,
             random.bytes(random.below(300)));
    CAPTURE(to_hex(stream));
    const Framed seen = framed(stream);
    REQUIRE(seen.all() == stream);
    REQUIRE(seen.has(one));
    REQUIRE(seen.has(two));
  }
}

TEST_CASE("entered in the middle of a frame: the next one and all others are found") {
  Random random;
  INFO("seed ", seed());
  ButForChance found;
  for (std::uint64_t which = 0; which < kLinks; ++which) {
    for (int round = 0; round < 60; ++round) {
      const Frames frames{random_frame(random, which), random_frame(random, which),
                          random_frame(random, which)};
      const ByteVector stream = join(frames[0], frames[1], frames[2]);
      std::size_t from = random.between(1, frames[0].size() - 1);
      // An E0 right before a wrapper's header is as well an empty block with that behind it.
      if (from + 1 == frames[0].size() && frames[0].back() == apdu::kGeneralBlockTransfer) --from;
      const ByteVector rest(stream.begin() + static_cast<std::ptrdiff_t>(from), stream.end());
      const Framed seen = framed(rest);
      found.require(seen.has(frames[1]) && seen.has(frames[2]), fmt::format("link {}", which),
                    rest);
    }
  }
}

TEST_CASE("one byte of a frame that proves itself is wrong: it alone is lost") {
  Random random;
  INFO("seed ", seed());
  for (const std::uint64_t which : {0, 1, 2, 7}) {
    for (int round = 0; round < 100; ++round) {
      const ByteVector before = random_frame(random, which), after = random_frame(random, which);
      ByteVector damaged = random_frame(random, which);
      // Not the HDLC flags: they may be shared, and the frame is whole without them.
      const std::size_t at = random.between(1, damaged.size() - 2);
      damaged[at] ^= static_cast<std::uint8_t>(1 << random.below(8));
      const ByteVector stream = join(before, damaged, after);
      CAPTURE(which);
      CAPTURE(at);
      CAPTURE(to_hex(stream));
      const Framed seen = framed(stream);
      REQUIRE(seen.all() == stream);
      REQUIRE(seen.has(before));
      REQUIRE(seen.has(after));
      REQUIRE((which == 7 || seen.frames().size() == 2));
    }
  }
}

TEST_CASE("a damaged weak frame costs itself; a silence parts it from the next") {
  Random random;
  INFO("seed ", seed());
  for (const std::uint64_t which : {3, 4, 5}) {
    for (int round = 0; round < 200; ++round) {
      const Frames frames{random_frame(random, which), random_frame(random, which),
                          random_frame(random, which)};
      ByteVector damaged = frames[1];
      damaged[random.below(damaged.size())] ^= static_cast<std::uint8_t>(1 << random.below(8));
      Framer framer;
      Framed seen;
      ByteVector stream;
      for (const ByteVector& part : {frames[0], damaged, frames[2]}) {
        framer.push(part, seen);
        framer.gap(seen);
        append(stream, part);
      }
      CAPTURE(to_hex(stream));
      REQUIRE(seen.all() == stream);
      REQUIRE(seen.has(frames[0]));
      REQUIRE(seen.has(frames[2]));
    }
  }
}

TEST_CASE("a line that was understood once passes each frame with its last byte") {
  Random random;
  INFO("seed ", seed());
  for (std::uint64_t which = 0; which < kLinks; ++which) {
    CAPTURE(which);
    Framer framer;
    Framed seen;
    const auto frame = [&] {  // of the same kind of APDU each time
      switch (which) {
        case 4: return llc(ciphered(random, random.between(50, 300)));
        case 5: return ciphered(random, random.between(50, 300));
        default: return random_frame(random, which);
      }
    };
    framer.push(frame(), seen);
    framer.gap(seen);
    int late = 0;
    for (int round = 0; round < 50; ++round) {
      const std::size_t before = seen.frames().size();
      const ByteVector next = frame();
      framer.push(Bytes(next).first(next.size() - 1), seen);
      CHECK(seen.frames().size() == before);
      framer.push(Bytes(next).last(1), seen);
      late += seen.frames().size() != before + 1;
      framer.gap(seen);
      REQUIRE(seen.frames().back() == next);
    }
    CHECK(late == 0);
  }
}

TEST_CASE("the APDU in a frame whose head was missed is no bare APDU") {
  Random random;
  INFO("seed ", seed());
  for (int round = 0; round < 200; ++round) {
    const ByteVector apdu = random_apdu(random);
    const ByteVector hdlc = hdlc_frame(llc(apdu));
    const ByteVector mbus = long_frame(0x53, 0xff, 0x10, join(hex("0167"), random_apdu(random)));
    for (const ByteVector& frame : {hdlc, mbus}) {
      const std::size_t head = frame == hdlc ? 9 : 9;
      const ByteVector rest(frame.begin() + static_cast<std::ptrdiff_t>(head), frame.end());
      for (const ByteVector& stream : {rest, join(rest, frame)}) {
        CAPTURE(to_hex(stream));
        const Framed seen = framed(stream);
        REQUIRE(seen.frames().size() == (stream.size() > rest.size() ? 1 : 0));
      }
    }
  }
}

TEST_CASE("an APDU whose wrong length takes in the FCS of its damaged frame is none") {
  Random random;
  ByteVector apdu = ciphered(random, 60);
  ByteVector damaged = hdlc_frame(llc(apdu));
  const std::size_t length = 1 + 7 + 2 + 3 + 12;  // flag, header, HCS, LLC, to the low length byte
  REQUIRE(damaged[length - 1] == 65);
  damaged[length - 1] += 2;
  HdlcSettings shared;
  shared.opening = false;
  const Framed seen = framed(join(damaged, hdlc_frame(hex("010203"), shared)));
  CHECK(seen.faults() == std::vector<Fault>{Fault::bad_fcs});
  CHECK(seen.frames() == Frames{hdlc_frame(hex("010203"))});  // the flag is its own now
}

TEST_CASE(
    "an APDU behind the head of a damaged frame is not bare where a line ends behind that head") {
  Random random;
  INFO("seed ", seed());
  for (int round = 0; round < 200; ++round) {
    const ByteVector apdu = random_apdu(random);
    if (apdu.size() > 240) continue;
    const ByteVector hdlc = hdlc_frame(llc(apdu));
    const ByteVector mbus = long_frame(0x53, 0xff, 0x10, join(hex("0167"), apdu));
    for (const ByteVector& frame : {hdlc, mbus}) {
      CAPTURE(to_hex(frame));
      // Behind the head, or up to four bytes before it ends, as lines of eight bytes do.
      for (std::size_t head = 5; head <= 9; ++head) {
        for (const bool is_damaged : {false, true}) {
          ByteVector rest(frame.begin() + static_cast<std::ptrdiff_t>(head), frame.end());
          // Bytes too many in its last value; the last of them, where the frame should end, ends
          // none.
          if (is_damaged) rest.insert(rest.end() - 4, {0x55, 0xaa, 0x55, 0xaa});
          Framer framer;
          Framed seen;
          framer.push(Bytes(frame).first(head), seen);
          framer.mark(seen);
          framer.push(rest, seen);
          framer.mark(seen);
          framer.gap(seen);
          CHECK(seen.frames() == (is_damaged ? Frames{} : Frames{frame}));
        }
      }
    }
  }
}

TEST_CASE("what is authenticated and not enciphered is no message of its own behind a mark") {
  Random random;
  INFO("seed ", seed());
  for (int round = 0; round < 100; ++round) {
    const ByteVector plain = notification(random, random.between(3, 60));
    const std::size_t size = 5 + plain.size() + 12;
    const ByteVector length = size < 128   ? ByteVector{static_cast<std::uint8_t>(size)}
                              : size < 256 ? ByteVector{0x81, static_cast<std::uint8_t>(size)}
                                           : ByteVector{0x82, static_cast<std::uint8_t>(size >> 8),
                                                        static_cast<std::uint8_t>(size)};
    const ByteVector control = join(length, hex(random.one_in(2) ? "10" : "52"), random.bytes(4));
    for (const char* title : {"db08 4d54500102030405", "dc00", "dd00 08 4d54500102030405 000000 00",
                              "dd00 08 4d54500102030405 000000 010001", "ca"}) {
      const ByteVector head = join(hex(title), control);
      // Any 12 bytes may be a tag, also those that end as the head of an M-Bus frame does.
      const ByteVector tag =
          random.one_in(2) ? join(random.bytes(7), hex("53ff000167")) : random.bytes(12);
      const ByteVector apdu = join(head, plain, tag);
      // One more such message may begin so, and this one has no title.
      const bool is_ambiguous = ends_in_cipher_head(apdu) || ends_in_signing_head(apdu);
      CAPTURE(to_hex(apdu));
      for (const ByteVector& before : {ByteVector{}, hex("e6e700")}) {
        Framer framer;
        Framed seen;
        framer.push(join(before, head), seen);
        CHECK(framer.awaits_apdu(false));
        framer.mark(seen);
        framer.push(Bytes(apdu).subspan(head.size()), seen);
        if (!is_ambiguous) CHECK_FALSE(framer.awaits_apdu(false));
        framer.gap(seen);
        CHECK(seen.frames() == Frames{join(before, apdu)});
        // Nor is it one if the rest never comes.
        Framer cut;
        Framed none;
        cut.push(join(before, head), none);
        cut.mark(none);
        cut.push(join(plain, random.bytes(5)), none);
        cut.gap(none);
        CHECK(none.frames().empty());
      }
    }
    // Behind a head that enciphers it is one.
    Framer framer;
    Framed seen;
    framer.push(join(hex("db08 4d54500102030405"), length, hex("30"), random.bytes(4)), seen);
    framer.mark(seen);
    framer.push(plain, seen);
    framer.gap(seen);
    CHECK(seen.frames() == Frames{plain});
  }
}

TEST_CASE("what is signed is no message of its own behind a mark") {
  Random random;
  INFO("seed ", seed());
  const ByteVector signature = join(hex("08"), random.bytes(8));
  for (const char* fields : {"00 08 4d54500102030405 00 00 00", "00 00 00 00 00",
                             "02 4142 00 08 4d54500102030405 0c 07ea0b160712000000ffc400 01 aa"}) {
    for (const ByteVector& content : {notification(random, 20), ciphered(random, 60)}) {
      REQUIRE(content.size() < 128);
      const ByteVector head =
          join(hex("df"), hex(fields), ByteVector{static_cast<std::uint8_t>(content.size())});
      CAPTURE(to_hex(head));
      for (const char* before : {"", "e6e700"}) {
        Framer framer;
        Framed seen;
        framer.push(join(hex(before), head), seen);
        CHECK(framer.awaits_apdu(false));
        framer.mark(seen);
        framer.push(content, seen);
        framer.mark(seen);
        framer.push(signature, seen);
        framer.gap(seen);
        CHECK(seen.frames() == Frames{join(hex(before), head, content, signature)});
        // Nor is it one if the signature never comes.
        Framer cut;
        Framed none;
        cut.push(join(hex(before), head), none);
        cut.mark(none);
        cut.push(content, none);
        cut.gap(none);
        CHECK(none.frames().empty());
      }
    }
  }
}

TEST_CASE("behind a bare APDU that is whole one of any tag may begin") {
  Random random;
  INFO("seed ", seed());
  const auto content = [&] { return join(hex("2d 30"), ByteVector(44, 0x11)); };
  const ByteVector telling[] = {ciphered(random, 40), notification(random, 20),
                                join(hex("dd 00 00 00 00 00 00"), content()),
                                join(hex("df 00 00 00 00 00"), content(), hex("02 aabb")),
                                hex("e0 c0 0001 0000 04 0f010203")};
  const ByteVector others[] = {join(hex("c8"), content()), join(hex("d2"), content()),
                               hex("c2 00 0003 0100010800ff 02 06 00000005"),
                               hex("c4 01 c1 00 09 06 010203040506")};
  for (const ByteVector& first : telling) {
    for (const ByteVector& next : telling) {
      CAPTURE(to_hex(join(first, next)));
      CHECK(framed(join(first, next, first)).frames() == Frames{first, next, first});
    }
    for (const ByteVector& last : others) {
      CAPTURE(to_hex(join(first, last)));
      CHECK(framed(join(first, last)).frames() == Frames{first, last});
    }
  }
  // One that says little is confirmed by its like.
  for (const ByteVector& one : others) {
    CAPTURE(to_hex(one));
    CHECK(framed(join(one, one, one)).frames() == Frames{one, one, one});
    CHECK(framed(join(hex("55"), one, one)).frames().empty());
    CHECK(framed(join(one, others[0], hex("55"))).frames().size() == (one == others[0] ? 2 : 0));
  }
}

TEST_CASE("what only its place speaks for needs more than a weak frame behind it") {
  Random random;
  const ByteVector glo = join(hex("c80a30"), ByteVector(9, 0x11));
  const ByteVector one = ciphered(random, 30), two = ciphered(random, 30);
  CHECK(framed(join(glo, one, two)).frames() == Frames{one, two});
  const ByteVector hdlc = hdlc_frame(hex("010203"));
  CHECK(framed(join(glo, hdlc)).frames() == Frames{glo, hdlc});
  CHECK(framed(glo).frames() == Frames{glo});
  CHECK(framed(join(hex("55"), glo)).frames().empty());
}

TEST_CASE("a length that is wrong does not swallow the frames behind it") {
  Random random;
  const ByteVector title = hex("db084d54500102030405820041 21");
  const auto apdu = [&] { return join(title, random.bytes(64)); };
  const ByteVector first = apdu(), next = apdu(), last = apdu();
  const ByteVector mbus = long_frame(0x53, 0xff, 0x10, hex("01670f11"));
  for (const std::uint8_t more : hex("284196")) {
    ByteVector damaged = apdu();
    damaged[12] = static_cast<std::uint8_t>(damaged[12] + more);
    CAPTURE(static_cast<int>(more));
    for (const ByteVector& between : {ByteVector(), mbus}) {
      Framer framer;
      Framed seen;
      framer.push(first, seen);
      framer.gap(seen);  // from here on they pass with their last byte
      framer.push(join(damaged, between, next, last), seen);
      framer.gap(seen);
      CHECK(seen.frames() == (between.empty() ? Frames{first, next, last} : Frames{first, mbus}));
    }
  }
}

TEST_CASE("a flag is shared across a silence, not across noise") {
  HdlcSettings shared;
  shared.opening = false;
  const ByteVector frame = hdlc_frame(hex("0102")), next = hdlc_frame(hex("0304"), shared);
  for (const char* between : {"", "7e", "7e7e"}) {
    Framer framer;
    Framed seen;
    framer.push(frame, seen);
    framer.push(hex(between), seen);
    framer.gap(seen);
    framer.push(next, seen);
    CHECK(seen.frames() == Frames{frame, next});
  }
  Framer framer;
  Framed seen;
  framer.push(join(frame, hex("55")), seen);
  framer.gap(seen);
  framer.push(next, seen);
  CHECK(seen.frames() == Frames{frame});
}

TEST_CASE("blocks are no wrapper frames") {
  Random random;
  INFO("seed ", seed());
  for (unsigned number = 1; number < 300; ++number) {
    const ByteVector apdu = block(number, false, random.bytes(random.between(1, 250)));
    const Framed seen = framed(join(hex("aa"), apdu));
    for (const auto& one : seen.events) CHECK((!one.is_frame || one.kind != FrameKind::wrapper));
  }
}

TEST_CASE("the link that was asked for is the only one that is found") {
  Random random;
  INFO("seed ", seed());
  const ByteVector apdu = ciphered(random, 60);
  struct Row {
    Link link;
    ByteVector frame;
  };
  // Those without a check first: behind the others they do not count.
  const Row rows[] = {{Link::llc, llc(apdu)},
                      {Link::none, apdu},
                      {Link::mbus, long_frame(0x53, 0xff, 0x10, join(hex("0167"), apdu))},
                      {Link::hdlc, hdlc_frame(llc(apdu))},
                      {Link::wrapper, wrapper_frame(apdu)},
                      {Link::p1, p1_telegram("1-0:1.8.0(1*kWh)\r\n", false)}};
  ByteVector stream;
  for (const Row& row : rows) append(stream, row.frame);
  for (const Row& row : rows) {
    CAPTURE(static_cast<int>(row.link));
    CHECK(framed(row.frame, {}, {row.link, true}).frames() == Frames{row.frame});
    // The first one passes at once, too.
    Framer framer({row.link, true});
    Framed seen;
    framer.push(row.frame, seen);
    CHECK(seen.frames() == Frames{row.frame});
    for (const Row& other : rows) {
      if (row.link == other.link) continue;
      const Framed none = framed(other.frame, {}, {row.link, true});
      CHECK(none.all() == other.frame);
      // An APDU stands in most of them, but never where a frame can begin.
      CHECK(none.frames().size() <= (row.link == Link::none || row.link == Link::llc ? 1U : 0U));
    }
  }
  CHECK(framed(stream).frames().size() == std::size(rows));
}

TEST_CASE("memory and time are bounded whatever comes") {
  Random random;
  INFO("seed ", seed());
  constexpr std::size_t kSize = 1'000'000;
  std::vector<ByteVector> garbage;
  for (const char* unit :
       {"7e", "00", "0f00", "68ffff68", "db08", "db0841414141414141418300ffff30", "6801016800",
        "0f00000000000182ffff", "0f000000000002020202", "e6e7000f00000000000182ffff",
        "2f414243440d0a", "7ea7ff0101", "00010001000100ff0f", "105b", "e0c00001000082ffff",
        "c882ffff30", "2f4142432021"}) {
    ByteVector one;
    while (one.size() < kSize) append(one, hex(unit));
    garbage.push_back(one);
  }
  garbage.push_back(random.bytes(kSize));
  for (const ByteVector& stream : garbage) {
    CAPTURE(to_hex(Bytes(stream).first(20)));
    for (const std::size_t piece : {kSize, std::size_t{4096}, std::size_t{61}}) {
      CAPTURE(piece);
      struct Count : FrameSink {
        std::size_t bytes = 0;
        void on_frame(const Frame& frame) override { bytes += frame.bytes.size(); }
        void on_skipped(const Skipped& skipped) override { bytes += skipped.bytes.size(); }
      } count;
      Framer framer;
      const double took = test::cpu_time([&] {
        for (std::size_t at = 0; at < stream.size(); at += piece) {
          const std::size_t size = std::min(piece, stream.size() - at);
          framer.push(Bytes(stream).subspan(at, size), count);
          REQUIRE(framer.pending() <= Framer::kLongest + 2048);
        }
        framer.gap(count);
      });
      CHECK(count.bytes == stream.size());
      CHECK(took < test::kMinutes);
      if (took > 5) MESSAGE("slow: ", took, " s, piece ", piece);
    }
  }
}

}  // namespace meterpipe::link
