#include "doctor/line_hypotheses.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <numeric>
#include <set>
#include <tuple>
#include <unordered_set>

namespace meterpipe::doctor {
namespace {

using serial::LineSettings;
using serial::Parity;
using serial::Polarity;
using serial::Resync;

constexpr std::size_t kGap = 256;  // stands for the silence before a byte
constexpr std::size_t kContexts = 257;

// P(byte | the byte before), smoothed by P(byte), that by a uniform share.
class Model {
 public:
  void teach(Bytes burst) {
    std::size_t before = kGap;
    for (const std::uint8_t byte : burst) {
      std::uint16_t& pair = pairs_[before * 256 + byte];
      if (pair++ < kChance) ++chance_[before];
      ++contexts_[before];
      ++single_[byte];
      ++total_;
      before = byte;
    }
  }
  std::uint32_t taught() const { return total_; }

  // The bits that the sample gains against 8 a byte, each weighed; `damage`: share of bytes that
  // anything may have happened to.
  double gain(Bytes sample, std::span<const std::size_t> bursts, std::span<const float> weights,
              float damage) const {
    std::array<float, 256> alone{};
    const float uniform = std::max(512.F, 0.4F * static_cast<float>(total_));
    for (std::size_t i = 0; i < alone.size(); ++i) {
      alone[i] =
          (static_cast<float>(single_[i]) + uniform / 256) / (static_cast<float>(total_) + uniform);
    }
    double sum = 0;
    std::size_t before = kGap;
    std::size_t next = 0;
    for (std::size_t i = 0; i < sample.size(); ++i) {
      while (next < bursts.size() && bursts[next] < i) ++next;
      if (next < bursts.size() && bursts[next] == i) before = kGap;
      const std::uint8_t byte = sample[i];
      // A pair that was seen twice may be chance: it counts for the byte alone.
      const auto pair = static_cast<float>(pairs_[before * 256 + byte]);
      const float backed = static_cast<float>(chance_[before]) + kBackOff;
      const float behind = (std::max(pair - kChance, 0.F) + backed * alone[byte]) /
                           (static_cast<float>(contexts_[before]) + kBackOff);
      sum += weights[i] * std::log2(256 * (1 - damage) * behind + damage);
      before = byte;
    }
    return sum;
  }

 private:
  static constexpr std::uint16_t kChance = 2;
  static constexpr float kBackOff = 2;  // pairs more that are taken as chance

  std::array<std::uint16_t, kContexts * 256> pairs_{};
  std::array<std::uint32_t, kContexts> contexts_{};
  std::array<std::uint32_t, kContexts> chance_{};
  std::array<std::uint32_t, 256> single_{};
  std::uint32_t total_ = 0;
};

struct Effort {
  std::uint32_t taught;  // bytes that a model sees
  std::uint32_t sent;    // for which so many are sent at most
  std::size_t looked;    // bytes of the sample
};
constexpr Effort kQuickest{400, 1600, 1024};  // where there are the most hypotheses
constexpr Effort kQuick{700, 2800, 1536};
constexpr Effort kClose{6000, 24000, 8192};
constexpr std::size_t kShortlist = 20;

struct Sample {
  Bytes bytes;
  std::span<const std::size_t> bursts;
  std::vector<float> weights;
};

// What comes again says little: a head that is the same in each message would count as often as
// there are messages.
std::vector<float> weights_of(Bytes bytes, std::span<const std::size_t> bursts) {
  constexpr float kAgain = 0.15F;
  std::vector<float> weights;
  std::unordered_set<std::uint64_t> seen;
  std::uint64_t run = 0;
  std::size_t next = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    while (next < bursts.size() && bursts[next] < i) ++next;
    if (i == 0 || (next < bursts.size() && bursts[next] == i)) run = 0;
    run = ((run << 9) | kGap | bytes[i]) & 0xfffffffff;  // four bytes, and whether there are four
    weights.push_back(seen.insert(run).second ? 1 : kAgain);
  }
  return weights;
}

// What arrives of a message when its characters come with idle bits between them. Only a level that
// is turned around makes a difference: then idle is a start bit that does not end.
ByteVector arrives(Bytes message, const Hypothesis& one) {
  const serial::Receiving receiving{one.reader, one.polarity, one.resync};
  if (one.idle == 0) return serial::received(message, one.sender, receiving).bytes;
  constexpr serial::Nanos kSecond = 1'000'000'000;
  const serial::Nanos idle = one.idle * kSecond / one.sender.baud;
  serial::Waveform wave;
  serial::Nanos at = 10 * kSecond / std::min(one.sender.baud, one.reader.baud);
  for (std::size_t i = 0; i < message.size(); ++i) {
    at = wave.add(message.subspan(i, 1), one.sender, at) + idle;
  }
  return serial::sample(wave, receiving, 0, wave.end()).bytes;
}

double gain_of(const Hypothesis& one, const Sample& sample, const Effort& effort) {
  static constexpr std::uint32_t kFirst = 1;
  const auto model = std::make_unique<Model>();
  std::uint32_t sent = 0;
  for (std::uint32_t n = kFirst; model->taught() < effort.taught && sent < effort.sent; ++n) {
    const ByteVector message = typical_message(one.kind, n);
    model->teach(arrives(message, one));
    sent += static_cast<std::uint32_t>(message.size());
  }
  const Bytes looked = sample.bytes.first(std::min(sample.bytes.size(), effort.looked));
  constexpr float kUsual = 0.08F, kMuch = 0.6F;
  const double usual = model->gain(looked, sample.bursts, sample.weights, kUsual);
  if (!one.is_right()) return usual;
  return std::max(usual, model->gain(looked, sample.bursts, sample.weights, kMuch));
}

constexpr std::array<LineSettings, 3> kForms{LineSettings{1, 8, Parity::even, 1},
                                             LineSettings{1, 8, Parity::none, 1},
                                             LineSettings{1, 7, Parity::even, 1}};

LineSettings at_baud(LineSettings form, std::uint32_t baud) {
  form.baud = baud;
  return form;
}

// A reader that is that much faster sees a start bit as a whole character of zeros.
bool can_tell(const LineSettings& sender, const LineSettings& reader) {
  return reader.baud <= sender.baud * 9;
}

void add_kinds(std::vector<Hypothesis>& out, Hypothesis one) {
  for (int kind = 0; kind < kTypicals; ++kind) {
    one.kind = static_cast<Typical>(kind);
    if (one.sender.data_bits < 8 && one.kind != Typical::text) continue;
    out.push_back(one);
  }
}

constexpr std::array<int, 4> kIdles{0, 1, 2, 4};

void add_for_reader(std::vector<Hypothesis>& out, const LineSettings& reader,
                    std::span<const std::uint32_t> bauds) {
  for (const std::uint32_t baud : bauds) {
    for (const LineSettings& form : kForms) {
      const LineSettings sender = at_baud(form, baud);
      if (!can_tell(sender, reader)) continue;
      for (const Resync resync : {Resync::edge, Resync::level}) {
        Hypothesis one{sender, reader, Polarity::normal, resync, Typical::mbus};
        if (sender != reader || resync == Resync::edge) add_kinds(out, one);
        one.polarity = Polarity::inverted;
        if (baud != reader.baud) continue;
        for (const int idle : kIdles) {
          if (idle != 0 && sender != reader) break;  // one fault at a time
          one.idle = idle;
          add_kinds(out, one);
        }
      }
    }
  }
  Hypothesis same{reader, reader, Polarity::normal, Resync::edge, Typical::mbus};
  if (std::ranges::find(kForms, at_baud(reader, 1)) == kForms.end()) add_kinds(out, same);
}

constexpr std::array<std::uint32_t, 9> kBauds{2400, 9600,  115200, 300,  1200,
                                              4800, 19200, 38400,  57600};

// Whether a sender of this rate would take that time for a message: the shortest have some ten
// characters, the longest some thousands.
bool has_time_for(std::uint32_t baud, std::uint64_t ms) {
  constexpr std::uint64_t kTrusted = 20, kShortest = 10, kLongest = 3000, kBits = 10;
  if (ms < kTrusted) return true;  // a port gives bytes that late
  const std::uint64_t characters = ms * baud / (1000 * kBits);
  return characters >= kShortest && characters <= kLongest;
}

// Without the reader's settings only the ratio of the two rates shows. The reader's is then named
// as the likely one of those that have it with a likely sender.
std::vector<Hypothesis> all_hypotheses(const Surroundings& around) {
  const std::optional<LineSettings>& reader = around.reader;
  std::vector<Hypothesis> out;
  if (reader) {
    std::vector<std::uint32_t> bauds(kBauds.begin(), kBauds.end());
    if (std::ranges::find(bauds, reader->baud) == bauds.end()) bauds.push_back(reader->baud);
    std::erase_if(bauds, [&](std::uint32_t baud) {
      return baud != reader->baud && !has_time_for(baud, around.burst_ms);
    });
    add_for_reader(out, *reader, bauds);
    return out;
  }
  std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
  for (const std::uint32_t sender : kBauds) {
    for (const std::uint32_t baud : kBauds) {
      const std::uint32_t divisor = std::gcd(sender, baud);
      if (sender > 48 * baud || !seen.insert({sender / divisor, baud / divisor}).second) continue;
      for (const LineSettings& form : {kForms[0], kForms[1]}) {
        const std::uint32_t one[] = {sender};
        add_for_reader(out, at_baud(form, baud), one);
      }
    }
  }
  return out;
}

}  // namespace

Fits fit_line(Bytes sample, const Surroundings& around) {
  const auto& [bursts, reader, burst_ms] = around;
  Fits fits;
  fits.looked = std::min(sample.size(), kClose.looked);
  sample = sample.first(fits.looked);
  const Sample whole{sample, bursts, weights_of(sample, bursts)};
  std::vector<Fit> all;
  for (const Hypothesis& one : all_hypotheses(around)) {
    all.push_back({one, gain_of(one, whole, reader ? kQuick : kQuickest)});
  }
  const auto by_gain = [](const Fit& a, const Fit& b) { return a.gain > b.gain; };
  std::ranges::sort(all, by_gain);
  // The settings without a fault are always looked at closely, whatever their place.
  std::vector<Fit> close;
  std::size_t right = 0;
  for (const Fit& fit : all) {
    const bool is_right = fit.hypothesis.is_right();
    if (close.size() < kShortlist || (is_right && right < kTypicals)) close.push_back(fit);
    right += is_right ? 1 : 0;
  }
  // And the other form of the likely rate: which of the two it is shows in little.
  for (const LineSettings& form : {kForms[0], kForms[1]}) {
    if (close.empty()) break;
    Hypothesis other = close.front().hypothesis;
    other.sender = at_baud(form, other.sender.baud);
    const auto alike = [&](const Fit& fit) {
      return fit.hypothesis.sender == other.sender && fit.hypothesis.reader == other.reader &&
             fit.hypothesis.polarity == other.polarity;
    };
    const auto found = std::ranges::find_if(all, alike);
    if (found != all.end() && std::ranges::none_of(close, alike)) close.push_back(*found);
  }
  for (Fit& fit : close) fit.gain = gain_of(fit.hypothesis, whole, kClose);
  std::ranges::sort(close, by_gain);
  for (const Fit& fit : close) {
    double& most = fit.hypothesis.is_right() ? fits.right : fits.wrong;
    most = std::max(most, fit.gain);
    const bool is_there = std::ranges::any_of(fits.best, [&](const Fit& other) {
      return other.hypothesis.sender == fit.hypothesis.sender &&
             other.hypothesis.reader == fit.hypothesis.reader &&
             other.hypothesis.polarity == fit.hypothesis.polarity;
    });
    if (!is_there) fits.best.push_back(fit);
  }
  return fits;
}

namespace {

// Of `count` equal ones among `all` that are each as likely as `bits` says. Any of `all` may be the
// first one and says what the others must be: two equal runs of four bytes are in one of 32 random
// files of 16 KiB.
double surprise(std::size_t count, std::size_t all, double bits) {
  if (count < 2) return 0;
  const double expected = static_cast<double>(all) * std::exp2(-bits);
  const double more = static_cast<double>(count - 1);
  if (more <= expected) return 0;
  // Poisson's tail.
  return more * std::log2(more / expected) - (more - expected) * std::log2(std::exp(1.0)) -
         std::log2(static_cast<double>(all));
}

struct Run {
  std::uint32_t bytes;
  std::uint32_t at;
};
Run run_at(Bytes sample, std::size_t at, std::size_t size) {
  return {static_cast<std::uint32_t>(integer_of(sample.subspan(at, size))),
          static_cast<std::uint32_t>(at)};
}

// The most surprising of the runs; equal ones stand side by side once they are sorted.
double most_surprising(std::vector<Run>& runs, Bytes sample, std::size_t size,
                       const std::array<double, 256>& bits) {
  std::ranges::sort(runs, [](const Run& a, const Run& b) {
    return std::tie(a.bytes, a.at) < std::tie(b.bytes, b.at);
  });
  double most = 0;
  for (std::size_t i = 0; i < runs.size();) {
    std::size_t end = i;
    while (end < runs.size() && runs[end].bytes == runs[i].bytes) ++end;
    double cost = 0;
    for (std::size_t k = 0; k < size; ++k) cost += bits[sample[runs[i].at + k]];
    most = std::max(most, surprise(end - i, runs.size(), cost));
    i = end;
  }
  return most;
}

}  // namespace

double repetition(Bytes sample, std::span<const std::size_t> bursts) {
  constexpr std::size_t kMost = 16384;
  sample = sample.first(std::min(sample.size(), kMost));
  std::array<std::uint32_t, 256> counts{};
  for (const std::uint8_t byte : sample) ++counts[byte];
  std::array<double, 256> bits{};
  const auto total = static_cast<double>(sample.size());
  for (std::size_t i = 0; i < bits.size(); ++i) {
    bits[i] = std::min(8.0, -std::log2((counts[i] + 1) / (total + 256)));
  }
  double most = 0;
  std::vector<Run> runs;
  for (std::size_t size = 1; size <= 3; ++size) {
    runs.clear();
    for (const std::size_t at : bursts) {
      if (at + size > sample.size()) break;
      runs.push_back(run_at(sample, at, size));
    }
    if (runs.size() > 1) most = std::max(most, most_surprising(runs, sample, size, bits));
  }
  runs.clear();
  constexpr std::size_t kRun = 4;
  for (std::size_t at = 0; at + kRun <= sample.size(); ++at) {
    const Bytes run = sample.subspan(at, kRun);
    // Neither a level nor what a short period makes.
    if (run[0] == run[1] || run[0] == run[2] || run[1] == run[2] || run[1] == run[3]) continue;
    runs.push_back(run_at(sample, at, kRun));
  }
  if (runs.size() > 1) most = std::max(most, most_surprising(runs, sample, kRun, bits));
  return most;
}

namespace {

struct Index {
  Bytes sample;
  std::span<const std::size_t> bursts;
  std::vector<Run> runs;  // of four bytes, sorted

  // Bytes that stand somewhere in the sample from the beginning of `what` on: 0 or 4 and more.
  std::size_t longest(Bytes what) const {
    if (what.size() < 4) return 0;
    const auto first = static_cast<std::uint32_t>(integer_of(what.first(4)));
    std::size_t most = 0;
    auto run =
        std::lower_bound(runs.begin(), runs.end(), first,
                         [](const Run& one, std::uint32_t bytes) { return one.bytes < bytes; });
    for (; run != runs.end() && run->bytes == first; ++run) {
      most = std::max(most, common(what, run->at));
    }
    return most;
  }
  // The same where silence stood before: 0 or 3 and more.
  std::size_t longest_at_start(Bytes what) const {
    std::size_t most = common(what, 0);
    for (const std::size_t at : bursts) most = std::max(most, common(what, at));
    return most < 3 ? 0 : most;
  }

 private:
  std::size_t common(Bytes what, std::size_t at) const {
    std::size_t size = 0;
    while (size < what.size() && at + size < sample.size() && what[size] == sample[at + size]) {
      ++size;
    }
    return size;
  }
};

Index index_of(Bytes sample, std::span<const std::size_t> bursts) {
  Index index{sample, bursts, {}};
  for (std::size_t at = 0; at + 4 <= sample.size(); ++at) {
    index.runs.push_back(run_at(sample, at, 4));
  }
  std::ranges::sort(index.runs, [](const Run& a, const Run& b) { return a.bytes < b.bytes; });
  return index;
}

}  // namespace

std::optional<Fit> fit_starts(Bytes sample, const Surroundings& around) {
  const auto& [bursts, reader, burst_ms] = around;
  constexpr std::size_t kMost = 65536;
  sample = sample.first(std::min(sample.size(), kMost));
  const Index index = index_of(sample, bursts.first(std::min<std::size_t>(bursts.size(), 64)));
  std::array<std::uint32_t, 256> counts{};
  for (const std::uint8_t byte : sample) ++counts[byte];
  const auto bits_of = [&](Bytes what) {
    double bits = 0;
    for (const std::uint8_t byte : what) {
      const double share = (counts[byte] + 1) / (static_cast<double>(sample.size()) + 256);
      bits += std::min(8.0, -std::log2(share));
    }
    return bits;
  };
  std::optional<Fit> best;
  std::size_t tried = 0;
  const double places = std::log2(static_cast<double>(sample.size()) + 1);
  const double starts_there = std::log2(static_cast<double>(index.bursts.size()) + 1);
  const auto attempt = [&](const Hypothesis& one, Bytes start) {
    ByteVector got = arrives(start, one);
    if (got.size() < 4) return;
    got.pop_back();  // what follows has a part in it
    ++tried;
    const std::size_t anywhere = index.longest(got);
    const std::size_t at_start = index.longest_at_start(got);
    const double bits = std::max(bits_of(Bytes(got).first(anywhere)) - places,
                                 bits_of(Bytes(got).first(at_start)) - starts_there);
    if (bits > 0 && (!best || bits > best->gain)) best = Fit{one, bits};
  };
  std::vector<Hypothesis> all = all_hypotheses(around);
  std::erase_if(all, [](const Hypothesis& one) { return one.kind != Typical::mbus; });
  const std::vector<ByteVector> starts = typical_starts(reader.has_value());
  const std::vector<ByteVector> hdlc = typical_hdlc_starts();
  // Only the ratio of the rates matters: once for each form.
  std::vector<Hypothesis> inverted;
  for (const Hypothesis& one : all) {
    if (one.is_right()) continue;
    for (const ByteVector& start : starts) attempt(one, start);
    const bool is_known = std::ranges::any_of(inverted, [&](const Hypothesis& other) {
      return at_baud(other.sender, 1) == at_baud(one.sender, 1) &&
             at_baud(other.reader, 1) == at_baud(one.reader, 1) && other.resync == one.resync &&
             other.idle == one.idle;
    });
    if (one.polarity == Polarity::normal || is_known) continue;
    inverted.push_back(one);
    for (const ByteVector& start : hdlc) attempt(one, start);
  }
  if (best) best->gain -= std::log2(static_cast<double>(tried));
  return best;
}

}  // namespace meterpipe::doctor
