#include "judge/baseline.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/table.hpp"

namespace meterpipe::judge {
namespace {

constexpr Micros kMostBackwards = 2 * kHour;  // a zone, a summer time, a clock that was set
constexpr Micros kUnordered = 5 * kSecond;    // two ways here
constexpr Micros kOnTheWay = 2 * kSecond;     // how unevenly messages arrive
constexpr Micros kStep = 900 * kSecond, kLongestStep = kHour;  // of counters that stand in between
constexpr Micros kUnknownStep = kLongestStep + kLongestStep / 8;
constexpr Micros kOften = 60 * kSecond;
constexpr Micros kOneMessage = kSecond / 2;  // heard by two; nobody asks a meter as often

std::optional<Micros> distance(const std::optional<Micros>& a, const std::optional<Micros>& b) {
  if (!a || !b) return std::nullopt;
  return std::max(*a, *b) - std::min(*a, *b);
}

// How long ago: by the clock that has seen more of it. What was late in a queue has a `ts` that
// knows less than the meter does; and a clock that was set back has moved as well.
std::optional<Micros> elapsed(const Moment& then, const Moment& now, bool trust_meter) {
  const auto by_ts = distance(then.ts, now.ts), by_meter = distance(then.time, now.time);
  if (!by_meter || (by_ts && !trust_meter)) return by_ts;
  return by_ts ? std::max(*by_ts, *by_meter) : by_meter;
}

bool a_step_between(const std::optional<Micros>& a, const std::optional<Micros>& b) {
  return a && b && *a / kStep != *b / kStep;
}

// Between the last time it was seen and now a quarter of an hour was full, by one of the clocks.
bool at_a_quarter(const Baseline::Counter& known, const Moment& now) {
  return a_step_between(known.seen.ts, now.ts) || a_step_between(known.seen.time, now.time);
}

// limit * span, in W h, or the most that there is. The product alone may want more than 64 bits: of
// both the thousandths of an hour are taken off first, watts * span / milli_hour is exact so.
Decimal energy(std::uint64_t watts, Micros span) {
  constexpr std::uint64_t milli_hour = kHour / 1000;
  const auto time = static_cast<std::uint64_t>(span);
  const std::uint64_t rest = time % milli_hour;
  std::uint64_t whole = 0, milli = 0;
  const bool fits = !__builtin_mul_overflow(watts, time / milli_hour, &whole) &&
                    !__builtin_mul_overflow(watts / milli_hour, rest, &milli) &&
                    !__builtin_add_overflow(whole, milli, &milli) &&
                    !__builtin_add_overflow(milli, watts % milli_hour * rest / milli_hour, &milli);
  return {fits ? milli : ~std::uint64_t{0}, -3, false};
}

constexpr std::uint64_t kOverflow = std::uint64_t{1} << 32, kNearOverflow = 1'000'000;

std::string_view why_backwards(const Decimal& before, const Decimal& now) {
  const bool wrapped = before.magnitude < kOverflow &&
                       before.magnitude > kOverflow - kNearOverflow &&
                       now.magnitude < kNearOverflow;
  return wrapped ? " (32 bits have run over?)" : "";
}

class Judge {
 public:
  Judge(const Sample& sample, const Baseline& baseline, const PlausibilitySettings& settings)
      : sample_(sample), baseline_(baseline), settings_(settings) {}

  Verdict run() {
    check_message();
    check_time();
    for (const Sample::Value& value : sample_.counters) check_counter(value);
    return std::move(verdict_);
  }

 private:
  void fault(std::uint64_t key, std::string text) {
    verdict_.faults.push_back(std::move(text));
    verdict_.keys.push_back(key);
  }

  void check_message() {
    // Without a ts and without a cipher's counter an idle meter says the same again and again.
    const bool tells = sample_.title || sample_.at.ts;
    if (sample_.id != 0 && sample_.id == baseline_.id && tells && !is_told_by_ts()) {
      verdict_.repeated = true;
      fault(kMessageKey, fmt::format("repeated: {} was the last message", sample_.id_text));
      return;
    }
    if (!sample_.title) return;
    for (const Baseline::Title& known : baseline_.titles) {
      if (known.title != *sample_.title) continue;
      if (sample_.counter > known.counter) {
        verdict_.newer = true;
        continue;
      }
      verdict_.older = true;
      if (sample_.counter == known.counter) {
        fault(kMessageKey, fmt::format("repeated: counter {} was there before", sample_.counter));
      } else {
        fault(kMessageKey,
              fmt::format("counter {} is older than {}, by {} (a replay?)", sample_.counter,
                          known.counter, known.counter - sample_.counter));
      }
    }
  }

  // A message whose id is that of the last one, and which is another one.
  bool is_told_by_ts() const {
    const auto apart = distance(baseline_.at.ts, sample_.at.ts);
    return sample_.id_recurs && apart && *apart > kOneMessage;
  }

  // A topic of state never goes back in time.
  void check_time() {
    const auto &then = baseline_.at, &now = sample_.at;
    if (then.ts && now.ts && *then.ts - *now.ts > kUnordered) {
      verdict_.late = true;
      fault(kClockKey, fmt::format("older: ts {} after {}", format_timestamp(*now.ts),
                                   format_timestamp(*then.ts)));
    }
    if (!settings_.clock_limit || sample_.bad_clock || !then.time || !now.time) return;
    if (*then.time - *now.time <= kMostBackwards) return;
    fault(kClockKey, fmt::format("time runs backwards: {} after {}", format_timestamp(*now.time),
                                 format_timestamp(*then.time)));
  }

  void check_counter(const Sample::Value& value) {
    const Baseline::Counter* known = baseline_.find(value.key);
    if (known == nullptr || known->unit != value.what.unit.code) return;
    const int order = compare(value.number, known->number);
    verdict_.forwards |= order > 0;
    if (order < 0 && value.what.course == cosem::Course::counter) {
      verdict_.backwards = true;
      fault(value.key, fmt::format("{} runs backwards: {} after {}{}", value.obis,
                                   with_unit(value.number, value), with_unit(known->number, value),
                                   why_backwards(known->number, value.number)));
      return;
    }
    // Import - export falls as slowly as it rises.
    if (order < 0 && value.what.course == cosem::Course::begins_again) return;
    if (order != 0 && value.what.by_power && settings_.power_limit) check_jump(value, *known);
  }

  // How long what it counts now may have been coming together without being shown.
  Micros unseen(const Baseline::Counter& known, Micros since_seen) const {
    const bool trust = settings_.clock_limit.has_value();
    const Micros since_changed = elapsed(known.changed, sample_.at, trust).value_or(since_seen);
    Micros most = 0;
    if (known.steps > 0) {
      most = known.step + known.step / 8 + since_seen;  // when it was seen is not when it was
      if (known.steps < 2) most = std::min(most, kUnknownStep);
    } else if (since_changed <= kUnknownStep + since_seen) {
      most = since_changed;
    }
    Micros span = std::max(since_seen, std::min(since_changed, most));
    if (!known.offbeat && at_a_quarter(known, sample_.at)) {
      using Motion = Baseline::Counter::Motion;
      if (known.motion == Motion::moved) {
        span = std::max(span, std::min(since_changed, kLongestStep));
      } else if (known.motion == Motion::still || since_seen <= kOften) {
        // What came together before we listened. To be seen once is enough only for one that comes
        // often.
        span += kLongestStep;
      }
    }
    return span;
  }

  void check_jump(const Sample::Value& value, const Baseline::Counter& known) {
    const auto since = elapsed(known.seen, sample_.at, settings_.clock_limit.has_value());
    if (!since) {
      verdict_.timeless = true;
      return;
    }
    const Micros shown = unseen(known, *since);
    Micros span = shown + kOnTheWay;
    if (sample_.at_two_times) span += kHour;
    // By how much it moved, but for two of the last digits: one here and one there were cut.
    auto moved = subtract(value.number, known.number);
    const int last_digit = std::min(value.grain, known.grain);
    if (moved) moved = subtract(absolute(*moved), Decimal::of_unsigned(2, last_digit));
    if (moved && compare(*moved, energy(*settings_.power_limit, span)) <= 0) return;
    fault(value.key,
          fmt::format("{} jumps from {} to {} within {}, more than {} W allow "
                      "(--power-limit)",
                      value.obis, with_unit(known.number, value), with_unit(value.number, value),
                      span_text(shown), *settings_.power_limit));
  }

  const Sample& sample_;
  const Baseline& baseline_;
  const PlausibilitySettings& settings_;
  Verdict verdict_;
};

}  // namespace

const Baseline::Counter* Baseline::find(std::uint64_t key) const {
  return find_row(counters, key, &Counter::key);
}

Verdict judge(const Sample& sample, const Baseline& baseline,
              const PlausibilitySettings& settings) {
  return Judge(sample, baseline, settings).run();
}

bool is_replay(const Sample& sample, const Baseline& baseline, const Verdict& verdict) {
  const auto earlier = [](const std::optional<Micros>& now, const std::optional<Micros>& then) {
    return now && then && *now < *then;
  };
  const bool by_ts = earlier(sample.at.ts, baseline.at.ts);
  const bool by_meter = earlier(sample.at.time, baseline.at.time);
  // Who is on the line now gives it a new `ts`: the counter of the cipher is judged by both clocks.
  // Another meter in its place, its clock not set yet, has counters that are lower, and an old
  // time.
  if (verdict.older && (by_ts || by_meter)) return true;
  const bool have_ts = sample.at.ts && baseline.at.ts;
  if (verdict.backwards && (have_ts ? by_ts : by_meter)) return true;
  if (have_ts ? !verdict.late : !by_meter) return false;
  const bool later_by_meter =
      sample.at.time && baseline.at.time && *sample.at.time > *baseline.at.time;
  return by_meter && have_ts ? true : !later_by_meter && !verdict.newer && !verdict.forwards;
}

namespace {

// A value of a counter that is known already, another one than the last.
void move(const Sample::Value& value, const Moment& now, Baseline::Counter& known) {
  known.offbeat |= !at_a_quarter(known, now);
  if (known.motion == Baseline::Counter::Motion::moved) {
    if (const auto step = elapsed(known.changed, now, true)) {
      known.step = known.steps == 0 ? *step : std::min(known.step, *step);
      known.steps = std::min(known.steps + 1, 2u);
    }
  }
  known.motion = Baseline::Counter::Motion::moved;
  known.number = value.number;
  known.grain = std::min(known.grain, value.grain);
  known.changed = known.seen = now;
}

}  // namespace

void adopt(const Sample& sample, Baseline& baseline) {
  if (sample.at.ts) baseline.at.ts = std::max(baseline.at.ts, sample.at.ts);
  if (sample.at.time) baseline.at.time = sample.at.time;
  baseline.id = sample.id;
  if (sample.title) {
    std::erase_if(baseline.titles, [&](const auto& known) { return known.title == *sample.title; });
    if (baseline.titles.size() == Baseline::kMostTitles) {
      baseline.titles.erase(baseline.titles.begin());
    }
    baseline.titles.push_back({*sample.title, sample.counter});
  }
  using Counter = Baseline::Counter;
  for (const Sample::Value& value : sample.counters) {
    Counter* known = find_row(baseline.counters, value.key, &Counter::key);
    const std::uint8_t unit = value.what.unit.code;
    const Counter fresh{value.key, unit,      value.number, Counter::Motion::fresh,
                        sample.at, sample.at, value.grain};
    if (known == nullptr) {
      if (baseline.counters.size() < Baseline::kMostCounters) baseline.counters.push_back(fresh);
    } else if (known->unit != unit) {
      *known = fresh;
    } else if (compare(known->number, value.number) == 0) {
      if (known->motion == Counter::Motion::fresh) known->motion = Counter::Motion::still;
      known->seen = sample.at;
    } else {
      move(value, sample.at, *known);
    }
  }
}

}  // namespace meterpipe::judge
