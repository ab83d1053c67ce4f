// What is answered on M-Bus, and what never is.
#include "serial/answerer.hpp"

#include <doctest/doctest.h>

#include "base/time.hpp"
#include "support/mbus.hpp"
#include "support/random.hpp"
#include "support/text.hpp"

namespace meterpipe::serial {
namespace {

using namespace test;

constexpr std::uint8_t kAddress = 0xf0;

// How many answers these pieces get, one piece each 20 ms.
int answers_to(const std::vector<ByteVector>& pieces, std::int64_t pause_us = 20'000,
               const std::vector<std::size_t>& marked = {}) {
  Answerer answerer(kAddress);
  int answers = 0;
  Arrival arrival{0, kSecond};
  for (const ByteVector& piece : pieces) {
    answers += answerer.push(piece, marked, arrival) ? 1 : 0;
    arrival.steady_us += pause_us;
  }
  return answers;
}

ByteVector of_master(Random& random, std::uint8_t c = 0x53, std::uint8_t a = kAddress) {
  return long_frame(c, a, 0x5b, random.bytes(random.between(1, 200)));
}

std::vector<ByteVector> bytewise(const ByteVector& bytes) {
  std::vector<ByteVector> pieces;
  for (const std::uint8_t byte : bytes) pieces.push_back({byte});
  return pieces;
}

}  // namespace

TEST_CASE("answer: the search and each message to the address, however they come in pieces") {
  Random random;
  INFO("seed ", seed());
  CHECK(answers_to({hex("1040f03016")}) == 1);
  CHECK(answers_to(bytewise(hex("1040f03016"))) == 1);
  for (int round = 0; round < 200; ++round) {
    const std::uint8_t c = random.one_in(2) ? 0x53 : 0x73;
    const ByteVector frame = of_master(random, c);
    CHECK(answers_to({frame}) == 1);
    CHECK(answers_to(bytewise(frame)) == 1);
    CHECK(answers_to({frame, frame, hex("1040f03016")}, kSecond) == 3);
  }
}

TEST_CASE("answer: nothing but whole frames of a master to the address with a right checksum") {
  Random random;
  INFO("seed ", seed());
  for (const char* other : {"1040f13116", "1040fe3e16", "1040ff3f16", "1008f0f816", "e5",
                            "1040f03116", "1040f030", "1040f0301600"}) {
    CAPTURE(other);
    CHECK(answers_to({hex(other)}) == 0);
  }
  // What a slave of this address says is not for it; nor are broadcasts.
  CHECK(answers_to({of_master(random, 0x08)}) == 0);
  CHECK(answers_to({of_master(random, 0x53, 0xfe)}) == 0);
  int answered = 0;
  for (int round = 0; round < 60; ++round) {
    const ByteVector frame = of_master(random);
    for (std::size_t bit = 0; bit < 8 * frame.size(); ++bit) {
      ByteVector damaged = frame;
      damaged[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
      answered += answers_to({damaged});
    }
    const std::size_t cut = random.below(frame.size());
    answered += answers_to({ByteVector(frame.begin(), frame.begin() + cut)});
    answered += answers_to({join(frame, random.bytes(random.between(1, 9)))});
    answered += answers_to({frame}, 20'000, {random.below(frame.size())});
    answered += answers_to({random.bytes(random.between(1, 500))});
  }
  CHECK(answered == 0);
}

TEST_CASE("answer: a frame that stopped halfway is given up; the next is answered") {
  Random random;
  INFO("seed ", seed());
  for (int round = 0; round < 100; ++round) {
    const ByteVector frame = of_master(random);
    const std::size_t cut = random.between(1, frame.size() - 1);
    const ByteVector half(frame.begin(), frame.begin() + cut);
    CHECK(answers_to({half, frame}, kSecond) == 1);
    Answerer answerer(kAddress);
    CHECK_FALSE(answerer.push(half, {}, {0, kSecond}));
    answerer.forget();
    CHECK(answerer.push(frame, {}, {0, kSecond + 1000}));
  }
}

}  // namespace meterpipe::serial
