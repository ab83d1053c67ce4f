// Messages of simulated meters for the doctor's tests, and what it says of them.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "base/hex.hpp"
#include "base/timestamp.hpp"
#include "doctor/message_evidence.hpp"
#include "sim/simulator.hpp"
#include "support/random.hpp"

namespace meterpipe::test {

inline constexpr std::int64_t kStart = 1'782'000'000;  // 2026-06-21, in summer time

inline readings::ProfileSet builtin_profiles() {
  readings::ProfileSet set;
  set.use_builtin();
  return set;
}

// Keys of the test's own; those that all meters of an operator have stay.
inline sim::CipherKeys random_keys(Random& random, const sim::Meter& meter, std::uint8_t control) {
  const std::size_t size = sim::key_length(control);
  sim::CipherKeys keys{random.bytes(size), random.bytes(size), random.bytes(size)};
  if (meter.fixed_ak.size() == size) keys.ak.assign(meter.fixed_ak.begin(), meter.fixed_ak.end());
  return keys;
}

struct Sent {
  ByteVector plain, apdu;
  std::int64_t utc = 0;
  std::uint32_t counter = 0;
};

inline std::vector<Sent> messages_of(const sim::Meter& meter, std::optional<std::uint8_t> control,
                                     const sim::CipherKeys& keys, std::uint64_t seed,
                                     std::int64_t start, std::size_t count,
                                     std::uint32_t period = 5) {
  sim::SimSettings settings;
  settings.meter = &meter;
  settings.seed = seed;
  settings.start = start;
  settings.period = period;
  settings.control = control;
  settings.keys = keys;
  sim::Simulator simulator(settings);
  std::vector<Sent> sent;
  for (std::size_t i = 0; i < count; ++i) {
    const sim::Message& message = **simulator.next();
    sent.push_back({message.plain, message.apdu, message.utc, message.counter});
  }
  return sent;
}

// The message as another meter would cipher it: what a garbled title or key comes to.
inline ByteVector ciphered(const sim::Meter& meter, std::uint8_t control,
                           const sim::CipherKeys& keys, const Sent& sent) {
  ByteVector out;
  sim::Cipherer(control, keys)
      .add(out, {.title = meter.title, .counter = sent.counter, .length_width = meter.length_width},
           sent.plain);
  return out;
}

inline std::string key_line(const std::string& title, Bytes ek, Bytes ak = {}) {
  return "title=" + title + " ek=" + to_hex(ek) + (ak.empty() ? "" : " ak=" + to_hex(ak)) + "\n";
}

struct Verdict {
  doctor::Layer layer = doctor::Layer::none;
  doctor::Cause cause = doctor::Cause::none;
  std::array<doctor::Finding, 5> findings;  // cipher, key, apdu, layout, clock

  const doctor::Finding& key() const { return findings[1]; }
  const doctor::Finding& layout() const { return findings[3]; }
  const doctor::Finding& clock() const { return findings[4]; }
  bool has_remark(std::string_view code) const {
    for (const doctor::Finding& finding : findings) {
      for (const doctor::Remark& remark : finding.remarks) {
        if (remark.code == code) return true;
      }
    }
    return false;
  }
  // Everything that a person would read.
  std::string text() const {
    std::string all;
    for (const doctor::Finding& finding : findings) {
      all += std::string(name(finding.state)) + ' ' + std::string(code_of(finding.cause)) + ": " +
             finding.text + ' ' + finding.advice + '\n';
      for (const doctor::Remark& remark : finding.remarks) all += "  " + remark.text + '\n';
      for (const doctor::Fact& fact : finding.facts) {
        if (const auto* text = std::get_if<std::string>(&fact.value)) all += "  " + *text + '\n';
      }
    }
    return all;
  }
};

struct Came {
  ByteVector apdu;
  std::string ts;  // or empty
  std::string source;
};

inline std::string ts_at(std::int64_t utc) { return format_timestamp(utc * Micros{1'000'000}); }

inline Verdict judge(const std::vector<Came>& stream, const std::string& keys,
                     const std::string& title = {}, apdu::AuthMode mode = apdu::AuthMode::check) {
  std::vector<std::string> warnings;
  const keys::KeyRing ring = keys::KeyRing::parse(keys, "keys", warnings);
  doctor::MessageSettings settings;
  settings.keys = &ring;
  settings.auth = mode;
  if (!title.empty()) settings.title = *keys::parse_title(title);
  doctor::MessageEvidence evidence(settings, builtin_profiles());
  for (const Came& one : stream) {
    record::ApduRecord record;
    record.head.ts = one.ts;
    record.head.src = one.source;
    record.bytes = one.apdu;
    evidence.apdu(record);
  }
  Verdict verdict;
  verdict.findings = {evidence.judge_cipher(), evidence.judge_key(), evidence.judge_apdu(),
                      evidence.judge_layout(), evidence.judge_clock()};
  for (std::size_t i = 0; i < verdict.findings.size(); ++i) {
    if (verdict.findings[i].state != doctor::State::broken) continue;
    verdict.layer = static_cast<doctor::Layer>(static_cast<std::size_t>(doctor::Layer::cipher) + i);
    verdict.cause = verdict.findings[i].cause;
    break;
  }
  return verdict;
}

inline std::vector<Came> as_sent(const std::vector<Sent>& sent, bool with_ts = false) {
  std::vector<Came> stream;
  for (const Sent& one : sent) stream.push_back({one.apdu, with_ts ? ts_at(one.utc) : "", "port"});
  return stream;
}

// How often the doctor was right.
struct Hits {
  int all = 0, layer = 0, cause = 0;
  void count(const Verdict& verdict, doctor::Cause cause_of_it) {
    ++all;
    layer += verdict.layer == doctor::layer_of(cause_of_it) ? 1 : 0;
    cause += verdict.cause == cause_of_it ? 1 : 0;
  }
};

}  // namespace meterpipe::test
