// lib/decode: thousands of sources in one stream, the bound on what they hold, and which loss is of
// a message that began before.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "decode/frame_sources.hpp"
#include "support/links.hpp"
#include "support/mbus.hpp"
#include "support/random.hpp"
#include "support/text.hpp"

namespace meterpipe::decode {
namespace {

struct Counting final : FrameRecordSink {
  void give(const record::ApduRecord&) override { ++apdus; }
  void give(const record::FrameRecord&) override {}
  void give(const record::MbusRecord&) override {}
  void give(const record::ErrorRecord& error) override {
    ++errors;
    lost += error.bytes.size();
    starts += error.start ? 1 : 0;
  }
  std::size_t apdus = 0, errors = 0, lost = 0, starts = 0;
};

// A message of two frames of M-Bus, 1 kB of which come before its end.
std::vector<ByteVector> parts_of(test::Random& random) {
  using test::hex, test::join, test::long_frame;
  ByteVector data = random.bytes(900);
  const ByteVector apdu = join(hex("db084d54501122334455820389"), hex("21"), random.bytes(4), data);
  const ByteVector a(apdu.begin(), apdu.begin() + 240), b(apdu.begin() + 240, apdu.begin() + 480),
      c(apdu.begin() + 480, apdu.begin() + 720), d(apdu.begin() + 720, apdu.end());
  const auto frame = [](const char* ci, const ByteVector& part) {
    return long_frame(0x53, 0xff, hex(ci)[0], join(hex("0167"), part));
  };
  return {join(frame("00", a), frame("01", b), frame("02", c)), frame("13", d)};
}

}  // namespace

TEST_CASE("10,000 interleaved sources, each with an unfinished message of 1 kB, lose nothing") {
  test::Random random;
  const FrameSettings settings;
  Counting counting;
  FrameSources sources("test", settings, counting, nullptr);
  const auto parts = parts_of(random);
  constexpr std::size_t kSources = 10'000;
  for (const ByteVector& part : parts) {
    for (std::size_t i = 0; i < kSources; ++i) {
      sources.push("source " + std::to_string(i), part, {});
      REQUIRE(sources.memory() <= FrameSources::kMostBytes);
    }
  }
  CHECK(counting.apdus == kSources);
  CHECK(counting.errors == 0);
  MESSAGE(kSources << " sources hold " << sources.memory() / kSources << " bytes each");
}

TEST_CASE("beyond the bound the one silent for longest is let go, and what it loses is said") {
  test::Random random;
  INFO("seed ", test::seed());
  const FrameSettings settings;
  Counting counting;
  constexpr std::size_t kBound = 400'000;
  FrameSources sources("test", settings, counting, nullptr, kBound);
  const auto parts = parts_of(random);
  std::size_t most = 0;
  for (int i = 0; i < 2000; ++i) {
    sources.push("source " + std::to_string(i), parts[0], {});
    most = std::max(most, sources.size());
    REQUIRE(sources.memory() <= kBound);
  }
  CHECK(most > 50);
  CHECK(counting.errors == 2000 - sources.size());
  CHECK(counting.lost >= counting.errors * 720);
  // The ones that are left go on where they were; what that adds costs one or two of them.
  const std::size_t left = sources.size();
  for (std::size_t i = 2000; i > 2000 - left; --i) {
    sources.push("source " + std::to_string(i - 1), parts[1], {});
  }
  CHECK(counting.apdus <= left);
  CHECK(counting.apdus + 3 >= left);
}

TEST_CASE("the first message lacks a segment: a start only where its beginning is what it lacks") {
  test::Random random;
  const ByteVector all = test::llc(test::notification(random, 20));
  test::HdlcSettings more;
  more.segmented = true;
  const std::size_t third = all.size() / 3;
  const ByteVector first = test::hdlc_frame(Bytes(all).first(third), more),
                   second = test::hdlc_frame(Bytes(all).subspan(third, third), more),
                   last = test::hdlc_frame(Bytes(all).subspan(2 * third), {});
  const auto starts = [&](const std::vector<ByteVector>& frames) {
    const FrameSettings settings;
    Counting counting;
    FrameSources sources("test", settings, counting, nullptr);
    for (const ByteVector& frame : frames) sources.push("source", frame, {});
    CHECK(counting.apdus == 1);
    CHECK(counting.errors != 0);
    return counting.starts;
  };
  ByteVector damaged = second;
  damaged[damaged.size() - 5] ^= 1;
  CHECK(starts({first, damaged, last, first, second, last}) == 0);
  CHECK(starts({second, last, first, second, last}) == 1);
}

}  // namespace meterpipe::decode
