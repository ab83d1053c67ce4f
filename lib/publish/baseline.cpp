#include "publish/baseline.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "publish/fault_words.hpp"

namespace meterpipe::publish {
namespace {

__extension__ typedef __int128 Wide;

using record::Micros;

constexpr Micros kSecond = 1'000'000, kHour = 3600 * kSecond;
constexpr Micros kMostBackwards = 2 * kHour;  // a zone, a summer time, a clock that was set
constexpr Micros kOnTheWay = 2 * kSecond;     // how unevenly messages arrive
constexpr Micros kStep = 900 * kSecond, kLongestStep = kHour;  // of counters that stand in between
constexpr Micros kOften = 60 * kSecond;

Decimal magnitude(Decimal number) {
  number.negative = false;
  return number;
}

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

// limit * span, in W h
Decimal energy(std::uint64_t watts, Micros span) {
  const Wide milli = Wide{watts} * span / (kHour / 1000);
  const auto most = ~std::uint64_t{0};
  return {milli > Wide{most} ? most : static_cast<std::uint64_t>(milli), -3, false};
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
    if (sample_.id != 0 && sample_.id == baseline_.id) {
      verdict_.repeated = true;
      fault(kMessageKey, fmt::format("repeated: {} was the last message", sample_.id_text));
      return;
    }
    if (!sample_.title) return;
    for (const Baseline::Title& known : baseline_.titles) {
      if (known.title != *sample_.title || sample_.counter > known.counter) continue;
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

  void check_time() {
    if (!settings_.clock_limit || sample_.bad_clock) return;
    // Without a clock of the meter's, the one here.
    const bool by_meter = sample_.at.time && baseline_.at.time;
    const auto& then = by_meter ? baseline_.at.time : baseline_.at.ts;
    const auto& now = by_meter ? sample_.at.time : sample_.at.ts;
    if (!then || !now || (!by_meter && sample_.at.time)) return;
    if (*then - *now <= kMostBackwards) return;
    fault(kClockKey, fmt::format("time runs backwards: {} after {}", record::format_timestamp(*now),
                                 record::format_timestamp(*then)));
  }

  void check_counter(const Sample::Value& value) {
    const Baseline::Counter* known = baseline_.find(value.key);
    if (known == nullptr || known->measure != value.what.unit.measure) return;
    const int order = compare(value.number, known->number);
    if (order < 0 && value.what.upwards) {
      verdict_.backwards = true;
      fault(value.key, fmt::format("{} runs backwards: {} after {}{}", value.obis,
                                   with_unit(value.number, value), with_unit(known->number, value),
                                   why_backwards(known->number, value.number)));
      return;
    }
    if (order < 0 && begins_again(value)) return;
    if (order != 0 && value.what.by_power && settings_.power_limit) check_jump(value, *known);
  }

  // Import - export (D = 8) falls as slowly as it rises; any other that may fall begins again, at
  // a billing date say.
  static bool begins_again(const Sample::Value& value) {
    return !value.what.upwards && (value.what.key >> 8 & 0xff) != 8;
  }

  // Never seen to move, it may count in steps: at a full quarter of an hour it may show what came
  // together before we listened. To be seen once is enough only for one that comes often.
  bool may_be_a_step(const Baseline::Counter& known) const {
    if (!a_step_between(known.seen.ts, sample_.at.ts) &&
        !a_step_between(known.seen.time, sample_.at.time)) {
      return false;
    }
    using Motion = Baseline::Counter::Motion;
    return known.motion == Motion::still ||
           (known.motion == Motion::fresh &&
            elapsed(known.seen, sample_.at, settings_.clock_limit.has_value()) <= kOften);
  }

  void check_jump(const Sample::Value& value, const Baseline::Counter& known) {
    const auto since = elapsed(known.changed, sample_.at, settings_.clock_limit.has_value());
    if (!since) {
      verdict_.timeless = true;
      return;
    }
    Micros span = *since + kOnTheWay;
    if (may_be_a_step(known)) span += kLongestStep;
    if (sample_.at_two_times) span += kHour;
    // By how much it moved, but for two of the last digits: one here and one there were cut.
    auto moved = subtract(value.number, known.number);
    const int last_digit = std::max(value.number.exponent, known.number.exponent);
    if (moved) moved = subtract(magnitude(*moved), Decimal::of_unsigned(2, last_digit));
    if (moved && compare(*moved, energy(*settings_.power_limit, span)) <= 0) return;
    fault(value.key,
          fmt::format("{} jumps from {} to {} within {}, more than {} W allow "
                      "(--power-limit)",
                      value.obis, with_unit(known.number, value), with_unit(value.number, value),
                      span_text(*since), *settings_.power_limit));
  }

  const Sample& sample_;
  const Baseline& baseline_;
  const PlausibilitySettings& settings_;
  Verdict verdict_;
};

}  // namespace

const Baseline::Counter* Baseline::find(std::uint64_t key) const {
  for (const Counter& counter : counters) {
    if (counter.key == key) return &counter;
  }
  return nullptr;
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
  return verdict.backwards && (sample.at.ts && baseline.at.ts ? by_ts : by_meter);
}

void adopt(const Sample& sample, Baseline& baseline) {
  if (sample.at.ts) baseline.at.ts = sample.at.ts;
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
    const auto known =
        std::find_if(baseline.counters.begin(), baseline.counters.end(),
                     [&](const Counter& counter) { return counter.key == value.key; });
    const Measure measure = value.what.unit.measure;
    if (known == baseline.counters.end()) {
      if (baseline.counters.size() == Baseline::kMostCounters) continue;
      baseline.counters.push_back(
          {value.key, measure, value.number, Counter::Motion::fresh, sample.at, sample.at});
    } else if (known->measure != measure) {
      *known = {value.key, measure, value.number, Counter::Motion::fresh, sample.at, sample.at};
    } else if (compare(known->number, value.number) == 0) {
      if (known->motion == Counter::Motion::fresh) known->motion = Counter::Motion::still;
      known->seen = sample.at;
    } else {
      *known = {value.key, measure, value.number, Counter::Motion::moved, sample.at, sample.at};
    }
  }
}

}  // namespace meterpipe::publish
