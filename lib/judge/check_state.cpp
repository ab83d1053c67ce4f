// The form in which what is known of a meter outlives the process: netstrings (state/state_text).
//
//   state    = version heard known [ baseline ] count [ n { key } baseline ]
//              known: 0 or 1; count: of the candidate, 0 where there is none
//   baseline = [ ts ] [ time ] id n { title counter } n { counted }
//   counted  = key unit number exponent motion moment moment grain step steps offbeat
//   moment   = [ micros ] [ micros ]    before the baseline's ts and time
//
// An item in brackets within baseline and moment is an empty text where there is none.
#include "judge/check_state.hpp"

#include "base/whole_number.hpp"
#include "state/state_text.hpp"

namespace meterpipe::judge {
namespace {

constexpr std::string_view kCheckVersion = "2";  // 1: words (check_words.cpp)

void write_moment(state::StateWriter& to, const Moment& moment, const Moment& latest) {
  const auto before = [&to](const std::optional<Micros>& base, const std::optional<Micros>& time) {
    to.optional(time ? std::optional(base.value_or(0) - *time) : std::nullopt);
  };
  before(latest.ts, moment.ts);
  before(latest.time, moment.time);
}

void write_counter(state::StateWriter& to, const Baseline::Counter& counter, const Moment& latest) {
  const Decimal& number = counter.number;
  to.add(counter.key, counter.unit, (number.negative ? "-" : "") + std::to_string(number.magnitude),
         number.exponent, static_cast<int>(counter.motion));
  write_moment(to, counter.changed, latest);
  write_moment(to, counter.seen, latest);
  to.add(counter.grain, counter.step, counter.steps, counter.offbeat ? 1 : 0);
}

void write_baseline(state::StateWriter& to, const Baseline& baseline) {
  to.add(baseline.at.ts, baseline.at.time, baseline.id, baseline.titles.size());
  for (const Baseline::Title& known : baseline.titles) to.add(known.title, known.counter);
  to.add(baseline.counters.size());
  for (const Baseline::Counter& counter : baseline.counters) {
    write_counter(to, counter, baseline.at);
  }
}

// A reader that also knows what the values of a baseline may be.
class CheckReader {
 public:
  explicit CheckReader(std::string_view text) : from_(text) {}

  std::optional<SavedCheck> saved() {
    SavedCheck saved;
    if (from_.text() != kCheckVersion) return std::nullopt;
    saved.heard = from_.natural();
    if (from_.flag()) saved.state.known = baseline();
    if (const std::uint64_t count = from_.natural(); count != 0) {
      if (!saved.state.known) return std::nullopt;
      Candidate& candidate = saved.state.candidate.emplace();
      candidate.count = count;
      for (auto n = size(Candidate::kMostFailed); n > 0; --n) {
        candidate.failed.push_back(from_.natural());
      }
      candidate.baseline = baseline();
    }
    if (!from_.done() || !sound_) return std::nullopt;
    return saved;
  }

 private:
  std::int64_t size(std::size_t most) { return from_.number(0, static_cast<std::int64_t>(most)); }

  std::optional<Micros> time(Micros base = 0, int sign = 1) {
    const auto value = from_.optional_time();
    if (!value) return std::nullopt;
    const Micros at = base + sign * *value;
    sound_ = sound_ && at <= kMostMicros && at >= -kMostMicros;
    return at;
  }

  Moment moment(const Moment& latest) {
    Moment moment;
    moment.ts = time(latest.ts.value_or(0), -1);
    moment.time = time(latest.time.value_or(0), -1);
    return moment;
  }

  Decimal number() {
    std::string_view digits = from_.text();
    Decimal number;
    number.negative = digits.starts_with('-');
    if (number.negative) digits.remove_prefix(1);
    const auto magnitude = whole_number<std::uint64_t>(digits);
    sound_ = sound_ && magnitude;
    number.magnitude = magnitude.value_or(0);
    number.exponent = static_cast<int>(from_.number(-kMostExponent, kMostExponent));
    return number;
  }

  Baseline::Counter counter(const Moment& latest) {
    Baseline::Counter counter;
    counter.key = from_.natural();
    counter.unit = static_cast<std::uint8_t>(from_.number(0, 255));
    counter.number = number();
    counter.motion = static_cast<Baseline::Counter::Motion>(from_.number(0, 2));
    counter.changed = moment(latest);
    counter.seen = moment(latest);
    counter.grain = static_cast<int>(from_.number(-kMostExponent, kMostExponent));
    counter.step = from_.number(0, kMostMicros);
    counter.steps = static_cast<unsigned>(from_.number(0, 2));
    counter.offbeat = from_.flag();
    return counter;
  }

  Baseline baseline() {
    Baseline baseline;
    baseline.at.ts = time();
    baseline.at.time = time();
    baseline.id = from_.natural();
    for (auto n = size(Baseline::kMostTitles); n > 0; --n) {
      const std::uint64_t title = from_.natural();
      baseline.titles.push_back({title, from_.natural()});
    }
    for (auto n = size(Baseline::kMostCounters); n > 0; --n) {
      baseline.counters.push_back(counter(baseline.at));
    }
    return baseline;
  }

  state::StateReader from_;
  bool sound_ = true;
};

}  // namespace

std::string check_text(const CheckState& state, std::uint64_t heard) {
  state::StateWriter to;
  to.add(kCheckVersion, heard, state.known ? 1 : 0);
  if (state.known) write_baseline(to, *state.known);
  to.add(state.candidate ? state.candidate->count : 0);
  if (state.candidate) {
    to.add(state.candidate->failed.size());
    for (const std::uint64_t key : state.candidate->failed) to.add(key);
    write_baseline(to, state.candidate->baseline);
  }
  return to.take();
}

std::optional<SavedCheck> read_check_text(std::string_view text) {
  if (!state::has_version(text, kCheckVersion)) return read_check_words(text);
  return CheckReader(text).saved();
}

}  // namespace meterpipe::judge
