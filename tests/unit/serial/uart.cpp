// The simulated line: what one UART sends, another samples.
#include <doctest/doctest.h>

#include <bit>

#include "base/hex.hpp"
#include "serial/uart.hpp"
#include "sim/household.hpp"
#include "unit/serial/simulated_uart.hpp"

namespace meterpipe::serial {

using test::line;

namespace {

ByteVector random_bytes(std::uint64_t seed, std::size_t count) {
  ByteVector bytes;
  for (std::size_t i = 0; i < count; ++i) {
    bytes.push_back(static_cast<std::uint8_t>(sim::mix(seed * 1000003 + i)));
  }
  return bytes;
}

}  // namespace

TEST_CASE("the same settings on both sides give every byte, none marked") {
  int tried = 0;
  for (const char* text : {"300-7E1", "300-8N1", "1200-8E1", "2400-8E1", "2400-8N1", "2400-8O1",
                           "2400-8E2", "9600-8N1", "9600-7E1", "115200-8N1", "57600-5N1"}) {
    const LineSettings both = line(text);
    ByteVector bytes = random_bytes(both.baud, 300);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(byte & ((1 << both.data_bits) - 1));
    for (const Resync resync : {Resync::edge, Resync::level}) {
      const Sampled got = received(bytes, both, {both, Polarity::normal, resync});
      CHECK(got.bytes == bytes);
      CHECK(got.marked.empty());
      CHECK(got.ends.size() == bytes.size());
      ++tried;
    }
  }
  CHECK(tried == 22);
}

TEST_CASE("a baud rate that is off by 3 % is borne, one by 8 % is not") {
  const ByteVector bytes = random_bytes(7, 200);
  for (const std::uint32_t baud : {9312U, 9888U}) {
    LineSettings reader = line("9600-8N1");
    reader.baud = baud;
    CHECK(received(bytes, line("9600-8N1"), {reader}).bytes == bytes);
  }
  for (const std::uint32_t baud : {8832U, 10368U}) {
    LineSettings reader = line("9600-8N1");
    reader.baud = baud;
    CHECK(received(bytes, line("9600-8N1"), {reader}).bytes != bytes);
  }
}

TEST_CASE("8E1 read as 8N1: the bytes are right, those with an even parity of 0 are marked") {
  const ByteVector bytes = random_bytes(3, 400);
  const Sampled got = received(bytes, line("2400-8E1"), {line("2400-8N1")});
  CHECK(got.bytes == bytes);
  std::size_t expected = 0;
  for (const std::uint8_t byte : bytes) expected += std::popcount(byte) % 2 == 0 ? 1 : 0;
  CHECK(got.marked.size() == expected);
}

TEST_CASE("the other parity: every byte right, every byte marked") {
  const ByteVector bytes = random_bytes(4, 100);
  const Sampled got = received(bytes, line("2400-8E1"), {line("2400-8O1")});
  CHECK(got.bytes == bytes);
  CHECK(got.marked.size() == bytes.size());
}

TEST_CASE("a reader four times too fast sees runs of four samples") {
  const ByteVector bytes = random_bytes(5, 200);
  const Sampled got = received(bytes, line("2400-8E1"), {line("9600-8N1")});
  CHECK(got.bytes.size() > bytes.size());
  for (const std::uint8_t byte : got.bytes) {
    CHECK((byte == 0x00 || byte == 0x78 || byte == 0x80 || byte == 0xf8));
  }
}

TEST_CASE("7E1 read as 8N1: the parity stands in the top bit") {
  ByteVector text;
  for (const char c : std::string("/ISk5\\2MT382-1000 1-0:1.8.0(001234.567*kWh)")) {
    text.push_back(static_cast<std::uint8_t>(c));
  }
  const Sampled got = received(text, line("300-7E1"), {line("300-8N1")});
  REQUIRE(got.bytes.size() == text.size());
  CHECK(got.marked.empty());
  for (std::size_t i = 0; i < text.size(); ++i) {
    CHECK((got.bytes[i] & 0x7f) == text[i]);
    CHECK(std::popcount(got.bytes[i]) % 2 == 0);
  }
}

TEST_CASE("an inverted line gives other bytes; inverted twice the same") {
  const ByteVector bytes = *from_hex("68fafa6853ff000167db08");
  const Sampled got =
      received(bytes, line("2400-8E1"), {line("2400-8E1"), Polarity::inverted, Resync::edge});
  CHECK(!got.bytes.empty());
  CHECK(got.bytes != bytes);
}

TEST_CASE("what is over can be forgotten without a change to what comes") {
  const LineSettings both = line("2400-8E1");
  const ByteVector bytes = random_bytes(9, 50);
  Waveform wave;
  const Nanos first = wave.add(bytes, both, 1'000'000);
  const Nanos second = first + 50'000'000;
  wave.add(bytes, both, second);
  wave.forget_before(first + 1);
  const Sampled got = sample(wave, {both}, first, wave.end());
  CHECK(got.bytes == bytes);
  CHECK(got.marked.empty());
}

}  // namespace meterpipe::serial
