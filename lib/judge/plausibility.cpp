#include "judge/plausibility.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "os/log.hpp"

namespace meterpipe::judge {
namespace {

constexpr std::string_view kCheckPrefix = "check/";
constexpr std::size_t kMostReasons = 4;
// So many readings of a meter between two lines that it is refused: two that share one name differ
// at every message.
constexpr std::uint64_t kQuietFor = 100;
constexpr Micros kSlowest = 60'000'000;  // the way of the slower of two sources

std::string all_of(const std::vector<std::string>& own, const std::vector<std::string>& compared) {
  std::string text;
  std::size_t n = 0;
  for (const auto* faults : {&own, &compared}) {
    for (const std::string& fault : *faults) {
      if (++n > kMostReasons) continue;
      if (n > 1) text += "; ";
      text += fault;
    }
  }
  if (n > kMostReasons) text += fmt::format("; and {} more", n - kMostReasons);
  return text;
}

}  // namespace

Plausibility::Plausibility(state::Meters& meters, flow::Stage& next,
                           const flow::Observers& observers, PlausibilitySettings settings)
    : flow::PassingStage(next),
      observers_(observers),
      settings_(std::move(settings)),
      meters_(meters, kCheckPrefix) {}

void Plausibility::reading(record::Line& line, record::ReadingRecord& reading,
                           state::Meter& meter) {
  if (!settings_.enabled) {
    observers_.tell(&flow::Observer::believed, reading, meter);
    next().reading(line, reading, meter);
    return;
  }
  make_sample(reading, settings_, known_, sample_);
  Known& known = meters_.of(meter);
  if (sample_.unproved) known.consistency.check(reading, sample_);
  const Judgement judgement = judge_next(meter.name(), known, reading.head.src);
  meters_.change(meter);
  if (judgement.reason.empty()) {
    known.src = reading.head.src;
    if (sample_.unproved) known.consistency.adopt(reading, sample_);
    say_accepted(meter.name(), known, judgement.new_beginning);
    if (!sample_.unset_clock.empty() && !std::exchange(known.said_unset, true)) {
      os::log_warning(
          "meter {}: its clock says {}: it was never set; its readings are taken by ts, when they "
          "came",
          meter.name(), sample_.unset_clock);
    }
    observers_.tell(&flow::Observer::believed, reading, meter);
    next().reading(line, reading, meter);
  } else if (judgement.duplicate) {
    say_sources(meter.name(), known, reading.head.src);
    next().refused(line, reading, meter, judgement.reason);
    observers_.tell(&flow::Observer::duplicate, reading, meter);
  } else {
    say_refused(meter.name(), known, judgement.reason);
    next().refused(line, reading, meter, judgement.reason);
    observers_.tell(&flow::Observer::refused, reading, meter, judgement.reason);
  }
}

// A meter that ciphers does not turn plain by itself: whoever reaches the line could say so.
// However many such readings agree, they are no new beginning.
void Plausibility::check_ciphering(const std::string& name, Known& meter) {
  if (!sample_.is_plain || !meter.known || meter.known->titles.empty()) return;
  if (std::ranges::find(settings_.plain_meters, name) != settings_.plain_meters.end()) {
    meter.known->titles.clear();  // from now on
    return;
  }
  sample_.faults.push_back(fmt::format(
      "not ciphered, and this meter's messages were: forged, or the operator has turned it off "
      "(--plain-meter {})",
      name));
}

// A clock that was never set does no harm where `ts` tells the time. One that was right has been
// lost: the meter was without power, or is another.
void Plausibility::check_unset_clock(const Known& meter) {
  if (sample_.unset_clock.empty() || !meter.known) return;
  if (meter.known->at.time.value_or(0) < kFirstGoodTime) return;
  sample_.faults.push_back(before_2010(sample_.unset_clock));
}

Plausibility::Judgement Plausibility::judge_next(const std::string& name, Known& meter,
                                                 std::string_view src) {
  check_ciphering(name, meter);
  check_unset_clock(meter);
  Verdict verdict;
  if (meter.known) verdict = judge(sample_, *meter.known, settings_);
  if (verdict.timeless && !said_timeless_) {
    os::log_warning(
        "readings without ts and without a time of the meter: how far a counter may jump is "
        "not checked");
    said_timeless_ = true;
  }
  if (is_duplicate(meter, src, verdict)) {
    return {fmt::format("repeated: {} came from {} already", sample_.id_text, meter.src), false,
            true};
  }
  if (!sample_.faults.empty()) {
    meter.candidate.reset();
  } else if (verdict.fits()) {
    if (!meter.known) meter.known.emplace();
    adopt(sample_, *meter.known);
    if (meter.candidate && vouches_for(*meter.candidate)) meter.candidate.reset();
    return {};
  } else if (!verdict.repeated && join_candidate(meter, verdict)) {
    // What the new readings have not said stays as it was: they may come in several lists.
    Baseline& known = *meter.known;
    const Baseline& fresh = meter.candidate->baseline;
    std::erase_if(known.counters,
                  [&](const auto& counter) { return fresh.find(counter.key) != nullptr; });
    const std::size_t room = Baseline::kMostCounters - known.counters.size();
    known.counters.insert(
        known.counters.end(), fresh.counters.begin(),
        fresh.counters.begin() + static_cast<long>(std::min(room, fresh.counters.size())));
    if (fresh.at.ts) known.at.ts = fresh.at.ts;
    if (fresh.at.time) known.at.time = fresh.at.time;
    known.id = fresh.id;
    for (const Baseline::Title& title : fresh.titles) {
      std::erase_if(known.titles, [&](const auto& one) { return one.title == title.title; });
      if (known.titles.size() == Baseline::kMostTitles) known.titles.erase(known.titles.begin());
      known.titles.push_back(title);
    }
    agreeing_ = meter.candidate->count;
    refused_for_ = verdict.faults.empty() ? std::string() : verdict.faults.front();
    meter.candidate.reset();
    return {{}, true, false};
  }
  return {all_of(sample_.faults, verdict.faults), false, false};
}

// The same message by another way, which may be the slower one by some messages.
bool Plausibility::is_duplicate(const Known& meter, std::string_view src,
                                const Verdict& verdict) const {
  if (meter.src.empty() || src.empty() || meter.src == src || !sample_.faults.empty()) return false;
  if (verdict.repeated) return true;
  const auto &now = sample_.at.ts, &then = meter.known->at.ts;
  return verdict.older && now && then && std::abs(*now - *then) <= kSlowest;
}

// True: enough of them.
bool Plausibility::join_candidate(Known& meter, const Verdict& verdict) {
  if (settings_.accept_after == 0) return false;
  if (meter.candidate) {
    const Verdict among = judge(sample_, meter.candidate->baseline, settings_);
    if (among.repeated) return false;  // of the row's own: neither one more nor its end
    if (!among.fits()) meter.candidate.reset();
  }
  if (!meter.candidate) meter.candidate.emplace();
  Candidate& candidate = *meter.candidate;
  adopt(sample_, candidate.baseline);
  ++candidate.count;
  for (const std::uint64_t key : verdict.keys) {
    const auto& failed = candidate.failed;
    if (failed.size() < Candidate::kMostFailed && std::ranges::find(failed, key) == failed.end()) {
      candidate.failed.push_back(key);
    }
  }
  return candidate.count >= settings_.accept_after && !is_replay(sample_, *meter.known, verdict);
}

// Whether the reading speaks of anything that had failed.
bool Plausibility::vouches_for(const Candidate& candidate) const {
  return std::ranges::any_of(candidate.failed, [&](std::uint64_t key) {
    if (key == kMessageKey) {
      const auto& titles = candidate.baseline.titles;
      return std::ranges::any_of(titles,
                                 [&](const auto& known) { return known.title == sample_.title; });
    }
    if (key == kClockKey) return sample_.at.time || sample_.at.ts;
    return std::ranges::any_of(sample_.counters,
                               [&](const Sample::Value& value) { return value.key == key; });
  });
}

void Plausibility::say_sources(const std::string& name, Known& meter, std::string_view src) {
  if (meter.said_sources) return;
  meter.said_sources = true;
  os::log_warning(
      "meter {} is read by two sources: {}, {}: what the one has brought is refused "
      "of the other",
      name, meter.src, src);
}

void Plausibility::say_refused(const std::string& name, Known& meter, std::string_view reason) {
  ++meter.refused;
  ++meter.since_said;
  if (meter.refusing || (meter.said && meter.since_said < kQuietFor)) return;
  os::log_warning("meter {}: reading refused: {}", name, reason);
  meter.refusing = meter.said = true;
  meter.since_said = 0;
}

void Plausibility::say_accepted(const std::string& name, Known& meter, bool new_beginning) {
  ++meter.since_said;
  if (new_beginning && (meter.refusing || !meter.said || meter.since_said >= kQuietFor)) {
    os::log_warning(
        "meter {}: {} readings in a row fit each other and not what was before ({}): the last one "
        "is "
        "accepted (another meter, a reset, a new key, a clock that was set?); {} were refused",
        name, agreeing_, refused_for_, meter.refused);
    meter.said = true;
    meter.since_said = 0;
  } else if (meter.refusing) {
    os::log_info("meter {}: readings are accepted again, {} refused", name, meter.refused);
  } else {
    return;
  }
  meter.refusing = false;
  meter.refused = 0;
}

void Plausibility::save_changes(const Save& save) {
  meters_.save_changes(save, [&](const state::Meter& meter, const Known& known) {
    save(std::string(kCheckPrefix) + meter.name(), check_text(known, meter.heard()));
  });
}

void Plausibility::restore(std::string_view key, std::string_view text) {
  if (!settings_.enabled || !key.starts_with(kCheckPrefix)) return;
  auto saved = read_check_text(text);
  if (!saved) return;
  const state::Meter& meter =
      meters_.meters().restored(key.substr(kCheckPrefix.size()), saved->heard);
  Known known;
  static_cast<CheckState&>(known) = std::move(saved->state);
  meters_.restore(meter, std::move(known));
  if (saved->is_older) meters_.change(meter);
}

}  // namespace meterpipe::judge
