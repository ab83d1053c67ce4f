// Whatever the simulator's encoders write, the decoders read the same out of it: random APDUs and
// values of every type, ciphered by every service and suite, cut into blocks and segments, framed
// by every link, handed over in random pieces.
#include <doctest/doctest.h>

#include <algorithm>

#include "apdu/ciphered.hpp"
#include "apdu/notification.hpp"
#include "apdu/tags.hpp"
#include "link/frame.hpp"
#include "sim/apdu.hpp"
#include "sim/link.hpp"
#include "support/apdu_random.hpp"
#include "support/random.hpp"
#include "support/random_data.hpp"
#include "transport/receiver.hpp"
namespace meterpipe::test {

namespace {

constexpr int kRounds = 4000;

struct Received : transport::ReceiverSink {
  std::vector<ByteVector> apdus;
  int errors = 0;
  void on_frame(const link::Frame&) override {}
  void on_message(const transport::Message& message) override { apdus.push_back(message.bytes); }
  void on_rsp_ud(const link::Frame&, const link::RspUd&) override { ++errors; }
  void on_error(const Error&, std::uint64_t, Bytes) override { ++errors; }
};

link::LinkSettings settings_for(RandomData& random, sim::Link one) {
  // A bare APDU of random bytes may hold anything, another link's frames too.
  if (one != sim::Link::none && random.below(2) == 0) return {};
  switch (one) {
    case sim::Link::mbus: return {.link = link::Link::mbus};
    case sim::Link::hdlc: return {.link = link::Link::hdlc};
    case sim::Link::wrapper: return {.link = link::Link::wrapper};
    case sim::Link::none: break;
  }
  return {.link = link::Link::none};
}
transport::Receiver receiver_for(RandomData& random, sim::Link one, Received& sink) {
  return transport::Receiver(sink, settings_for(random, one));
}

sim::HdlcAddress random_address(RandomData& random) {
  sim::HdlcAddress address{};
  address.size = static_cast<std::uint8_t>(1U << random.below(3));
  for (std::uint8_t i = 0; i < address.size; ++i) {
    const std::size_t last = i + 1U == address.size ? 1 : 0;
    address.bytes[i] = static_cast<std::uint8_t>(random.below(128) << 1 | last);
  }
  return address;
}

// A form that can carry an APDU of this size.
sim::LinkForm random_form(RandomData& random, std::size_t size) {
  sim::LinkForm form;
  form.link = static_cast<sim::Link>(random.below(4));
  if (random.below(3) == 0) {
    form.blocks = {.size = static_cast<std::uint32_t>(1 + size / 60 + random.below(240)),
                   .streaming = random.below(4) != 0,
                   .window = static_cast<std::uint8_t>(random.below(64)),
                   .acknowledged = 0};
    form.blocks.less_in_first =
        form.blocks.size > 3 ? static_cast<std::uint32_t>(random.below(4)) : 0;
  }
  const std::size_t whole = form.blocks.size == 0 ? size : form.blocks.size + 9;
  const std::size_t least = whole / 16 + 6;
  form.mbus.length =
      least > 250 || random.below(4) == 0
          ? 256 + static_cast<std::uint32_t>(random.below(3))
          : static_cast<std::uint32_t>(std::min<std::size_t>(250, least + random.below(200)));
  form.hdlc.destination = random_address(random);
  form.hdlc.source = random_address(random);
  form.hdlc.flags = static_cast<sim::Flags>(random.below(3));
  form.hdlc.segment_control = random.below(2) == 0 ? 0x03 : 0x13;
  form.hdlc.llc_quality = random.below(4) == 0 ? 0xe6 : 0xe7;
  form.hdlc.room = static_cast<std::uint32_t>(
      std::min<std::size_t>(sim::longest_information(form.hdlc), 4 + random.below(400)));
  // Port 0 is no station's.
  form.wrapper = {static_cast<std::uint16_t>(1 + random.below(65535)),
                  static_cast<std::uint16_t>(1 + random.below(65535))};
  return form;
}

// The APDUs one behind the other over one line, cut anywhere.
std::vector<ByteVector> over_the_line(RandomData& random, const sim::LinkForm& form,
                                      const std::vector<ByteVector>& apdus, int& errors) {
  ByteVector stream;
  for (const ByteVector& apdu : apdus) {
    std::vector<ByteVector> frames;
    REQUIRE(sim::to_frames(form, apdu, {}, frames));
    for (const ByteVector& frame : frames) append(stream, frame);
  }
  Received sink;
  transport::Receiver receiver = receiver_for(random, form.link, sink);
  for (std::size_t at = 0; at < stream.size();) {
    const std::size_t size = std::min(stream.size() - at, 1 + random.below(300));
    receiver.push(Bytes(stream).subspan(at, size));
    at += size;
  }
  receiver.end_of_message();
  errors = sink.errors;
  return sink.apdus;
}

struct Ciphered {
  ByteVector sent;
  sim::CipherKeys keys;
  sim::CipherHead head;
  std::uint8_t control = 0;
};

Ciphered random_ciphering(RandomData& random, Bytes plain) {
  constexpr std::array<std::uint8_t, 6> kTags{0xdb, 0xdb, 0xdc, 0xdd, 0xc8, 0xd0};
  Ciphered one;
  one.control = static_cast<std::uint8_t>((1 + random.below(3)) << 4 | random.below(3));
  if (random.below(5) == 0) one.control |= apdu::kBroadcast;
  const std::size_t size = sim::key_length(one.control);
  one.keys = {random.bytes(size), random.bytes(size), random.bytes(size)};
  one.head.title = block<8>(random.bytes(8));
  one.head.counter = number<std::uint32_t>(random.bytes(4));
  one.head.length_width = static_cast<unsigned>(random.below(4));
  one.head.tag = kTags[random.below(kTags.size())];
  // The service's own tag, where it has one.
  if (one.head.tag == 0xc8) one.head.tag = sim::glo_tag(plain[0]).value_or(0xdb);
  if (one.head.tag == 0xd0) one.head.tag = sim::ded_tag(plain[0]).value_or(0xdc);
  const bool general = one.head.tag == 0xdb || one.head.tag == 0xdc;
  if (general && random.below(6) == 0) one.head.title_form = sim::TitleForm::empty;
  if (one.head.tag == 0xdd) {
    one.head.general = {random.bytes(random.below(12)), random.bytes(8 * random.below(2)),
                        random.bytes(12 * random.below(2)), random.bytes(random.below(20)),
                        random.below(2) == 0};
  }
  sim::Cipherer(one.control, one.keys).add(one.sent, one.head, plain);
  return one;
}

ByteVector deciphered(const Ciphered& one, Bytes received) {
  const auto parsed = apdu::parse_ciphered(received);
  REQUIRE(parsed);
  CHECK(parsed->counter == one.head.counter);
  apdu::Key key(one.keys.ek, one.keys.ak, one.keys.broadcast, "");
  apdu::Key* list[]{&key};
  apdu::Security security = apdu::security_of(*parsed);
  if (security.title.empty()) {
    REQUIRE(security.title.assign(one.head.title));  // as --system-title does
  } else {
    CHECK(to_hex(parsed->title) == to_hex(one.head.title));
  }
  ByteVector read;
  REQUIRE(apdu::decipher(*parsed, list, apdu::AuthMode::check, security, read));
  CHECK((security.auth == apdu::Auth::verified) == ((one.control & apdu::kAuthenticated) != 0));
  return read;
}

struct Notified {
  Value value;
  sim::NotificationHead head;
  ByteVector plain;
};

Notified random_notification(RandomData& random) {
  Notified one{random.value(4),
               {.invoke = number<std::uint32_t>(random.bytes(4)),
                .form = static_cast<sim::TimeForm>(random.below(3)),
                .time = block<12>(random.bytes(12))},
               {}};
  sim::add_notification_head(one.plain, one.head);
  sim::DataWriter data(one.plain);
  write(data, one.value);
  return one;
}

void same_tree(const Notified& one, Bytes read) {
  axdr::Nodes nodes;
  const auto notification = apdu::parse_notification(read, nodes);
  REQUIRE(notification);
  CHECK(notification->invoke_and_priority == one.head.invoke);
  CHECK(notification->tagged_time == (one.head.form == sim::TimeForm::tagged));
  CHECK(to_hex(notification->date_time) ==
        (one.head.form == sim::TimeForm::none ? "" : to_hex(one.head.time)));
  REQUIRE(difference(one.value, read, nodes, 0) == "");
}

}  // namespace

TEST_CASE("random messages come back as they were written") {
  MESSAGE("seed " << seed() << ", " << kRounds << " messages (METERPIPE_SEED repeats it)");
  RandomData random(seed());
  std::array<int, 8> carried{};  // by link, and in blocks
  int deciphering = 0, left_out = 0, others = 0;
  for (int round = 0; round < kRounds; ++round) {
    CAPTURE(seed());
    CAPTURE(round);
    const Notified one = random_notification(random);
    ByteVector plain = one.plain;
    bool notified = true;
    if (random.below(3) == 0) {
      do plain = random_apdu(random, apdu::kApduTags[random.below(apdu::kApduTags.size())].tag);
      while (apdu::find_apdu_tag(plain[0])->family != apdu::Family::plain);
      notified = false;
      ++others;
    }
    std::optional<Ciphered> ciphered;
    if (random.below(4) != 0) ciphered = random_ciphering(random, plain);
    const ByteVector& sent = ciphered ? ciphered->sent : plain;

    const sim::LinkForm form = random_form(random, sent.size());
    ByteVector received = sent;
    // Sixteen segments are the most; a few bytes that nothing frames are told from no noise.
    const bool fits = form.link == sim::Link::mbus   ? sent.size() <= 16 * 240
                      : form.link == sim::Link::none ? sent.size() >= 24
                                                     : true;
    if (fits) {
      CAPTURE(static_cast<int>(form.link));
      CAPTURE(form.blocks.size);
      CAPTURE(to_hex(Bytes(sent).first(std::min<std::size_t>(40, sent.size()))));
      int errors = 0;
      // Not the same one twice: a repeated block or segment counts once.
      ByteVector before;
      sim::add_notification_head(
          before, {.invoke = number<std::uint32_t>(random.bytes(4)), .form = sim::TimeForm::none});
      sim::DataWriter(before).structure(0);  // a head that tells, where no link does
      const auto apdus = over_the_line(random, form, {before, sent}, errors);
      CHECK(errors == 0);
      REQUIRE(apdus.size() == 2);
      REQUIRE(to_hex(apdus[0]) == to_hex(before));
      REQUIRE(to_hex(apdus[1]) == to_hex(sent));
      received = apdus[1];
      ++carried[static_cast<std::size_t>(form.link) + (form.blocks.size != 0 ? 4 : 0)];
    } else {
      ++left_out;
    }
    if (ciphered) {
      received = deciphered(*ciphered, received);
      ++deciphering;
    }
    REQUIRE(to_hex(received) == to_hex(plain));
    if (notified) same_tree(one, received);
  }
  MESSAGE("M-Bus " << carried[0] << ", HDLC " << carried[1] << ", wrapper " << carried[2]
                   << ", bare " << carried[3] << "; in blocks " << carried[4] << ", " << carried[5]
                   << ", " << carried[6] << ", " << carried[7] << "; deciphered " << deciphering
                   << ", other APDUs " << others << "; not carried " << left_out);
  CHECK(carried[0] > kRounds / 10);
  CHECK(deciphering > kRounds / 6);
  for (const int count : carried) CHECK(count > kRounds / 30);
}

}  // namespace meterpipe::test
