// Whatever the simulator's encoders write, the decoders read the same out of it: random values of
// every type, ciphered in every way, cut into segments, handed over in random pieces.
#include <doctest/doctest.h>

#include <cstdlib>

#include "apdu/ciphered.hpp"
#include "apdu/notification.hpp"
#include "link/framer.hpp"
#include "sim/apdu.hpp"
#include "sim/mbus.hpp"
#include "transport/mbus_segments.hpp"
#include "unit/sim_random.hpp"

using namespace meterpipe;
using namespace meterpipe::test;

namespace {

constexpr int kRounds = 4000;

std::uint64_t seed_of_run() {
  const char* given = std::getenv("METERPIPE_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

struct Receiver : link::FrameSink, transport::MessageSink {
  transport::MbusSegments segments;
  std::vector<ByteVector> apdus;
  int skipped = 0, lost = 0;
  void on_frame(const link::Frame& frame) override {
    if (transport::is_segment(frame)) segments.push(frame, *this);
  }
  void on_skipped(const link::Skipped&) override { ++skipped; }
  void on_message(const transport::Message& message) override { apdus.push_back(message.bytes); }
  void on_lost(const transport::Message&, const Error&) override { ++lost; }
};

ByteVector over_the_line(RandomData& random, Bytes apdu_bytes) {
  sim::MbusForm form;
  const std::size_t least = apdu_bytes.size() / 16 + 6;
  form.length =
      random.below(4) == 0
          ? 256 + static_cast<std::uint32_t>(random.below(3))
          : static_cast<std::uint32_t>(std::min<std::size_t>(250, least + random.below(200)));
  std::vector<ByteVector> frames;
  REQUIRE(sim::to_segments(form, apdu_bytes, frames));
  ByteVector stream;
  for (const ByteVector& frame : frames) append(stream, frame);

  Receiver receiver;
  link::Framer framer;
  for (std::size_t at = 0; at < stream.size();) {
    const std::size_t size = std::min(stream.size() - at, 1 + random.below(300));
    framer.push(Bytes(stream).subspan(at, size), receiver);
    at += size;
  }
  framer.gap(receiver);
  REQUIRE(receiver.apdus.size() == 1);
  CHECK(receiver.skipped == 0);
  CHECK(receiver.lost == 0);
  return receiver.apdus[0];
}

ByteVector ciphered_and_back(RandomData& random, Bytes plain, bool& on_the_line) {
  constexpr std::array<std::uint8_t, 9> kControls{0x10, 0x20, 0x30, 0x11, 0x21,
                                                  0x31, 0x12, 0x22, 0x32};
  const std::uint8_t control = kControls[random.below(kControls.size())];
  const std::size_t size = sim::key_length(control);
  const sim::CipherKeys keys{random.bytes(size), random.bytes(size)};
  ByteVector sent;
  const sim::CipherHead head{.title = block<8>(random.bytes(8)),
                             .counter = number<std::uint32_t>(random.bytes(4)),
                             .length_width = static_cast<unsigned>(random.below(4))};
  sim::Cipherer(control, keys).add(sent, head, plain);
  if (sent.size() <= 16 * 240) {
    on_the_line = true;
    const ByteVector received = over_the_line(random, sent);
    REQUIRE(to_hex(received) == to_hex(sent));
  }
  const auto parsed = apdu::parse_ciphered(sent);
  REQUIRE(parsed);
  CHECK(parsed->counter == head.counter);
  CHECK(to_hex(parsed->title) == to_hex(head.title));
  apdu::Key key(keys.ek, keys.ak, {}, "");
  apdu::Key* list[]{&key};
  apdu::Security security = apdu::security_of(*parsed);
  ByteVector read;
  REQUIRE(apdu::decipher(*parsed, list, apdu::AuthMode::check, security, read));
  CHECK((security.auth == apdu::Auth::verified) == ((control & apdu::kAuthenticated) != 0));
  return read;
}

}  // namespace

TEST_CASE("random messages come back as they were written") {
  const std::uint64_t seed = seed_of_run();
  MESSAGE("seed " << seed << ", " << kRounds << " messages (METERPIPE_SEED repeats it)");
  RandomData random(seed);
  int on_the_line = 0;
  for (int round = 0; round < kRounds; ++round) {
    CAPTURE(seed);
    CAPTURE(round);
    const Value value = random.value(4);
    const sim::NotificationHead head{
        .invoke = number<std::uint32_t>(random.bytes(4)),
        .form = static_cast<sim::TimeForm>(random.below(3)),
        .time = block<12>(random.bytes(12)),
    };
    ByteVector plain;
    sim::add_notification_head(plain, head);
    sim::DataWriter data(plain);
    write(data, value);

    bool sent = false;
    const ByteVector read = ciphered_and_back(random, plain, sent);
    on_the_line += sent ? 1 : 0;
    REQUIRE(to_hex(read) == to_hex(plain));
    axdr::Nodes nodes;
    const auto notification = apdu::parse_notification(read, nodes);
    REQUIRE(notification);
    CHECK(notification->invoke_and_priority == head.invoke);
    CHECK(notification->tagged_time == (head.form == sim::TimeForm::tagged));
    CHECK(to_hex(notification->date_time) ==
          (head.form == sim::TimeForm::none ? "" : to_hex(head.time)));
    REQUIRE(difference(value, read, nodes, 0) == "");
  }
  CHECK(on_the_line > kRounds / 2);
}
