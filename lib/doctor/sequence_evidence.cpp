#include "doctor/sequence_evidence.hpp"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

namespace meterpipe::doctor {
namespace {

// Messages around the end of a counter's 32 bits.
constexpr std::int64_t kWrap = 65536;
// A clock without deviation goes back by an hour once a year.
constexpr std::int64_t kRepeatedHour = 3600, kSlack = 60;
// A meter that begins anew is below this share of what it was at.
constexpr std::int64_t kLow = 8;

std::string messages_of(std::uint64_t count) { return counted(count, "message"); }

}  // namespace

SequenceEvidence::Meter* SequenceEvidence::meter_of(std::string_view name, bool by_counter) {
  auto found = meters_.find(name);
  if (found == meters_.end()) {
    if (meters_.size() >= kMostMeters) return nullptr;
    found = meters_.try_emplace(std::string(name)).first;
    found->second.by_counter = by_counter;
  }
  return &found->second;
}

SequenceEvidence::Meter::Seen SequenceEvidence::Meter::see(std::uint64_t hash) {
  ++messages;
  if (messages > 1 && hash == last_hash) {
    ++repeated;
    return Seen::again;
  }
  last_hash = hash;
  if (std::ranges::find(hashes, hash) != hashes.end()) {
    ++replayed;
    return Seen::before;
  }
  if (hashes.size() < kKept) {
    hashes.push_back(hash);
  } else {
    hashes[next] = hash;
    next = (next + 1) % kKept;
  }
  return Seen::fresh;
}

void SequenceEvidence::Meter::fall(std::int64_t to) {
  ++backwards;
  restart = to;
  before_restart = most;
  since_restart = 0;
  passed = false;
}

// One step down to a low value, and up from there.
bool SequenceEvidence::Meter::is_restart() const {
  return by_counter && backwards == 1 && since_restart >= 2 && !passed &&
         restart < before_restart / kLow;
}

void SequenceEvidence::counted(std::string_view name, Bytes apdu, std::uint32_t counter) {
  if (Meter* meter = meter_of(name, true); meter != nullptr) count(*meter, apdu, counter);
}

void SequenceEvidence::invoked(std::string_view name, Bytes apdu, std::uint32_t invoke) {
  Meter* meter = meter_of(name, true);
  if (meter == nullptr) return;
  meter->by_invoke = true;
  count(*meter, apdu, invoke);
}

void SequenceEvidence::count(Meter& meter, Bytes apdu, std::int64_t now) {
  if (meter.see(std::hash<std::string_view>()(as_text(apdu))) != Meter::Seen::fresh) return;
  if (meter.hashes.size() == 1 && meter.messages == 1) {
    meter.first = meter.last = meter.most = now;
    return;
  }
  const std::int64_t end = std::int64_t{1} << (meter.by_invoke ? 24 : 32);
  if (now == meter.last) {
    ++meter.same_counter;
  } else if (now > meter.last) {
    ++meter.steps;
    ++meter.since_restart;
    if (meter.backwards > 0 && now > meter.before_restart) meter.passed = true;
  } else if (meter.last >= end - kWrap && now < kWrap) {
    meter.most = 0;  // it begins again at the end of its bits
  } else {
    meter.fall(now);
  }
  meter.last = now;
  meter.most = std::max(meter.most, now);
}

void SequenceEvidence::timed(std::string_view name, Bytes apdu, const MeterTime& time) {
  Meter* meter = meter_of(name, false);
  if (meter == nullptr) return;
  if (meter->see(std::hash<std::string_view>()(as_text(apdu))) != Meter::Seen::fresh) return;
  const std::int64_t now = time.seconds;
  const bool begins = meter->hashes.size() == 1 && meter->messages == 1;
  if (!begins && time.zoned == meter->last_zoned && now < meter->last) {
    const std::int64_t back = meter->last - now;
    const bool autumn = !time.zoned && back <= kRepeatedHour + kSlack;
    if (!autumn) meter->fall(now);
  }
  meter->last = now;
  meter->last_zoned = time.zoned;
}

void SequenceEvidence::judge(Finding& finding) const {
  std::uint64_t messages = 0, repeated = 0, replayed = 0, backwards = 0, same = 0;
  const Meter* worst = nullptr;
  const Meter* longest = nullptr;
  bool all_restarts = true;
  for (const auto& [name, meter] : meters_) {
    if (!meter.counts()) continue;
    messages += meter.messages;
    repeated += meter.repeated;
    replayed += meter.replayed;
    backwards += meter.backwards;
    same += meter.same_counter;
    const std::uint64_t bad = meter.replayed + meter.backwards;
    if (bad > 0 && (worst == nullptr || bad > worst->replayed + worst->backwards)) worst = &meter;
    if (bad > 0 && (meter.replayed > 0 || !meter.is_restart())) all_restarts = false;
    if (meter.by_counter && (longest == nullptr || meter.messages > longest->messages)) {
      longest = &meter;
    }
  }
  if (longest != nullptr) {
    finding.fact("counter_first", static_cast<std::uint64_t>(longest->first));
    finding.fact("counter_last", static_cast<std::uint64_t>(longest->last));
  }
  if (repeated > 0) {
    finding.fact("repeated", repeated);
    finding.remark(true, "repeated", "{} came twice, one behind the other", messages_of(repeated));
  }
  finding.remark(same > 0, "counter-stands",
                 "{} with the counter of the message before that {} not the same",
                 messages_of(same), same == 1 ? "is" : "are");
  if (worst == nullptr) return;
  // A clock that jumps makes times fall, not the order of the messages.
  if (finding.state != State::ok && replayed == 0 && !worst->by_counter) return;
  finding.fact("replayed", replayed);
  finding.fact("backwards", backwards);
  finding.advice.clear();
  finding.confidence = 0.95;
  const bool replay = replayed > 0 && replayed >= backwards;
  finding.cause = replay ? Cause::counter_replay : Cause::counter_backwards;
  finding.state = all_restarts ? State::suspicious : state_of(replayed + backwards, messages);
  const char* what = worst->by_counter ? "counter" : "time";
  if (replay) {
    finding.say("{} of {} {} been here before", replayed, messages_of(messages),
                replayed == 1 ? "has" : "have");
  } else if (all_restarts) {
    finding.say("the counter began anew: {} behind {}", worst->restart, worst->before_restart);
    finding.confidence = 0.8;
  } else {
    finding.say("the {} went backwards {} in {}", what,
                backwards == 1 ? "once" : fmt::format("{} times", backwards),
                messages_of(messages));
  }
}

}  // namespace meterpipe::doctor
