// link/p1: telegrams as meters send them: short CRCs, none and what stands behind it, a head with a
// ciphered APDU.
#include "link/p1.hpp"

#include <doctest/doctest.h>

#include <fmt/format.h>

#include "base/telegram.hpp"
#include "support/cpu_time.hpp"
#include "support/framed.hpp"
#include "support/links.hpp"
#include "support/text.hpp"

namespace meterpipe::test {

namespace {

using link::FrameKind;
using link::LinkSettings;
using Frames = std::vector<ByteVector>;
using Faults = std::vector<Fault>;

constexpr std::string_view kLines = "0-0:96.1.1(4B384547)\r\n1-0:1.8.0(000123.456*kWh)\r\n";

// A telegram whose CRC, without its zeros in front, has so many digits, written by `format`.
std::string short_crc(std::size_t digits, const char* format) {
  for (int i = 0; i < 1'000'000; ++i) {
    std::string text = fmt::format("/ABC5\\TEST\r\n\r\n1-0:1.8.0({:06}.000*kWh)\r\n!", i);
    const std::string crc = fmt::format(fmt::runtime(format), telegram_crc(as_bytes(text)));
    if (crc.size() == digits) return text + crc;
  }
  return {};
}

std::string repeated(std::string_view unit, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += unit;
  return text;
}

std::string found_in(const Error& why) {
  std::string text;
  for (int shift = 56; shift >= 0; shift -= 8) {
    if (const char c = static_cast<char>(why.found >> shift); c != 0) text += c;
  }
  return text;
}

}  // namespace

TEST_CASE("p1 frames: a CRC without its zeros in front is one") {
  for (const std::size_t digits : {1u, 2u, 3u, 4u}) {
    for (const char* format : {"{:X}", "{:x}"}) {
      for (const char* behind : {"\r\n", "\n", "", " \r\n"}) {
        const std::string whole = short_crc(digits, format);
        REQUIRE_FALSE(whole.empty());
        CAPTURE(whole);
        const std::string sent = whole + behind;
        const Framed seen = framed(join(text_bytes(sent), text_bytes(sent)));
        CHECK(seen.frames() == Frames{text_bytes(sent), text_bytes(sent)});
        CHECK(seen.faults().empty());
        // One digit of it is damaged: no value of it may pass.
        std::string damaged = whole;
        damaged.back() = damaged.back() == '0' ? '1' : '0';
        const Framed bad = framed(text_bytes(damaged + "\r\n"));
        CHECK(bad.frames().empty());
        REQUIRE(bad.faults() == Faults{Fault::bad_crc});
        CHECK(found_in(bad.events[0].why) == damaged.substr(damaged.find('!') + 1));
      }
    }
  }
}

TEST_CASE("p1 frames: without a CRC, whatever stands behind the mark and between telegrams") {
  const std::string bare = fmt::format("/ABC5\\TEST\r\n\r\n{}!", kLines);
  for (const std::string& behind :
       {std::string("\r\n"), std::string("\n"), std::string(1, '\0') + "\r\n", std::string(" \r\n"),
        std::string("\xff\xff\r\n"), std::string("\x03\r\n"), std::string()}) {
    for (const std::string& between :
         {std::string(), std::string("\r\n"), std::string("\r\n\r\n"), std::string(1, '\0'),
          std::string("\r\n\0\0", 4), std::string("\xff\r\n"), std::string("  \n")}) {
      CAPTURE(behind);
      CAPTURE(between);
      const std::string one = bare + behind;
      std::string stream;
      for (int i = 0; i < 3; ++i) stream += one + between;
      for (const auto& cuts : {std::vector<std::size_t>{}, every_byte(stream.size())}) {
        const Framed seen = framed(text_bytes(stream), cuts);
        REQUIRE(seen.frames().size() == 3);
        for (const ByteVector& frame : seen.frames()) CHECK(as_text(frame).starts_with(bare));
        CHECK(seen.faults().empty());
        CHECK(seen.all() == text_bytes(stream));
      }
    }
  }
  // Other lines between them are reported, and cost none.
  std::string stream;
  for (int i = 0; i < 3; ++i) stream += bare + "\r\nhello\r\n";
  const Framed seen = framed(text_bytes(stream));
  CHECK(seen.frames().size() == 3);
  CHECK(seen.faults() == Faults{Fault::noise, Fault::noise, Fault::noise});
}

TEST_CASE("p1 frames: lines that are those of a telegram prove one without a CRC") {
  link::Framer framer;
  Framed seen;
  const ByteVector bare = p1_telegram(kLines, false);
  framer.push(bare, seen);  // nothing waits
  CHECK(seen.frames() == Frames{bare});
  // Lines that are mostly no such lines wait for what follows.
  framer.gap(seen);
  const ByteVector prose = p1_telegram("hello\r\nworld\r\n1-0:1.8.0(1*Wh)\r\n", false);
  link::Framer other;
  Framed waits;
  other.push(prose, waits);
  CHECK(waits.frames().empty());
  other.gap(waits);
  CHECK(waits.frames() == Frames{prose});
}

TEST_CASE("p1 frames: a line that hears both sides of mode C") {
  std::string body = std::string(kLines) + "!\r\n\x03";
  char bcc = 0;
  for (const char c : body) bcc = static_cast<char>(bcc ^ c);
  const std::string ident = "/ABC5TEST\r\n", answer = "\x02" + body + bcc;
  const std::string with_ack = ident +
                               "\x06"
                               "050\r\n" +
                               answer;
  for (const std::string request : {"/?!\r\n", "/?12345678!\r\n", "/?!\r\n/?!\r\n"}) {
    for (const std::string& one : {with_ack, ident + answer}) {
      CAPTURE(request);
      std::string stream = one;
      for (int i = 0; i < 2; ++i) stream += request + one;
      for (const auto& cuts : {std::vector<std::size_t>{}, every_byte(stream.size())}) {
        const Framed seen = framed(text_bytes(stream), cuts);
        CHECK(seen.frames() == Frames(3, text_bytes(one)));
        CHECK(seen.faults().empty());
        CHECK(seen.all() == text_bytes(stream));
      }
      // Before the first answer nothing tells what it is.
      const Framed first = framed(text_bytes(request + one));
      CHECK(first.frames() == Frames{text_bytes(one)});
      CHECK(first.faults() == Faults{Fault::noise});
    }
  }
  // The BCC is checked as ever, and what is no request or acknowledgement is none.
  std::string damaged = with_ack;
  damaged[damaged.find("123")] = '9';
  CHECK(framed(text_bytes(damaged)).faults() == Faults{Fault::bad_bcc});
  for (const std::string other : {"/?12345678\r\n", "/?(5)!\r\n", "/?!x\r\n", "?!\r\n"}) {
    CAPTURE(other);
    CHECK(framed(text_bytes(with_ack + other + with_ack)).faults() == Faults{Fault::noise});
  }
  for (const std::string ack : {"\x06"
                                "05\r\n",
                                "\x06"
                                "0500\r\n",
                                "\x15"
                                "050\r\n"}) {
    CHECK(framed(text_bytes(ident + ack + answer)).frames().empty());
  }
}

TEST_CASE("p1 frames: the mark of an answer of mode C behind its last value") {
  const auto answer = [](const std::string& text) {
    char bcc = 0;
    for (const char c : text) bcc = static_cast<char>(bcc ^ c);
    return "/ABC5TEST\r\n\x02" + text + bcc;
  };
  const std::string whole = answer("1.8.0(000123.4)\r\n0.2.2(G11)!\r\n\x03");
  const std::string stream = whole + whole + whole;
  for (const auto& cuts : {std::vector<std::size_t>{}, every_byte(stream.size())}) {
    const Framed seen = framed(text_bytes(stream), cuts);
    CHECK(seen.frames() == Frames(3, text_bytes(whole)));
    CHECK(seen.faults().empty());
  }
  std::string damaged = whole;
  damaged[damaged.find("123")] = '9';
  CHECK(framed(text_bytes(damaged)).faults() == Faults{Fault::bad_bcc});
  // In a value, or without ETX behind it, it ends nothing.
  const std::string inside = answer("1.8.0(5)!\r\n0.2.2(a!)\r\n!\r\n\x03");
  CHECK(framed(text_bytes(inside)).frames() == Frames{text_bytes(inside)});
}

TEST_CASE("p1 frames: a damaged CRC is a wrong one, as it was found") {
  for (const char* crc : {"0000", "12XY", "?F2F", "G", "EF2", "----"}) {
    CAPTURE(crc);
    std::string text = fmt::format("/ABC5\\TEST\r\n\r\n{}!{}\r\n", kLines, crc);
    const Framed seen = framed(text_bytes(text));
    CHECK(seen.frames().empty());
    REQUIRE(seen.faults() == Faults{Fault::bad_crc});
    CHECK(found_in(seen.events[0].why) == crc);
    CHECK(seen.events[0].bytes == text_bytes(text));
    const Framed taken = framed(text_bytes(text), {}, LinkSettings{.check_fcs = false});
    CHECK(taken.frames() == Frames{text_bytes(text)});
    CHECK(taken.faults().empty());
  }
}

TEST_CASE("p1 frames: a damaged telegram is one loss, however long it is") {
  for (const std::size_t lines : {10u, 60u, 200u, 500u}) {
    std::string body;
    for (std::size_t i = 0; i < lines; ++i) body += "1-0:1.8.0(000123.456*kWh)\r\n";
    ByteVector bad = p1_telegram(body);
    bad[50] ^= 1;
    const ByteVector good = p1_telegram(kLines);
    const Framed seen = framed(join(good, bad, good));
    CHECK(seen.frames() == Frames{good, good});
    CHECK(seen.faults() == Faults{Fault::bad_crc});
    const Framed noisy = framed(join(good, hex("55aa55"), bad, hex("55aa55"), good));
    CHECK(noisy.frames() == Frames{good, good});
    CHECK(noisy.all().size() == 2 * good.size() + bad.size() + 6);
  }
}

TEST_CASE("p1 frames: a head, a ciphered APDU, a CRC") {
  const std::string head = "/EGM5G35\r\n\r\n";
  Random random;
  INFO("seed ", seed());
  for (const std::size_t size : {20u, 200u, 560u}) {
    const auto content = [&](ByteVector front) {
      return join(front,
                  ByteVector{0x82, static_cast<std::uint8_t>(size >> 8),
                             static_cast<std::uint8_t>(size), 0x30, 0, 0, 0, 0},
                  random.bytes(size - 5));
    };
    for (const ByteVector& apdu :
         {content(hex("00")), content(hex("db00")), content(hex("db0845474d0000000001"))}) {
      ByteVector told = join(text_bytes(head), apdu, text_bytes("!"));
      const std::string crc = fmt::format("{:04X}\r\n", telegram_crc(told));
      const ByteVector whole = join(told, text_bytes(crc));
      for (const auto& cuts : {std::vector<std::size_t>{}, every_byte(2 * whole.size())}) {
        const Framed seen = framed(join(whole, whole), cuts);
        REQUIRE(seen.frames() == Frames{whole, whole});
        CHECK(seen.faults().empty());
        CHECK(seen.events[0].kind == FrameKind::p1);
        CHECK(seen.events[0].data == apdu);
      }
      // Nothing behind it, or no CRC: taken where it stands alone.
      const ByteVector alone = join(text_bytes(head), apdu);
      CHECK(framed(alone).frames() == Frames{alone});
      CHECK(framed(alone).events[0].data == apdu);
      ByteVector bad = whole;
      bad[head.size() + apdu.size() - 3] ^= 1;
      CHECK(framed(bad).frames().empty());
      CHECK(framed(bad).faults() == Faults{Fault::bad_crc});
      CHECK(framed(join(bad, whole)).frames() == Frames{whole});
      const ByteVector cut(whole.begin(), whole.end() - 12);
      CHECK(framed(cut).frames().empty());
    }
  }
}

TEST_CASE("p1 frames: lines are gone through once, and all is as if they were each time") {
  constexpr std::string_view kParts[] = {"/ABC5\r\n",
                                         "/ABC5\r\n\x02",
                                         "/ABC5\r\n\r\n",
                                         "x",
                                         "\r\n",
                                         "\n",
                                         "!",
                                         "!\r\n",
                                         ")!\r\n\x03",
                                         "\x02!\r\n\x03",
                                         "\x06"
                                         "050\r\n",
                                         "1-0:1.8.0(1*kWh)\r\n",
                                         "!1234\r\n",
                                         "/",
                                         "/AB",
                                         "\x03"};
  Random random;
  INFO("seed ", seed());
  std::size_t asked = 0, cut = 0;
  for (int round = 0; round < 400; ++round) {
    std::string text;
    const std::size_t parts = 1 + random.below(40);
    for (std::size_t i = 0; i < parts; ++i) text += kParts[random.below(std::size(kParts))];
    if (round % 20 == 0) text += repeated("x(1)\r\n", 3000) + text;  // no telegram is so long
    const ByteVector bytes = text_bytes(text);
    link::PlainLines plain;
    std::size_t gone = 0;
    for (std::size_t place = 0; place < bytes.size(); ++place) {
      if (bytes[place] != '/') continue;
      if (random.one_in(4)) {  // as a buffer does that gives away what is done
        const std::size_t more = random.below(place - gone + 1);
        plain.shift(more);
        gone += more;
      }
      const Bytes rest = Bytes(bytes).subspan(place);
      const auto some = static_cast<std::size_t>(random.below(rest.size()) + 1);
      for (const std::size_t size : {rest.size(), some, rest.size()}) {
        const bool at_end = random.below(2) == 0;
        link::PlainLines nothing;
        const link::Probe once = probe_p1(rest.first(size), at_end, true, place - gone, plain);
        const link::Probe anew = probe_p1(rest.first(size), at_end, true, 0, nothing);
        ++asked;
        cut += anew.why && anew.why->fault == Fault::truncated_telegram;
        CAPTURE(text);
        CAPTURE(place);
        CAPTURE(size);
        REQUIRE(once.answer == anew.answer);
        REQUIRE(once.needed == anew.needed);
        REQUIRE(once.frame.bytes.size() == anew.frame.bytes.size());
        REQUIRE(once.is_weak == anew.is_weak);
        REQUIRE(once.why.has_value() == anew.why.has_value());
        REQUIRE(once.why_size == anew.why_size);
        if (once.why) REQUIRE(once.why->fault == anew.why->fault);
      }
    }
  }
  MESSAGE(asked, " times, ", cut, " of them cut");
  CHECK(cut > 100);
}

TEST_CASE("p1 frames: identification lines without a telegram cost what other heads cost") {
  constexpr std::size_t kSize = 100'000;
  const auto cost = [](std::string_view unit) {
    const ByteVector bytes = text_bytes(repeated(unit, kSize / unit.size()));
    double least = test::kMinutes;
    for (int round = 0; round < 3; ++round) {
      least = std::min(least, test::cpu_time([&] { CHECK(framed(bytes).frames().empty()); }));
    }
    return least;
  };
  const double other = cost("\x68\x01\x01\x68");
  for (const std::string_view unit : {"/ABC5\r\n\x02", "/ABC5\r\nx"}) {
    const double took = cost(unit);
    CHECK(took < 20 * other);
    MESSAGE((took / other), " times");
  }
}

}  // namespace meterpipe::test
