// What is wrong with frames, told from the bytes, and other protocols on the line.
#include <doctest/doctest.h>

#include <algorithm>

#include "base/crc16.hpp"
#include "base/hex.hpp"
#include "support/mbus.hpp"
#include "unit/doctor/stream.hpp"

namespace meterpipe::test {

namespace {

using Messages = std::vector<std::vector<ByteVector>>;

bool is_checked(const sim::Meter& meter) {
  return meter.link.link == sim::Link::mbus || meter.link.link == sim::Link::hdlc;
}

Known some_knowledge(Random& random) { return {!random.one_in(3), false, std::nullopt}; }

void put_modbus_crc(ByteVector& frame) {
  unsigned crc = 0xffff;
  for (const std::uint8_t byte : frame) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xa001U : crc >> 1;
  }
  frame.push_back(static_cast<std::uint8_t>(crc));
  frame.push_back(static_cast<std::uint8_t>(crc >> 8));
}

Burst modbus(Random& random) {
  const auto address = static_cast<std::uint8_t>(1 + random.below(30));
  const auto function = static_cast<std::uint8_t>(3 + random.below(2));
  const auto count = static_cast<std::uint8_t>(1 + random.below(20));
  ByteVector ask{address, function, random.byte(), random.byte(), 0, count};
  put_modbus_crc(ask);
  ByteVector answer{address, function};
  if (random.one_in(5)) {
    answer = {address, static_cast<std::uint8_t>(function | 0x80), 2};
  } else {
    answer.push_back(static_cast<std::uint8_t>(2 * count));
    append(answer, random.bytes(2U * count));
  }
  put_modbus_crc(answer);
  append(ask, answer);
  return {ask};
}

Burst sml(Random& random) {
  ByteVector file{0x1b, 0x1b, 0x1b, 0x1b, 1, 1, 1, 1, 0x76, 0x05};
  append(file, random.bytes(4 * (20 + random.below(50)) - 2));
  for (const int byte : {0x1b, 0x1b, 0x1b, 0x1b, 0x1a, 0}) {
    file.push_back(static_cast<std::uint8_t>(byte));
  }
  const std::uint16_t crc = crc16_x25(file);
  file.push_back(static_cast<std::uint8_t>(crc));
  file.push_back(static_cast<std::uint8_t>(crc >> 8));
  return {file};
}

Burst oms(Random& random, bool sends_values) {
  ByteVector bytes{0x10, 0x40, 0xf0, 0x30, 0x16};
  if (sends_values) {
    append(bytes, long_frame(random.one_in(2) ? 0x53 : 0x73, 0xf0, 0x5b, random.bytes(100)));
  }
  return {bytes};
}

Burst rsp_ud(Random& random) {
  ByteVector data = random.bytes(12 + random.below(60));
  data[7] = 0x07;
  return {long_frame(0x08, static_cast<std::uint8_t>(1 + random.below(250)), 0x72, data)};
}

Burst obis_lines(Random& random) {
  std::string text;
  for (int i = 0; i < 20; ++i) {
    text += "1-0:" + std::to_string(1 + random.below(4)) + ".8.0(" +
            std::to_string(random.below(1'000'000)) + "*kWh)\r\n";
  }
  const Bytes bytes = as_bytes(text);
  return {ByteVector(bytes.begin(), bytes.end())};
}

}  // namespace

TEST_CASE("doctor framing: damaged, cut and shortened frames") {
  Random random;
  INFO("seed ", seed());
  HitRate rate;
  for (const sim::Meter& meter : sim::meters()) {
    if (!is_checked(meter)) continue;
    const int count = random.one_in(4) ? 1 : static_cast<int>(2 + random.below(9));
    const Messages messages = frames_of(meter, count, random);
    const Known known = some_knowledge(random);
    const auto changed = [&](const char* name, const char* wanted, auto change) {
      Messages out = messages;
      for (auto& frames : out) {
        for (ByteVector& frame : frames) change(frame);
      }
      rate.add(name, wanted, judge(bursts_of(out), known),
               std::string(meter.name) + ", " + std::to_string(count) + " messages" +
                   (known.bursts ? ", bursts" : ""));
    };
    changed("bitflip", "framing/checksum", [&](ByteVector& frame) {
      frame[random.below(frame.size())] ^= static_cast<std::uint8_t>(1U << random.below(8));
    });
    changed("checksum", "framing/checksum", [&](ByteVector& frame) {
      frame[frame.size() - 2] ^= static_cast<std::uint8_t>(1 + random.below(255));
    });
    changed("drop-byte", "framing/cut-frames", [&](ByteVector& frame) {
      frame.erase(frame.begin() + static_cast<std::ptrdiff_t>(random.below(frame.size())));
    });
    changed("cut", "framing/cut-frames",
            [&](ByteVector& frame) { frame.resize(frame.size() * (20 + random.below(70)) / 100); });
  }
  MESSAGE(rate.text());
  CHECK(rate.least() >= 70);
  CHECK(rate.layers() * 100 >= rate.tried() * 96);
  CHECK(rate.causes() * 100 >= rate.tried() * 92);
}

TEST_CASE("doctor framing: other protocols") {
  Random random;
  INFO("seed ", seed());
  HitRate rate;
  for (int round = 0; round < 30; ++round) {
    const int count = static_cast<int>(1 + random.below(8));
    const Known known = some_knowledge(random);
    const auto several = [&](const char* name, auto make) {
      Bursts bursts;
      for (int i = 0; i < count; ++i) bursts.push_back(make());
      rate.add(name, std::string("framing/") + name, judge(bursts, known),
               std::to_string(count) + " messages" + (known.bursts ? ", bursts" : ""));
    };
    several("modbus", [&] { return modbus(random); });
    several("sml", [&] { return sml(random); });
    several("needs-answer", [&] { return oms(random, round % 2 == 0); });
    several("rsp-ud", [&] { return rsp_ud(random); });
    several("dsmr", [&] { return obis_lines(random); });
  }
  MESSAGE(rate.text());
  CHECK(rate.least() >= 70);
  CHECK(rate.layers() == rate.tried());
  CHECK(rate.causes() == rate.tried());
}

TEST_CASE("doctor framing: half frames at the edges of a capture are no fault") {
  Random random;
  INFO("seed ", seed());
  int tried = 0;
  for (const sim::Meter& meter : sim::meters()) {
    if (!is_checked(meter)) continue;
    Bursts bursts = bursts_of(frames_of(meter, 6, random));
    ByteVector& first = bursts.front().bytes;
    first.erase(first.begin(),
                first.begin() + static_cast<std::ptrdiff_t>(1 + random.below(first.size() - 1)));
    ByteVector& last = bursts.back().bytes;
    last.resize(1 + random.below(last.size() - 1));
    const Judged judged = judge(bursts, some_knowledge(random));
    CAPTURE(meter.name);
    CAPTURE(judged.line.text);
    CAPTURE(judged.framing.text);
    CHECK(judged.line.state == doctor::State::ok);
    CHECK(judged.framing.state == doctor::State::ok);
    ++tried;
  }
  MESSAGE(tried << " captures with half frames at both ends in order");
}

TEST_CASE("doctor framing: remarks") {
  Random random;
  const auto remark_of = [](const Judged& judged) {
    return judged.framing.remarks.empty() ? std::string() : judged.framing.remarks.front().code;
  };
  const Judged overflow =
      judge(bursts_of(frames_of(*sim::find_meter("sagemcom-t210d"), 2, random)), {});
  CHECK(verdict(overflow) == "none");
  CHECK(remark_of(overflow) == "l-overflow");

  Bursts both = bursts_of(frames_of(*sim::find_meter("kaifa-evn"), 3, random));
  both.insert(both.begin() + 1, rsp_ud(random));
  const Judged beside = judge(both, {});
  CHECK(verdict(beside) == "none");
  CHECK(remark_of(beside) == "rsp-ud");
}

TEST_CASE("doctor framing: less than one message") {
  Random random;
  INFO("seed ", seed());
  int tried = 0;
  for (const sim::Meter& meter : sim::meters()) {
    if (!is_checked(meter)) continue;
    const auto messages = frames_of(meter, 2, random);
    const ByteVector& frame = messages[1].front();
    if (frame.size() < 60) continue;
    // The end of a frame that is no longer, and the beginning of the next.
    const ByteVector& other = messages[0].front();
    const std::size_t tail = random.below(std::min(other.size(), frame.size()) - 1);
    Burst burst{ByteVector(other.end() - static_cast<std::ptrdiff_t>(tail), other.end())};
    // It may begin with the byte of an acknowledge.
    if (tail > 2 && random.one_in(4)) burst.bytes[0] = 0xe5;
    append(burst.bytes, Bytes(frame).first(40 + random.below(frame.size() - 40)));
    const Judged judged = judge({burst}, {false, false, std::nullopt});
    CAPTURE(meter.name);
    CAPTURE(tail);
    CAPTURE(judged.line.text);
    CAPTURE(judged.framing.text);
    // An APDU in the clear may be whole in what is left of its frame.
    if (judged.framing.text.find("1 frame whole") == 0) continue;
    CHECK(verdict(judged) == "framing/cut-frames");
    CHECK(judged.framing.confidence <= 0.6);
    CHECK(judged.framing.text.find("less than one message") != std::string::npos);
    CHECK(judged.framing.advice.find("longer") != std::string::npos);
    ++tried;
  }
  CHECK(tried > 5);
}

TEST_CASE("doctor framing: SML without its starts") {
  Random random;
  INFO("seed ", seed());
  for (int round = 0; round < 20; ++round) {
    Burst file;
    const auto entries = static_cast<int>(5 + random.below(10));
    for (int i = 0; i < entries; ++i) {
      append(file.bytes, from_hex("77070100").value_or(ByteVector{}));
      append(file.bytes, random.bytes(4));
      append(file.bytes, from_hex("ff0101621e52ff59").value_or(ByteVector{}));
      append(file.bytes, random.bytes(8));
      file.bytes.push_back(0x01);
    }
    if (random.one_in(2)) {
      append(file.bytes, from_hex("001b1b1b1b1a01").value_or(ByteVector{}));
      append(file.bytes, random.bytes(2));
    }
    const Judged judged = judge({file}, some_knowledge(random));
    CAPTURE(judged.line.text);
    CAPTURE(judged.framing.text);
    CHECK(verdict(judged) == "framing/sml");
    CHECK(judged.framing.confidence < 0.99);
  }
}

TEST_CASE("doctor framing: other protocols between messages are named") {
  Random random;
  INFO("seed ", seed());
  for (const char* name : {"kaifa-evn", "kaifa-norway", "kamstrup-norway"}) {
    const auto with = [&](auto make) {
      Bursts both = bursts_of(frames_of(*sim::find_meter(name), 6, random));
      for (int i = 0; i < 3; ++i) {
        both.insert(both.begin() + static_cast<std::ptrdiff_t>(random.below(both.size() + 1)),
                    make());
      }
      const Judged judged = judge(both, {true, false, std::nullopt});
      CAPTURE(judged.line.text);
      CAPTURE(judged.framing.text);
      CHECK(judged.line.state != doctor::State::broken);
      std::string codes;
      for (const doctor::Remark& remark : judged.framing.remarks) codes += remark.code + " ";
      return codes;
    };
    CAPTURE(name);
    CHECK(with([&] { return modbus(random); }) == "modbus ");
    CHECK(with([&] { return sml(random); }) == "sml ");
    CHECK(with([&] { return oms(random, true); }) == "needs-answer ");
    CHECK(with([&] { return obis_lines(random); }) == "dsmr ");
    CHECK(with([&] { return Burst{}; }).empty());
  }
}

}  // namespace meterpipe::test
