// The form in which an older version has saved what it knew of a meter: words, blanks between them.
// It is read, never written.
//
//   state    = "1" heard baseline [ "c" count { "f" key } baseline ]
//   baseline = { word }          words in any order
//   word     = "t" micros        the latest ts              | "m" micros  … of the meter's clock
//            | "i" hex           hash of the last id
//            | "k" hex ":" n     a title and its counter
//            | "e" key ":" measure ":" number ":" motion ":" moment ":" moment
//              [ ":" grain ":" step ":" steps ":" offbeat ]
//   number   = [ "-" ] n "e" exponent
//   moment   = [ micros ] "," [ micros ]    before `t` and `m`
//
//   1 17 t1795366800000000 i1f00 k4b464d1020039534:1234 e4295034880:1:1327456e0:2:0,:0,
#include <array>
#include <charconv>

#include "cosem/units.hpp"
#include "judge/check_state.hpp"

namespace meterpipe::judge {
namespace {

// What stands for `measure`, in its place: no unit; Wh, varh, VAh; W, var, VA; m³, l, J; another.
constexpr std::array<std::uint8_t, 11> kUnits{cosem::kNoUnit,   30, 32, 31, 27, 29, 28, 13, 19, 25,
                                              cosem::kOtherUnit};

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
    case 'i': return words.number(baseline.id, 16) && words.done();
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

std::string_view take_word(std::string_view& text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(word.size());
  return word;
}

bool take_number(std::string_view& text, std::uint64_t& to) {
  Words word(take_word(text));
  return word.number(to) && word.done();
}

// Words up to one with a letter that is none of a baseline's.
std::optional<Baseline> take_baseline(std::string_view& text) {
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

}  // namespace

std::optional<SavedCheck> read_check_words(std::string_view text) {
  SavedCheck saved;
  saved.is_older = true;
  std::uint64_t version = 0;
  if (!take_number(text, version) || version != 1 || !take_number(text, saved.heard)) {
    return std::nullopt;
  }
  auto known = take_baseline(text);
  if (!known) return std::nullopt;
  if (*known != Baseline{}) saved.state.known = std::move(*known);
  std::string_view word = take_word(text);
  if (word.empty()) return saved;
  if (word.front() != 'c' || !saved.state.known) return std::nullopt;
  word.remove_prefix(1);
  Candidate& candidate = saved.state.candidate.emplace();
  if (!take_number(word, candidate.count) || candidate.count == 0) return std::nullopt;
  for (;;) {
    std::string_view rest = text;
    word = take_word(rest);
    if (!word.starts_with('f') || candidate.failed.size() == Candidate::kMostFailed) break;
    word.remove_prefix(1);
    if (!take_number(word, candidate.failed.emplace_back())) return std::nullopt;
    text = rest;
  }
  auto baseline = take_baseline(text);
  if (!baseline || !take_word(text).empty()) return std::nullopt;
  candidate.baseline = std::move(*baseline);
  return saved;
}

}  // namespace meterpipe::judge
