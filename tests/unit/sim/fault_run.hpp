// A simulated meter with faults, run: what it sends, what it says was done, what a receiver finds.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "apdu/ciphered.hpp"
#include "sim/fault_check.hpp"
#include "sim/fault_line.hpp"
#include "transport/receiver.hpp"

namespace meterpipe::fault_test {

using namespace sim;

inline constexpr std::size_t kMessages = 5;

// What comes out behind the line.
struct Received : transport::ReceiverSink {
  std::map<Fault, int> errors;
  std::vector<ByteVector> apdus;
  int frames = 0, answers = 0, resets = 0;
  void on_frame(const link::Frame& frame) override {
    ++frames;
    if (frame.kind == link::FrameKind::mbus_short && frame.c == 0x40 && frame.a == 0xf0) ++resets;
  }
  void on_message(const transport::Message& message) override { apdus.push_back(message.bytes); }
  void on_rsp_ud(const link::Frame&, const link::RspUd&) override { ++answers; }
  void on_error(const Error& error, std::uint64_t, Bytes) override { ++errors[error.fault]; }

  bool only(const std::set<Fault>& wanted) const {
    for (const auto& [fault, count] : errors) {
      if (wanted.count(fault) == 0) return false;
    }
    return true;
  }
};

// Messages of a meter with faults done to them, and the bytes that a reader gets.
struct Run {
  SimSettings settings;
  std::shared_ptr<Simulator> simulator;  // messages refer to its meter
  std::vector<Message> messages;
  std::vector<FaultNote> notes;
  std::vector<std::vector<Burst>> bursts;  // by message

  ByteVector stream() const {
    ByteVector all;
    for (const auto& some : bursts) {
      for (const Burst& burst : some) append(all, burst.bytes);
    }
    return all;
  }
  // Silence behind each message, as on a line.
  Received received(bool long_silence = false) const {
    Received sink;
    transport::Receiver receiver(sink);
    for (const auto& some : bursts) {
      for (const Burst& burst : some) receiver.push(burst.bytes);
      receiver.end_of_frame();
      if (long_silence) receiver.end_of_message();
    }
    receiver.end_of_message();
    return sink;
  }
  // No message as it was sent; without a check some bytes may look like one.
  bool none_arrived() const {
    // Where ends of messages are alike, the halves of two damaged ones may make one of them.
    const std::vector<ByteVector> apdus = received(true).apdus;
    return std::none_of(messages.begin(), messages.end(), [&](const Message& message) {
      return std::find(apdus.begin(), apdus.end(), message.apdu) != apdus.end();
    });
  }
  bool all_say(std::optional<doctor::Cause> cause) const {
    for (const FaultNote& note : notes) {
      if (note.any() && note.cause() != cause) return false;
    }
    return true;
  }
};

inline SimSettings settings_for(const Meter& meter, std::string_view faults,
                                std::uint64_t seed = 1) {
  SimSettings settings;
  settings.meter = &meter;
  settings.seed = seed;
  settings.start = 1'782'000'000;  // 2026-06-21, in summer time
  settings.control = meter.control;
  settings.keys = own_keys(meter, meter.control.value_or(0));
  if (!faults.empty()) REQUIRE(add_faults(settings.faults, faults));
  return settings;
}

inline Run play(const SimSettings& settings, std::size_t count = kMessages) {
  Run run;
  run.settings = settings;
  run.simulator = std::make_shared<Simulator>(settings);
  FaultyLine line(settings.faults, *serial::parse_line_settings(settings.meter->line),
                  settings.seed);
  const LinkForm link = settings.link.value_or(settings.meter->link);
  for (std::size_t i = 0; i < count; ++i) {
    const auto made = run.simulator->next();
    REQUIRE(made);
    const Message& message = run.messages.emplace_back(**made);
    FaultNote note = message.fault;
    line.send(message, has_check(link, message), note, run.bursts.emplace_back());
    run.notes.push_back(note);
  }
  return run;
}

// Each meter that the fault can be done to.
template <class Check>
int for_meters(std::string_view faults, Check check) {
  int done = 0;
  for (const Meter& meter : meters()) {
    const SimSettings settings = settings_for(meter, faults, 3 + meter.title[7]);
    if (why_not(settings)) continue;
    CAPTURE(meter.name);
    CAPTURE(faults);
    check(play(settings));
    ++done;
  }
  CHECK(done > 0);
  return done;
}

// The plaintext of a message with the tag checked by these keys.
inline Result<void> opened(const Run& run, const Message& message, ByteVector& plain,
                           const CipherKeys& keys) {
  const auto parsed = apdu::parse_ciphered(message.apdu);
  if (!parsed) return tl::unexpected(parsed.error());
  apdu::Key key(keys.ek, keys.ak, keys.broadcast, "");
  apdu::Key* list[]{&key};
  apdu::Security security = apdu::security_of(*parsed);
  REQUIRE(security.title.assign(run.settings.meter->title));
  const auto done = apdu::decipher(*parsed, list, apdu::AuthMode::check, security, plain);
  if (!done) return tl::unexpected(done.error());
  return {};
}

}  // namespace meterpipe::fault_test
