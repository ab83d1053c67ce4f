// Damage: over every simulated meter and every link that checks its frames, any byte is changed and
// the end is cut anywhere. What comes out are the messages that were not damaged, and no other.
//
// A damaged message may come out only as it was sent: where the byte is a flag, which no check
// covers, or where the next frame's flag is the FCS byte that was cut. METERPIPE_THOROUGH: every
// byte of every message; else a sample of them.
#include <cstdlib>
#include <string>

#include "base/hex.hpp"
#include "link/frame.hpp"
#include "sim/simulator.hpp"
#include "support/random.hpp"
#include "transport/receiver.hpp"
#include "unit/sim/fault_run.hpp"

namespace meterpipe::damage_test {

namespace {

using sim::Meter;

bool is_thorough() { return std::getenv("METERPIPE_THOROUGH") != nullptr; }

struct Sent {
  std::string name;  // meter and link
  link::Link link;   // that checks it
  std::vector<ByteVector> apdus;
  std::vector<ByteVector> bytes;  // of each message, on the line
};

constexpr std::size_t kSent = 4;

// Nothing where the link cannot carry the meter's messages.
std::optional<Sent> send(const Meter& meter, std::optional<sim::Link> link) {
  sim::SimSettings settings;
  settings.meter = &meter;
  settings.start = sim::kFirstStart + 3600 * 24 * 2500LL;
  settings.control = meter.layout == sim::Layout::telegram ? std::nullopt : meter.control;
  settings.keys = sim::own_keys(meter, meter.control.value_or(0));
  const bool is_telegram = meter.layout == sim::Layout::telegram;
  if (is_telegram != !link.has_value()) return std::nullopt;
  if (is_telegram && !meter.telegram_crc) return std::nullopt;
  if (link) {
    settings.link = meter.link;
    settings.link->link = *link;
  }
  Sent sent{std::string(meter.name), link::Link::p1, {}, {}};
  if (link) sent.link = *link == sim::Link::mbus ? link::Link::mbus : link::Link::hdlc;
  sent.name += !link ? " p1" : *link == sim::Link::mbus ? " mbus" : " hdlc";
  sim::Simulator simulator(settings);
  for (std::size_t i = 0; i < kSent; ++i) {
    const auto message = simulator.next();
    if (!message) return std::nullopt;
    sent.apdus.push_back((*message)->apdu);
    ByteVector bytes;
    for (const ByteVector& frame : (*message)->frames) append(bytes, frame);
    sent.bytes.push_back(std::move(bytes));
  }
  return sent;
}

std::vector<ByteVector> received(const std::vector<ByteVector>& parts, link::Link link, bool gaps) {
  fault_test::Received sink;
  transport::Receiver receiver(sink, {link, true});
  for (const ByteVector& part : parts) {
    receiver.push(part);
    if (gaps) receiver.end_of_frame();
  }
  receiver.end_of_message();
  return sink.apdus;
}

// What a telegram's CRC is over, without the CRs: it may lose them, and what stands behind its `!`.
ByteVector said(const ByteVector& telegram) {
  ByteVector text(telegram.begin(), std::find(telegram.begin(), telegram.end(), std::uint8_t{'!'}));
  std::erase(text, std::uint8_t{'\r'});
  return text;
}

// Of the messages those but for `which`, which may be there if it is as it was sent.
bool is_right(const Sent& sent, std::vector<ByteVector> got, std::size_t which) {
  if (sent.link == link::Link::p1 && got.size() == sent.apdus.size() &&
      said(got[which]) == said(sent.apdus[which])) {
    got[which] = sent.apdus[which];
  }
  std::vector<ByteVector> without = sent.apdus;
  without.erase(without.begin() + static_cast<std::ptrdiff_t>(which));
  return got == without || got == sent.apdus;
}

struct Counts {
  std::uint64_t meters = 0, changed = 0, cut = 0, whole = 0;
};

void try_one(const Sent& sent, std::size_t which, std::vector<ByteVector> parts, link::Link link,
             Counts& counts) {
  for (const bool gaps : {false, true}) {
    const std::vector<ByteVector> got = received(parts, link, gaps);
    if (!is_right(sent, got, which)) {
      CAPTURE(sent.name);
      CAPTURE(which);
      CAPTURE(gaps);
      CAPTURE(static_cast<int>(link));
      CAPTURE(got.size());
      CAPTURE(to_hex(parts[which]));
      CAPTURE(to_hex(sent.bytes[which]));
      FAIL_CHECK("not the messages that were undamaged");
      return;
    }
    counts.whole += got.size() == sent.apdus.size() ? 1 : 0;
  }
}

}  // namespace

TEST_CASE("a damaged frame never becomes a reading, and costs no other one") {
  test::Random random;
  INFO("seed ", test::seed());
  constexpr std::uint64_t kSample = 30;  // of the bytes of a message
  Counts counts;
  for (const Meter& meter : sim::meters()) {
    for (const auto link : {std::optional(sim::Link::mbus), std::optional(sim::Link::hdlc),
                            std::optional<sim::Link>()}) {
      const auto sent = send(meter, link);
      if (!sent) continue;
      ++counts.meters;
      for (const link::Link asked : {link::Link::automatic, sent->link}) {
        REQUIRE(received(sent->bytes, asked, true) == sent->apdus);
        const std::size_t which = asked == link::Link::automatic ? 1 : random.below(kSent);
        const std::size_t size = sent->bytes[which].size();
        // Any byte in the thorough run; else the first and last ones, and some.
        const auto wanted = [&](std::size_t at) {
          return is_thorough() || random.below(size) < kSample ||
                 (random.one_in(4) && (at < 20 || at + 6 > size));
        };
        for (std::size_t at = 0; at < size; ++at) {
          if (!wanted(at)) continue;
          std::vector<ByteVector> parts = sent->bytes;
          parts[which][at] ^= static_cast<std::uint8_t>(random.between(1, 255));
          try_one(*sent, which, parts, asked, counts);
          ++counts.changed;
          if (!wanted(at)) continue;
          parts = sent->bytes;
          parts[which].resize(at);
          try_one(*sent, which, parts, asked, counts);
          ++counts.cut;
        }
      }
    }
  }
  CHECK(counts.meters >= 100);
  MESSAGE("seed ", test::seed(), ": ", counts.meters, " meters and links, ", counts.changed,
          " bytes changed, ", counts.cut, " ends cut, ", counts.whole, " came out as sent");
}

}  // namespace meterpipe::damage_test
