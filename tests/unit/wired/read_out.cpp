// Answers of mode C (IEC 62056-21): STX, lines, ETX, BCC.
#include <doctest/doctest.h>

#include "link/framer.hpp"
#include "readings/p1.hpp"
#include "unit/wired/folder.hpp"

namespace meterpipe::test {
namespace {

ByteVector answer(std::string_view lines) {
  std::string text = "/LGZ4ZMF100AC.M26\r\n\x02";
  const std::size_t begin = text.size();
  text += lines;
  text += "!\r\n\x03";
  char bcc = 0;
  for (std::size_t i = begin; i < text.size(); ++i) bcc = static_cast<char>(bcc ^ text[i]);
  text += bcc;
  return {text.begin(), text.end()};
}

struct Telegrams final : link::FrameSink {
  std::vector<ByteVector> all;
  std::vector<Fault> faults;
  void on_frame(const link::Frame& frame) override {
    if (frame.kind == link::FrameKind::p1) all.emplace_back(frame.bytes.begin(), frame.bytes.end());
  }
  void on_skipped(const link::Skipped& run) override { faults.push_back(run.why.fault); }
};

Telegrams telegrams(Bytes bytes, std::size_t step) {
  Telegrams sink;
  link::Framer framer;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    framer.push(bytes.subspan(at, std::min(step, bytes.size() - at)), sink);
  }
  framer.gap(sink);
  return sink;
}

}  // namespace

TEST_CASE("an answer of mode C ends with its BCC, which must fit") {
  const ByteVector one = answer("F.F(00)\r\n1.8.0(000191.34*kWh)\r\n");
  ByteVector two = one;
  append(two, answer("1.8.0(000191.35*kWh)\r\n"));
  for (const std::size_t step : {std::size_t{1}, std::size_t{5}, two.size()}) {
    const Telegrams sink = telegrams(two, step);
    REQUIRE(sink.all.size() == 2);
    CHECK(sink.all[0] == one);
    CHECK(sink.faults.empty());
  }
  ByteVector wrong = one;
  wrong[30] ^= 1;
  const Telegrams refused = telegrams(wrong, wrong.size());
  CHECK(refused.all.empty());
  CHECK(refused.faults == std::vector<Fault>(1, Fault::bad_bcc));
  readings::P1Telegram telegram;
  REQUIRE(readings::parse_p1(one, true, telegram));
  REQUIRE(telegram.values.size() == 2);
  CHECK(telegram.sent[1].number == "191.34");
}

TEST_CASE("an answer with one wrong bit behind STX, or a part of one, is none") {
  const ByteVector one = answer("1.8.0(000191.34*kWh)\r\n1.6.1(01.234*kW)(21-11-05 17:45)\r\n");
  const std::size_t stx = 19;
  REQUIRE(one[stx] == 0x02);
  std::size_t found = 0;
  for (std::size_t bit = (stx + 1) * 8; bit < one.size() * 8; ++bit) {
    ByteVector wrong = one;
    wrong[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    // Without its ! or ETX it is a telegram like any other, of which nothing but the end is wrong.
    const Telegrams sink = telegrams(wrong, wrong.size());
    for (const ByteVector& telegram : sink.all) {
      readings::P1Telegram read;
      if (!readings::parse_p1(telegram, true, read)) continue;
      ++found;
      for (const readings::Sent& sent : read.sent) {
        CHECK((sent.number.empty() || sent.number == "191.34" || sent.number == "1.234"));
      }
    }
  }
  CHECK(found <= 16);
  for (std::size_t cut = 1; cut + 4 < one.size(); ++cut) {
    CHECK(telegrams(Bytes(one).first(cut), cut).all.empty());
  }
}

TEST_CASE("read-outs of real meters") {
  std::size_t values = 0;
  for (const std::string name : {"d0-EBZ_DD3.bin", "d0-ISK_MT174.bin", "d0-short_codes.bin"}) {
    const std::string text = content(wired_folder() / name);
    if (text.empty()) {
      MESSAGE("no ", name, " (METERPIPE_WIRED): nothing compared");
      continue;
    }
    INFO(name);
    const Telegrams sink = telegrams(as_bytes(text), 3);
    REQUIRE(sink.all.size() == 1);
    readings::P1Telegram telegram;
    REQUIRE(readings::parse_p1(sink.all[0], true, telegram));
    CHECK(telegram.bad.empty());
    values += telegram.values.size();
    CHECK(telegram.values.size() == (name == "d0-EBZ_DD3.bin"     ? 12
                                     : name == "d0-ISK_MT174.bin" ? 4
                                                                  : 8));
  }
  MESSAGE(values << " values");
}

}  // namespace meterpipe::test
