// The form in which a baseline outlives the process.
//
//   baseline = { word }          words in any order, blanks between them
//   word     = "t" micros        the latest ts              | "m" micros  … of the meter's clock
//            | "i" hex           hash of the last id
//            | "k" hex ":" n     a title and its counter
//            | "e" key ":" measure ":" number ":" motion ":" moment ":" moment
//              [ ":" grain ":" step ":" steps ":" offbeat ]
//   number   = [ "-" ] n "e" exponent
//   moment   = [ micros ] "," [ micros ]    before `t` and `m`
//
//   t1795366800000000 i1f00 k4b464d1020039534:1234 e4295034880:1:1327456e0:2:0,:0,
#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "cosem/units.hpp"
#include "judge/baseline.hpp"

namespace meterpipe::judge {
namespace {

constexpr Micros kMostMicros = 400'000'000'000'000'000;  // more than the years that can be written
constexpr int kMostExponent = 1000;

// What stands for `measure`, in its place: no unit; Wh, varh, VAh; W, var, VA; m³, l, J; another.
constexpr std::array<std::uint8_t, 11> kUnits{cosem::kNoUnit,   30, 32, 31, 27, 29, 28, 13, 19, 25,
                                              cosem::kOtherUnit};

std::size_t measure_of(std::uint8_t unit) {
  const auto* const found = std::find(kUnits.begin(), kUnits.end(), unit);
  return static_cast<std::size_t>(std::min(found, kUnits.end() - 1) - kUnits.begin());
}

class Words {
 public:
  explicit Words(std::string_view text) : text_(text) {}

  template <class Number>
  bool number(Number& to, int base = 10) {
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), to, base);
    if (error != std::errc()) return false;
    text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
    return true;
  }
  bool micros(Micros& to) { return number(to) && to <= kMostMicros && to >= -kMostMicros; }
  bool skip(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  bool at(char c) const { return !text_.empty() && text_.front() == c; }
  bool done() const { return text_.empty(); }

 private:
  std::string_view text_;
};

void append_moment(std::string& text, const Moment& moment, const Moment& latest) {
  if (moment.ts) text += std::to_string(latest.ts.value_or(0) - *moment.ts);
  text += ',';
  if (moment.time) text += std::to_string(latest.time.value_or(0) - *moment.time);
}

// As distances; `resolve` makes times of them when t and m are known.
bool read_moment(Words& words, Moment& moment) {
  Micros value = 0;
  if (!words.at(',')) {
    if (!words.micros(value)) return false;
    moment.ts = value;
  }
  if (!words.skip(',')) return false;
  if (!words.at(':') && !words.done()) {
    if (!words.micros(value)) return false;
    moment.time = value;
  }
  return true;
}

bool resolve(Moment& moment, const Moment& latest) {
  const auto one = [](std::optional<Micros>& time, const std::optional<Micros>& base) {
    if (time) time = base.value_or(0) - *time;
    return !time || (*time <= kMostMicros && *time >= -kMostMicros);
  };
  return one(moment.ts, latest.ts) && one(moment.time, latest.time);
}

bool read_counter(Words& words, Baseline::Counter& counter) {
  unsigned measure = 0, motion = 0;
  if (!words.number(counter.key) || !words.skip(':')) return false;
  if (!words.number(measure) || measure >= kUnits.size() || !words.skip(':')) return false;
  counter.unit = kUnits[measure];
  counter.number.negative = words.skip('-');
  int& exponent = counter.number.exponent;
  if (!words.number(counter.number.magnitude) || !words.skip('e') || !words.number(exponent) ||
      exponent > kMostExponent || exponent < -kMostExponent || !words.skip(':')) {
    return false;
  }
  if (!words.number(motion) || motion > 2 || !words.skip(':')) return false;
  counter.motion = static_cast<Baseline::Counter::Motion>(motion);
  if (!read_moment(words, counter.changed) || !words.skip(':') ||
      !read_moment(words, counter.seen)) {
    return false;
  }
  counter.grain = exponent;
  if (words.done()) return true;
  unsigned offbeat = 0;
  if (!words.skip(':') || !words.number(counter.grain) || counter.grain > kMostExponent ||
      counter.grain < -kMostExponent || !words.skip(':') || !words.micros(counter.step) ||
      counter.step < 0 || !words.skip(':') || !words.number(counter.steps) || counter.steps > 2 ||
      !words.skip(':') || !words.number(offbeat) || offbeat > 1) {
    return false;
  }
  counter.offbeat = offbeat == 1;
  return words.done();
}

bool read_word(std::string_view word, Baseline& baseline) {
  Words words(word.substr(1));
  Micros micros = 0;
  switch (word.front()) {
    case 't':
      if (!words.micros(micros)) return false;
      baseline.at.ts = micros;
      return words.done();
    case 'm':
      if (!words.micros(micros)) return false;
      baseline.at.time = micros;
      return words.done();
    case 'i':
      return words.number(baseline.id, 16) && words.done();
    case 'k': {
      if (baseline.titles.size() == Baseline::kMostTitles) return false;
      Baseline::Title& title = baseline.titles.emplace_back();
      return words.number(title.title, 16) && words.skip(':') && words.number(title.counter) &&
             words.done();
    }
    default:
      return baseline.counters.size() < Baseline::kMostCounters &&
             read_counter(words, baseline.counters.emplace_back());
  }
}

}  // namespace

std::string_view take_word(std::string_view& text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(word.size());
  return word;
}

void append_text(std::string& text, const Baseline& baseline) {
  auto to = std::back_inserter(text);
  if (baseline.at.ts) fmt::format_to(to, " t{}", *baseline.at.ts);
  if (baseline.at.time) fmt::format_to(to, " m{}", *baseline.at.time);
  if (baseline.id != 0) fmt::format_to(to, " i{:x}", baseline.id);
  for (const Baseline::Title& known : baseline.titles) {
    fmt::format_to(to, " k{:x}:{}", known.title, known.counter);
  }
  for (const Baseline::Counter& counter : baseline.counters) {
    fmt::format_to(to, " e{}:{}:{}{}e{}:{}:", counter.key, measure_of(counter.unit),
                   counter.number.negative ? "-" : "", counter.number.magnitude,
                   counter.number.exponent, static_cast<int>(counter.motion));
    append_moment(text, counter.changed, baseline.at);
    text += ':';
    append_moment(text, counter.seen, baseline.at);
    fmt::format_to(to, ":{}:{}:{}:{}", counter.grain, counter.step, counter.steps,
                   static_cast<int>(counter.offbeat));
  }
}

std::optional<Baseline> parse_baseline(std::string_view& text) {
  Baseline baseline;
  for (;;) {
    std::string_view rest = text;
    const std::string_view word = take_word(rest);
    if (word.empty() || std::string_view("tmike").find(word.front()) == std::string_view::npos)
      break;
    if (!read_word(word, baseline)) return std::nullopt;
    text = rest;
  }
  for (Baseline::Counter& counter : baseline.counters) {
    if (!resolve(counter.changed, baseline.at) || !resolve(counter.seen, baseline.at)) {
      return std::nullopt;
    }
  }
  return baseline;
}

}  // namespace meterpipe::judge
